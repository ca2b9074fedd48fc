//! What rides along in checks: a flight of the handshake, and what of the peer's was heard.

use std::collections::VecDeque;

use crate::ice::CarriedAttribute;

/// META-DTLS-IN-STUN: a datagram.
pub(super) const DATAGRAM: u16 = 0xC070;

/// META-DTLS-IN-STUN-ACK: the CRC-32 of each of the last datagrams that came, four bytes each.
pub(super) const HEARD: u16 = 0xC071;

/// Datagrams that a list names, as the draft has it.
const HEARD_MAX: usize = 4;

/// Datagrams of a flight. Of ours none has more; what is older was resent.
const FLIGHT_MAX: usize = 8;

/// Messages with nothing new in them before a handshake that is over is over for the peer too.
pub(super) const IDLE_MAX: usize = 4;

/// The largest datagram that a check has room for.
pub(super) const MTU: usize = 900;

/// What rides along.
#[derive(Debug, Default)]
pub(super) enum Sped {
    #[default]
    Off,
    On(Riders),
}

/// What is to be said in checks.
#[derive(Debug, Default)]
pub(super) struct Riders {
    pub(super) flight: VecDeque<Vec<u8>>,
    heard: VecDeque<u32>,
    /// Messages that came since something new did.
    pub(super) idle: usize,
    /// What goes out from here on is no flight, but data.
    is_complete: bool,
}

impl Sped {
    pub(super) fn is_on(&self) -> bool {
        matches!(self, Sped::On(_))
    }

    /// Data follows: there is no flight after this one.
    pub(super) fn end_flight(&mut self) {
        if let Sped::On(riders) = self {
            riders.is_complete = true;
        }
    }

    /// The peer has said its last: all of ours was heard.
    pub(super) fn all_heard(&mut self) {
        if let Sped::On(riders) = self {
            riders.flight.clear();
        }
    }
}

impl Riders {
    pub(super) fn push(&mut self, datagram: &[u8]) {
        if self.is_complete {
            return;
        }
        if self.flight.len() == FLIGHT_MAX {
            self.flight.pop_front();
        }
        self.flight.push_back(datagram.to_vec());
    }

    pub(super) fn note(&mut self, datagram: &[u8]) {
        let crc = crc32(datagram);
        if self.heard.contains(&crc) {
            return;
        }
        if self.heard.len() == HEARD_MAX {
            self.heard.pop_front();
        }
        self.heard.push_back(crc);
        self.idle = 0;
    }

    pub(super) fn acknowledge(&mut self, list: &[u8]) {
        let (named, _) = list.as_chunks::<4>();
        let named = |datagram: &Vec<u8>| named.contains(&crc32(datagram).to_be_bytes());
        self.flight.retain(|datagram| !named(datagram));
    }

    /// What the next message carries. Each datagram in its turn. The list comes first: where there
    /// is room for one only, it is that.
    pub(super) fn attributes(&mut self) -> Vec<CarriedAttribute> {
        let heard = self.heard.iter().flat_map(|crc| crc.to_be_bytes()).collect();
        let mut attributes = vec![CarriedAttribute { kind: HEARD, value: heard }];
        if let Some(datagram) = self.flight.front() {
            attributes.push(CarriedAttribute { kind: DATAGRAM, value: datagram.clone() });
            self.flight.rotate_left(1);
        }
        attributes
    }
}

/// The CRC of IEEE 802.3, as in FINGERPRINT (RFC 8489 section 14.7) without its mask.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_everybody() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn each_datagram_rides_in_its_turn_until_it_is_acknowledged() {
        let mut riders = Riders::default();
        let ridden = |riders: &mut Riders| {
            let attributes = riders.attributes();
            assert_eq!(attributes[0].kind, HEARD, "always, and first");
            attributes.get(1).map(|attribute| attribute.value.clone())
        };
        assert_eq!(ridden(&mut riders), None);
        riders.push(b"one");
        riders.push(b"two");
        let rode: Vec<_> = (0..3).filter_map(|_| ridden(&mut riders)).collect();
        assert_eq!(rode, [b"one", b"two", b"one"]);
        riders.acknowledge(&[&crc32(b"one").to_be_bytes()[..], &[7]].concat());
        assert_eq!(ridden(&mut riders).as_deref(), Some(&b"two"[..]));
        assert_eq!(ridden(&mut riders).as_deref(), Some(&b"two"[..]));
        for number in 0..100_u8 {
            riders.push(&[number]);
            riders.note(&[number]);
            riders.note(&[number]);
        }
        assert_eq!((riders.flight.len(), riders.heard.len()), (FLIGHT_MAX, HEARD_MAX));
        assert_eq!(riders.heard.back(), Some(&crc32(&[99])));
    }
}
