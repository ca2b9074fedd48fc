//! `lapwing send` and `lapwing receive`: files of any size through a room, by the protocol of
//! `docs/data-channel-protocol.md`.
//!
//! [`Sender`] and [`Receiver`] are pure: messages in, messages out, no file and no channel.
//! [`Outgoing`] and [`Inbox`] join them with files on disk.

mod args;
mod desk;
mod digest;
mod error;
mod inbox;
mod name;
mod note;
mod outgoing;
mod progress;
mod receive;
mod receiver;
mod send;
mod sender;
mod store;
mod watch;

pub use args::{ReceiveArgs, SendArgs};
pub use desk::Desk;
pub use digest::{Digest, Hasher};
pub use error::TransferError;
pub use inbox::{Inbox, InboxEvent};
pub use name::{numbered_name, safe_name};
pub use note::{ProgressNote, TransferDirection, TransferNote, TransferReport};
pub use outgoing::{ChunkSink, Outgoing};
pub use progress::{Bytes, Progress};
pub use receive::{receive, receive_files};
pub use receiver::{Receiver, judge_offer};
pub use send::{send, send_file};
pub use sender::{BUFFERED_BYTES_MAX, FileCard, SendEnd, Sender};
pub use store::{Part, PartError, Store};
