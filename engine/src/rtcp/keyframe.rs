//! Keyframes that are asked for: of the peer (RFC 4585 section 6.3.1, RFC 5104 section 4.3.1), and
//! by it.
//!
//! 1. A decoder needs a keyframe. The first request goes at once.
//! 2. It is repeated until the keyframe comes, each time after twice the wait.
//! 3. On the other side, requests that come while one is being answered are one.

use std::time::{Duration, Instant};

use crate::ids::Ssrc;

/// Least time between two requests: an encoder cannot answer faster, and each answer is large.
const REQUEST_INTERVAL_MIN: Duration = Duration::from_millis(200);
/// Longest time between two repetitions.
const REQUEST_INTERVAL_MAX: Duration = Duration::from_secs(3);
/// A round trip before one was measured.
const FIRST_ROUND_TRIP: Duration = Duration::from_millis(100);
/// What an encoder and the pacer may take for a keyframe before it is asked for again.
const ENCODING: Duration = Duration::from_millis(100);

/// Least time between two keyframes that an encoder is asked for, as in libwebrtc.
const DEMAND_INTERVAL_MIN: Duration = Duration::from_millis(300);
/// Requesters whose last command is kept.
const REQUESTERS_MAX: usize = 64;

/// How a keyframe is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyframeMethod {
    /// A picture was lost.
    Pli,
    /// A decoder begins, or a picture is taken from another source.
    Fir,
}

/// A request that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyframeRequest {
    /// Send a picture loss indication.
    Pli,
    /// Send a full intra request with this number of a command.
    Fir {
        /// The same for each repetition.
        sequence: u8,
    },
}

/// Asks the sender of one stream for keyframes.
#[derive(Clone, Copy, Debug)]
pub struct KeyframeRequester {
    wanted: Option<Wanted>,
    sent_at: Option<Instant>,
    round_trip: Duration,
    fir_sequence: u8,
    /// Picture loss indications sent (`pliCount`).
    pub plis: u64,
    /// Full intra requests sent (`firCount`).
    pub firs: u64,
}

#[derive(Clone, Copy, Debug)]
struct Wanted {
    method: KeyframeMethod,
    due_at: Instant,
    wait: Duration,
}

impl Default for KeyframeRequester {
    fn default() -> Self {
        Self::new()
    }
}

impl KeyframeRequester {
    /// No keyframe is wanted.
    pub fn new() -> Self {
        KeyframeRequester {
            wanted: None,
            sent_at: None,
            round_trip: FIRST_ROUND_TRIP,
            fir_sequence: 0,
            plis: 0,
            firs: 0,
        }
    }

    /// The round trip as it was measured last.
    pub fn set_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = round_trip;
    }

    /// A keyframe is wanted. Nothing changes where one is already, unless a full intra request
    /// takes the place of an indication.
    pub fn want(&mut self, method: KeyframeMethod, now: Instant) {
        let stronger = |wanted: Wanted| method > wanted.method;
        if self.wanted.is_some_and(|wanted| !stronger(wanted)) {
            return;
        }
        if method == KeyframeMethod::Fir {
            self.fir_sequence = self.fir_sequence.wrapping_add(1);
        }
        let due_at = self.sent_at.map_or(now, |sent| now.max(sent + REQUEST_INTERVAL_MIN));
        let wait = (self.round_trip + ENCODING).max(REQUEST_INTERVAL_MIN);
        self.wanted = Some(Wanted { method, due_at, wait });
    }

    /// A keyframe came, or none is wanted any more.
    pub fn satisfied(&mut self) {
        self.wanted = None;
    }

    /// When [`Self::poll`] has a request.
    pub fn next_due(&self) -> Option<Instant> {
        self.wanted.map(|wanted| wanted.due_at)
    }

    /// The request to be sent now.
    pub fn poll(&mut self, now: Instant) -> Option<KeyframeRequest> {
        let wanted = self.wanted.as_mut().filter(|wanted| wanted.due_at <= now)?;
        wanted.due_at = now + wanted.wait;
        wanted.wait = (wanted.wait * 2).min(REQUEST_INTERVAL_MAX);
        self.sent_at = Some(now);
        Some(match wanted.method {
            KeyframeMethod::Pli => {
                self.plis += 1;
                KeyframeRequest::Pli
            }
            KeyframeMethod::Fir => {
                self.firs += 1;
                KeyframeRequest::Fir { sequence: self.fir_sequence }
            }
        })
    }
}

/// What the peer asks of one stream that is sent.
#[derive(Clone, Debug, Default)]
pub struct KeyframeDemand {
    /// A demand that waits for its time.
    pending: Option<(Instant, KeyframeMethod)>,
    granted_at: Option<Instant>,
    /// The last command of each requester.
    commands: Vec<(Ssrc, u8)>,
    /// Picture loss indications received (`pliCount`).
    pub plis: u64,
    /// Full intra requests received, repetitions among them (`firCount`).
    pub firs: u64,
}

impl KeyframeDemand {
    /// Nothing was asked for.
    pub fn new() -> Self {
        Self::default()
    }

    /// A picture loss indication came.
    pub fn on_pli(&mut self, now: Instant) {
        self.plis += 1;
        self.demand(KeyframeMethod::Pli, now);
    }

    /// A full intra request came. A command that was seen is a repetition, and asks for nothing
    /// (RFC 5104 section 4.3.1.2).
    pub fn on_fir(&mut self, requester: Ssrc, sequence: u8, now: Instant) {
        self.firs += 1;
        let known = self.commands.iter_mut().find(|(ssrc, _)| *ssrc == requester);
        match known {
            Some((_, last)) if *last == sequence => return,
            Some((_, last)) => *last = sequence,
            None => {
                if self.commands.len() == REQUESTERS_MAX {
                    self.commands.remove(0);
                }
                self.commands.push((requester, sequence));
            }
        }
        self.demand(KeyframeMethod::Fir, now);
    }

    /// A keyframe was sent, asked for or not: what waits is answered by it.
    pub fn on_keyframe_sent(&mut self, now: Instant) {
        self.pending = None;
        self.granted_at = Some(now);
    }

    /// When [`Self::poll`] has a demand.
    pub fn next_due(&self) -> Option<Instant> {
        self.pending.map(|(due_at, _)| due_at)
    }

    /// The encoder is to be asked for a keyframe now.
    pub fn poll(&mut self, now: Instant) -> Option<KeyframeMethod> {
        let (_, method) = self.pending.take_if(|(due_at, _)| *due_at <= now)?;
        self.granted_at = Some(now);
        Some(method)
    }

    fn demand(&mut self, method: KeyframeMethod, now: Instant) {
        let due_at = self.granted_at.map_or(now, |granted| now.max(granted + DEMAND_INTERVAL_MIN));
        let method = self.pending.map_or(method, |(_, before)| before.max(method));
        self.pending = Some((self.pending.map_or(due_at, |(before, _)| before), method));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_request_is_repeated_until_the_keyframe_comes() {
        let now = origin();
        let mut requester = KeyframeRequester::new();
        requester.set_round_trip(150 * MS);
        requester.want(KeyframeMethod::Pli, now);
        let mut sent = Vec::new();
        while sent.len() < 6 {
            let due_at = requester.next_due().unwrap();
            assert_eq!(requester.poll(due_at), Some(KeyframeRequest::Pli));
            requester.want(KeyframeMethod::Pli, due_at);
            sent.push((due_at - now).as_millis());
        }
        assert_eq!(sent, [0, 250, 750, 1_750, 3_750, 6_750]);
        requester.satisfied();
        assert_eq!(requester.next_due(), None);
        requester.want(KeyframeMethod::Pli, now + 6_800 * MS);
        assert_eq!(requester.next_due(), Some(now + 6_950 * MS), "not so soon after the last");
        assert_eq!(requester.plis, 6);
    }

    #[test]
    fn repetitions_of_a_command_keep_its_number() {
        let now = origin();
        let mut requester = KeyframeRequester::new();
        requester.want(KeyframeMethod::Pli, now);
        requester.want(KeyframeMethod::Fir, now);
        assert_eq!(requester.poll(now), Some(KeyframeRequest::Fir { sequence: 1 }));
        let due_at = requester.next_due().unwrap();
        assert_eq!(requester.poll(due_at), Some(KeyframeRequest::Fir { sequence: 1 }));
        requester.satisfied();
        requester.want(KeyframeMethod::Fir, due_at);
        let due_at = requester.next_due().unwrap();
        assert_eq!(requester.poll(due_at), Some(KeyframeRequest::Fir { sequence: 2 }));
        assert_eq!((requester.plis, requester.firs), (0, 3));
    }

    #[test]
    fn demands_that_come_together_are_one() {
        let now = origin();
        let mut demand = KeyframeDemand::new();
        demand.on_pli(now);
        demand.on_pli(now);
        assert_eq!(demand.poll(now), Some(KeyframeMethod::Pli));
        assert_eq!(demand.poll(now), None);
        demand.on_pli(now + 100 * MS);
        demand.on_fir(Ssrc(1), 9, now + 120 * MS);
        assert_eq!(demand.poll(now + 299 * MS), None);
        assert_eq!(demand.next_due(), Some(now + 300 * MS));
        assert_eq!(demand.poll(now + 300 * MS), Some(KeyframeMethod::Fir));
        demand.on_fir(Ssrc(1), 9, now + 800 * MS);
        assert_eq!(demand.next_due(), None, "the command is known");
        demand.on_fir(Ssrc(2), 9, now + 800 * MS);
        assert_eq!(demand.poll(now + 800 * MS), Some(KeyframeMethod::Fir));
        demand.on_pli(now + 900 * MS);
        demand.on_keyframe_sent(now + 950 * MS);
        assert_eq!(demand.next_due(), None, "it was sent without being asked for");
        assert_eq!((demand.plis, demand.firs), (4, 3));
    }
}
