//! The names that the SCTP library draws from the operating system, and their replacement in a
//! replay.
//!
//! An association is named by a tag, a first transmission sequence number and a cookie, which the
//! library draws where no seed reaches (RFC 9260 sections 5.3.1, 3.3.2 and 5.1.3). A recording
//! notes them as they leave. In a replay the library draws others; packets of the recorded peer
//! know the old ones. So each packet is rewritten on its way, between SCTP and DTLS, as a NAT
//! rewrites ports:
//!
//! 1. Out: INIT and INIT ACK get the recorded names; sequence numbers of ours are shifted.
//! 2. In: the tag, echoed cookies and acknowledged sequence numbers are shifted back.
//! 3. The checksum is made anew.

use std::sync::OnceLock;

use crate::sctp::crc32c::crc32c;

/// Our side of an SCTP association.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SctpIdentity {
    /// The tag that packets to us carry.
    tag: u32,
    /// The first transmission sequence number.
    first_tsn: u32,
    /// The cookie that is echoed to us, empty where we began.
    cookie: Vec<u8>,
}

impl SctpIdentity {
    /// As a recording holds it: tag, first sequence number and cookie, one after the other.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [&self.tag.to_be_bytes(), &self.first_tsn.to_be_bytes(), &self.cookie[..]].concat()
    }

    /// `None` where there are too few.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (tag, first_tsn) = (number(bytes, 0)?, number(bytes, 4)?);
        Some(SctpIdentity { tag, first_tsn, cookie: bytes[8..].to_vec() })
    }
}

/// Associations of one connection that are noted. There is one, unless the peer begins again.
const ASSOCIATIONS_MAX: usize = 4;

/// Bytes before the first chunk.
pub(super) const HEADER: usize = 12;

mod chunk {
    pub(super) const DATA: u8 = 0;
    pub(super) const INIT: u8 = 1;
    pub(super) const INIT_ACK: u8 = 2;
    pub(super) const SACK: u8 = 3;
    pub(super) const SHUTDOWN: u8 = 7;
    pub(super) const COOKIE_ECHO: u8 = 10;
    pub(super) const I_DATA: u8 = 64;
    pub(super) const RE_CONFIG: u8 = 130;
    pub(super) const FORWARD_TSN: u8 = 192;
    pub(super) const I_FORWARD_TSN: u8 = 194;
}

mod parameter {
    pub(super) const STATE_COOKIE: u16 = 7;
    pub(super) const OUTGOING_RESET: u16 = 13;
    pub(super) const INCOMING_RESET: u16 = 14;
    pub(super) const RESPONSE: u16 = 16;
}

/// The names that were drawn in this connection, and those of a recording.
#[derive(Debug, Default)]
pub(super) struct SctpNames {
    drawn: [OnceLock<SctpIdentity>; ASSOCIATIONS_MAX],
    recorded: OnceLock<Vec<SctpIdentity>>,
}

impl SctpNames {
    pub(super) fn drawn(&self, index: usize) -> Option<&SctpIdentity> {
        self.drawn.get(index)?.get()
    }

    /// Only the first call has an effect.
    pub(super) fn replay(&self, mut identities: Vec<SctpIdentity>) {
        identities.truncate(ASSOCIATIONS_MAX);
        let _ = self.recorded.set(identities);
    }

    pub(super) fn replays(&self) -> bool {
        self.recorded.get().is_some_and(|identities| !identities.is_empty())
    }

    /// Looks at a packet that leaves.
    pub(super) fn note(&self, packet: &[u8]) {
        let Some(identity) = identity(packet) else { return };
        let known = self.drawn.iter().map_while(OnceLock::get).any(|known| *known == identity);
        if let Some(free) = self.drawn.iter().find(|slot| slot.get().is_none())
            && !known
        {
            let _ = free.set(identity);
        }
    }

    /// The names that a recording has for an association of ours, and ours.
    fn pairs(&self) -> impl DoubleEndedIterator<Item = (&SctpIdentity, &SctpIdentity)> {
        let drawn: Vec<_> = self.drawn.iter().map_while(OnceLock::get).collect();
        let recorded = self.recorded.get().map_or(&[][..], Vec::as_slice);
        let pairs: Vec<_> = drawn.into_iter().zip(recorded).collect();
        pairs.into_iter()
    }

    /// Gives a packet that leaves the recorded names.
    pub(super) fn rewrite_out(&self, packet: &mut [u8]) {
        self.note(packet);
        let first = packet.get(HEADER).copied();
        let made = identity(packet);
        let pair = match first {
            Some(chunk::INIT | chunk::INIT_ACK) => {
                self.pairs().find(|(drawn, _)| made.as_ref() == Some(*drawn))
            }
            _ => self.pairs().next_back(),
        };
        let Some((drawn, recorded)) = pair else { return };
        let shift = recorded.first_tsn.wrapping_sub(drawn.first_tsn);
        for_each_chunk(packet, |kind, body| match kind {
            chunk::INIT | chunk::INIT_ACK => {
                put(body, 0, recorded.tag);
                put(body, 12, recorded.first_tsn);
                for_each_parameter(&mut body[16..], |kind, value| {
                    if kind == parameter::STATE_COOKIE && value.len() == recorded.cookie.len() {
                        value.copy_from_slice(&recorded.cookie);
                    }
                });
            }
            chunk::DATA | chunk::I_DATA | chunk::FORWARD_TSN | chunk::I_FORWARD_TSN => {
                add(body, 0, shift);
            }
            chunk::RE_CONFIG => for_each_parameter(body, |kind, value| match kind {
                parameter::OUTGOING_RESET => {
                    add(value, 0, shift);
                    add(value, 8, shift);
                }
                parameter::INCOMING_RESET => add(value, 0, shift),
                _ => {}
            }),
            _ => {}
        });
        seal(packet);
    }

    /// Gives a packet that arrives the names that the library knows.
    pub(super) fn rewrite_in(&self, packet: &mut [u8]) {
        let Some(tag) = number(packet, 4) else { return };
        let Some((drawn, recorded)) = self.pairs().find(|(_, recorded)| recorded.tag == tag) else {
            return;
        };
        put(packet, 4, drawn.tag);
        let shift = drawn.first_tsn.wrapping_sub(recorded.first_tsn);
        for_each_chunk(packet, |kind, body| match kind {
            chunk::SACK | chunk::SHUTDOWN => add(body, 0, shift),
            chunk::COOKIE_ECHO if *body == *recorded.cookie => {
                body.copy_from_slice(&drawn.cookie);
            }
            chunk::RE_CONFIG => for_each_parameter(body, |kind, value| match kind {
                parameter::OUTGOING_RESET => add(value, 4, shift),
                parameter::RESPONSE => add(value, 0, shift),
                _ => {}
            }),
            _ => {}
        });
        seal(packet);
    }
}

/// Names in an INIT or INIT ACK, which are alone in their packet (RFC 9260 section 6.10).
fn identity(packet: &[u8]) -> Option<SctpIdentity> {
    let body = match packet.get(HEADER)? {
        &(chunk::INIT | chunk::INIT_ACK) => packet.get(HEADER + 4..)?,
        _ => return None,
    };
    let mut identity =
        SctpIdentity { tag: number(body, 0)?, first_tsn: number(body, 12)?, cookie: Vec::new() };
    for_each_parameter(&mut body.get(16..)?.to_vec(), |kind, value| {
        if kind == parameter::STATE_COOKIE {
            identity.cookie = value.to_vec();
        }
    });
    Some(identity)
}

/// Each chunk with its head, as far as lengths make sense.
pub(super) fn chunks(packet: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = packet.get(HEADER..).unwrap_or_default();
    std::iter::from_fn(move || {
        let [_, _, high, low, ..] = *rest else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let chunk = rest.get(..length).filter(|chunk| chunk.len() >= 4)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(chunk)
    })
}

/// Kind and body of each chunk, as far as lengths make sense.
fn for_each_chunk(packet: &mut [u8], mut work: impl FnMut(u8, &mut [u8])) {
    let mut rest = packet.get_mut(HEADER..).unwrap_or_default();
    while let [kind, _, high, low, ..] = *rest {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < 4 || length > rest.len() {
            return;
        }
        let padded = length.next_multiple_of(4).min(rest.len());
        let (chunk, after) = rest.split_at_mut(padded);
        work(kind, &mut chunk[4..length]);
        rest = after;
    }
}

/// Type and value of each parameter, as far as lengths make sense.
fn for_each_parameter(mut rest: &mut [u8], mut work: impl FnMut(u16, &mut [u8])) {
    while let [kind_high, kind_low, high, low, ..] = *rest {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < 4 || length > rest.len() {
            return;
        }
        let padded = length.next_multiple_of(4).min(rest.len());
        let (parameter, after) = rest.split_at_mut(padded);
        work(u16::from_be_bytes([kind_high, kind_low]), &mut parameter[4..length]);
        rest = after;
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Writes a number where there is room for it.
fn put(bytes: &mut [u8], at: usize, number: u32) {
    if let Some(place) = bytes.get_mut(at..at + 4) {
        place.copy_from_slice(&number.to_be_bytes());
    }
}

fn add(bytes: &mut [u8], at: usize, shift: u32) {
    if let Some(old) = number(bytes, at) {
        put(bytes, at, old.wrapping_add(shift));
    }
}

/// Writes the checksum of RFC 9260 appendix A.
pub(super) fn seal(packet: &mut [u8]) {
    if packet.len() >= HEADER {
        packet[8..HEADER].fill(0);
        let sum = crc32c(&[packet]).to_le_bytes();
        packet[8..HEADER].copy_from_slice(&sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(tag: u32, chunks: &[&[u8]]) -> Vec<u8> {
        let mut packet = vec![0x13, 0x88, 0x13, 0x88];
        packet.extend(tag.to_be_bytes());
        packet.extend([0; 4]);
        chunks.iter().for_each(|chunk| packet.extend_from_slice(chunk));
        seal(&mut packet);
        packet
    }

    fn init(kind: u8, tag: u32, tsn: u32, cookie: &[u8]) -> Vec<u8> {
        let mut chunk = vec![kind, 0, 0, 24 + cookie.len() as u8];
        chunk.extend(tag.to_be_bytes());
        chunk.extend([0, 1, 0, 0, 0, 9, 0, 9]);
        chunk.extend(tsn.to_be_bytes());
        chunk.extend([0, 7, 0, 4 + cookie.len() as u8]);
        chunk.extend(cookie);
        chunk
    }

    #[test]
    fn names_of_a_recording_replace_those_drawn() {
        let names = SctpNames::default();
        let recorded = SctpIdentity { tag: 77, first_tsn: 1000, cookie: b"oldcooky".to_vec() };
        names.replay(vec![recorded]);
        let mut out = packet(5, &[&init(chunk::INIT_ACK, 11, 300, b"newcooky")]);
        names.rewrite_out(&mut out);
        assert_eq!(out, packet(5, &[&init(chunk::INIT_ACK, 77, 1000, b"oldcooky")]));

        let data = |tsn: u32| [&[0, 3, 0, 20][..], &tsn.to_be_bytes(), &[0; 12]].concat();
        let sack = |tsn: u32| [&[3, 0, 0, 16][..], &tsn.to_be_bytes(), &[0; 8]].concat();
        let mut out = packet(5, &[&data(301), &sack(5)]);
        names.rewrite_out(&mut out);
        assert_eq!(out, packet(5, &[&data(1001), &sack(5)]));

        let mut back = packet(77, &[b"\x0a\0\0\x0coldcooky", &data(9), &sack(1001)]);
        names.rewrite_in(&mut back);
        assert_eq!(back, packet(11, &[b"\x0a\0\0\x0cnewcooky", &data(9), &sack(301)]));

        // Of another association: as it came.
        let other = packet(78, &[&sack(1001)]);
        let mut back = other.clone();
        names.rewrite_in(&mut back);
        assert_eq!(back, other);
    }

    #[test]
    fn identities_are_read_as_they_were_written() {
        let identity = SctpIdentity { tag: 7, first_tsn: u32::MAX, cookie: b"cooky".to_vec() };
        let bytes = identity.to_bytes();
        assert_eq!(SctpIdentity::from_bytes(&bytes), Some(identity));
        for length in 0..8 {
            assert_eq!(SctpIdentity::from_bytes(&bytes[..length]), None);
        }
    }

    #[test]
    fn broken_packets_are_left_alone() {
        let names = SctpNames::default();
        names.replay(vec![SctpIdentity::default()]);
        let whole = packet(5, &[&init(chunk::INIT, 11, 300, b"cooky123")]);
        for length in 0..whole.len() {
            names.rewrite_out(&mut whole[..length].to_vec());
            names.rewrite_in(&mut whole[..length].to_vec());
        }
        assert!(names.drawn(ASSOCIATIONS_MAX).is_none());
    }
}
