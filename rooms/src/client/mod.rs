//! The client side of rooms, shared by calls and file transfers.
//!
//! [`Signalling`] keeps a seat in a room by a thread of its own. [`Peer`] is the participant: it
//! negotiates, and does no input and output itself. [`JoinConfig::enter`] makes both, and [`run`]
//! drives what a program does with them, an [`App`], over the driver of its choice.

mod certificate;
mod channels;
mod config;
mod drive;
mod echo;
mod enter;
mod error;
mod event;
mod ice_servers;
mod link;
mod lobby;
mod log;
mod negotiation;
mod path;
mod peer;
mod retry;
mod runtimes;
mod secret;
mod signalling;
mod socket;
mod thread;
mod tls;
mod tracks;
mod url;
mod wake;

pub use certificate::{BadCertificate, Fingerprint, Trust};
pub use config::PeerConfig;
pub use drive::{App, DriverKind, Session, Step};
pub use enter::{Baggage, JoinConfig};
pub use error::ClientError;
pub use event::{Joined, Label, NoPath, PeerError, PeerEvent, RemoteTrack};
pub use log::LogFile;
pub(crate) use negotiation::kind_of;
pub use peer::Peer;
pub use retry::Retry;
pub use runtimes::run;
pub use secret::{PASSWORD_VARIABLE, Secret};
pub use signalling::{Signalling, SignallingConfig, SignallingEvent};
pub use thread::spawn;
pub use url::{RoomUrl, RoomUrlError};
pub use wake::Bell;
