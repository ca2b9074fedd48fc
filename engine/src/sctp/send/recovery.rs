//! What is lost: RACK (RFC 8985) for the numbers of SCTP.
//!
//! 1. Transmissions are counted, those of pieces that go out again too. The newest of which the
//!    peer has heard is the measure.
//! 2. What was sent before it is lost, once a round trip and a little more went by since; the
//!    little is for packets that overtake each other.
//! 3. How little adapts: nothing while no packet overtook another and losses are at hand, a quarter
//!    of the least round trip else, and more where pieces went out again in vain.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::flight::{Flight, Sent, State};
use super::round_trip::RoundTrip;

/// Pieces above a gap that show it is no reordering, while none was seen (RFC 8985 section 6.2).
const GAP_PIECES: usize = 3;

/// Recoveries for which a wider window is kept (RFC 8985 section 6.2).
const WIDE_FOR: u32 = 16;

/// The widest window, in quarters of the least round trip.
const QUARTERS_MAX: u32 = 16;

#[derive(Clone, Copy, Debug)]
struct Newest {
    transmission: u64,
    sent_at: Instant,
    round_trip: Duration,
}

/// What finds losses.
#[derive(Debug)]
pub(super) struct Recovery {
    /// Numbers in the order of their transmissions. What is out of date is passed over.
    order: VecDeque<(u64, u64)>,
    transmissions: u64,
    newest: Option<Newest>,
    highest_acknowledged: u64,
    has_reordering: bool,
    quarters: u32,
    wide_for: u32,
    /// Losses of numbers up to this are one event.
    point: u64,
    /// Pieces that went out again since the event began, less those that did in vain.
    resent: u32,
    /// The point up to which a wider window was asked for last: once in a round trip.
    widened_at: u64,
}

impl Recovery {
    pub(super) fn new() -> Self {
        Recovery {
            order: VecDeque::new(),
            transmissions: 0,
            newest: None,
            highest_acknowledged: 0,
            has_reordering: false,
            quarters: 1,
            wide_for: 0,
            point: 0,
            resent: 0,
            widened_at: 0,
        }
    }

    /// A number goes out. Gives the number of this transmission.
    pub(super) fn on_sent(&mut self, number: u64, is_again: bool) -> u64 {
        self.transmissions += 1;
        self.order.push_back((number, self.transmissions));
        self.resent += u32::from(is_again);
        self.transmissions
    }

    /// The peer has a piece, which was not lost or is not any more.
    pub(super) fn on_acknowledged(
        &mut self,
        number: u64,
        piece: &Sent,
        trip: &RoundTrip,
        now: Instant,
    ) {
        if number < self.highest_acknowledged && piece.attempts == 1 {
            self.has_reordering = true;
        }
        self.highest_acknowledged = self.highest_acknowledged.max(number);
        let round_trip = now.saturating_duration_since(piece.sent_at);
        // The answer is to an earlier transmission.
        if piece.attempts > 1 && trip.least().is_some_and(|least| round_trip < least) {
            return;
        }
        if self.newest.is_none_or(|newest| piece.transmission > newest.transmission) {
            self.newest = Some(Newest {
                transmission: piece.transmission,
                sent_at: piece.sent_at,
                round_trip,
            });
        }
    }

    /// A piece went out again that the peer had. True when it turns out that all did.
    pub(super) fn on_repeated(&mut self, flight: &Flight) -> bool {
        if flight.cumulative() > self.widened_at {
            self.quarters = (self.quarters + 1).min(QUARTERS_MAX);
            self.wide_for = WIDE_FOR;
            self.widened_at = flight.highest();
            self.has_reordering = true;
        }
        let was_resent = self.resent > 0;
        self.resent = self.resent.saturating_sub(1);
        was_resent && self.resent == 0
    }

    /// Lost data is being made up for.
    pub(super) fn is_recovering(&self, flight: &Flight) -> bool {
        flight.cumulative() < self.point
    }

    /// A number is lost. True for the first of an event.
    pub(super) fn on_lost(&mut self, number: u64, flight: &Flight) -> bool {
        if number <= self.point {
            return false;
        }
        self.begin_event(flight);
        true
    }

    /// All that was sent is doubted, as one event.
    pub(super) fn begin_event(&mut self, flight: &Flight) {
        self.point = flight.highest();
        self.resent = 0;
        if self.wide_for > 0 {
            self.wide_for -= 1;
            if self.wide_for == 0 {
                self.quarters = 1;
            }
        }
    }

    /// How much longer than a round trip a piece may take.
    fn window(&self, flight: &Flight, trip: &RoundTrip) -> Duration {
        if !self.has_reordering {
            let above = flight.acknowledged.iter().map(|(first, last)| last - first + 1);
            let above: u64 = above.sum();
            if self.is_recovering(flight) || above >= GAP_PIECES as u64 {
                return Duration::ZERO;
            }
        }
        let quarter = trip.least().unwrap_or_default() / 4;
        let smoothed = trip.smoothed().unwrap_or_default();
        (quarter * self.quarters).min(smoothed)
    }

    /// Numbers that are lost at this time go to `lost`. Gives when others may be.
    pub(super) fn detect(
        &mut self,
        flight: &Flight,
        trip: &RoundTrip,
        now: Instant,
        lost: &mut Vec<u64>,
    ) -> Option<Instant> {
        let newest = self.newest?;
        let window = self.window(flight, trip);
        while let Some((number, transmission)) = self.order.front().copied() {
            let piece = flight.get(number).filter(|piece| {
                piece.transmission == transmission && piece.state == State::OnTheWay
            });
            let Some(piece) = piece else {
                self.order.pop_front();
                continue;
            };
            if transmission >= newest.transmission {
                return None;
            }
            let due = piece.sent_at + newest.round_trip + window;
            // One that was sent at the same time is judged with the newest.
            if due > now || piece.sent_at > newest.sent_at {
                return Some(due);
            }
            self.order.pop_front();
            lost.push(number);
        }
        None
    }

    /// All that is on the way is lost, and nothing is known of its order any more.
    pub(super) fn forget_order(&mut self) {
        self.order.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sctp::congestion::RateSampler;
    use crate::sctp::message::Kind;
    use crate::sctp::send::body::Body;
    use crate::sctp::send::messages::{Limit, MessageId, Messages, Outgoing};
    use crate::test_time::origin;

    const MS: Duration = Duration::from_millis(1);

    struct World {
        flight: Flight,
        recovery: Recovery,
        trip: RoundTrip,
        message: MessageId,
        now: Instant,
    }

    impl World {
        /// A round trip of 80 ms is known.
        fn new() -> Self {
            let mut trip = RoundTrip::new(None);
            trip.measure(80 * MS, origin());
            let body = Body::whole(&[]);
            let message = Outgoing::new(0, Kind::Binary, true, Limit::None, body);
            let message = Messages::default().insert(message);
            let (flight, recovery) = (Flight::default(), Recovery::new());
            World { flight, recovery, trip, message, now: origin() }
        }

        /// Of five, the first was lost and went out again.
        fn with_one_sent_again() -> Self {
            let mut world = World::new();
            (0..5).for_each(|_| world.send());
            world.now += 80 * MS;
            (2..5).for_each(|number| world.acknowledge(number));
            assert_eq!(world.detect().0, [1]);
            world.send_again(1);
            world
        }

        fn send(&mut self) {
            let number = self.flight.highest() + 1;
            let transmission = self.recovery.on_sent(number, false);
            self.flight.push(Sent {
                state: State::OnTheWay,
                message: self.message,
                at: 0,
                bytes: 1_000,
                place: 0,
                stream: 0,
                ordered: true,
                message_number: 0,
                attempts: 1,
                sent_at: self.now,
                transmission,
                snapshot: RateSampler::new(self.now).on_sent(1_000, 0, self.now),
                is_large: false,
            });
        }

        fn send_again(&mut self, number: u64) {
            let transmission = self.recovery.on_sent(number, true);
            self.flight.set(number, State::OnTheWay);
            let sent = self.flight.get_mut(number).unwrap();
            (sent.transmission, sent.sent_at, sent.attempts) = (transmission, self.now, 2);
        }

        fn acknowledge(&mut self, number: u64) {
            self.flight.set(number, State::Acknowledged);
            self.flight.acknowledged.insert(number);
            let sent = self.flight.get(number).unwrap().clone();
            self.recovery.on_acknowledged(number, &sent, &self.trip, self.now);
        }

        fn detect(&mut self) -> (Vec<u64>, Option<Instant>) {
            let mut lost = Vec::new();
            let next = self.recovery.detect(&self.flight, &self.trip, self.now, &mut lost);
            for number in &lost {
                self.recovery.on_lost(*number, &self.flight);
                self.flight.set(*number, State::Lost);
            }
            (lost, next)
        }
    }

    #[test]
    fn what_was_sent_before_something_that_came_is_lost_after_a_while() {
        let mut world = World::new();
        (0..4).for_each(|_| world.send());
        world.now += 80 * MS;
        assert_eq!(world.detect(), (vec![], None), "nothing came yet");
        world.acknowledge(2);
        let due = world.now + 20 * MS;
        assert_eq!(world.detect(), (vec![], Some(due)), "a quarter of the round trip more");
        world.now = due;
        assert_eq!(world.detect(), (vec![1], None), "what was sent after is not judged");
    }

    #[test]
    fn three_above_a_gap_are_enough_where_nothing_overtakes() {
        let mut world = World::new();
        (0..5).for_each(|_| world.send());
        world.now += 80 * MS;
        (3..6).for_each(|number| world.acknowledge(number));
        assert_eq!(world.detect(), (vec![1, 2], None));
        // One that comes late after all shows that packets overtake each other here.
        let mut world = World::new();
        (0..6).for_each(|_| world.send());
        world.now += 80 * MS;
        [3, 2, 4, 5].iter().for_each(|number| world.acknowledge(*number));
        assert_eq!(world.detect(), (vec![], Some(world.now + 20 * MS)));
    }

    #[test]
    fn what_went_out_again_can_be_lost_again() {
        let mut world = World::with_one_sent_again();
        world.now += MS;
        world.send();
        world.now += 80 * MS;
        world.acknowledge(6);
        assert_eq!(world.detect().0, [5, 1], "in the order of sending");
    }

    #[test]
    fn what_went_out_again_in_vain_widens_the_window_and_is_told() {
        let mut world = World::with_one_sent_again();
        world.flight.set(1, State::Acknowledged);
        world.flight.pop();
        assert!(world.recovery.on_repeated(&world.flight), "all that did, did in vain");
        assert!(!world.recovery.on_repeated(&world.flight));
        assert_eq!(world.recovery.window(&world.flight, &world.trip), 40 * MS);
    }
}
