//! Checks under way: STUN transactions (RFC 8489 section 6.2.1, RFC 8445 section 14.3).

use std::time::{Duration, Instant};

use stun_types::message::TransactionId;

use super::pair::PairId;

/// Smallest time before a check is repeated on a path of unknown round trip (RFC 8445 section
/// 14.3).
const RTO_MIN: Duration = Duration::from_millis(500);

/// Smallest where the round trip is known (RFC 8489 section 6.2.1 has it estimated then).
const RTO_MIN_MEASURED: Duration = Duration::from_millis(100);

/// The first time where the round trip is unknown, but the peer's own checks came this way: it is
/// the answer, or our check, that was lost.
const RTO_HEARD: Duration = Duration::from_millis(200);

/// Longest that doubling comes to. Doubling further would leave a lossy path alone for too long: of
/// those that lose a fifth of the packets each way, one in twenty needs a fourth try.
const RTO_MAX: Duration = Duration::from_secs(1);

/// How often a check is sent at most (RFC 8489 section 6.2.1's Rc).
const SENDS_MAX: u32 = 7;

/// How long the answer to a check is waited for that is not repeated: longer than any round trip of
/// a usable path.
const ANSWER_WAIT: Duration = Duration::from_secs(10);

/// Checks whose answer is awaited: each pair's, and every one that a trigger or a probe added.
const CHECKS_MAX: usize = 256;

/// What a check is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It finds out whether a pair works, and is repeated.
    Connectivity,
    /// It renews consent or probes: the next one is another transaction (RFC 7675 section 5.1).
    Consent,
    /// One that was for connectivity until another took its place (RFC 8445 section 7.3.1.4). Its
    /// answer still counts.
    Cancelled,
}

#[derive(Debug)]
pub(super) struct Check {
    pub(super) transaction: TransactionId,
    pub(super) pair: PairId,
    pub(super) generation: u32,
    pub(super) purpose: Purpose,
    /// Our role as it says.
    pub(super) controlling: bool,
    /// It says USE-CANDIDATE.
    pub(super) nominates: bool,
    /// The value of its PRIORITY attribute.
    pub(super) priority: u32,
    pub(super) contents: Vec<u8>,
    pub(super) first_sent: Instant,
    sends: u32,
    rto: Duration,
    /// When it is repeated, or given up.
    pub(super) due_at: Instant,
}

/// What a check that is due is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Repeat,
    GiveUp,
}

impl Check {
    /// Its answer tells the round trip: it was sent once.
    pub(super) fn round_trip(&self, now: Instant) -> Option<Duration> {
        (self.sends == 1).then(|| now.saturating_duration_since(self.first_sent))
    }

    fn due(&self) -> Due {
        let repeats = self.purpose == Purpose::Connectivity && self.sends < SENDS_MAX;
        if repeats { Due::Repeat } else { Due::GiveUp }
    }

    /// It was, or would have been, sent again.
    pub(super) fn repeat(&mut self, now: Instant) {
        self.sends += 1;
        self.rto = (self.rto * 2).min(RTO_MAX).max(self.rto);
        self.due_at = now + self.rto;
    }
}

/// What a check is, beside its time.
#[derive(Debug)]
pub(super) struct NewCheck {
    pub(super) transaction: TransactionId,
    pub(super) pair: PairId,
    pub(super) generation: u32,
    pub(super) purpose: Purpose,
    pub(super) controlling: bool,
    pub(super) nominates: bool,
    pub(super) priority: u32,
    pub(super) contents: Vec<u8>,
}

/// The time before a check is repeated: twice the round trip where it is known, else what `busy`
/// pairs that share the pace of `ta` make of it; little where the peer was heard.
pub(super) fn repeat_after(
    round_trip: Option<Duration>,
    heard: bool,
    ta: Duration,
    busy: usize,
) -> Duration {
    match round_trip {
        Some(round_trip) => (round_trip * 2).max(RTO_MIN_MEASURED),
        None if heard => RTO_HEARD,
        None => ta.saturating_mul(u32::try_from(busy).unwrap_or(u32::MAX)).max(RTO_MIN),
    }
}

#[derive(Debug, Default)]
pub(super) struct Checks {
    pending: Vec<Check>,
}

impl Checks {
    /// A check was sent; without an answer it is repeated after `rto`.
    pub(super) fn begin(&mut self, check: NewCheck, rto: Duration, now: Instant) {
        if self.pending.len() >= CHECKS_MAX {
            self.pending.remove(0);
        }
        let wait = if check.purpose == Purpose::Connectivity { rto } else { ANSWER_WAIT };
        self.pending.push(Check {
            transaction: check.transaction,
            pair: check.pair,
            generation: check.generation,
            purpose: check.purpose,
            controlling: check.controlling,
            nominates: check.nominates,
            priority: check.priority,
            contents: check.contents,
            first_sent: now,
            sends: 1,
            rto,
            due_at: now + wait,
        });
    }

    pub(super) fn find(&self, transaction: TransactionId) -> Option<&Check> {
        self.pending.iter().find(|check| check.transaction == transaction)
    }

    pub(super) fn take(&mut self, transaction: TransactionId) -> Option<Check> {
        let index = self.pending.iter().position(|check| check.transaction == transaction)?;
        Some(self.pending.remove(index))
    }

    /// Checks of the pair are not repeated any more. Their answers still count.
    pub(super) fn cancel(&mut self, pair: PairId, now: Instant) {
        let of_pair = self.pending.iter_mut().filter(|check| check.pair == pair);
        for check in of_pair.filter(|check| check.purpose == Purpose::Connectivity) {
            check.purpose = Purpose::Cancelled;
            check.due_at = now + ANSWER_WAIT;
        }
    }

    /// Keeps the checks of these pairs.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(PairId) -> bool) {
        self.pending.retain(|check| keep(check.pair));
    }

    pub(super) fn clear(&mut self) {
        self.pending.clear();
    }

    /// Whether an answer of the pair's is awaited that connectivity hangs on.
    pub(super) fn is_checking(&self, pair: PairId) -> bool {
        let connectivity = |check: &Check| check.purpose == Purpose::Connectivity;
        self.pending.iter().any(|check| check.pair == pair && connectivity(check))
    }

    /// A check with USE-CANDIDATE is repeated.
    pub(super) fn is_nominating(&self, pair: PairId) -> bool {
        let connectivity = |check: &Check| check.purpose == Purpose::Connectivity;
        self.pending
            .iter()
            .any(|check| check.pair == pair && check.nominates && connectivity(check))
    }

    /// The first check that is due.
    pub(super) fn due(&mut self, now: Instant) -> Option<(&mut Check, Due)> {
        let check = self.pending.iter_mut().find(|check| check.due_at <= now)?;
        let due = check.due();
        Some((check, due))
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.pending.iter().map(|check| check.due_at).min()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(number: u128, purpose: Purpose) -> NewCheck {
        NewCheck {
            transaction: number.into(),
            pair: PairId(1),
            generation: 0,
            purpose,
            controlling: true,
            nominates: false,
            priority: 1,
            contents: vec![1],
        }
    }

    fn origin() -> Instant {
        crate::test_time::origin()
    }

    const RTO: Duration = Duration::from_millis(500);

    /// When the check is sent after it began, in milliseconds, and when it is given up.
    fn times(purpose: Purpose, rto: Duration) -> Vec<u128> {
        let mut checks = Checks::default();
        checks.begin(check(7, purpose), rto, origin());
        let mut times = Vec::new();
        while let Some(at) = checks.next_due() {
            times.push((at - origin()).as_millis());
            let (check, due) = checks.due(at).expect("it is due");
            match due {
                Due::Repeat => check.repeat(at),
                Due::GiveUp => {
                    let transaction = check.transaction;
                    checks.take(transaction);
                }
            }
        }
        times
    }

    #[test]
    fn repetitions_slow_down_and_end() {
        let connectivity = times(Purpose::Connectivity, RTO);
        assert_eq!(connectivity, [500, 1500, 2500, 3500, 4500, 5500, 6500]);
        assert_eq!(times(Purpose::Consent, RTO), [10_000]);
        let slow = times(Purpose::Connectivity, RTO * 4);
        assert_eq!(slow, [2000, 4000, 6000, 8000, 10_000, 12_000, 14_000]);
    }

    #[test]
    fn the_first_repetition_knows_the_round_trip_or_the_load() {
        let ms = Duration::from_millis;
        let after =
            |round_trip: Option<u64>, busy| repeat_after(round_trip.map(ms), false, ms(20), busy);
        assert_eq!(after(None, 1), ms(500));
        assert_eq!(after(None, 100), ms(2000));
        assert_eq!(repeat_after(None, true, ms(20), 100), ms(200));
        assert_eq!(after(Some(1), 100), ms(100));
        assert_eq!(after(Some(120), 1), ms(240));
        assert_eq!(after(Some(2000), 1), ms(4000));
    }

    #[test]
    fn only_a_check_sent_once_tells_the_round_trip() {
        let mut checks = Checks::default();
        checks.begin(check(7, Purpose::Connectivity), RTO, origin());
        let later = origin() + Duration::from_millis(70);
        let first = checks.find(7.into()).expect("it is pending");
        assert_eq!(first.round_trip(later), Some(Duration::from_millis(70)));
        let at = checks.next_due().expect("it is pending");
        checks.due(at).expect("it is due").0.repeat(at);
        assert_eq!(checks.find(7.into()).expect("still").round_trip(at), None);
    }

    #[test]
    fn a_cancelled_check_is_not_repeated_and_its_answer_counts() {
        let mut checks = Checks::default();
        checks.begin(check(7, Purpose::Connectivity), RTO, origin());
        checks.cancel(PairId(1), origin());
        assert!(!checks.is_checking(PairId(1)));
        let at = checks.next_due().expect("it is pending");
        assert_eq!(at, origin() + ANSWER_WAIT);
        assert_eq!(checks.due(at).map(|(_, due)| due), Some(Due::GiveUp));
        assert!(checks.take(7.into()).is_some());
    }

    #[test]
    fn the_table_is_bounded_and_the_oldest_goes() {
        let mut checks = Checks::default();
        for number in 0..1000 {
            checks.begin(check(number, Purpose::Consent), RTO, origin());
        }
        assert_eq!(checks.len(), CHECKS_MAX);
        assert!(checks.find(0.into()).is_none() && checks.find(999.into()).is_some());
    }
}
