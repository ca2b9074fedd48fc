//! What either side says of itself at the begin: INIT, INIT ACK (RFC 9260 sections 3.3.2 and
//! 3.3.3) and the state cookie (section 5.1.3).

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::RngCore;

use super::wire::{CHUNK_HEADER, chunk, number, parameters, push_parameter, short};

/// Bytes before the parameters.
const FIXED: usize = 16;

/// What detects errors in place of the checksum: DTLS (RFC 9653 section 9.2).
const ERROR_DETECTION_DTLS: u32 = 1;

/// What an unknown parameter asks for by its type (RFC 9260 section 3.2.1).
const SKIP: u16 = 0x8000;
const REPORT: u16 = 0x4000;

/// Bytes of unknown parameters that are sent back: the answer has to fit a packet.
const REPORT_BYTES_MAX: usize = 512;

/// The least window that may be announced (RFC 9260 section 3.3.2).
const WINDOW_MIN: u32 = 1_500;

mod parameter {
    pub(super) const STATE_COOKIE: u16 = 7;
    /// RFC 9260 section 3.3.3.1.8.
    pub(super) const UNRECOGNIZED: u16 = 8;
    /// RFC 5061 section 4.2.7.
    pub(super) const SUPPORTED_EXTENSIONS: u16 = 0x8008;
    /// RFC 9653 section 4.
    pub(super) const ZERO_CHECKSUM_ACCEPTABLE: u16 = 0x8001;
    /// RFC 3758 section 3.1.
    pub(super) const FORWARD_TSN_SUPPORTED: u16 = 0xc000;
}

/// One side of an association.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Init {
    /// The tag that packets to it carry.
    pub(super) tag: u32,
    /// Bytes that may be on the way to it.
    pub(super) window: u32,
    /// Streams that it sends on at most, and takes at most.
    pub(super) outbound_streams: u16,
    pub(super) inbound_streams: u16,
    /// Number of its first DATA, and of its first request of a reset.
    pub(super) first_tsn: u32,
    /// It speaks RFC 3758.
    pub(super) forward_tsn: bool,
    /// It speaks RFC 6525.
    pub(super) resets: bool,
    /// It speaks RFC 8260.
    pub(super) interleaving: bool,
    /// It takes packets without a checksum, since DTLS has its own (RFC 9653).
    pub(super) zero_checksum: bool,
}

impl Init {
    /// What this side says of itself: drawn first of all from the stream of the association.
    pub(super) fn local(
        window: u32,
        streams: u16,
        interleaving: bool,
        rng: &mut ChaCha20Rng,
    ) -> Init {
        let mut nonzero = || loop {
            let number = rng.next_u32();
            if number != 0 {
                return number;
            }
        };
        Init {
            tag: nonzero(),
            window,
            outbound_streams: streams,
            inbound_streams: streams,
            first_tsn: nonzero(),
            forward_tsn: true,
            resets: true,
            interleaving,
            zero_checksum: true,
        }
    }

    /// The same without what some peers cannot read over, though they should (RFC 9260 section
    /// 3.2.1).
    pub(super) fn plain(&self) -> Init {
        Init { zero_checksum: false, ..self.clone() }
    }

    /// It skips chunks that it does not know, as they ask by their type (RFC 9260 section 3.2). All
    /// have to, and werift 0.25 ends its process instead; those who speak what came after RFC 4820
    /// are known to do so.
    pub(super) fn skips_unknown(&self) -> bool {
        self.interleaving || self.zero_checksum
    }

    /// A whole INIT chunk, as a description has it.
    pub(super) fn to_chunk(&self) -> Vec<u8> {
        let value = self.to_value(None);
        let length = u16::try_from(CHUNK_HEADER + value.len()).expect("a few parameters");
        let [high, low] = length.to_be_bytes();
        [&[chunk::INIT, 0, high, low], &value[..]].concat()
    }

    /// Reads one; `None` for what makes no association.
    pub(super) fn from_chunk(bytes: &[u8]) -> Option<Init> {
        let length = usize::from(short(bytes, 2)?);
        let is_init = bytes.first() == Some(&chunk::INIT) && length >= CHUNK_HEADER + FIXED;
        Init::parse(bytes.get(CHUNK_HEADER..length).filter(|_| is_init)?)
    }

    /// The value of an INIT or INIT ACK. `None` for one that makes no association: a zero where
    /// none may be (RFC 9260 section 3.3.2), or a first number of zero, which the data transfer
    /// does not know; one peer in 4 billion draws it, and another the next time.
    pub(super) fn parse(value: &[u8]) -> Option<Init> {
        let mut init = Init {
            tag: number(value, 0)?,
            window: number(value, 4)?,
            outbound_streams: short(value, 8)?,
            inbound_streams: short(value, 10)?,
            first_tsn: number(value, 12)?,
            forward_tsn: false,
            resets: false,
            interleaving: false,
            zero_checksum: false,
        };
        for (kind, value) in parameters(&value[FIXED..]) {
            match kind {
                parameter::FORWARD_TSN_SUPPORTED => init.forward_tsn = true,
                parameter::ZERO_CHECKSUM_ACCEPTABLE => {
                    init.zero_checksum |= number(value, 0) == Some(ERROR_DETECTION_DTLS);
                }
                parameter::SUPPORTED_EXTENSIONS => {
                    init.forward_tsn |= value.contains(&chunk::FORWARD_TSN);
                    init.resets |= value.contains(&chunk::RE_CONFIG);
                    init.interleaving |= value.contains(&chunk::I_DATA);
                }
                _ if !is_known(kind) && kind & SKIP == 0 => break,
                _ => {}
            }
        }
        init.is_valid().then_some(init)
    }

    /// Adds to the answer to an INIT what its sender wants to hear of: parameters that nobody knows
    /// and that ask for it, as they stand there.
    pub(super) fn report_unrecognized(value: &[u8], answer: &mut Vec<u8>) {
        let mut bytes = 0;
        for (kind, value) in parameters(value.get(FIXED..).unwrap_or_default()) {
            if is_known(kind) {
                continue;
            }
            bytes += 2 * CHUNK_HEADER + value.len();
            if kind & REPORT != 0 && bytes <= REPORT_BYTES_MAX {
                let mut whole = Vec::new();
                push_parameter(&mut whole, kind, value);
                push_parameter(answer, parameter::UNRECOGNIZED, &whole);
            }
            if kind & SKIP == 0 {
                break;
            }
        }
    }

    fn is_valid(&self) -> bool {
        self.tag != 0
            && self.first_tsn != 0
            && self.outbound_streams != 0
            && self.inbound_streams != 0
            && self.window >= WINDOW_MIN
    }

    /// The value of the chunk that says it; an INIT ACK has a cookie.
    pub(super) fn to_value(&self, cookie: Option<&[u8]>) -> Vec<u8> {
        let mut value = self.fixed();
        if let Some(cookie) = cookie {
            push_parameter(&mut value, parameter::STATE_COOKIE, cookie);
        }
        if self.forward_tsn {
            push_parameter(&mut value, parameter::FORWARD_TSN_SUPPORTED, &[]);
        }
        let extensions = [
            self.resets.then_some(chunk::RE_CONFIG),
            self.forward_tsn.then_some(chunk::FORWARD_TSN),
            self.interleaving.then_some(chunk::I_DATA),
            (self.interleaving && self.forward_tsn).then_some(chunk::I_FORWARD_TSN),
        ];
        let extensions: Vec<u8> = extensions.into_iter().flatten().collect();
        if !extensions.is_empty() {
            push_parameter(&mut value, parameter::SUPPORTED_EXTENSIONS, &extensions);
        }
        if self.zero_checksum {
            let method = ERROR_DETECTION_DTLS.to_be_bytes();
            push_parameter(&mut value, parameter::ZERO_CHECKSUM_ACCEPTABLE, &method);
        }
        value
    }

    fn fixed(&self) -> Vec<u8> {
        let mut value = Vec::with_capacity(64);
        value.extend(self.tag.to_be_bytes());
        value.extend(self.window.to_be_bytes());
        value.extend(self.outbound_streams.to_be_bytes());
        value.extend(self.inbound_streams.to_be_bytes());
        value.extend(self.first_tsn.to_be_bytes());
        value
    }

    /// What a peer said, as the cookie that it gives back. DTLS vouches for the peer, so it needs
    /// no signature: the nonce shows that it is of this association.
    pub(super) fn to_cookie(&self, nonce: [u8; 8]) -> Vec<u8> {
        let abilities = [
            u8::from(self.forward_tsn),
            u8::from(self.resets),
            u8::from(self.interleaving),
            u8::from(self.zero_checksum),
        ];
        [&nonce[..], &self.fixed(), &abilities].concat()
    }

    /// `None` for a cookie that is not of this association.
    pub(super) fn from_cookie(cookie: &[u8], nonce: [u8; 8]) -> Option<Init> {
        let body = cookie.strip_prefix(&nonce)?;
        let [forward_tsn, resets, interleaving, zero_checksum] = *body.get(FIXED..)? else {
            return None;
        };
        let mut init = Init::parse(&body[..FIXED])?;
        init.forward_tsn = forward_tsn != 0;
        init.resets = resets != 0;
        init.interleaving = interleaving != 0;
        init.zero_checksum = zero_checksum != 0;
        Some(init)
    }
}

/// It has a meaning, even where that is of no interest in DTLS: addresses and names (RFC 9260),
/// ECN, authentication and padding (RFC 4895, RFC 4820), changes of addresses (RFC 5061).
fn is_known(kind: u16) -> bool {
    matches!(kind, 5..=9 | 11 | 12 | 0x8000..=0x8005 | 0x8008 | 0xc000..=0xc006)
}

/// The cookie in the value of an INIT ACK.
pub(super) fn cookie(value: &[u8]) -> Option<&[u8]> {
    let mut parameters = parameters(value.get(FIXED..)?);
    parameters.find(|(kind, _)| *kind == parameter::STATE_COOKIE).map(|(_, cookie)| cookie)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn sample() -> Init {
        Init {
            tag: 0x0102_0304,
            window: 1 << 20,
            outbound_streams: 65_535,
            inbound_streams: 2_048,
            first_tsn: 9,
            forward_tsn: true,
            resets: true,
            interleaving: true,
            zero_checksum: true,
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let init = sample();
        let value = init.to_value(Some(b"cooky"));
        assert_eq!(Init::parse(&value), Some(init.clone()));
        assert_eq!(cookie(&value), Some(&b"cooky"[..]));
        assert_eq!(cookie(&init.to_value(None)), None);
        let plain = Init {
            forward_tsn: false,
            resets: false,
            interleaving: false,
            zero_checksum: false,
            ..init
        };
        assert_eq!(Init::parse(&plain.to_value(None)), Some(plain.clone()));
        assert_eq!(plain.to_value(None).len(), FIXED);
        for length in 0..FIXED {
            assert_eq!(Init::parse(&value[..length]), None);
            assert_eq!(cookie(&value[..length]), None);
        }
    }

    #[test]
    fn cookies_come_back_as_they_were_made() {
        let init = Init { forward_tsn: false, ..sample() };
        let cookie = init.to_cookie([7; 8]);
        assert_eq!(Init::from_cookie(&cookie, [7; 8]), Some(init));
        assert_eq!(Init::from_cookie(&cookie, [8; 8]), None);
        for length in 0..cookie.len() {
            assert_eq!(Init::from_cookie(&cookie[..length], [7; 8]), None);
        }
    }

    #[test]
    fn zeros_make_no_association() {
        let zeros: [fn(&mut Init); 5] = [
            |init| init.tag = 0,
            |init| init.first_tsn = 0,
            |init| init.outbound_streams = 0,
            |init| init.inbound_streams = 0,
            |init| init.window = 1_499,
        ];
        for zero in zeros {
            let mut init = sample();
            zero(&mut init);
            assert_eq!(Init::parse(&init.to_value(None)), None);
        }
    }
}
