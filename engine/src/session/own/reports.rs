//! RTCP out: reports, requests, arrivals.

use super::meddler::Unprotected;
use super::session::OwnSession;
use crate::event::KeyframeRequestKind;
use crate::ids::{Mid, Rid, Ssrc};
use crate::media::KeyframeError;
use crate::rtcp::packet::{
    CompoundContents, DueReport, FirEntry, Pli, ReportBlock, write_bye, write_fir, write_nack,
    write_pli,
};
use crate::rtcp::{KeyframeMethod, KeyframeRequest, SenderFigures};
use crate::session::output::SessionEvent;

/// Bytes of a datagram of RTCP before it is protected.
pub(super) const DATAGRAM_BYTES_MAX: usize = 1_100;

impl OwnSession {
    pub(super) fn ask_keyframe(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        kind: KeyframeRequestKind,
    ) -> Result<(), KeyframeError> {
        if self.outputs.is_full() {
            return Err(KeyframeError::NotDrained);
        }
        let stream = self.streams_in.of(mid, rid).ok_or(KeyframeError::NothingReceived)?;
        let method = match kind {
            KeyframeRequestKind::Pli => KeyframeMethod::Pli,
            KeyframeRequestKind::Fir => KeyframeMethod::Fir,
        };
        stream.keyframes.want(method, self.now);
        self.settle();
        Ok(())
    }

    /// What is due: requests, arrivals, reports.
    pub(super) fn follow_control(&mut self) {
        if self.secured.is_none() || !self.life.is_running() {
            return;
        }
        self.tell_demands();
        let sender = self.sender();
        let mut packets = std::mem::take(&mut self.control.packets);
        packets.clear();
        self.write_requests(sender, &mut packets);
        self.feedback.poll(self.now, sender, DATAGRAM_BYTES_MAX, &mut packets);
        self.tell_estimate(sender, &mut packets);
        let report = self.control.schedule.is_due(self.now) && self.has_media();
        if report {
            self.write_extended(sender, &mut packets);
        }
        self.write_endings(&mut packets);
        if report {
            self.send_reports(&packets);
        } else if self.control.schedule.is_due(self.now) {
            self.control.schedule.on_sent(self.now);
        } else if !packets.is_empty() {
            self.send_control(sender, DueReport::None, &[], &packets);
        }
        self.control.packets = packets;
        self.streams_in.look_at_all();
        self.streams_out.look_at_all();
    }

    pub(super) fn has_media(&self) -> bool {
        !self.streams_in.streams.is_empty()
            || self.streams_out.streams.iter().any(|stream| stream.packets > 0)
    }

    pub(super) fn sender(&self) -> Ssrc {
        let sent = self.streams_out.streams.iter().find(|stream| stream.packets > 0);
        sent.map_or(self.control.ssrc, |stream| stream.ssrc)
    }

    fn tell_demands(&mut self) {
        for stream in &mut self.streams_out.streams {
            if let Some(method) = stream.demand.poll(self.now) {
                let kind = match method {
                    KeyframeMethod::Pli => KeyframeRequestKind::Pli,
                    KeyframeMethod::Fir => KeyframeRequestKind::Fir,
                };
                let (mid, rid) = (stream.mid, stream.rid);
                self.outputs.tell(SessionEvent::KeyframeRequested { mid, rid, kind });
            }
        }
    }

    fn write_requests(&mut self, sender: Ssrc, packets: &mut Vec<u8>) {
        let now = self.now;
        let mut wanted = Vec::new();
        for (ssrc, stream) in &mut self.streams_in.streams {
            if let Some(nack) = &mut stream.nack {
                wanted.clear();
                nack.poll(now, &mut wanted);
                write_nack(packets, sender, *ssrc, &wanted, DATAGRAM_BYTES_MAX);
            }
            match stream.keyframes.poll(now) {
                Some(KeyframeRequest::Pli) => {
                    write_pli(packets, Pli { sender, media_ssrc: *ssrc });
                }
                Some(KeyframeRequest::Fir { sequence }) => {
                    write_fir(packets, sender, &[FirEntry { media_ssrc: *ssrc, sequence }]);
                }
                None => {}
            }
        }
    }

    /// A report of each stream that is sent; the first tells what was received.
    fn send_reports(&mut self, packets: &[u8]) {
        let now = self.now;
        let clock = self.control.clock;
        self.control.schedule.on_sent(now);
        self.buffers.tidy();
        let blocks: Vec<ReportBlock> = self
            .streams_in
            .streams
            .values_mut()
            .filter_map(|stream| {
                let packets = stream.reception.counts().packets;
                let reception = stream.reception().filter(|_| !stream.counts.has_left(packets));
                reception.map(|reception| stream.block.block(&reception, now))
            })
            .collect();
        let infos: Vec<_> = self
            .streams_out
            .streams
            .iter()
            .filter_map(|stream| {
                let (timestamp, captured_at, clock_rate) = stream.last?;
                let figures = SenderFigures {
                    packets: stream.packets,
                    octets: stream.octets,
                    timestamp,
                    captured_at,
                    clock_rate,
                };
                Some((stream.ssrc, figures.info(&clock, now)))
            })
            .collect();
        self.send_control(self.sender(), DueReport::Senders(&infos), &blocks, packets);
    }

    pub(super) fn send_control(
        &mut self,
        sender: Ssrc,
        report: DueReport<'_>,
        blocks: &[ReportBlock],
        packets: &[u8],
    ) {
        let contents =
            CompoundContents { sender, cname: &self.control.cname, report, blocks, packets };
        let mut datagrams = std::mem::take(&mut self.control.datagrams);
        let buffers = &mut self.buffers;
        contents.write(self.control.mode, DATAGRAM_BYTES_MAX, |it| {
            let mut datagram = buffers.empty();
            datagram.extend_from_slice(it);
            datagrams.push(datagram);
        });
        for mut datagram in datagrams.drain(..) {
            let Some(secured) = &mut self.secured else { continue };
            self.meddler.change(Unprotected::Rtcp, &mut datagram);
            if secured.outbound.protect_rtcp(&mut datagram).is_ok() {
                self.transmit(datagram);
            }
        }
        self.control.datagrams = datagrams;
    }

    pub(super) fn send_goodbye(&mut self) {
        let streams = &self.streams_out.streams;
        let sources: Vec<Ssrc> =
            streams.iter().filter(|stream| stream.packets > 0).map(|stream| stream.ssrc).collect();
        if sources.is_empty() {
            return;
        }
        let mut packets = Vec::new();
        write_bye(&mut packets, &sources, None);
        self.send_control(self.sender(), DueReport::Receiver, &[], &packets);
    }
}
