//! Congestion that the network marks instead of dropping packets (RFC 3168): how far the rate is
//! to fall.

use std::time::{Duration, Instant};

use crate::datagram::Ecn;
use crate::feedback::TransportFeedback;

/// A mark on a packet of ECT(0) is the signal of a queue that would drop: the rate falls as it
/// does for a growing queue (RFC 8511 allows this for marks).
const CLASSIC_PART: f64 = 0.85;

/// Marks on packets of ECT(1) are frequent (RFC 9331): the rate falls by half of their share in a
/// round trip, which is smoothed with this weight (RFC 8257 section 3.3).
const SHARE_WEIGHT: f64 = 1.0 / 16.0;

/// A round trip is not taken to be shorter than this.
const ROUND_TRIP_MIN: Duration = Duration::from_millis(25);
/// The rate falls once in a round trip and this time, in which encoders follow and feedback tells
/// of it: marks before that are still those of the old rate.
const FOLLOWED: Duration = Duration::from_millis(200);

/// A fall for marks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Marked {
    /// To which part of itself the rate is to fall.
    pub(super) part: f64,
    /// Marks are frequent: they say at once when the rate is too high, and when it no longer is.
    pub(super) scalable: bool,
}

/// What was told of in a round trip.
#[derive(Clone, Copy, Debug, Default)]
struct Round {
    began_at: Option<Instant>,
    received: u32,
    marked: u32,
}

/// How large the share of marked packets is: at first that of the first feedback with marks.
#[derive(Debug, Default)]
pub(super) struct Marks {
    share: Option<f64>,
    round: Round,
    reacted_at: Option<Instant>,
}

impl Marks {
    /// Which fall is asked for; `None` when there need not be one. Packets of probes do not count:
    /// they are faster than the rate.
    pub(super) fn on_feedback(
        &mut self,
        feedback: &TransportFeedback,
        round_trip: Duration,
    ) -> Option<Marked> {
        let (mut received, mut marked, mut scalable) = (0_u32, 0_u32, false);
        for result in feedback.results.iter().filter(|result| result.sent.probe.is_none()) {
            received += u32::from(result.arrived_at().is_some());
            marked += u32::from(result.is_marked());
            scalable |= result.is_marked() && result.sent.ecn == Some(Ecn::Ect1);
        }
        if received == 0 {
            return None;
        }
        let now = feedback.received_at;
        let round_trip = round_trip.max(ROUND_TRIP_MIN);
        self.count(received, marked, round_trip, now);
        let lately = self.reacted_at.is_some_and(|at| since(at, now) < round_trip + FOLLOWED);
        if marked == 0 || lately {
            return None;
        }
        self.reacted_at = Some(now);
        let share = self.share.unwrap_or(f64::from(marked) / f64::from(received));
        let part = if scalable { 1.0 - share / 2.0 } else { CLASSIC_PART };
        Some(Marked { part, scalable })
    }

    fn count(&mut self, received: u32, marked: u32, round_trip: Duration, now: Instant) {
        let round = &mut self.round;
        round.received = round.received.saturating_add(received);
        round.marked = round.marked.saturating_add(marked);
        if since(*round.began_at.get_or_insert(now), now) < round_trip {
            return;
        }
        let share = f64::from(round.marked) / f64::from(round.received);
        if self.share.is_some() || round.marked > 0 {
            let before = self.share.unwrap_or(share);
            self.share = Some(before + SHARE_WEIGHT * (share - before));
        }
        self.round = Round { began_at: Some(now), ..Round::default() };
    }
}

fn since(at: Instant, now: Instant) -> Duration {
    now.saturating_duration_since(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feedback::{Arrival, PacketClass, PacketResult, SentPacket};
    use crate::ids::Ssrc;
    use crate::test_time::origin;

    const ROUND_TRIP: Duration = Duration::from_millis(50);

    fn feedback(at_ms: u64, sent: Ecn, marked: u64) -> TransportFeedback {
        let received_at = origin() + Duration::from_millis(at_ms);
        let mut feedback = TransportFeedback::empty(received_at);
        for number in 0..10 {
            let arrived = if number < marked { Ecn::Ce } else { sent };
            let sent = SentPacket {
                number,
                ssrc: Ssrc(1),
                sequence: number as u16,
                sent_at: received_at,
                size: 1_200,
                ecn: Some(sent),
                class: PacketClass::Video,
                probe: None,
            };
            let at = Duration::from_millis(at_ms);
            let arrival = Arrival::Received { at, ecn: Some(arrived), after_loss: false };
            feedback.results.push(PacketResult { sent, arrival });
        }
        feedback
    }

    #[test]
    fn a_classic_mark_is_one_reaction_until_that_is_followed() {
        let mut marks = Marks::default();
        let fall = Some(Marked { part: 0.85, scalable: false });
        assert_eq!(marks.on_feedback(&feedback(0, Ecn::Ect0, 0), ROUND_TRIP), None);
        assert_eq!(marks.on_feedback(&feedback(10, Ecn::Ect0, 1), ROUND_TRIP), fall);
        assert_eq!(marks.on_feedback(&feedback(250, Ecn::Ect0, 5), ROUND_TRIP), None);
        assert_eq!(marks.on_feedback(&feedback(260, Ecn::Ect0, 5), ROUND_TRIP), fall);
        let empty = TransportFeedback::empty(origin());
        assert_eq!(marks.on_feedback(&empty, ROUND_TRIP), None);
    }

    #[test]
    fn many_marks_of_low_latency_queues_count_by_their_share() {
        let mut marks = Marks::default();
        for round in 0..100 {
            marks.on_feedback(&feedback(round * 100, Ecn::Ect1, 1), ROUND_TRIP);
        }
        let fall = marks.on_feedback(&feedback(10_300, Ecn::Ect1, 1), ROUND_TRIP).unwrap();
        assert!(fall.scalable);
        assert!((fall.part - 0.95).abs() < 0.005, "a tenth is marked: {}", fall.part);
    }

    #[test]
    fn marks_of_probes_say_nothing_of_the_rate() {
        let mut marks = Marks::default();
        let mut probe = feedback(0, Ecn::Ect1, 10);
        for result in &mut probe.results {
            result.sent.probe = Some(1);
        }
        assert_eq!(marks.on_feedback(&probe, ROUND_TRIP), None);
    }
}
