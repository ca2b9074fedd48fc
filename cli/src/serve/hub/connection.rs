//! One WebSocket, as the hub sees it.

use std::time::Instant;

use crate::protocol::signalling::{MESSAGES_BURST, MESSAGES_PER_SECOND, Mode, ParticipantId};
use crate::serve::bucket::Bucket;

/// Names a connection; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnectionId(pub(super) u64);

/// A connection that is open.
#[derive(Debug)]
pub(super) struct Connection {
    /// The room its path names.
    pub(super) room: String,
    /// The mode its query asks for.
    pub(super) mode: Option<Mode>,
    /// When it was opened.
    pub(super) opened_at: Instant,
    /// When anything was last heard from it.
    pub(super) heard_at: Instant,
    /// Its message account.
    pub(super) bucket: Bucket,
    /// Its seat, once it has joined.
    pub(super) seat: Option<ParticipantId>,
}

impl Connection {
    pub(super) fn new(room: &str, mode: Option<Mode>, now: Instant) -> Self {
        Connection {
            room: room.to_owned(),
            mode,
            opened_at: now,
            heard_at: now,
            bucket: Bucket::new(MESSAGES_PER_SECOND, MESSAGES_BURST, now),
            seat: None,
        }
    }
}
