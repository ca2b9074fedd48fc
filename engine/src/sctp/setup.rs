//! How an association begins (RFC 9260 section 5), from both ends at once:
//!
//! 1. INIT goes out, and again until something comes back; again without the parameters that some
//!    peers cannot read over.
//! 2. The peer's INIT is answered in any state, from nothing but itself: INIT ACK has all that is
//!    to be known in a cookie. It carries the tag and number of our own INIT (section 5.2.1), so
//!    whichever of two crossing set-ups comes first, both make the same association.
//! 3. INIT ACK is answered with COOKIE ECHO, which goes out until something comes back.
//! 4. A COOKIE ECHO, or the COOKIE ACK to ours, or anything that only a peer sends who has the
//!    association, establishes it.
//! 5. Later ones are answered again, for COOKIE ACK may be lost; unless they tell that the peer
//!    begins anew.

use std::time::{Duration, Instant};

use super::init::{Init, cookie};
use super::wire::chunk;

/// When a lost packet of the set-up goes out again at first, where the round trip is not known:
/// longer than most round trips.
const INTERVAL_FIRST: Duration = Duration::from_millis(500);

/// The least, so that a round trip that was measured too short does no harm.
const INTERVAL_MIN: Duration = Duration::from_millis(100);

/// The most. Packets of the set-up have a hundred bytes, and users wait for them: so it is not the
/// minute of RFC 9260 section 16. There is no last attempt: consent ends a dead connection.
const INTERVAL_MAX: Duration = Duration::from_secs(1);

/// A chunk that goes out alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// Verification tag of the packet.
    pub(super) tag: u32,
    pub(super) kind: u8,
    pub(super) value: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    CookieWait,
    CookieEchoed { peer: Init, cookie: Vec<u8> },
    Established { peer: Init },
}

/// What a packet of the set-up led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing, or nothing that is news.
    None,
    /// The peer has the association too.
    Established(Init),
    /// The peer forgot it and began another.
    Restarted,
}

/// Our side of the set-up.
#[derive(Debug)]
pub(super) struct Handshake {
    local: Init,
    nonce: [u8; 8],
    state: State,
    /// INIT went out.
    is_begun: bool,
    due: Option<Instant>,
    interval: Duration,
}

impl Handshake {
    pub(super) fn new(
        local: Init,
        nonce: [u8; 8],
        round_trip: Option<Duration>,
        now: Instant,
    ) -> Self {
        // Twice, for jitter.
        let interval = round_trip.map_or(INTERVAL_FIRST, |trip| trip.saturating_mul(2));
        Handshake {
            local,
            nonce,
            state: State::CookieWait,
            is_begun: false,
            due: Some(now),
            interval: interval.clamp(INTERVAL_MIN, INTERVAL_MAX),
        }
    }

    pub(super) fn local(&self) -> &Init {
        &self.local
    }

    /// The tag that the peer's packets carry, as far as it is known.
    pub(super) fn peer_tag(&self) -> Option<u32> {
        match &self.state {
            State::CookieWait => None,
            State::CookieEchoed { peer, .. } | State::Established { peer } => Some(peer.tag),
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.due
    }

    /// What goes out at this time, for the first time or again.
    pub(super) fn on_timeout(&mut self, now: Instant) -> Option<Reply> {
        self.due.filter(|due| *due <= now)?;
        let reply = match &self.state {
            State::CookieWait => {
                let value = match self.is_begun {
                    false => self.local.to_value(None),
                    true => self.local.plain().to_value(None),
                };
                self.is_begun = true;
                Reply { tag: 0, kind: chunk::INIT, value }
            }
            State::CookieEchoed { peer, cookie } => {
                Reply { tag: peer.tag, kind: chunk::COOKIE_ECHO, value: cookie.clone() }
            }
            State::Established { .. } => {
                self.due = None;
                return None;
            }
        };
        self.due = Some(now + self.interval);
        self.interval = (self.interval * 2).min(INTERVAL_MAX);
        Some(reply)
    }

    /// RFC 9260 sections 5.1 B, 5.2.1 and 5.2.2.
    pub(super) fn on_init(&self, value: &[u8]) -> Option<Reply> {
        let peer = Init::parse(value)?;
        let cookie = peer.to_cookie(self.nonce);
        let local = if peer.zero_checksum { self.local.clone() } else { self.local.plain() };
        let mut answer = local.to_value(Some(&cookie));
        Init::report_unrecognized(value, &mut answer);
        Some(Reply { tag: peer.tag, kind: chunk::INIT_ACK, value: answer })
    }

    /// RFC 9260 sections 5.1 C and 5.2.3.
    pub(super) fn on_init_ack(&mut self, value: &[u8], now: Instant) {
        if self.state != State::CookieWait {
            return;
        }
        let (Some(peer), Some(cookie)) = (Init::parse(value), cookie(value)) else { return };
        self.state = State::CookieEchoed { peer, cookie: cookie.to_vec() };
        self.due = Some(now);
    }

    /// RFC 9260 sections 5.1 D and 5.2.4.
    pub(super) fn on_cookie_echo(&mut self, cookie: &[u8]) -> (Progress, Option<Reply>) {
        let Some(peer) = Init::from_cookie(cookie, self.nonce) else {
            return (Progress::None, None);
        };
        let ack = Reply { tag: peer.tag, kind: chunk::COOKIE_ACK, value: Vec::new() };
        match &self.state {
            State::Established { peer: known } if known.tag != peer.tag => {
                (Progress::Restarted, None)
            }
            State::Established { .. } => (Progress::None, Some(ack)),
            State::CookieWait | State::CookieEchoed { .. } => (self.establish(peer), Some(ack)),
        }
    }

    /// COOKIE ACK came (RFC 9260 section 5.1 E), or what only follows it: the peer sends DATA and
    /// the like once it has the association, and then its COOKIE ACK was lost.
    pub(super) fn on_proof(&mut self) -> Progress {
        match &self.state {
            State::CookieEchoed { peer, .. } => {
                let peer = peer.clone();
                self.establish(peer)
            }
            State::CookieWait | State::Established { .. } => Progress::None,
        }
    }

    /// Both sides know all of each other.
    pub(super) fn establish(&mut self, peer: Init) -> Progress {
        self.state = State::Established { peer: peer.clone() };
        self.due = None;
        Progress::Established(peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    fn init(tag: u32) -> Init {
        Init {
            tag,
            window: 1 << 20,
            outbound_streams: 65_535,
            inbound_streams: 65_535,
            first_tsn: tag + 1,
            forward_tsn: true,
            resets: true,
            interleaving: true,
            zero_checksum: true,
        }
    }

    fn handshake(tag: u32) -> Handshake {
        Handshake::new(init(tag), [tag as u8; 8], None, origin())
    }

    #[test]
    fn one_ladder() {
        let (mut a, mut b) = (handshake(1), handshake(2));
        let hello = a.on_timeout(origin()).unwrap();
        assert_eq!((hello.tag, hello.kind), (0, chunk::INIT));
        assert!(Init::parse(&hello.value).unwrap().zero_checksum);
        let ack = b.on_init(&hello.value).unwrap();
        assert_eq!((ack.tag, ack.kind), (1, chunk::INIT_ACK));
        a.on_init_ack(&ack.value, origin());
        let echo = a.on_timeout(origin()).unwrap();
        assert_eq!((echo.tag, echo.kind), (2, chunk::COOKIE_ECHO));
        let (progress, ack) = b.on_cookie_echo(&echo.value);
        assert_eq!(progress, Progress::Established(init(1)));
        assert_eq!(ack.map(|ack| (ack.tag, ack.kind)), Some((1, chunk::COOKIE_ACK)));
        assert_eq!(a.on_proof(), Progress::Established(init(2)));
        assert_eq!((a.next_timeout(), b.next_timeout()), (None, None));
        // COOKIE ACK was lost.
        let (progress, ack) = b.on_cookie_echo(&echo.value);
        assert_eq!(progress, Progress::None);
        assert!(ack.is_some());
        assert_eq!(a.on_proof(), Progress::None);
    }

    #[test]
    fn crossing_ladders_make_one_association() {
        let (mut a, mut b) = (handshake(1), handshake(2));
        let (to_b, to_a) = (a.on_timeout(origin()).unwrap(), b.on_timeout(origin()).unwrap());
        let (ack_a, ack_b) = (b.on_init(&to_b.value).unwrap(), a.on_init(&to_a.value).unwrap());
        a.on_init_ack(&ack_a.value, origin());
        b.on_init_ack(&ack_b.value, origin());
        let (to_b, to_a) = (a.on_timeout(origin()).unwrap(), b.on_timeout(origin()).unwrap());
        assert_eq!(b.on_cookie_echo(&to_b.value).0, Progress::Established(init(1)));
        assert_eq!(a.on_cookie_echo(&to_a.value).0, Progress::Established(init(2)));
        assert_eq!((a.on_proof(), b.on_proof()), (Progress::None, Progress::None));
    }

    #[test]
    fn a_peer_that_forgot_is_told_from_one_that_repeats() {
        let (mut a, b) = (handshake(1), handshake(2));
        let echo = |peer: &Init, a: &Handshake| {
            let ack = a.on_init(&peer.to_value(None)).unwrap();
            cookie(&ack.value).unwrap().to_vec()
        };
        let first = echo(b.local(), &a);
        let second = echo(&init(3), &a);
        assert_eq!(a.on_cookie_echo(&first).0, Progress::Established(init(2)));
        assert_eq!(a.on_cookie_echo(&first).0, Progress::None);
        assert_eq!(a.on_cookie_echo(&second), (Progress::Restarted, None));
        assert_eq!(a.on_cookie_echo(b"junk"), (Progress::None, None));
    }

    #[test]
    fn lost_packets_go_out_again() {
        let mut a = handshake(1);
        let mut at = Vec::new();
        for _ in 0..5 {
            let now = a.next_timeout().unwrap();
            assert_eq!(a.on_timeout(now).map(|reply| reply.kind), Some(chunk::INIT));
            assert_eq!(a.on_timeout(now), None);
            at.push((now - origin()).as_millis());
        }
        assert_eq!(at, [0, 500, 1_500, 2_500, 3_500]);
        let near = Some(Duration::from_millis(60));
        let mut near = Handshake::new(init(1), [0; 8], near, origin());
        near.on_timeout(origin());
        assert_eq!(near.next_timeout(), Some(origin() + Duration::from_millis(120)));
    }

    /// Pion of 2022 drops an INIT and an INIT ACK with a parameter that it does not know.
    #[test]
    fn peers_that_cannot_read_over_parameters_get_none() {
        let mut a = handshake(1);
        a.on_timeout(origin());
        let again = a.on_timeout(a.next_timeout().unwrap()).unwrap();
        let told = Init::parse(&again.value).unwrap();
        assert_eq!(told, init(1).plain());
        assert!(!told.zero_checksum && told.forward_tsn && told.interleaving);
        let answer = a.on_init(&init(2).plain().to_value(None)).unwrap();
        assert!(!Init::parse(&answer.value).unwrap().zero_checksum);
        let answer = a.on_init(&init(2).to_value(None)).unwrap();
        assert!(Init::parse(&answer.value).unwrap().zero_checksum);
    }
}
