//! `lapwing send` and `lapwing receive`: files of any size through a room.

mod args;
mod error;
mod gather;
mod receive;
mod room;
mod send;
mod shipment;
mod watch;

pub use args::{ReceiveArgs, SendArgs};
pub use error::TransferError;
pub use receive::{receive, receive_files};
pub use send::{send, send_files};
