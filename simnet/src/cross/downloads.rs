//! What a TCP source has to send.

use std::time::Duration;

use crate::cross::Dash;
use crate::random::Stream;
use crate::time::Time;

/// The data of a TCP source.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a source has one, and a run has few sources")]
pub enum Workload {
    /// Always more.
    Endless,
    /// Files, with pauses between.
    Files(Downloads),
    /// Segments of media, over one connection.
    Dash(Dash),
}

/// What follows when all data has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Following {
    /// Another connection.
    Connection(Time),
    /// More data on this one.
    Data(Time),
}

/// Files of random size with exponential pauses between (RFC 8868 section 5.1): each is a
/// connection of its own.
#[derive(Clone, Debug)]
pub struct Downloads {
    bytes: (u64, u64),
    idle_mean: Duration,
    begins_with_file: bool,
    stream: Stream,
}

impl Downloads {
    /// Sizes are even between the two bounds; the first comes at once, or after a pause.
    pub fn new(
        bytes: (u64, u64),
        idle_mean: Duration,
        begins_with_file: bool,
        stream: Stream,
    ) -> Self {
        Downloads { bytes, idle_mean, begins_with_file, stream }
    }

    fn pause(&mut self) -> Duration {
        Duration::from_secs_f64(self.stream.exponential(self.idle_mean.as_secs_f64()))
    }
}

impl Workload {
    /// When the first connection opens.
    pub(crate) fn first(&mut self, start: Time) -> Time {
        match self {
            Workload::Files(files) if !files.begins_with_file => start + files.pause(),
            Workload::Endless | Workload::Files(_) | Workload::Dash(_) => start,
        }
    }

    /// What follows after all data of a connection has arrived.
    pub(super) fn following(&mut self, now: Time) -> Option<Following> {
        match self {
            Workload::Endless => None,
            Workload::Files(files) => Some(Following::Connection(now + files.pause())),
            Workload::Dash(dash) => Some(Following::Data(dash.arrived(now))),
        }
    }

    /// Bytes that are to be sent from now on.
    pub(crate) fn bytes(&mut self, now: Time) -> u64 {
        match self {
            Workload::Endless => u64::MAX,
            Workload::Files(files) => files.stream.between(files.bytes.0, files.bytes.1).max(1),
            Workload::Dash(dash) => dash.ask(now),
        }
    }
}
