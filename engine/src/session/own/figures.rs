//! Counters and measures, as of now.

use std::time::Duration;

use super::session::OwnSession;
use super::stream_out::StreamOut;
use crate::session::output::{MediaFigures, TransportFigures};
use crate::session::seam::Figures;

impl OwnSession {
    /// The round trip of checks, or of reports before there was one.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        let pair = self.checks.agent.selected().and_then(|path| self.checks.agent.pair(path.pair));
        pair.and_then(|pair| pair.counters.current_round_trip_time)
            .or(self.control.round_trip.current)
    }

    pub(super) fn count(&self) -> Figures {
        let pair = self.checks.agent.selected().and_then(|path| self.checks.agent.pair(path.pair));
        let counters = pair.map(|pair| pair.counters);
        let transport = TransportFigures {
            round_trip: self.round_trip(),
            total_round_trip: counters.map(|it| it.total_round_trip_time).unwrap_or_default(),
            responses_received: counters.map_or(0, |it| it.responses_received),
            available_outgoing: self.paced.as_ref().map(|paced| paced.rate),
        };
        let inbound = self.streams_in.streams.values().map(|stream| {
            let counts = stream.reception.counts();
            MediaFigures {
                mid: stream.mid,
                rid: stream.rid,
                bytes: counts.payload_bytes,
                packets: counts.packets,
                firs: stream.keyframes.firs,
                plis: stream.keyframes.plis,
                nacks: stream.nack.as_ref().map_or(0, |nack| nack.counters().requests),
                round_trip: None,
                loss: None,
                jitter_ticks: Some(stream.reception.jitter_ticks()),
                packets_lost: Some(u64::try_from(stream.reception.lost()).unwrap_or(0)),
            }
        });
        let reported = |stream: &StreamOut| stream.remote.reports > 0;
        let sending = self.streams_out.streams.iter().filter(|stream| stream.packets > 0);
        let outbound = sending.map(|stream| MediaFigures {
            mid: stream.mid,
            rid: stream.rid,
            bytes: stream.octets,
            packets: stream.packets,
            firs: stream.demand.firs,
            plis: stream.demand.plis,
            nacks: stream.nacks,
            round_trip: self.control.round_trip.current,
            loss: reported(stream).then_some(stream.remote.fraction_lost as f32),
            jitter_ticks: reported(stream).then_some(stream.remote.jitter_ticks),
            packets_lost: reported(stream)
                .then(|| u64::try_from(stream.remote.packets_lost).unwrap_or(0)),
        });
        Figures { transport, inbound: inbound.collect(), outbound: outbound.collect() }
    }
}
