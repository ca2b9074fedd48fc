//! What of a datagram is worth the library's attention during a handshake.
//!
//! The library keeps what it cannot place yet, and a few dozen records of nothing fill its queues
//! or stop it. So records in the clear are let through only if they have the form of what may come
//! now, and sealed ones only once the handshake has begun.

use std::borrow::Cow;

use super::hello::Hello;
use super::record::{Fragment, HANDSHAKE_HEADER, RECORD_HEADER, is_clear, is_sealed, split_record};
use crate::config::DtlsVersion;
use crate::dtls_fault::{DtlsAlert, DtlsFault};

mod kind {
    pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(super) const ALERT: u8 = 21;
    pub(super) const HANDSHAKE: u8 = 22;
    pub(super) const APPLICATION_DATA: u8 = 23;
    pub(super) const ACK: u8 = 26;
}

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const HELLO_VERIFY_REQUEST: u8 = 3;

/// Messages that come in the clear: greetings, certificates, key exchange, and their ends.
const MESSAGES: [u8; 9] = [CLIENT_HELLO, SERVER_HELLO, HELLO_VERIFY_REQUEST, 4, 11, 12, 13, 14, 16];
const CERTIFICATE_VERIFY: u8 = 15;

/// Messages of a handshake are few, also when greetings are repeated with a cookie.
const MESSAGE_NUMBER_MAX: u16 = 16;

/// Bytes of a message: several certificates.
const MESSAGE_BYTES_MAX: usize = 1 << 16;

const FATAL: u8 = 2;

/// Messages that a server sends before it may hear of keys, in DTLS 1.2. In 1.3 it seals some
/// itself.
const SERVER_FLIGHT: [u8; 2] = [12, 14];

/// Lets through what may belong to a handshake.
#[derive(Debug)]
pub(super) struct Sieve {
    version: DtlsVersion,
    /// A client's greeting as far as it came: some come in several parts.
    greeting: Vec<u8>,
    /// The peer greeted.
    begun: bool,
    /// As a server, we said what keys follow from.
    answered: bool,
}

/// What is left of a datagram.
pub(super) struct Sifted<'a> {
    pub(super) kept: Cow<'a, [u8]>,
    /// The first fatal alert in the clear; none of those is kept.
    pub(super) alert: Option<DtlsAlert>,
    /// Why the greeting of a client that is now whole cannot be answered.
    pub(super) fault: Option<DtlsFault>,
}

impl Sieve {
    /// For a handshake of these versions.
    pub(super) fn new(version: DtlsVersion) -> Self {
        Sieve { version, greeting: Vec::new(), begun: false, answered: false }
    }

    /// A datagram of ours goes out.
    pub(super) fn sent(&mut self, datagram: &[u8]) {
        let mut rest = datagram;
        while let Some((record, after)) = split_record(rest) {
            let answers = |fragment: Fragment<'_>| SERVER_FLIGHT.contains(&fragment.kind);
            self.answered |= is_clear(record, kind::HANDSHAKE)
                && Fragment::read(&record[RECORD_HEADER..]).is_some_and(answers);
            rest = after;
        }
        self.answered |= is_sealed(rest);
    }

    /// `client` says what we are.
    pub(super) fn sift<'a>(&mut self, datagram: &'a [u8], client: bool) -> Sifted<'a> {
        let mut kept = Vec::with_capacity(datagram.len());
        let (mut alert, mut fault) = (None, None);
        let mut rest = datagram;
        while let Some((record, after)) = split_record(rest) {
            rest = after;
            let body = &record[RECORD_HEADER..];
            if is_clear(record, kind::ALERT) {
                if let [FATAL, description] = *body {
                    alert.get_or_insert(DtlsAlert(description));
                }
            } else if self.passes(record, client) {
                kept.extend_from_slice(record);
                if is_clear(record, kind::HANDSHAKE) && !client {
                    fault = fault.or_else(|| self.judge(body));
                }
            }
        }
        if self.takes_sealed(client) && is_sealed(rest) {
            kept.extend_from_slice(rest);
        }
        let kept =
            if kept.len() == datagram.len() { Cow::Borrowed(datagram) } else { Cow::Owned(kept) };
        Sifted { kept, alert, fault }
    }

    fn passes(&mut self, record: &[u8], client: bool) -> bool {
        let (kind, body) = (record[0], &record[RECORD_HEADER..]);
        let has_version = matches!(record[1..3], [0xfe, 0xfd | 0xff]);
        if record[3..5] != [0, 0] {
            let sealed = (kind::CHANGE_CIPHER_SPEC..=kind::APPLICATION_DATA).contains(&kind);
            return has_version && sealed && self.takes_sealed(client);
        }
        has_version
            && match kind {
                kind::HANDSHAKE => self.is_expected(body, client),
                kind::CHANGE_CIPHER_SPEC => self.begun && body == [1],
                // A list of numbers of 16 bytes each (RFC 9147 section 7).
                kind::ACK => self.begun && body.len() % 16 == 2,
                _ => false,
            }
    }

    /// Why a client's greeting cannot be answered, once its last part came.
    fn judge(&mut self, body: &[u8]) -> Option<DtlsFault> {
        let fragment = Fragment::read(body).filter(|fragment| fragment.kind == CLIENT_HELLO)?;
        if fragment.offset == 0 {
            self.greeting.clear();
        }
        if fragment.offset != self.greeting.len() {
            return None;
        }
        self.greeting.extend_from_slice(fragment.body);
        let whole = self.greeting.len() == fragment.length;
        whole.then(|| Hello::read(&self.greeting)).flatten()?.fault(self.version)
    }

    fn takes_sealed(&self, client: bool) -> bool {
        self.begun && (client || self.answered)
    }

    /// Whether these are handshake messages, or parts of some, that may come now.
    fn is_expected(&mut self, body: &[u8], client: bool) -> bool {
        let mut rest = body;
        while let Some(fragment) = Fragment::read(rest) {
            let kind = fragment.kind;
            let known = match (client, self.begun) {
                (true, false) => [SERVER_HELLO, HELLO_VERIFY_REQUEST].contains(&kind),
                (false, false) => kind == CLIENT_HELLO,
                _ => MESSAGES.contains(&kind) || kind == CERTIFICATE_VERIFY,
            };
            let fits = fragment.offset + fragment.body.len() <= fragment.length
                && fragment.length <= MESSAGE_BYTES_MAX
                && (fragment.length == 0 || !fragment.body.is_empty())
                && fragment.number <= MESSAGE_NUMBER_MAX;
            if !known || !fits {
                return false;
            }
            self.begun = true;
            rest = &rest[HANDSHAKE_HEADER + fragment.body.len()..];
        }
        // The library would keep a record without a message, which RFC 8446 section 5.1 forbids,
        // and then refuse to end the handshake.
        rest.is_empty() && !body.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, epoch: u8, body: &[u8]) -> Vec<u8> {
        let mut record = vec![kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 1, 0, body.len() as u8];
        record.extend_from_slice(body);
        record
    }

    fn greeting(kind: u8) -> Vec<u8> {
        record(22, 0, &[kind, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3, 7, 7, 7])
    }

    fn kept(sieve: &mut Sieve, datagram: &[u8]) -> Vec<u8> {
        sieve.sift(datagram, false).kept.into_owned()
    }

    #[test]
    fn alerts_in_the_clear_are_taken_out_and_told() {
        let mut sieve = Sieve { answered: true, ..Sieve::new(DtlsVersion::Auto) };
        let (sealed, alert) = (record(21, 1, b"seal"), record(21, 0, &[2, 40]));
        let (warning, ours) = (record(21, 0, &[1, 90]), greeting(CLIENT_HELLO));
        let all = [&ours[..], &alert, &sealed, &warning, &[0x2f, 1, 2, 3]].concat();
        let sifted = sieve.sift(&all, false);
        assert_eq!(sifted.alert, Some(DtlsAlert(40)));
        assert_eq!(*sifted.kept, [&ours[..], &sealed, &[0x2f, 1, 2, 3]].concat());
        for length in 0..all.len() {
            let _ = sieve.sift(&all[..length], true);
        }
    }

    #[test]
    fn nothing_but_a_greeting_begins_it() {
        let mut sieve = Sieve::new(DtlsVersion::Auto);
        let sealed = [record(22, 1, b"seal"), vec![0x2f, 1, 2, 3], record(20, 0, &[1])].concat();
        assert!(kept(&mut sieve, &sealed).is_empty());
        assert!(kept(&mut sieve, &greeting(SERVER_HELLO)).is_empty(), "we are the server");
        let ours = greeting(CLIENT_HELLO);
        assert_eq!(kept(&mut sieve, &ours), ours);
        assert!(kept(&mut sieve, &sealed[..17]).is_empty(), "nobody can have keys yet");
        sieve.sent(&greeting(12));
        assert_eq!(kept(&mut sieve, &sealed[..sealed.len() - 14]), sealed[..sealed.len() - 14]);
    }

    #[test]
    fn what_has_no_form_is_dropped() {
        let mut sieve = Sieve { begun: true, answered: true, ..Sieve::new(DtlsVersion::Auto) };
        let mut cut = greeting(11);
        cut[13 + 11] = 4;
        let mut beyond = greeting(11);
        beyond[13 + 8] = 1;
        let (other, data) = (greeting(99), record(23, 0, b"data"));
        let empty = record(22, 0, b"");
        for datagram in [cut, beyond, other, data, record(20, 0, b"xy"), empty] {
            assert!(kept(&mut sieve, &datagram).is_empty(), "{datagram:?}");
        }
    }
}
