//! Congestion that the network marks instead of dropping packets (RFC 3168): how far the rate is
//! to fall.

use std::time::{Duration, Instant};

use crate::datagram::Ecn;
use crate::feedback::TransportFeedback;

/// A mark on a packet of ECT(0) is the signal of a queue that would drop: the rate falls as it
/// does for a growing queue (RFC 8511 allows this for marks).
const CLASSIC_PART: f64 = 0.85;

/// Marks on packets of ECT(1) are frequent (RFC 9331): the rate falls by half of their share, which
/// is smoothed with this weight (RFC 8257 section 3.3).
const SHARE_WEIGHT: f64 = 1.0 / 16.0;

/// The rate falls once in a round trip, and not more often than this.
const EVERY_MIN: Duration = Duration::from_millis(25);

/// How large the share of marked packets is: at first that of the first feedback with marks.
#[derive(Debug, Default)]
pub(super) struct Marks {
    share: Option<f64>,
    reacted_at: Option<Instant>,
}

impl Marks {
    /// To which part of itself the rate is to fall; `None` when it need not.
    pub(super) fn on_feedback(
        &mut self,
        feedback: &TransportFeedback,
        round_trip: Duration,
    ) -> Option<f64> {
        let (mut received, mut marked, mut scalable) = (0_u32, 0_u32, false);
        for result in &feedback.results {
            received += u32::from(result.arrived_at().is_some());
            marked += u32::from(result.is_marked());
            scalable |= result.is_marked() && result.sent.ecn == Some(Ecn::Ect1);
        }
        if received == 0 {
            return None;
        }
        let share = f64::from(marked) / f64::from(received);
        if self.share.is_some() || marked > 0 {
            let before = self.share.unwrap_or(share);
            self.share = Some(before + SHARE_WEIGHT * (share - before));
        }
        let every = round_trip.max(EVERY_MIN);
        let now = feedback.received_at;
        let lately = self.reacted_at.is_some_and(|at| now.saturating_duration_since(at) < every);
        if marked == 0 || lately {
            return None;
        }
        self.reacted_at = Some(now);
        Some(if scalable { 1.0 - self.share.unwrap_or(1.0) / 2.0 } else { CLASSIC_PART })
    }
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
    fn a_classic_mark_is_one_reaction_in_a_round_trip() {
        let mut marks = Marks::default();
        assert_eq!(marks.on_feedback(&feedback(0, Ecn::Ect0, 0), ROUND_TRIP), None);
        assert_eq!(marks.on_feedback(&feedback(10, Ecn::Ect0, 1), ROUND_TRIP), Some(0.85));
        assert_eq!(marks.on_feedback(&feedback(50, Ecn::Ect0, 5), ROUND_TRIP), None);
        assert_eq!(marks.on_feedback(&feedback(60, Ecn::Ect0, 5), ROUND_TRIP), Some(0.85));
        let empty = TransportFeedback::empty(origin());
        assert_eq!(marks.on_feedback(&empty, ROUND_TRIP), None);
    }

    #[test]
    fn many_marks_of_low_latency_queues_count_by_their_share() {
        let mut marks = Marks::default();
        for round in 0..100 {
            marks.on_feedback(&feedback(round * 100, Ecn::Ect1, 1), ROUND_TRIP);
        }
        let part = marks.on_feedback(&feedback(10_000, Ecn::Ect1, 1), ROUND_TRIP).unwrap();
        assert!((part - 0.95).abs() < 0.005, "a tenth is marked: {part}");
    }
}
