//! How a handshake with an RSA peer differs on the wire from what the library reads and writes: which
//! bytes of which messages (RFC 6347 section 4.2.2, RFC 5246 section 7.4).

use std::borrow::Cow;

use super::hello::Hello;
use super::record::{
    Fragment, HANDSHAKE_HEADER as HEADER, RECORD_HEADER, is_clear, number, short, split_record,
};

/// Bytes of the header of a handshake message in a transcript of DTLS 1.3.
const HEADER_1_3: usize = 4;

const HANDSHAKE: u8 = 22;

mod message {
    pub(super) const CLIENT_HELLO: u8 = 1;
    pub(super) const SERVER_HELLO: u8 = 2;
    pub(super) const SERVER_KEY_EXCHANGE: u8 = 12;
    pub(super) const CERTIFICATE_REQUEST: u8 = 13;
    pub(super) const CERTIFICATE_VERIFY: u8 = 15;
}

/// The version that messages of both DTLS 1.2 and 1.3 carry.
const VERSION: [u8; 2] = [0xfe, 0xfd];

/// Suites with the same cipher and hash: as the library knows them, and for RSA.
const SUITES: [([u8; 2], [u8; 2]); 3] = [
    // AES_128_GCM_SHA256
    ([0xc0, 0x2b], [0xc0, 0x2f]),
    // AES_256_GCM_SHA384
    ([0xc0, 0x2c], [0xc0, 0x30]),
    // CHACHA20_POLY1305_SHA256
    ([0xcc, 0xa9], [0xcc, 0xa8]),
];

/// RSA PKCS#1 with SHA-256 and SHA-384. The first byte of each is the hash.
const SIGNATURES: [u8; 4] = [4, 1, 5, 1];
const RSA: u8 = 1;
const ECDSA: u8 = 3;

/// As a certificate's type, RSA is also 1.
const RSA_SIGN: u8 = 1;

mod extension {
    pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
    pub(super) const PADDING: u16 = 21;
}

/// What was translated in a handshake so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Translation {
    client: bool,
    /// Our ClientHello, or our CertificateRequest, says more on the wire.
    extended: bool,
    /// Each is judged once: who speaks later speaks in vain.
    suite: Option<bool>,
    key_exchange: Option<bool>,
    verify: Option<bool>,
    /// Length of the public key in ServerKeyExchange, after which the signature's kind comes.
    point: Option<usize>,
}

impl Translation {
    pub(super) const NONE: Translation = Translation {
        client: false,
        extended: false,
        suite: None,
        key_exchange: None,
        verify: None,
        point: None,
    };

    pub(super) fn new(client: bool) -> Self {
        Translation { client, ..Translation::NONE }
    }

    /// Whether the peer's signature is one of RSA.
    pub(super) fn came_as_rsa(&self) -> bool {
        self.key_exchange == Some(true) || self.verify == Some(true)
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
                    if let Some((index, byte)) = self.change(&fragment) {
                        read.to_mut()[at + HEADER + index] = byte;
                    }
                    at += HEADER + fragment.body.len();
                }
            }
            start = end;
        }
        read
    }

    /// The byte of a fragment of the peer's that reads differently.
    fn change(&mut self, fragment: &Fragment<'_>) -> Option<(usize, u8)> {
        match (fragment.kind, self.client) {
            (message::SERVER_HELLO, true) => {
                let at = suite_at(fragment.first()?)?;
                let suite = fragment.body.get(at..at + 2)?;
                let known = SUITES.iter().find(|(_, rsa)| suite == rsa);
                let changes = *self.suite.get_or_insert(known.is_some());
                known.filter(|_| changes).map(|(ecdsa, _)| (at + 1, ecdsa[1]))
            }
            (message::SERVER_KEY_EXCHANGE, true) if self.suite == Some(true) => {
                if let Some(point) = fragment.first().and_then(|body| body.get(3)) {
                    self.point.get_or_insert(usize::from(*point));
                }
                let at = signature_at(self.point?);
                let index = at.checked_sub(fragment.offset)?;
                let is_rsa = *fragment.body.get(index)? == RSA;
                let changes = *self.key_exchange.get_or_insert(is_rsa);
                (changes && is_rsa).then_some((index, ECDSA))
            }
            (message::CERTIFICATE_VERIFY, false) if self.extended => {
                let index = 1_usize.checked_sub(fragment.offset)?;
                let is_rsa = *fragment.body.get(index)? == RSA;
                let changes = *self.verify.get_or_insert(is_rsa);
                (changes && is_rsa).then_some((index, ECDSA))
            }
            _ => None,
        }
    }

    /// A transcript of the library's as it was on the wire. Other texts are left alone.
    pub(super) fn on_the_wire<'a>(&self, transcript: &'a [u8]) -> Cow<'a, [u8]> {
        if !self.extended && self.suite != Some(true) {
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
        let replaced = |at: usize, byte: u8| {
            let mut body = body.to_vec();
            *body.get_mut(at)? = byte;
            Some(body)
        };
        match (kind, self.client) {
            (message::CLIENT_HELLO, true) => client_hello(body),
            (message::CERTIFICATE_REQUEST, false) => certificate_request(body),
            (message::SERVER_HELLO, true) if self.suite == Some(true) => {
                let at = suite_at(body)?;
                let suite = body.get(at..at + 2)?;
                let (_, rsa) = SUITES.iter().find(|(ecdsa, _)| suite == ecdsa)?;
                replaced(at + 1, rsa[1])
            }
            (message::SERVER_KEY_EXCHANGE, true) if self.key_exchange == Some(true) => {
                replaced(signature_at(self.point?), RSA)
            }
            (message::CERTIFICATE_VERIFY, false) if self.verify == Some(true) => replaced(1, RSA),
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

/// Where a ServerKeyExchange says by what its signature is made: after the kind of curve, the curve,
/// and the point with its length, and after the hash.
fn signature_at(point: usize) -> usize {
    4 + point + 1
}

/// A ClientHello that offers RSA beside ECDSA; `None` where it does not offer the latter.
fn client_hello(body: &[u8]) -> Option<Vec<u8>> {
    let Hello { head, suites, compression, mut extensions, .. } = Hello::read(body)?;
    let offered = |ecdsa: &[u8; 2]| suites.chunks(2).any(|suite| suite == ecdsa);
    let more = SUITES.iter().filter(|(ecdsa, _)| offered(ecdsa)).map(|(_, rsa)| *rsa);
    let more = more.collect::<Vec<_>>().concat();
    if more.is_empty() {
        return None;
    }
    let mut grown = more.len() + SIGNATURES.len();
    let mut out = head.to_vec();
    push_list(&mut out, &[suites, &more]);
    out.extend_from_slice(compression);
    let length_at = out.len();
    out.extend_from_slice(&[0, 0]);
    while extensions.len() >= 4 {
        let kind = short(extensions, 0)? as u16;
        let end = 4 + short(extensions, 2)?;
        let data = extensions.get(4..end)?;
        out.extend_from_slice(&kind.to_be_bytes());
        match kind {
            extension::SIGNATURE_ALGORITHMS => {
                let mut list = Vec::new();
                push_list(&mut list, &[data.get(2..)?, &SIGNATURES]);
                push_list(&mut out, &[&list]);
            }
            // It comes last, and its size is free (RFC 7685).
            extension::PADDING => {
                let kept = data.len().saturating_sub(std::mem::take(&mut grown));
                push_list(&mut out, &[&data[..kept]]);
            }
            _ => push_list(&mut out, &[data]),
        }
        extensions = &extensions[end..];
    }
    let length = (out.len() - length_at - 2) as u16;
    out[length_at..length_at + 2].copy_from_slice(&length.to_be_bytes());
    Some(out)
}

/// A CertificateRequest of DTLS 1.2 that takes RSA too.
fn certificate_request(body: &[u8]) -> Option<Vec<u8>> {
    let types_end = 1 + usize::from(*body.first()?);
    let types = body.get(1..types_end)?;
    let end = types_end + 2 + short(body, types_end)?;
    let signatures = body.get(types_end + 2..end)?;
    let mut out = vec![types.len() as u8 + 1];
    out.extend_from_slice(types);
    out.push(RSA_SIGN);
    push_list(&mut out, &[signatures, &SIGNATURES]);
    out.extend_from_slice(&body[end..]);
    Some(out)
}

/// A list behind its length in two bytes. Those here are far from its limit.
fn push_list(out: &mut Vec<u8>, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    out.extend_from_slice(&(length as u16).to_be_bytes());
    parts.iter().for_each(|part| out.extend_from_slice(part));
}
