//! The end of streams (RFC 3550 section 6.6): of ours, which the peer is told, and of the peer's.
//!
//! 1. A stream of ours ends when its m-line or layer goes, or sends no more. Its numbers are kept
//!    where it may go on.
//! 2. The peer is told with the next RTCP, once.
//! 3. Of a stream of the peer's that ended, nothing is asked for or reported any more, until
//!    something comes again.

use super::session::OwnSession;
use super::stream_out::{StreamOut, StreamsOut};
use crate::rtcp::packet::{Goodbye, write_bye};

/// Streams whose end waits to be told: what one packet has room for (RFC 3550 section 6.6). More
/// than that at a time are told by silence.
const ENDED_MAX: usize = 31;

impl StreamsOut {
    /// These are not sent any more.
    pub(super) fn end(&mut self, streams: &mut [StreamOut]) {
        for stream in streams.iter_mut().filter(|stream| stream.packets > 0 && !stream.has_left()) {
            let repairs = stream.rtx.filter(|_| stream.counts.has_repaired());
            let room = ENDED_MAX.saturating_sub(self.ended.len());
            self.ended.extend([Some(stream.ssrc), repairs].into_iter().flatten().take(room));
            stream.counts.left_at = Some(stream.packets);
        }
    }
}

impl StreamOut {
    /// It was said to end, and nothing was sent since.
    fn has_left(&self) -> bool {
        self.counts.left_at == Some(self.packets)
    }
}

impl OwnSession {
    /// Tells the peer which streams ended; the last packet of what is sent.
    pub(super) fn write_endings(&mut self, packets: &mut Vec<u8>) {
        let ended = std::mem::take(&mut self.streams_out.ended);
        if !ended.is_empty() {
            write_bye(packets, &ended, None);
        }
    }

    /// The peer ends streams of its own.
    pub(super) fn on_goodbye(&mut self, goodbye: Goodbye<'_>) {
        for ssrc in goodbye.sources() {
            let Some(stream) = self.streams_in.streams.get_mut(&ssrc) else { continue };
            stream.counts.on_goodbye(stream.reception.counts().packets);
            if let (Some(nack), Some(highest)) = (&mut stream.nack, stream.tracker.highest()) {
                nack.forget_before(highest + 1);
            }
        }
    }
}
