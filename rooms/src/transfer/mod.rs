//! Files of any size through a room, by the protocol of `docs/data-channel-protocol.md`.
//!
//! [`Sender`] and [`Receiver`] are pure: messages in, messages out, no file and no channel.
//! [`Outgoing`] and [`Inbox`] join them with files on disk, [`Desk`] an inbox with a participant.

mod block_list;
mod comparison;
mod desk;
mod digest;
mod id;
mod inbox;
mod incoming;
mod name;
mod note;
mod outgoing;
mod progress;
mod receiver;
mod sender;
mod store;

pub use block_list::{BlockHasher, BlockList};
pub use desk::Desk;
pub use digest::{Digest, Hasher};
pub use id::transfer_id;
pub use inbox::{Inbox, InboxEvent, OlderFiles};
pub use name::{DEPTH_MAX, numbered_name, safe_folder, safe_name};
pub use note::{ProgressNote, TransferDirection, TransferNote, TransferReport};
pub use outgoing::{ChunkSink, Outgoing};
pub use progress::{Bytes, Progress};
pub use receiver::{Receiver, judge_offer};
pub use sender::{FileCard, SendEnd, Sender};
pub use store::{Older, Part, PartError, Store};
