//! The round trip by which lost packets are asked for and sent again, where no report tells it: an
//! end that sends no media gets no reports, but its checks are answered.

use std::time::Duration;

use super::session::OwnSession;

impl OwnSession {
    /// Before a report told of one, the round trip of checks counts.
    pub(super) fn follow_round_trip(&mut self) {
        if self.control.round_trip.smoothed().is_some() {
            return;
        }
        if let Some(round_trip) = self.round_trip() {
            self.spread_round_trip(round_trip);
        }
    }

    /// The peer told what became of packets, and how soon it can tell by that.
    pub(super) fn follow_least_round_trip(&mut self) {
        let Some(round_trip) = self.feedback.told.round_trip() else { return };
        let least = self.feedback.least.add(round_trip, self.now);
        for stream in &mut self.streams_out.streams {
            stream.history.set_least_round_trip(least);
            if let Some(repeats) = &mut stream.repeats {
                repeats.set_least_round_trip(least);
            }
        }
    }

    /// Whoever asks for packets or sends them again goes by this round trip.
    pub(super) fn spread_round_trip(&mut self, round_trip: Duration) {
        for stream in &mut self.streams_out.streams {
            stream.history.set_round_trip(round_trip);
            if let Some(repeats) = &mut stream.repeats {
                repeats.set_round_trip(round_trip);
            }
        }
        for stream in self.streams_in.streams.values_mut() {
            stream.keyframes.set_round_trip(round_trip);
            if let Some(nack) = &mut stream.nack {
                nack.set_round_trip(round_trip);
            }
        }
    }
}
