//! Programs on hosts.

mod endpoint;

pub(crate) use endpoint::Slot;
pub use endpoint::{Endpoint, HostCx};
