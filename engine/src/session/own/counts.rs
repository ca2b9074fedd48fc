//! What is counted of a stream beside reports: for statistics only.

use std::time::{Duration, Instant};

use crate::datagram::Ecn;
use crate::ids::{PayloadType, Ssrc};
use crate::rtp::assemble::VideoFrame;
use crate::session::figures::{AssemblyFigures, ToldFigures, Volume};

/// Of a stream that arrives.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct InboundCounts {
    pub(super) payload_type: Option<PayloadType>,
    pub(super) rtx: Option<Ssrc>,
    pub(super) retransmitted: Volume,
    pub(super) ect1: u64,
    pub(super) ce: u64,
    pub(super) assembly: AssemblyFigures,
    /// Its packets when the sender said goodbye.
    left_at: Option<u64>,
}

impl InboundCounts {
    pub(super) fn on_media(&mut self, payload_type: PayloadType, ecn: Option<Ecn>) {
        self.payload_type = Some(payload_type);
        match ecn {
            Some(Ecn::Ect1) => self.ect1 += 1,
            Some(Ecn::Ce) => self.ce += 1,
            _ => {}
        }
    }

    pub(super) fn on_repair(&mut self, rtx: Ssrc, payload_bytes: usize) {
        self.rtx = Some(rtx);
        self.retransmitted.add(payload_bytes);
    }

    pub(super) fn on_picture(&mut self, frame: &VideoFrame, now: Instant) {
        let (first, last) = frame.packets;
        if first != last {
            self.assembly.of_several += 1;
            self.assembly.time += now.saturating_duration_since(frame.received_at);
        }
    }

    /// The sender ends it; so many packets came.
    pub(super) fn on_goodbye(&mut self, packets: u64) {
        self.left_at = Some(packets);
    }

    /// The sender ended it, and nothing came since.
    pub(super) fn has_left(&self, packets: u64) -> bool {
        self.left_at == Some(packets)
    }
}

/// Of a stream that is sent.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OutboundCounts {
    pub(super) payload_type: Option<PayloadType>,
    pub(super) header_bytes: u64,
    pub(super) retransmitted: Volume,
    pub(super) send_delay: Duration,
    /// Packets that left marked ECT(1), and what the peer told of all.
    pub(super) ect1: u64,
    pub(super) told: ToldFigures,
    /// Its packets when it was said to end.
    pub(super) left_at: Option<u64>,
}

impl OutboundCounts {
    pub(super) fn on_sent(
        &mut self,
        payload_type: PayloadType,
        repairs: bool,
        bytes: usize,
        headers: usize,
    ) {
        self.header_bytes += headers as u64;
        if repairs {
            self.retransmitted.add(bytes);
        } else {
            self.payload_type = Some(payload_type);
        }
    }

    /// A packet left with this mark.
    pub(super) fn on_mark(&mut self, ecn: Option<Ecn>) {
        self.ect1 += u64::from(ecn == Some(Ecn::Ect1));
    }

    /// Something was sent again.
    pub(super) fn has_repaired(&self) -> bool {
        self.retransmitted.packets > 0
    }
}
