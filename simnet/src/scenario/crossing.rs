//! What sends the TCP of `[[cross]]`.

use crate::cross::{CongestionControl as Controller, Controllers, Dash, Downloads, Workload};
use crate::random::Stream;
use crate::scenario::{BuildError, CongestionControl, FileDownloads, Streaming};

/// A fresh controller of this kind.
pub(super) fn controller(
    kind: &CongestionControl,
    controllers: &Controllers,
    stream: Stream,
) -> Result<Box<dyn Controller>, BuildError> {
    let made = controllers.make(kind.name(), stream);
    made.ok_or_else(|| BuildError::NoController(kind.name().to_owned()))
}

/// What one of a count downloads.
pub(super) fn downloads(files: &FileDownloads, number: u64, stream: Stream) -> Workload {
    let on = number < files.on_at_start;
    Workload::Files(Downloads::new(files.bytes, files.idle_mean, on, stream))
}

/// What a player streams.
pub(super) fn streaming(media: &Streaming) -> Workload {
    Workload::Dash(Dash::new(media.segment, &media.ladder, media.buffer))
}
