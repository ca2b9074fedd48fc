//! One WebSocket, as the hub sees it.

use std::time::{Duration, Instant};

use super::addresses::Source;
use crate::limits::{Bucket, Budget, CLIENT_BYTES_MAX};
use crate::protocol::signalling::{
    MESSAGES_BURST, MESSAGES_PER_SECOND, Mode, ParticipantId, SILENT_SECONDS,
};

/// Descriptions of one client in KiB per second, and at once: a room of twelve that fills within
/// seconds makes about 800.
const SDP_KIB_PER_SECOND: u32 = 128;
const SDP_KIB_BURST: u32 = 2048;

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
    /// Whose it is.
    pub(super) source: Source,
    /// When it was opened.
    pub(super) opened_at: Instant,
    /// When anything was last heard from it.
    pub(super) heard_at: Instant,
    /// Its message account.
    pub(super) bucket: Bucket,
    /// Its account of descriptions, in KiB.
    pub(super) sdp: Bucket,
    /// Its part of the memory for what waits.
    pub(super) budget: Budget,
    /// How far it has come.
    pub(super) place: Place,
}

/// How far a connection has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It has not joined.
    New,
    /// It waits for the host's word, under this id.
    Waiting(ParticipantId),
    /// It has this seat.
    Seated(ParticipantId),
}

impl Connection {
    pub(super) fn new(
        room: &str,
        mode: Option<Mode>,
        source: Source,
        of_address: &Budget,
        now: Instant,
    ) -> Self {
        Connection {
            room: room.to_owned(),
            mode,
            source,
            opened_at: now,
            heard_at: now,
            bucket: Bucket::new(MESSAGES_PER_SECOND, MESSAGES_BURST, now),
            sdp: Bucket::new(SDP_KIB_PER_SECOND, SDP_KIB_BURST, now),
            budget: of_address.within(CLIENT_BYTES_MAX),
            place: Place::New,
        }
    }

    /// Whether nothing was heard for so long that its owner may be elsewhere.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        now >= self.heard_at + Duration::from_secs(SILENT_SECONDS.into())
    }
}
