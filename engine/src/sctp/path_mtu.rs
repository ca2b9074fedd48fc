//! Discovery of the path's MTU (RFC 8899): how large a packet may be.
//!
//! 1. Nothing is asked of a path before it carries a bulk of data (`Idle`): short messages gain
//!    nothing.
//! 2. A probe of the base size shows that the peer answers probes at all (`Base`). One that does
//!    not stays there.
//! 3. Larger ones follow (`Search`): the largest at once, since most paths carry it, then halves of
//!    what is left between what came and what did not. A size is given up after three probes.
//! 4. When the rest is not worth a probe, it is over (`Complete`), to be begun anew after a while.
//! 5. Where larger packets are lost one after the other, the path has become narrower: back to the
//!    base, and the search begins anew.
//!
//! A probe is a HEARTBEAT, which is answered, and PAD (RFC 4820), which is not. Nothing of a probe
//! is missed when it is lost, so its loss says nothing of congestion (RFC 8899 section 3, point 4).

use std::time::{Duration, Instant};

/// Data before a search is worth its probes.
const BULK_BYTES: u64 = 128 << 10;

/// Probes of a size (RFC 8899 section 5.1.2, MAX_PROBES).
const PROBES_MAX: u32 = 3;

/// The least time for a probe's answer (RFC 8899 section 5.1.1, PROBE_TIMER). Peers answer a
/// HEARTBEAT at once, so it is no longer where round trips are short.
const PROBE_WAIT_MIN: Duration = Duration::from_secs(1);

/// When a path may have become wider (RFC 8899 section 5.1.1, PMTU_RAISE_TIMER).
const RAISE_AFTER: Duration = Duration::from_secs(600);

/// A gain that is not worth a probe, in bytes.
const STEP_BYTES: usize = 16;

/// What a packet has to have over the base to be of use: a piece of the largest size fits the base,
/// and beside it there has to be room for another that is worth its header.
const GAIN_MIN: usize = 148;

/// Losses in a row of pieces in packets above the base, with none that came, that no congestion
/// explains: at a loss of a fifth, once in 10^11.
const LOSSES_MAX: u32 = 16;

/// A probe that goes out, or is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Probe {
    /// Bytes of the packet.
    pub(super) size: usize,
    /// What its answer brings back.
    pub(super) token: u64,
}

/// One size that is tried.
#[derive(Clone, Copy, Debug)]
struct Trial {
    size: usize,
    sent: u32,
    /// When the next probe goes out, or the size is given up.
    next: Instant,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// So many bytes are to be sent before it begins.
    Idle {
        left: u64,
    },
    Base(Trial),
    /// Packets of `above` bytes did not come, or are not to be.
    Search {
        trial: Trial,
        above: usize,
    },
    Complete {
        since: Instant,
    },
}

/// What is known of the path.
#[derive(Debug)]
pub(super) struct PathMtu {
    state: State,
    base: usize,
    max: usize,
    /// Bytes of the largest packet that is used.
    size: usize,
    /// The token of the next probe.
    token: u64,
    /// That of the first one since the search began: answers to others are not asked for.
    first: u64,
    losses: u32,
}

impl PathMtu {
    /// Packets of `base` bytes are carried by every path. None is larger than `max`.
    pub(super) fn new(base: usize, max: usize) -> Self {
        let max = whole_words(max).max(base);
        let state = State::Idle { left: BULK_BYTES };
        PathMtu { state, base, max, size: base, token: 0, first: 0, losses: 0 }
    }

    /// Bytes of the largest packet that may go out.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// Data went out.
    pub(super) fn on_sent(&mut self, bytes: usize, now: Instant) {
        match &mut self.state {
            _ if self.max == self.base => {}
            State::Idle { left } => {
                *left = left.saturating_sub(bytes as u64);
                if *left == 0 {
                    self.begin(now);
                }
            }
            State::Complete { since } => {
                let is_old = now.saturating_duration_since(*since) >= RAISE_AFTER;
                if is_old && self.size < self.max {
                    self.begin(now);
                }
            }
            State::Base(_) | State::Search { .. } => {}
        }
    }

    /// The search begins: at the base where nothing larger is in use.
    fn begin(&mut self, now: Instant) {
        self.first = self.token;
        if self.size > self.base {
            self.search(self.max + 4, now);
        } else {
            self.state = State::Base(Trial { size: self.base, sent: 0, next: now });
        }
    }

    /// The next size between what is used and what does not come.
    fn search(&mut self, above: usize, now: Instant) {
        let least = self.size.max(self.base + GAIN_MIN);
        if above < least + STEP_BYTES {
            self.state = State::Complete { since: now };
            return;
        }
        let size = match above > self.max {
            true => self.max,
            false => whole_words(least + (above - least) / 2),
        };
        self.state = State::Search { trial: Trial { size, sent: 0, next: now }, above };
    }

    fn trial(&self) -> Option<&Trial> {
        match &self.state {
            State::Base(trial) | State::Search { trial, .. } => Some(trial),
            State::Idle { .. } | State::Complete { .. } => None,
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.trial().map(|trial| trial.next)
    }

    /// The probe that is due, where an answer may take so long.
    pub(super) fn poll(&mut self, wait: Duration, now: Instant) -> Option<Probe> {
        if self.trial()?.next > now {
            return None;
        }
        if self.trial()?.sent >= PROBES_MAX {
            match self.state {
                State::Search { trial, .. } => self.search(trial.size, now),
                _ => self.state = State::Complete { since: now },
            }
        }
        let (State::Base(trial) | State::Search { trial, .. }) = &mut self.state else {
            return None;
        };
        trial.sent += 1;
        trial.next = now + wait.max(PROBE_WAIT_MIN);
        let probe = Probe { size: trial.size, token: self.token };
        self.token += 1;
        Some(probe)
    }

    /// A probe was answered. What is not of this search is passed over.
    pub(super) fn on_answer(&mut self, probe: Probe, now: Instant) {
        if !(self.first..self.token).contains(&probe.token) {
            return;
        }
        match self.state {
            State::Base(trial) if probe.size == trial.size => {
                self.search(self.max + 4, now);
            }
            State::Search { trial, above } if probe.size == trial.size => {
                self.size = trial.size;
                self.losses = 0;
                self.search(above, now);
            }
            _ => {}
        }
    }

    /// A piece came that was in a packet above the base.
    pub(super) fn on_large_delivered(&mut self) {
        self.losses = 0;
    }

    /// One is lost.
    pub(super) fn on_large_lost(&mut self, now: Instant) {
        self.losses += 1;
        if self.losses >= LOSSES_MAX && self.size > self.base {
            self.restart(now);
        }
    }

    /// The packets take another way, of which nothing is known.
    pub(super) fn on_path_changed(&mut self, now: Instant) {
        match self.state {
            State::Idle { .. } => {}
            _ => self.restart(now),
        }
    }

    fn restart(&mut self, now: Instant) {
        self.size = self.base;
        self.losses = 0;
        self.begin(now);
    }
}

/// Packets have whole words.
fn whole_words(bytes: usize) -> usize {
    bytes / 4 * 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const BASE: usize = 1_160;
    const MAX: usize = 1_412;

    struct World {
        path: PathMtu,
        now: Instant,
        /// What the path carries, and whether the peer answers.
        carried: usize,
        answers: bool,
        probes: Vec<usize>,
    }

    impl World {
        fn new(carried: usize) -> Self {
            let path = PathMtu::new(BASE, MAX);
            World { path, now: origin(), carried, answers: true, probes: Vec::new() }
        }

        /// Runs until there is nothing to wait for.
        fn settle(&mut self) {
            while let Some(next) = self.path.next_timeout() {
                self.now = self.now.max(next);
                let probe = self.path.poll(Duration::from_millis(300), self.now);
                let Some(probe) = probe else { continue };
                self.probes.push(probe.size);
                if self.answers && probe.size <= self.carried {
                    self.now += Duration::from_millis(80);
                    self.path.on_answer(probe, self.now);
                }
            }
        }

        fn send(&mut self) {
            self.path.on_sent(BULK_BYTES as usize, self.now);
        }
    }

    #[test]
    fn a_wide_path_takes_two_probes() {
        let mut world = World::new(9_000);
        world.path.on_sent(1_000, world.now);
        assert_eq!(world.path.next_timeout(), None, "nothing is worth a probe yet");
        world.send();
        world.settle();
        assert_eq!((world.probes.as_slice(), world.path.size()), (&[BASE, MAX][..], MAX));
        assert!(world.now - origin() < Duration::from_millis(200));
    }

    #[test]
    fn the_size_is_found_between_what_comes_and_what_does_not() {
        for carried in (BASE..MAX).step_by(4) {
            let mut world = World::new(carried);
            world.send();
            world.settle();
            let size = world.path.size();
            let is_found = size <= carried && carried - size < 2 * STEP_BYTES;
            let is_useless = size == BASE && carried < BASE + GAIN_MIN + 2 * STEP_BYTES;
            assert!(is_found || is_useless, "{size} of {carried}");
            assert!(world.probes.len() < 18, "{:?}", world.probes);
            assert!(world.probes.iter().all(|size| size % 4 == 0));
        }
    }

    #[test]
    fn a_size_is_given_up_after_three_probes_a_second_apart() {
        let mut world = World::new(BASE);
        world.send();
        world.settle();
        let of_the_largest = world.probes.iter().filter(|size| **size == MAX).count();
        assert_eq!((of_the_largest, world.path.size()), (3, BASE));
        assert!(world.now - origin() > (world.probes.len() - 2) as u32 * PROBE_WAIT_MIN);
    }

    #[test]
    fn a_peer_that_does_not_answer_is_left_alone() {
        let mut world = World::new(MAX);
        world.answers = false;
        world.send();
        world.settle();
        assert_eq!((world.probes.as_slice(), world.path.size()), (&[BASE; 3][..], BASE));
        world.send();
        assert_eq!(world.path.next_timeout(), None);
    }

    #[test]
    fn a_path_may_become_wider() {
        let mut world = World::new(1_350);
        world.send();
        world.settle();
        assert!((1_320..=1_350).contains(&world.path.size()));
        world.carried = MAX;
        world.now += RAISE_AFTER;
        world.send();
        world.settle();
        assert_eq!(world.path.size(), MAX);
        world.now += RAISE_AFTER;
        world.send();
        assert_eq!(world.path.next_timeout(), None, "there is nothing more to have");
    }

    #[test]
    fn a_path_that_becomes_narrower_is_noticed() {
        let losses = |world: &mut World, count: u32| {
            (0..count).for_each(|_| world.path.on_large_lost(world.now));
        };
        let mut world = World::new(MAX);
        world.send();
        world.settle();
        losses(&mut world, LOSSES_MAX - 1);
        world.path.on_large_delivered();
        losses(&mut world, LOSSES_MAX - 1);
        assert_eq!(world.path.size(), MAX);
        world.carried = 1_352;
        losses(&mut world, 1);
        assert_eq!(world.path.size(), BASE);
        world.settle();
        assert!((1_330..=1_352).contains(&world.path.size()));
        losses(&mut world, LOSSES_MAX);
        assert_eq!(world.path.size(), BASE);
        world.settle();
        assert!((1_330..=1_352).contains(&world.path.size()));
        world.path.on_path_changed(world.now);
        assert_eq!(world.path.size(), BASE);
        // A late answer is not of this search.
        let late = Probe { size: BASE, token: world.path.first.wrapping_sub(1) };
        world.path.on_answer(late, world.now);
        assert!(matches!(world.path.state, State::Base(_)));
    }

    #[test]
    fn nothing_is_asked_where_nothing_larger_may_go_out() {
        let mut path = PathMtu::new(BASE, 0);
        path.on_sent(usize::MAX, origin());
        path.on_path_changed(origin());
        assert_eq!((path.next_timeout(), path.size()), (None, BASE));
    }
}
