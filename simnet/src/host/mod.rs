//! Programs on hosts.

mod application;
mod carrier;
mod endpoint;
mod rtc;
mod signal;
mod streams;

pub use application::{Application, Inbox};
pub use carrier::{Carrier, Drained};
pub(crate) use endpoint::Slot;
pub use endpoint::{Endpoint, HostCx};
pub(crate) use rtc::Overdue;
pub use rtc::{RtcHost, connect_peers};
pub(crate) use signal::Signal;
