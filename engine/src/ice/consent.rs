//! Consent and liveness (RFC 7675):
//!
//! 1. the path in use is checked every 5 s (+-20 %), each time with a transaction of its own,
//! 2. an answer that is overdue brings the next check at once, and checks of other pairs that
//!    worked: so that one of them can take over in time,
//! 3. traffic that nothing comes back for brings the next check early,
//! 4. other pairs are kept alive at a slower pace,
//! 5. and where we control, better pairs that failed are tried again now and then.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::agent::Agent;
use super::check::Purpose;
use super::output::Output;
use super::pair::{CONSENT_EXPIRES, Pair, PairId, PairState, Silence};
use crate::datagram::Transmit;

/// RFC 7675 section 5.1: the time between consent checks.
const CONSENT_INTERVAL: Duration = Duration::from_secs(5);

/// The time between checks of a valid pair that is not in use: NATs keep UDP mappings for 30 s at
/// least in practice, and RFC 8445 section 11 asks for no less than 15 s.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// Valid pairs that are kept alive beside the one in use. An idle agent is to wake up seldom.
pub(super) const KEPT_ALIVE_MAX: usize = 4;

/// The time between checks of better pairs that failed.
const PROSPECT_INTERVAL: Duration = Duration::from_secs(5);

/// When an answer is overdue: half as long again as the round trip, and a little, within these
/// bounds; where it is unknown, the last.
const OVERDUE_SLACK: Duration = Duration::from_millis(50);
const OVERDUE_MIN: Duration = Duration::from_millis(200);
const OVERDUE_MAX: Duration = Duration::from_secs(3);
const OVERDUE_UNKNOWN: Duration = Duration::from_millis(500);

/// Checks without an answer that follow each other so fast; then one a second.
const FAST_CHECKS: u32 = 10;
const SLOW_INTERVAL: Duration = Duration::from_secs(1);

/// Checks without an answer after which a pair is suspect: of a path that loses a fifth of the
/// packets each way, four in a row are lost once in sixty times.
const SUSPECT_AFTER: u32 = 4;

/// The same where something else still comes: the path works one way.
const SUSPECT_THOUGH_HEARD_AFTER: u32 = 8;

/// Traffic goes out and nothing came for so long: the path is asked.
const QUIET: Duration = Duration::from_millis(500);

impl Pair {
    /// It gives no sign of life, more often than loss explains.
    pub(super) fn is_suspect(&self) -> bool {
        self.silence.is_some_and(|silence| {
            let is_deaf = self.heard.is_none_or(|heard| heard < silence.since);
            let allowed = if is_deaf { SUSPECT_AFTER } else { SUSPECT_THOUGH_HEARD_AFTER };
            // The check that follows is sent when the last one is overdue.
            silence.checks > allowed
        })
    }

    /// How long an answer is waited for.
    pub(super) fn overdue_after(&self) -> Duration {
        let Some(round_trip) = self.round_trip() else { return OVERDUE_UNKNOWN };
        (round_trip * 3 / 2 + OVERDUE_SLACK).clamp(OVERDUE_MIN, OVERDUE_MAX)
    }

    fn count_received(&mut self, bytes: usize, now: Instant) {
        self.counters.packets_received += 1;
        self.counters.bytes_received += bytes as u64;
        self.counters.last_packet_received = Some(now);
    }

    /// A check for consent goes out.
    fn fall_silent(&mut self, now: Instant) {
        let (since, checks) = self.silence.map_or((now, 0), |known| (known.since, known.checks));
        let checks = checks.saturating_add(1);
        let wait = self.overdue_after();
        let wait = if checks > FAST_CHECKS { wait.max(SLOW_INTERVAL) } else { wait };
        self.silence = Some(Silence { since, checks, overdue_at: now + wait });
        self.refresh_at = now + wait;
    }
}

impl Agent {
    /// Something that is not STUN came on a path, from `source` to `destination`, our address. It
    /// is counted, and tells nothing of the peer: see [`Self::note_received`].
    pub fn count_received(
        &mut self,
        source: SocketAddr,
        destination: SocketAddr,
        bytes: usize,
        now: Instant,
    ) {
        if let Some(pair) = self.pair_that_joins(source, destination) {
            pair.count_received(bytes, now);
        }
    }

    /// The same of a packet whose tag was verified: see [`Self::note_received`] too.
    pub fn count_authentic(
        &mut self,
        source: SocketAddr,
        destination: SocketAddr,
        bytes: usize,
        now: Instant,
    ) {
        if let Some(pair) = self.pair_that_joins(source, destination) {
            pair.count_received(bytes, now);
            pair.heard = Some(now);
        }
    }

    /// What came on a path was authentic: the peer lives. It is no consent.
    pub fn note_received(&mut self, source: SocketAddr, destination: SocketAddr, now: Instant) {
        if let Some(pair) = self.pair_that_joins(source, destination) {
            pair.heard = Some(now);
        }
    }

    /// The pair on the way from `source`, the peer's address, to ours.
    fn pair_that_joins(
        &mut self,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> Option<&mut Pair> {
        // The one in use is the first, and nearly always the one.
        self.checklist.pairs.iter_mut().find(|pair| pair.joins(destination, source))
    }

    /// Something that is not STUN is to be sent on the path in use; `None` where
    /// [`Self::may_send`] says no. Where nothing came back for a while, the path is asked at once
    /// whether it still is one.
    pub fn send(&mut self, contents: Vec<u8>, now: Instant) -> Option<Transmit> {
        let (lite, over, bytes) = (self.lite, self.is_over(), contents.len());
        let pair = self.selected.and_then(|id| self.checklist.get_mut(id))?;
        if over || !has_consent(pair, now) {
            pair.counters.packets_discarded_on_send += 1;
            pair.counters.bytes_discarded_on_send += bytes as u64;
            return None;
        }
        pair.counters.packets_sent += 1;
        pair.counters.bytes_sent += bytes as u64;
        pair.counters.last_packet_sent = Some(now);
        let transmit = Transmit {
            protocol: pair.protocol,
            source: pair.source,
            destination: pair.destination,
            ecn: None,
            contents,
        };
        let heard = pair.heard.max(pair.counters.last_request_sent);
        let is_quiet = heard.is_none_or(|at| at + QUIET <= now);
        if is_quiet && pair.silence.is_none() && pair.refresh_at > now && !lite {
            pair.refresh_at = now;
            self.wake_no_later_than(now);
        }
        Some(transmit)
    }

    /// Whether something may be sent on the path in use (RFC 7675 section 5.1). An agent that is
    /// lite has the peer's checks for consent.
    pub fn may_send(&self, now: Instant) -> bool {
        !self.is_over() && self.selected_pair().is_some_and(|pair| has_consent(pair, now))
    }

    pub(super) fn draw_consent_interval(&mut self) -> Duration {
        self.draw_around(CONSENT_INTERVAL)
    }

    pub(super) fn draw_keepalive_interval(&mut self) -> Duration {
        self.draw_around(KEEPALIVE_INTERVAL)
    }

    /// A time of 80 to 120 % of another.
    fn draw_around(&mut self, middle: Duration) -> Duration {
        let thousandths = 800 + self.draws.next_u32() % 401;
        middle * thousandths / 1000
    }

    /// Sends the checks that are due to keep pairs alive.
    pub(super) fn run_consent(&mut self, now: Instant) {
        if self.lite {
            return;
        }
        self.run_selected(now);
        for id in self.kept_alive() {
            let is_due = self.checklist.get(id).is_some_and(|pair| pair.refresh_at <= now);
            if is_due && !self.checks.is_checking(id) {
                self.send_check(id, Purpose::Connectivity, now);
                let interval = self.draw_keepalive_interval();
                if let Some(pair) = self.checklist.get_mut(id) {
                    pair.refresh_at = now + interval;
                }
            }
        }
        self.run_prospects(now);
    }

    fn run_selected(&mut self, now: Instant) {
        let Some(id) = self.selected else { return };
        let Some(pair) = self.checklist.get_mut(id) else { return };
        if pair.refresh_at > now {
            return;
        }
        let is_overdue = pair.silence.is_some();
        pair.fall_silent(now);
        self.send_check(id, Purpose::Consent, now);
        if !is_overdue {
            return;
        }
        self.output(Output::Overdue);
        for other in self.kept_alive() {
            let asked = self.checklist.get(other).and_then(|pair| pair.counters.last_request_sent);
            if asked.is_none_or(|at| at + OVERDUE_MIN <= now) {
                self.send_check(other, Purpose::Consent, now);
            }
        }
    }

    /// The best valid pairs beside the one in use.
    pub(super) fn kept_alive(&self) -> Vec<PairId> {
        let number = self.current.number;
        let others = self.checklist.pairs.iter().filter(|pair| {
            pair.is_valid() && pair.generation == number && Some(pair.id) != self.selected
        });
        let mut others: Vec<&Pair> = others.collect();
        others.sort_by_key(|pair| (pair.cost, std::cmp::Reverse(pair.priority), pair.id));
        others.into_iter().take(KEPT_ALIVE_MAX).map(|pair| pair.id).collect()
    }

    /// Tries a pair that failed and would be better than the one in use: the one that was not
    /// tried for longest.
    fn run_prospects(&mut self, now: Instant) {
        let prospect = self.prospect();
        let Some((id, at)) = prospect.zip(self.prospect_at) else {
            self.prospect_at = prospect.map(|_| now + PROSPECT_INTERVAL);
            return;
        };
        if at > now {
            return;
        }
        self.send_check(id, Purpose::Consent, now);
        self.prospect_at = Some(now + PROSPECT_INTERVAL);
    }

    fn prospect(&self) -> Option<PairId> {
        let used = self.selected_pair()?;
        if !self.current.controlling || used.generation != self.current.number {
            return None;
        }
        let better = self.checklist.pairs.iter().filter(|pair| {
            pair.generation == used.generation
                && pair.state == PairState::Failed
                && pair.is_better_than(used)
        });
        better.min_by_key(|pair| pair.counters.last_request_sent).map(|pair| pair.id)
    }

    pub(super) fn next_consent(&self) -> Option<Instant> {
        if self.lite {
            return None;
        }
        let used = self.selected_pair().map(|pair| pair.refresh_at);
        let others = self.kept_alive().into_iter().filter(|id| !self.checks.is_checking(*id));
        let others = others.filter_map(|id| self.checklist.get(id)).map(|pair| pair.refresh_at);
        others.chain(used).chain(self.prospect_at).min()
    }
}

pub(super) fn has_consent(pair: &Pair, now: Instant) -> bool {
    pair.answered.is_some_and(|at| at + CONSENT_EXPIRES > now)
}
