//! What receivers think that may be sent to them (REMB): heard, and told to a peer that wants to
//! know nothing better.

use super::session::OwnSession;
use crate::ids::Ssrc;
use crate::rtcp::packet::{Remb, write_remb};

impl OwnSession {
    /// The peer asks for no more than this, for all that is sent.
    pub(super) fn on_receiver_limit(&mut self, remb: &Remb<'_>) {
        let streams = &self.streams_out.streams;
        let ours = |ssrc: Ssrc| {
            streams.iter().any(|stream| stream.ssrc == ssrc || stream.rtx == Some(ssrc))
        };
        // Some name none; what is for another's streams is not for us.
        if remb.ssrcs().len() > 0 && !remb.ssrcs().any(ours) {
            return;
        }
        let now = self.now;
        self.feedback.limited = true;
        if let Some(paced) = &mut self.paced {
            paced.controller.on_receiver_limit(Some(remb.bitrate), now);
        }
        self.update_rate();
    }

    /// Appends our estimate where it is due.
    pub(super) fn tell_estimate(&mut self, sender: Ssrc, out: &mut Vec<u8>) {
        let streams = &self.streams_in.streams;
        let counted = streams.values().fold((0, 0), |(expected, received), stream| {
            let reception = &stream.reception;
            (expected + reception.expected(), received + reception.counts().packets)
        });
        if let Some(rate) = self.feedback.estimate.poll(counted, self.now) {
            let ssrcs: Vec<Ssrc> = streams.keys().copied().collect();
            write_remb(out, sender, rate, &ssrcs);
        }
    }
}
