//! Consent to send (RFC 7675): traffic goes on only while the peer answers checks on the path.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::message::{
    Message, MessageClass, MessageHeader, MessageIntegrityCredentials, ShortTermCredentials,
    TransactionId,
};

/// RFC 7675 section 5.1: consent expires after 30 seconds without an answer.
const CONSENT_EXPIRES: Duration = Duration::from_secs(30);

/// Two checks in a row unanswered, at one every three seconds, and some slack: the path is said to
/// be interrupted.
const CONSENT_DOUBTFUL: Duration = Duration::from_secs(7);

/// Checks whose answer is still welcome. A check is repeated at most every 50 ms, so this spans
/// more than the longest round trip.
const PENDING_MAX: usize = 64;

/// Paths remembered. ICE uses at most eight by eight candidates at a time, few of them answer.
const PATHS_MAX: usize = 32;

/// What consent allows on the path in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConsentState {
    /// The peer answered lately, or no path is in use yet.
    Fresh,
    /// Some answers are missing.
    Doubtful,
    /// Nothing but checks may be sent.
    Expired,
}

/// Watches checks and their answers go by.
#[derive(Debug)]
pub(super) struct Consent {
    remote_password: Option<ShortTermCredentials>,
    pending: Vec<(TransactionId, SocketAddr)>,
    answered: Vec<(SocketAddr, Instant)>,
    /// Where authentic checks of the peer's came from.
    asked: Vec<SocketAddr>,
    in_use: Option<PathInUse>,
}

/// The path that traffic takes. When consent ends is worked out with each answer, as it is asked
/// for with each packet.
#[derive(Debug)]
struct PathInUse {
    remote: SocketAddr,
    doubtful_at: Instant,
    expires_at: Instant,
}

impl PathInUse {
    fn new(remote: SocketAddr, answered: Instant) -> Self {
        PathInUse {
            remote,
            doubtful_at: answered + CONSENT_DOUBTFUL,
            expires_at: answered + CONSENT_EXPIRES,
        }
    }
}

impl Consent {
    pub(super) fn new() -> Self {
        Consent {
            remote_password: None,
            pending: Vec::new(),
            answered: Vec::new(),
            asked: Vec::new(),
            in_use: None,
        }
    }

    /// Answers are authentic when they carry a code made with the peer's password.
    pub(super) fn set_remote_password(&mut self, password: &str) {
        self.remote_password = Some(ShortTermCredentials::new(password.to_owned()));
    }

    /// A STUN message goes out.
    pub(super) fn on_transmit(&mut self, destination: SocketAddr, contents: &[u8]) {
        let Ok(header) = MessageHeader::from_bytes(contents) else { return };
        if !header.get_type().has_class(MessageClass::Request) {
            return;
        }
        let check = (header.transaction_id(), destination);
        if self.pending.contains(&check) {
            return;
        }
        if self.pending.len() == PENDING_MAX {
            self.pending.remove(0);
        }
        self.pending.push(check);
    }

    /// A STUN message came in: an authentic answer to a check of ours renews consent.
    pub(super) fn on_receive(&mut self, source: SocketAddr, contents: &[u8], now: Instant) {
        let Ok(message) = Message::from_bytes(contents) else { return };
        if !message.has_class(MessageClass::Success) {
            return;
        }
        let id = message.transaction_id();
        let Some(index) = self.pending.iter().position(|entry| *entry == (id, source)) else {
            return;
        };
        let Some(password) = &self.remote_password else { return };
        let credentials = MessageIntegrityCredentials::ShortTerm(password.clone());
        if message.validate_integrity(&credentials).is_err() {
            return;
        }
        self.pending.remove(index);
        self.renew(source, now);
    }

    /// A STUN message came in while it matters where the peer is: a check is authentic when it
    /// carries a code made with our password (RFC 8445 section 7.3).
    pub(super) fn on_check(&mut self, source: SocketAddr, contents: &[u8], password: &str) {
        let Ok(message) = Message::from_bytes(contents) else { return };
        if !message.has_class(MessageClass::Request) || self.asked.contains(&source) {
            return;
        }
        let credentials = ShortTermCredentials::new(password.to_owned());
        let credentials = MessageIntegrityCredentials::ShortTerm(credentials);
        if message.validate_integrity(&credentials).is_err() {
            return;
        }
        if self.asked.len() == PATHS_MAX {
            self.asked.remove(0);
        }
        self.asked.push(source);
    }

    /// Whether the peer answered a check from there, or sent one.
    pub(super) fn has_seen(&self, source: SocketAddr) -> bool {
        self.asked.contains(&source) || self.answered.iter().any(|(path, _)| *path == source)
    }

    fn renew(&mut self, path: SocketAddr, now: Instant) {
        if let Some(used) = self.in_use.as_mut().filter(|used| used.remote == path) {
            *used = PathInUse::new(path, now);
        }
        self.answered.retain(|(remote, _)| *remote != path);
        if self.answered.len() == PATHS_MAX {
            self.answered.remove(0);
        }
        self.answered.push((path, now));
    }

    /// Traffic uses the path to `remote` from now on.
    pub(super) fn use_path(&mut self, remote: SocketAddr, now: Instant) {
        let known = self.answered.iter().find(|(path, _)| *path == remote);
        // ICE selects a path only after an answer on it; one that we did not see counts from now.
        self.in_use = Some(PathInUse::new(remote, known.map_or(now, |(_, at)| *at)));
    }

    /// No path is in use.
    pub(super) fn forget_path(&mut self) {
        self.in_use = None;
    }

    pub(super) fn state(&self, now: Instant) -> ConsentState {
        match &self.in_use {
            Some(used) if now >= used.expires_at => ConsentState::Expired,
            Some(used) if now >= used.doubtful_at => ConsentState::Doubtful,
            _ => ConsentState::Fresh,
        }
    }

    /// When [`Self::state`] changes next unless an answer comes.
    pub(super) fn next_change(&self, now: Instant) -> Option<Instant> {
        let used = self.in_use.as_ref()?;
        [used.doubtful_at, used.expires_at].into_iter().find(|at| *at > now)
    }
}

#[cfg(test)]
mod tests {
    use stun_types::message::{BINDING, IntegrityAlgorithm, MessageWriteVec};
    use stun_types::prelude::*;

    use super::*;

    const PASSWORD: &str = "0123456789abcdefghijklmn";

    fn peer() -> SocketAddr {
        "192.0.2.7:5000".parse().expect("an address")
    }

    fn origin() -> Instant {
        crate::test_time::origin()
    }

    /// A request, and its answer with the given password.
    fn exchange(password: &str) -> (Vec<u8>, Vec<u8>) {
        let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
        let parsed = Message::from_bytes(&request).expect("it was just built");
        let mut answer = Message::builder_success(&parsed, MessageWriteVec::new());
        let credentials =
            MessageIntegrityCredentials::ShortTerm(ShortTermCredentials::new(password.to_owned()));
        answer
            .add_message_integrity(&credentials, IntegrityAlgorithm::Sha1)
            .expect("an empty message takes a code");
        let answer = answer.finish();
        (request, answer)
    }

    fn consent() -> Consent {
        let mut consent = Consent::new();
        consent.set_remote_password(PASSWORD);
        consent.use_path(peer(), origin());
        consent
    }

    #[test]
    fn answers_renew_it_and_silence_ends_it() {
        let mut consent = consent();
        let (request, answer) = exchange(PASSWORD);
        let at = |secs| origin() + Duration::from_secs(secs);
        consent.on_transmit(peer(), &request);
        consent.on_receive(peer(), &answer, at(3));
        assert_eq!(consent.state(at(9)), ConsentState::Fresh);
        assert_eq!(consent.next_change(at(9)), Some(at(10)));
        assert_eq!(consent.state(at(10)), ConsentState::Doubtful);
        assert_eq!(consent.next_change(at(10)), Some(at(33)));
        assert_eq!(consent.state(at(33)), ConsentState::Expired);
        assert_eq!(consent.next_change(at(33)), None);
    }

    #[test]
    fn forged_foreign_and_repeated_answers_do_not_count() {
        let at = origin() + Duration::from_secs(20);
        let (request, answer) = exchange(PASSWORD);
        let other: SocketAddr = "192.0.2.8:5000".parse().expect("an address");

        let mut unasked = consent();
        unasked.on_receive(peer(), &answer, at);
        assert_eq!(unasked.state(at), ConsentState::Doubtful);

        let mut foreign = consent();
        foreign.on_transmit(peer(), &request);
        foreign.on_receive(other, &answer, at);
        assert_eq!(foreign.state(at), ConsentState::Doubtful);

        let mut forged = consent();
        let (request, answer) = exchange("another password of 24 ch");
        forged.on_transmit(peer(), &request);
        forged.on_receive(peer(), &answer, at);
        assert_eq!(forged.state(at), ConsentState::Doubtful);
    }

    #[test]
    fn the_peer_is_where_authentic_messages_come_from() {
        let mut consent = Consent::new();
        consent.set_remote_password("the peer's own password, 24+");
        let mut check = Message::builder_request(BINDING, MessageWriteVec::new());
        let credentials = ShortTermCredentials::new(PASSWORD.to_owned());
        let credentials = MessageIntegrityCredentials::ShortTerm(credentials);
        check.add_message_integrity(&credentials, IntegrityAlgorithm::Sha1).expect("room for it");
        let (check, (bare, answer)) = (check.finish(), exchange(PASSWORD));
        for contents in [&bare, &answer, &check[..20].to_vec()] {
            consent.on_check(peer(), contents, PASSWORD);
        }
        consent.on_check(peer(), &check, "another password of 24 ch");
        assert!(!consent.has_seen(peer()));
        consent.on_check(peer(), &check, PASSWORD);
        assert!(consent.has_seen(peer()));
        for port in 1..500 {
            consent.on_check(SocketAddr::new(peer().ip(), port), &check, PASSWORD);
        }
        assert!(consent.asked.len() <= PATHS_MAX);
    }

    #[test]
    fn memory_is_bounded() {
        let mut consent = consent();
        for port in 1..500 {
            let path = SocketAddr::new(peer().ip(), port);
            let (request, answer) = exchange(PASSWORD);
            consent.on_transmit(path, &request);
            consent.on_transmit(path, &exchange(PASSWORD).0);
            consent.on_receive(path, &answer, origin());
        }
        assert!(consent.pending.len() <= PENDING_MAX);
        assert!(consent.answered.len() <= PATHS_MAX);
    }
}
