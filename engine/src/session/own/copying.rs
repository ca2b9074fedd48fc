//! Copies of sound in the packets after it (RED, RFC 2198).
//!
//! 1. The application says which copies there are, or that losses decide (`rtp/copies.rs`).
//! 2. What the peer tells of losses is noted.
//! 3. A frame is written: there are as many copies as the estimated bandwidth has room for, and the
//!    frame goes by itself where that is none (`copies_out.rs`).
//! 4. What copies take is not left for media.

use std::time::Instant;

use super::copies_out::CopiesOut;
use super::session::OwnSession;
use super::stream_out::{PAYLOAD_BYTES_MAX, StreamOut};
use crate::bitrate::Bitrate;
use crate::codec::MediaKind;
use crate::feedback::PacketClass;
use crate::ids::PayloadType;
use crate::redundancy::CopyDistances;
use crate::rtp::format::PayloadPlan;

impl OwnSession {
    /// Plans a frame of sound anew, with copies of those before it, where the peer takes them. The
    /// payload type under which it goes.
    pub(super) fn add_copies(
        &mut self,
        place: usize,
        number: PayloadType,
        (frame, timestamp): (&[u8], u32),
        plan: &mut PayloadPlan,
    ) -> PayloadType {
        let fixed = self.config.redundancy.audio.fixed();
        let is_sound = self.streams_out.streams[place].kind == MediaKind::Audio;
        if !is_sound || fixed.is_some_and(CopyDistances::is_empty) {
            return number;
        }
        let line = self.lines.sending_at(self.streams_out.streams[place].line);
        let Some(envelope) = line.and_then(|line| line.envelope_sent(number)) else {
            return number;
        };
        let (rate, now) = (self.path_rate(), self.now);
        let stream = &mut self.streams_out.streams[place];
        let begin = || Box::new(CopiesOut::new(number, fixed));
        let out = stream.copies.get_or_insert_with(begin);
        if out.payload_type() != number {
            *out = begin();
        }
        match out.plan((frame, timestamp), (rate, now), PAYLOAD_BYTES_MAX, plan) {
            true => envelope,
            false => number,
        }
    }

    /// The peer told what became of packets.
    pub(super) fn follow_copies(&mut self) {
        let (told, now) = (&self.feedback.told.results, self.now);
        for stream in &mut self.streams_out.streams {
            let Some(out) = &mut stream.copies else { continue };
            let of = told.iter().filter(|result| {
                result.sent.ssrc == stream.ssrc && result.sent.class == PacketClass::Audio
            });
            out.policy.on_results(of, now);
        }
    }

    /// What is left of a rate for media, once copies have theirs.
    pub(super) fn without_copies(&self, rate: Bitrate) -> Bitrate {
        let copies = self.streams_out.streams.iter().filter_map(|stream| stream.copies.as_ref());
        let taken: f64 = copies.map(|out| out.rate()).sum();
        let least = rate.as_bps() / 4;
        Bitrate::bps(rate.as_bps().saturating_sub(taken as u64).max(least))
    }
}

impl StreamOut {
    /// The peer reported what it lost of this stream.
    pub(super) fn report_to_copies(&mut self, now: Instant) {
        let (loss, packets) = (self.remote.fraction_lost, self.remote.progress);
        if let Some(out) = &mut self.copies {
            out.policy.on_report(loss, packets, now);
        }
    }
}
