//! RTCP in: what the peer tells, and what it asks for.

use super::session::OwnSession;
use crate::rtcp::packet::{Compound, Packet, ReportBlock};
use crate::session::seam::Discarded;

impl OwnSession {
    /// A datagram whose tag holds.
    pub(super) fn on_rtcp(&mut self, contents: &[u8]) -> Result<(), Discarded> {
        let compound = Compound::parse(contents).map_err(|_| Discarded::Malformed)?;
        self.tell_rtcp(contents);
        for packet in compound {
            self.on_control(packet);
        }
        Ok(())
    }

    fn on_control(&mut self, packet: Packet<'_>) {
        let now = self.now;
        match packet {
            Packet::SenderReport(report) => {
                if let Some(stream) = self.streams_in.streams.get_mut(&report.ssrc) {
                    stream.block.on_sender_report(report.info.ntp, now);
                    stream.remote.on_sender_report(&report.info, now);
                    stream.told.on_sender_report(&report.info);
                }
                report.blocks.iter().for_each(|block| self.on_block(&block));
            }
            Packet::ReceiverReport(report) => {
                report.blocks.iter().for_each(|block| self.on_block(&block));
            }
            Packet::Nack(nack) => {
                let streams = &mut self.streams_out.streams;
                let found = streams.iter().position(|stream| stream.ssrc == nack.media_ssrc);
                let Some(place) = found else { return };
                streams[place].nacks += 1;
                for sequence in nack.sequences() {
                    self.send_again(place, sequence);
                }
            }
            Packet::Pli(pli) => {
                if let Some(stream) = self.streams_out.by_source(pli.media_ssrc) {
                    stream.demand.on_pli(now);
                }
            }
            Packet::Fir(fir) => {
                for entry in fir.entries() {
                    if let Some(stream) = self.streams_out.by_source(entry.media_ssrc) {
                        stream.demand.on_fir(fir.sender, entry.sequence, now);
                    }
                }
            }
            Packet::ExtendedReport(report) => self.on_extended(report),
            Packet::Goodbye(goodbye) => self.on_goodbye(goodbye),
            Packet::TransportCc(told) => {
                let feedback = &mut self.feedback;
                if feedback.sent.on_transport_cc(&told, now, &mut feedback.told) {
                    self.on_feedback();
                }
            }
            Packet::Ccfb(told) => {
                let feedback = &mut self.feedback;
                feedback.ccfb_messages.1 += 1;
                if feedback.sent.on_ccfb(&told, now, &mut feedback.told) {
                    feedback.marking.on_results(&feedback.told.results);
                    for result in &feedback.told.results {
                        if let Some(stream) = self.streams_out.by_source(result.sent.ssrc) {
                            stream.counts.told.on_result(result);
                        }
                    }
                    self.on_feedback();
                }
            }
            Packet::Remb(remb) => self.on_receiver_limit(&remb),
            _ => {}
        }
    }

    fn on_block(&mut self, block: &ReportBlock) {
        let now = self.now;
        let ntp = self.control.clock.at(now);
        let round_trip = self.round_trip();
        let Some(stream) = self.streams_out.by_source(block.ssrc) else { return };
        stream.names.on_report(block.highest_sequence);
        stream.telling.on_report(block.highest_sequence);
        stream.remote.on_block(block, ntp, now);
        stream.follow_loss(round_trip, now);
        stream.report_to_copies(now);
        let measured =
            self.control.round_trip.on_answer(ntp, block.last_sr, block.delay_since_last_sr);
        if let (Some(paced), Some(measured)) = (&mut self.paced, measured) {
            paced.controller.on_round_trip(measured, now);
        }
        if let Some(smoothed) = measured.and(self.control.round_trip.smoothed()) {
            self.spread_round_trip(smoothed);
        }
    }
}
