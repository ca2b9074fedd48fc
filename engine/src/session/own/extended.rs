//! Extended reports (RFC 3611): round trips as one who only receives measures them.
//!
//! 1. With each report of ours on what was received goes our time (section 4.4). Nobody has to be
//!    asked whether it is wanted: a peer that knows none passes over it.
//! 2. With the next report, we answer the times that the peer told (section 4.5).
//! 3. An answer to ours measures the round trip. It paces requests for lost packets where no sender
//!    report of ours was answered.

use super::session::OwnSession;
use crate::ids::Ssrc;
use crate::rtcp::packet::{ExtendedReport, XrBlock, write_dlrr, write_rrtr};

impl OwnSession {
    /// What goes with a report that is due.
    pub(super) fn write_extended(&mut self, sender: Ssrc, packets: &mut Vec<u8>) {
        let now = self.now;
        if !self.streams_in.streams.is_empty() {
            write_rrtr(packets, sender, self.control.clock.at(now));
        }
        let mut answers = Vec::new();
        self.control.reference_times.answers(now, &mut answers);
        write_dlrr(packets, sender, &answers);
    }

    pub(super) fn on_extended(&mut self, report: ExtendedReport<'_>) {
        for block in report.blocks() {
            match block {
                XrBlock::ReceiverReferenceTime(time) => {
                    self.control.reference_times.on_reference_time(report.ssrc, time, self.now);
                }
                XrBlock::Dlrr(blocks) => {
                    let ours = blocks.iter().find(|block| self.is_ours(block.ssrc));
                    if let Some(block) = ours {
                        self.on_answer(block.last_rr, block.delay_since_last_rr);
                    }
                }
                XrBlock::Other { .. } => {}
            }
        }
    }

    fn is_ours(&self, ssrc: Ssrc) -> bool {
        ssrc == self.control.ssrc || self.streams_out.streams.iter().any(|it| it.ssrc == ssrc)
    }

    fn on_answer(&mut self, last: u32, delay: u32) {
        let ntp = self.control.clock.at(self.now);
        let by_reports = self.control.round_trip.current.is_some();
        for stream in self.streams_in.streams.values_mut() {
            let measured = stream.remote.round_trip.on_answer(ntp, last, delay);
            let Some(smoothed) = measured.and(stream.remote.round_trip.smoothed()) else {
                return;
            };
            if by_reports {
                continue;
            }
            stream.keyframes.set_round_trip(smoothed);
            if let Some(nack) = &mut stream.nack {
                nack.set_round_trip(smoothed);
            }
        }
    }
}
