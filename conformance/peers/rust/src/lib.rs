//! What the programs of the wall that are written in Rust share: the protocol's lines, messages made from seeds, the machine's addresses,
//! and sockets that wait together with standard input.

mod addresses;
mod fault;
mod inbox;
mod mailbox;
mod message;
mod run;
mod sockets;

pub use addresses::addresses;
pub use fault::Fault;
pub use inbox::{Datagram, Inbox, Input};
pub use mailbox::{Mailbox, Outgoing};
pub use message::{message, sha256};
pub use run::{Stack, reply, run, say};
pub use sockets::Sockets;
