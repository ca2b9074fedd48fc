//! How a handshake with an RSA peer differs on the wire from what the library reads and writes:
//! which bytes of which messages (RFC 6347 section 4.2.2, RFC 5246 section 7.4).

use std::borrow::Cow;

use super::offer::{SUITES, certificate_request, client_hello};
use super::record::{
    Fragment, HANDSHAKE_HEADER as HEADER, RECORD_HEADER, is_clear, number, short, split_record,
};
use super::signature::{RSA_BYTES_MIN, Signature};
use super::standin::StandIn;

/// Bytes of the header of a handshake message in a transcript of DTLS 1.3.
const HEADER_1_3: usize = 4;

const HANDSHAKE: u8 = 22;

mod message {
    pub(super) const CLIENT_HELLO: u8 = 1;
    pub(super) const SERVER_HELLO: u8 = 2;
    pub(super) const CERTIFICATE: u8 = 11;
    pub(super) const SERVER_KEY_EXCHANGE: u8 = 12;
    pub(super) const CERTIFICATE_REQUEST: u8 = 13;
    pub(super) const CERTIFICATE_VERIFY: u8 = 15;
}

/// The version that messages of both DTLS 1.2 and 1.3 carry.
const VERSION: [u8; 2] = [0xfe, 0xfd];

/// What was translated in a handshake so far.
#[derive(Debug)]
pub(super) struct Translation {
    client: bool,
    /// Our ClientHello, or our CertificateRequest, says more on the wire.
    extended: bool,
    /// Each is judged once: who speaks later speaks in vain.
    suite: Option<bool>,
    key_exchange: Option<Signature>,
    verify: Option<Signature>,
    /// Length of the public key in ServerKeyExchange, after which the signature's kind comes.
    point: Option<usize>,
    /// In DTLS 1.3, how the peer's certificate reads.
    stand_in: StandIn,
    /// The handshake is one of DTLS 1.3, and we asked for a certificate under keys.
    sealed: bool,
    /// A record was held back that shall come again.
    waits: bool,
}

impl Translation {
    pub(super) const NONE: Translation = Translation {
        client: false,
        extended: false,
        suite: None,
        key_exchange: None,
        verify: None,
        point: None,
        stand_in: StandIn::NEW,
        sealed: false,
        waits: false,
    };

    pub(super) fn new(client: bool) -> Self {
        Translation { client, ..Translation::NONE }
    }

    /// By what the peer signed, as far as it is known.
    pub(super) fn signature(&self) -> Signature {
        self.key_exchange.or(self.verify).unwrap_or(Signature::Other)
    }

    /// The peer's true certificate.
    pub(super) fn certificate<'a>(&self, shown: &'a [u8]) -> Cow<'a, [u8]> {
        let turned_back = self.stand_in.turn_back(shown);
        turned_back.map_or(Cow::Borrowed(shown), Cow::Owned)
    }

    /// What DTLS 1.3 encrypts for the peer, with its kind at the end, as it goes out; `None` where
    /// that is as the library has it.
    pub(super) fn seal(&mut self, plaintext: &[u8]) -> Option<Vec<u8>> {
        let (kind, messages) = plaintext.split_last()?;
        let asks = *kind == HANDSHAKE && messages.first() == Some(&message::CERTIFICATE_REQUEST);
        let mut longer = asks.then(|| self.extend(messages, HEADER)).flatten()?;
        longer.push(HANDSHAKE);
        (self.extended, self.sealed) = (true, true);
        Some(longer)
    }

    /// What the peer encrypted in DTLS 1.3, with its kind at the end and zeroes after that (RFC
    /// 9147 section 4), as the library can read it. False where that is not known yet.
    pub(super) fn unseal(&mut self, plaintext: &mut [u8]) -> bool {
        let end = plaintext.iter().rposition(|byte| *byte != 0).unwrap_or(0);
        if plaintext.get(end) != Some(&HANDSHAKE) {
            return true;
        }
        let mut at = 0;
        while let Some(fragment) = Fragment::read(&plaintext[at..end]) {
            let after = at + HEADER + fragment.body.len();
            let Some(changes) = self.change_sealed(&fragment) else {
                self.waits = true;
                return false;
            };
            for (index, byte) in changes {
                plaintext[at + HEADER + index] = byte;
            }
            at = after;
        }
        true
    }

    /// Whether a record was held back since this was asked last: its datagram shall come again.
    pub(super) fn take_waits(&mut self) -> bool {
        std::mem::take(&mut self.waits)
    }

    fn change_sealed(&mut self, fragment: &Fragment<'_>) -> Option<Vec<(usize, u8)>> {
        match fragment.kind {
            message::CERTIFICATE => self.stand_in.changes(fragment),
            message::CERTIFICATE_VERIFY => {
                let changes = Signature::changes(fragment, 0, &mut self.verify);
                // The others are for certificates only, in this version.
                Some(if self.verify == Some(Signature::Pss) { changes } else { Vec::new() })
            }
            _ => Some(Vec::new()),
        }
    }

    /// A datagram of the library's as it goes out.
    pub(super) fn outgoing<'a>(&mut self, datagram: &'a [u8]) -> Cow<'a, [u8]> {
        let mut out = Vec::with_capacity(datagram.len());
        let (mut rest, mut changed) = (datagram, false);
        while let Some((record, after)) = split_record(rest) {
            let body = &record[RECORD_HEADER..];
            let longer = is_clear(record, HANDSHAKE).then(|| self.extend(body, HEADER)).flatten();
            match longer.filter(|body| body.len() <= usize::from(u16::MAX)) {
                Some(body) => {
                    out.extend_from_slice(&record[..RECORD_HEADER - 2]);
                    out.extend_from_slice(&(body.len() as u16).to_be_bytes());
                    out.extend_from_slice(&body);
                    changed = true;
                }
                None => out.extend_from_slice(record),
            }
            rest = after;
        }
        if !changed {
            return Cow::Borrowed(datagram);
        }
        self.extended = true;
        out.extend_from_slice(rest);
        Cow::Owned(out)
    }

    /// A datagram of the peer's as the library can read it.
    pub(super) fn incoming<'a>(&mut self, datagram: &'a [u8]) -> Cow<'a, [u8]> {
        let mut read = Cow::Borrowed(datagram);
        let mut start = 0;
        while let Some((record, _)) = split_record(&datagram[start..]) {
            let end = start + record.len();
            if is_clear(record, HANDSHAKE) {
                let mut at = start + RECORD_HEADER;
                while let Some(fragment) = Fragment::read(&datagram[at..end]) {
                    for (index, byte) in self.change(&fragment) {
                        read.to_mut()[at + HEADER + index] = byte;
                    }
                    at += HEADER + fragment.body.len();
                }
            }
            start = end;
        }
        read
    }

    /// The bytes of a fragment of the peer's that read differently.
    fn change(&mut self, fragment: &Fragment<'_>) -> Vec<(usize, u8)> {
        match (fragment.kind, self.client) {
            (message::SERVER_HELLO, true) => Vec::from_iter(self.change_suite(fragment)),
            (message::SERVER_KEY_EXCHANGE, true) if self.suite == Some(true) => {
                if let Some(point) = fragment.first().and_then(|body| body.get(3)) {
                    self.point.get_or_insert(usize::from(*point));
                }
                let Some(point) = self.point else { return Vec::new() };
                Signature::changes(fragment, signature_at(point), &mut self.key_exchange)
            }
            (message::CERTIFICATE_VERIFY, false) if self.extended && !self.sealed => {
                Signature::changes(fragment, 0, &mut self.verify)
            }
            _ => Vec::new(),
        }
    }

    fn change_suite(&mut self, hello: &Fragment<'_>) -> Option<(usize, u8)> {
        let at = suite_at(hello.first()?)?;
        let suite = hello.body.get(at..at + 2)?;
        let known = SUITES.iter().find(|(_, rsa)| suite == rsa);
        let changes = *self.suite.get_or_insert(known.is_some());
        known.filter(|_| changes).map(|(ecdsa, _)| (at + 1, ecdsa[1]))
    }

    /// A transcript of the library's as it was on the wire. Other texts are left alone.
    pub(super) fn on_the_wire<'a>(&self, transcript: &'a [u8]) -> Cow<'a, [u8]> {
        if !self.extended && self.suite != Some(true) && !matches!(self.stand_in, StandIn::At(_)) {
            return Cow::Borrowed(transcript);
        }
        match header_of(transcript) {
            Some(header) => {
                self.extend(transcript, header).map_or(Cow::Borrowed(transcript), Cow::Owned)
            }
            None => Cow::Borrowed(transcript),
        }
    }

    /// Whole messages with what is more, or other, on the wire; `None` where nothing is.
    fn extend(&self, messages: &[u8], header: usize) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(messages.len() + 16);
        let (mut rest, mut changed) = (messages, false);
        while let Some((message, after)) = split_message(rest, header) {
            match self.wire_body(message[0], &message[header..]) {
                Some(body) => {
                    let length = (body.len() as u32).to_be_bytes();
                    out.push(message[0]);
                    out.extend_from_slice(&length[1..]);
                    if header == HEADER {
                        out.extend_from_slice(&message[4..9]);
                        out.extend_from_slice(&length[1..]);
                    }
                    out.extend_from_slice(&body);
                    changed = true;
                }
                None => out.extend_from_slice(message),
            }
            rest = after;
        }
        out.extend_from_slice(rest);
        changed.then_some(out)
    }

    /// The body of a message on the wire, where it differs from the library's.
    fn wire_body(&self, kind: u8, body: &[u8]) -> Option<Vec<u8>> {
        match (kind, self.client) {
            (message::CLIENT_HELLO, true) => client_hello(body),
            (message::CERTIFICATE_REQUEST, false) => certificate_request(body),
            (message::SERVER_HELLO, true) if self.suite == Some(true) => {
                let at = suite_at(body)?;
                let suite = body.get(at..at + 2)?;
                let (_, rsa) = SUITES.iter().find(|(ecdsa, _)| suite == ecdsa)?;
                Some([&body[..at], rsa, &body[at + 2..]].concat())
            }
            (message::SERVER_KEY_EXCHANGE, true) => {
                self.key_exchange?.turn_back(body, signature_at(self.point?))
            }
            (message::CERTIFICATE, _) => self.stand_in.turn_back_message(body),
            (message::CERTIFICATE_VERIFY, _) if short(body, 2)? >= RSA_BYTES_MIN => {
                self.verify?.turn_back(body, 0)
            }
            _ => None,
        }
    }
}

/// The first message, if it is whole.
fn split_message(bytes: &[u8], header: usize) -> Option<(&[u8], &[u8])> {
    let head = bytes.get(..header)?;
    let length = number(&head[1..]);
    let is_whole = header == HEADER_1_3 || (number(&head[6..]) == 0 && head[9..12] == head[1..4]);
    (is_whole && header + length <= bytes.len()).then(|| bytes.split_at(header + length))
}

/// Bytes of the headers in a transcript, which begins with a ClientHello; `None` for other texts.
fn header_of(text: &[u8]) -> Option<usize> {
    const MESSAGE_HASH: u8 = 254;
    let version_after = |header: usize| text.get(header..header + 2) == Some(&VERSION);
    match *text.first()? {
        message::CLIENT_HELLO if version_after(HEADER_1_3) => Some(HEADER_1_3),
        message::CLIENT_HELLO if version_after(HEADER) => {
            split_message(text, HEADER).map(|_| HEADER)
        }
        // After a request to try again, DTLS 1.3 begins with a hash (RFC 8446 section 4.4.1).
        MESSAGE_HASH => split_message(text, HEADER_1_3).map(|_| HEADER_1_3),
        _ => None,
    }
}

/// Where the suite of a ServerHello is: after version, random, and session id.
fn suite_at(body: &[u8]) -> Option<usize> {
    let session = *body.get(34)?;
    (body[..2] == VERSION).then_some(35 + usize::from(session))
}

/// Where a ServerKeyExchange says by what its signature is made: after the kind of curve, the
/// curve, and the point with its length.
fn signature_at(point: usize) -> usize {
    4 + point
}
