//! What becomes of packets on their way.

use std::collections::VecDeque;

use lapwing_engine::Unprotected;

use crate::script::Script;

/// Changes that wait for a packet.
const WAITING_MAX: usize = 16;

/// Largest packet that a change makes: one that still fits a datagram.
const BYTES_MAX: usize = 1_400;

/// A change of a packet.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// A byte has other bits.
    Flip(usize, u8),
    /// It ends here.
    Cut(usize),
    /// Bytes stand in the place of those that were there.
    Put(usize, Vec<u8>),
    /// Bytes follow.
    Append(Vec<u8>),
    /// A part of it stands there twice.
    Double(usize, usize),
    /// It is another packet.
    Replace(Vec<u8>),
}

impl Change {
    pub(crate) fn read(script: &mut Script<'_>) -> Change {
        let (kind, place) = (script.byte(), usize::from(script.byte()));
        let mut bytes = || {
            let count = usize::from(script.byte() & 0x3f);
            (0..count).map(|_| script.byte()).collect::<Vec<u8>>()
        };
        match kind % 8 {
            0 | 1 => Change::Flip(place, script.byte()),
            2 => Change::Cut(place),
            3 | 4 => Change::Put(place, bytes()),
            5 => Change::Append(bytes()),
            6 => Change::Double(place, usize::from(kind)),
            _ => Change::Replace(bytes()),
        }
    }

    pub(crate) fn apply(&self, packet: &mut Vec<u8>) {
        match self {
            Change::Flip(place, bits) => {
                if let Some(byte) = packet.get_mut(*place) {
                    *byte ^= bits;
                }
            }
            Change::Cut(length) => packet.truncate(*length),
            Change::Put(place, bytes) => {
                let place = (*place).min(packet.len());
                let end = (place + bytes.len()).min(packet.len());
                packet.splice(place..end, bytes.iter().copied());
            }
            Change::Append(bytes) => packet.extend_from_slice(bytes),
            Change::Double(place, length) => {
                let place = (*place).min(packet.len());
                let end = (place + length).min(packet.len());
                packet.extend_from_within(place..end);
            }
            Change::Replace(bytes) => packet.clone_from(bytes),
        }
        packet.truncate(BYTES_MAX);
    }
}

/// What is done to the next packets.
#[derive(Debug, Default)]
pub(crate) struct Plan(VecDeque<(Unprotected, Change)>);

impl Plan {
    pub(crate) fn add(&mut self, kind: Unprotected, change: Change) {
        if self.0.len() < WAITING_MAX {
            self.0.push_back((kind, change));
        }
    }

    /// The first change that waits for such a packet.
    pub(crate) fn apply(&mut self, kind: Unprotected, packet: &mut Vec<u8>) {
        let Some(index) = self.0.iter().position(|(known, _)| *known == kind) else { return };
        let Some((_, change)) = self.0.remove(index) else { return };
        change.apply(packet);
        if kind == Unprotected::Sctp {
            seal(packet);
        }
    }
}

/// Gives a packet of SCTP the checksum that it must have (RFC 9260 section 6.8).
fn seal(packet: &mut [u8]) {
    let Some(field) = packet.get_mut(8..12) else { return };
    field.fill(0);
    let sum = crc32c(packet).to_le_bytes();
    packet[8..12].copy_from_slice(&sum);
}

fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _: u32| if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ 0x82f6_3b78 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
