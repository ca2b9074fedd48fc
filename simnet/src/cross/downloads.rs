//! What a TCP source has to send.

use std::time::Duration;

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
            Workload::Endless | Workload::Files(_) => start,
        }
    }

    /// When the next connection opens, after one is done.
    pub(crate) fn following(&mut self, now: Time) -> Option<Time> {
        match self {
            Workload::Endless => None,
            Workload::Files(files) => Some(now + files.pause()),
        }
    }

    /// Bytes of the connection that opens now.
    pub(crate) fn bytes(&mut self) -> u64 {
        match self {
            Workload::Endless => u64::MAX,
            Workload::Files(files) => files.stream.between(files.bytes.0, files.bytes.1).max(1),
        }
    }
}
