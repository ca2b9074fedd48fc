//! What sends the TCP and QUIC of `[[cross]]`.

use crate::cross::{
    Bbr1, Bbr3, CongestionControl as Controller, Cubic, Dash, Downloads, Prague, Reno, Workload,
};
use crate::parts::Parts;
use crate::random::Stream;
use crate::scenario::{CongestionControl, FileDownloads, Streaming};

/// A fresh controller of this kind.
pub(super) fn controller(
    kind: &CongestionControl,
    parts: &Parts,
    stream: Stream,
) -> Box<dyn Controller> {
    match kind {
        CongestionControl::Reno => Box::new(Reno::default()),
        CongestionControl::Cubic { hystart: false } => Box::new(Cubic::default()),
        CongestionControl::Cubic { hystart: true } => Box::new(Cubic::with_hystart()),
        CongestionControl::Bbr1 => Box::new(Bbr1::new(stream)),
        CongestionControl::Bbr3 => Box::new(Bbr3::new(stream)),
        CongestionControl::Prague => Box::new(Prague::default()),
        CongestionControl::Own(part) => parts.cross_of(part),
    }
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
