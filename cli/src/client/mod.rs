//! The client side of rooms, shared by calls and file transfers.
//!
//! [`Signalling`] keeps a seat in a room by a thread of its own. [`Peer`] is the participant: it
//! negotiates, and does no input and output itself.

mod board;
mod channels;
mod console;
mod drive;
mod echo;
mod enter;
mod error;
mod event;
mod interrupt;
mod lines;
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

pub use board::{BOARD_LINES, Board};
pub use console::Console;
pub use drive::{App, DriverKind, Session, Step};
pub use enter::{Baggage, JoinArgs};
pub use error::ClientError;
pub use event::{Joined, Label, NoPath, PeerError, PeerEvent, RemoteTrack};
pub use interrupt::Interrupt;
pub use log::LogFile;
pub(crate) use negotiation::kind_of;
pub use peer::{Peer, PeerConfig};
pub use retry::Retry;
pub use runtimes::run;
pub use secret::{Secret, state_folder};
pub use signalling::{Signalling, SignallingConfig, SignallingEvent};
pub use thread::end_on_panic;
pub(crate) use thread::{PANICKED_STATUS, has_panicked, spawn};
pub use tls::{BadCertificate, Fingerprint, Trust};
pub use url::{RoomUrl, RoomUrlError};
pub use wake::Bell;
