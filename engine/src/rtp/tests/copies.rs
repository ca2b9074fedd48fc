//! When copies of sound begin, and when they end.

use std::time::Duration;

use super::*;
use crate::feedback::{PacketClass, SentPacket};
use crate::ids::Ssrc;
use crate::test_time::origin;

const LEVELS: [CopyLevel; 3] = [CopyLevel::None, CopyLevel::Next, CopyLevel::Spread];

/// Feedback every 100 ms on packets of 20 ms; `lost` says which.
struct Stream {
    policy: CopyPolicy,
    now: Instant,
    next: u64,
}

impl Stream {
    fn new() -> Self {
        Stream { policy: CopyPolicy::default(), now: origin(), next: 65_000 }
    }

    fn result(&self, number: u64, arrival: Arrival) -> PacketResult {
        let sent = SentPacket {
            number,
            ssrc: Ssrc(1),
            sequence: number as u16,
            sent_at: self.now,
            size: 150,
            ecn: None,
            class: PacketClass::Audio,
            probe: None,
        };
        PacketResult { sent, arrival }
    }

    fn run(&mut self, seconds: u32, lost: impl Fn(u64) -> bool) -> CopyDistances {
        for _ in 0..seconds * 10 {
            self.now += Duration::from_millis(100);
            let results: Vec<PacketResult> = (self.next..self.next + 5)
                .map(|number| self.result(number, arrival(!lost(number), false)))
                .collect();
            self.next += 5;
            self.policy.on_results(results.iter(), self.now);
        }
        self.policy.copies(2, self.now)
    }
}

fn arrival(came: bool, after_loss: bool) -> Arrival {
    match came {
        true => Arrival::Received { at: Duration::from_secs(1), ecn: None, after_loss },
        false => Arrival::Lost,
    }
}

/// Every loss in thousandths, every burst in tenths, every room and every state.
#[test]
fn the_whole_table() {
    for before in LEVELS {
        for (thousandths, tenths) in (0..=1_000).flat_map(|a| (10..=40).map(move |b| (a, b))) {
            let fraction = f64::from(thousandths) / 1_000.0;
            let began = before != CopyLevel::None;
            let lossy = thousandths >= if began { 5 } else { 10 };
            let spread = before == CopyLevel::Spread;
            let many = thousandths >= if spread { 70 } else { 100 };
            for burst in [Some(f64::from(tenths) / 10.0), None] {
                let bursty = burst.is_some() && tenths >= if spread { 13 } else { 16 };
                let expected = match (lossy, many || bursty) {
                    (false, _) => CopyLevel::None,
                    (true, false) => CopyLevel::Next,
                    (true, true) => CopyLevel::Spread,
                };
                let level = copy_level(SoundLosses { fraction, burst }, before);
                assert_eq!(level, expected, "{thousandths} {burst:?} {before:?}");
                // A second look changes nothing.
                assert_eq!(copy_level(SoundLosses { fraction, burst }, level), level);
                for room in 0..4 {
                    let copies = level.copies(room);
                    assert!(copies.len() <= room);
                    assert_eq!(copies.farthest(), level.copies(9).farthest() * u8::from(room > 0));
                }
            }
        }
    }
}

#[test]
fn what_is_no_number_is_no_loss() {
    for before in LEVELS {
        for fraction in [f64::NAN, -1.0, 0.0] {
            let losses = SoundLosses { fraction, burst: Some(f64::NAN) };
            assert_eq!(copy_level(losses, before), CopyLevel::None);
        }
        let all = SoundLosses { fraction: f64::INFINITY, burst: None };
        assert_eq!(copy_level(all, before), CopyLevel::Spread);
    }
}

#[test]
fn more_is_done_at_once_and_less_after_ten_seconds() {
    let mut stream = Stream::new();
    assert_eq!(stream.run(20, |_| false), CopyDistances::NONE);
    assert_eq!(stream.run(2, |number| number.is_multiple_of(25)), CopyDistances::NEXT);
    // Three in a row, twice.
    let bursts = |number: u64| number % 50 < 3;
    assert_eq!(stream.run(2, bursts), CopyDistances::SPREAD);
    assert_eq!(stream.run(8, |_| false), CopyDistances::SPREAD);
    assert_eq!(stream.run(4, |_| false), CopyDistances::NONE);
}

#[test]
fn the_first_burst_counts_and_the_first_pair_does_not() {
    let mut stream = Stream::new();
    stream.run(1, |_| false);
    let at = stream.next;
    assert_eq!(stream.run(1, |number| (at..at + 2).contains(&number)), CopyDistances::NEXT);
    let mut stream = Stream::new();
    stream.run(1, |_| false);
    let at = stream.next;
    assert_eq!(stream.run(1, |number| (at..at + 3).contains(&number)), CopyDistances::SPREAD);
}

#[test]
fn one_loss_in_two_hundred_is_let_go() {
    let mut stream = Stream::new();
    stream.run(10, |_| false);
    assert_eq!(stream.run(60, |number| number.is_multiple_of(200)), CopyDistances::NONE);
}

#[test]
fn packets_that_come_late_are_not_lost() {
    let mut stream = Stream::new();
    for _ in 0..100 {
        stream.now += Duration::from_millis(100);
        let at = stream.next;
        stream.next += 5;
        // The last of the feedback before was overtaken.
        let results = [
            stream.result(at.wrapping_sub(1), arrival(true, true)),
            stream.result(at, arrival(true, false)),
            stream.result(at + 4, arrival(false, false)),
        ];
        stream.policy.on_results(results.iter(), stream.now);
    }
    assert_eq!(stream.policy.copies(2, stream.now), CopyDistances::NONE);
}

#[test]
fn reports_count_where_there_is_no_feedback() {
    let (mut policy, now) = (CopyPolicy::default(), origin());
    let at = |seconds: u64| now + Duration::from_secs(seconds);
    policy.on_report(0.03, 250, at(0));
    assert_eq!(policy.losses(at(0)), SoundLosses { fraction: 0.03, burst: None });
    assert_eq!(policy.copies(2, at(0)), CopyDistances::NEXT);
    policy.on_report(0.25, 250, at(5));
    assert_eq!(policy.copies(2, at(5)), CopyDistances::SPREAD);
    assert_eq!(policy.copies(1, at(5)), CopyDistances::new(&[4]).unwrap(), "room for one");
    assert_eq!(policy.copies(2, at(14)), CopyDistances::SPREAD);
    assert_eq!(policy.copies(2, at(15)), CopyDistances::NONE);
    policy.on_report(f64::NAN, u32::MAX, at(16));
    assert_eq!(policy.copies(2, at(16)), CopyDistances::NONE);
    policy.on_report(2.0, u32::MAX, at(16));
    assert_eq!(policy.copies(2, at(16)), CopyDistances::SPREAD);
}

#[test]
fn pending_losses_are_bounded() {
    let stream = Stream::new();
    let results: Vec<_> =
        (0..5_000).map(|number| stream.result(number, arrival(false, false))).collect();
    let mut policy = CopyPolicy::default();
    policy.on_results(results.iter(), stream.now);
    assert_eq!(policy.pending.len(), PENDING_MAX);
    policy.on_results([].iter(), stream.now);
    assert!(policy.pending.is_empty());
    assert_eq!(policy.copies(2, stream.now), CopyDistances::SPREAD);
}

#[test]
fn packets_that_three_overtook_are_lost_at_once() {
    let (stream, mut policy) = (Stream::new(), CopyPolicy::default());
    let results = |came: u64| {
        (0..6 + came).map(move |number| (number, !(3..6).contains(&number))).collect::<Vec<_>>()
    };
    for (came, copies) in [(2, CopyDistances::NONE), (3, CopyDistances::SPREAD)] {
        let told: Vec<PacketResult> = results(came)
            .into_iter()
            .map(|(number, came)| stream.result(number, arrival(came, false)))
            .collect();
        let mut first = policy.clone();
        first.on_results(told.iter(), stream.now);
        assert_eq!(first.copies(2, stream.now), copies, "{came} came after a burst of three");
    }
    policy.on_results([].iter(), stream.now);
    assert_eq!(policy.losses(stream.now), SoundLosses::default());
}
