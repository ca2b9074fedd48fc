//! What was sent, as far as it is needed to judge what the peer acknowledges: the data transfer
//! ends the association over an acknowledgement of what was never sent.

use std::collections::BTreeMap;

use super::wire::{is_after, number, short};

/// Bytes of a SACK's value before its blocks (RFC 9260 section 3.3.4).
const SACK_FIXED: usize = 12;

/// Numbers of ours.
#[derive(Debug)]
pub(super) struct Sent {
    highest: u32,
    acknowledged: u32,
    /// The last number on each stream. There are no more than streams in use.
    last: BTreeMap<u16, u32>,
}

impl Sent {
    pub(super) fn new(first_tsn: u32) -> Self {
        let before = first_tsn.wrapping_sub(1);
        Sent { highest: before, acknowledged: before, last: BTreeMap::new() }
    }

    /// DATA with this number went out on a stream.
    pub(super) fn note_data(&mut self, tsn: u32, stream: u16) {
        self.note(tsn);
        let last = self.last.entry(stream).or_insert(tsn);
        if is_after(tsn, *last) {
            *last = tsn;
        }
    }

    /// All that went out on a stream was acknowledged, together with all that went out before it.
    pub(super) fn is_stream_acknowledged(&self, stream: u16) -> bool {
        self.last.get(&stream).is_none_or(|last| !is_after(*last, self.acknowledged))
    }

    /// A stream begins anew.
    pub(super) fn forget(&mut self, stream: u16) {
        self.last.remove(&stream);
    }

    /// Numbers up to this went out, or were given up.
    pub(super) fn note(&mut self, tsn: u32) {
        if is_after(tsn, self.highest) {
            self.highest = tsn;
        }
    }

    /// The peer has all numbers up to this.
    pub(super) fn acknowledged(&self) -> u32 {
        self.acknowledged
    }

    pub(super) fn is_all_acknowledged(&self) -> bool {
        self.highest == self.acknowledged
    }

    /// A SACK: whether it says what can be, and is not an old one. Its blocks rise, apart from each
    /// other, so that reading them costs no more than what is on the way.
    pub(super) fn admit(&mut self, value: &[u8]) -> bool {
        let (Some(cumulative), Some(blocks), Some(repeated)) =
            (number(value, 0), short(value, 8), short(value, 10))
        else {
            return false;
        };
        let (blocks, repeated) = (usize::from(blocks), usize::from(repeated));
        if value.len() != SACK_FIXED + 4 * (blocks + repeated)
            || is_after(self.acknowledged, cumulative)
            || is_after(cumulative, self.highest)
        {
            return false;
        }
        let on_the_way = self.highest.wrapping_sub(cumulative);
        let mut before = 0;
        for block in value[SACK_FIXED..].chunks_exact(4).take(blocks) {
            let start = u16::from_be_bytes([block[0], block[1]]);
            let end = u16::from_be_bytes([block[2], block[3]]);
            if start <= before || end < start || u32::from(end) > on_the_way {
                return false;
            }
            before = end;
        }
        self.acknowledged = cumulative;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sack(cumulative: u32, blocks: &[(u16, u16)]) -> Vec<u8> {
        let mut value = cumulative.to_be_bytes().to_vec();
        value.extend([0, 1, 0, 0, 0, blocks.len() as u8, 0, 0]);
        blocks.iter().for_each(|(start, end)| {
            value.extend(start.to_be_bytes());
            value.extend(end.to_be_bytes());
        });
        value
    }

    #[test]
    fn only_what_was_sent_is_acknowledged() {
        let mut sent = Sent::new(u32::MAX);
        for tsn in [u32::MAX, 0, 1, 2, 3, 4, 5] {
            sent.note_data(tsn, (tsn % 2) as u16);
        }
        assert!(sent.is_stream_acknowledged(7) && !sent.is_stream_acknowledged(0));
        assert!(sent.admit(&sack(u32::MAX - 1, &[(2, 3), (5, 7)])));
        assert!(!sent.admit(&sack(u32::MAX - 1, &[(2, 8)])), "beyond what was sent");
        assert!(!sent.admit(&sack(6, &[])), "beyond what was sent");
        for blocks in [&[(0, 1)][..], &[(3, 2)], &[(2, 3), (3, 4)], &[(4, 5), (1, 2)]] {
            assert!(!sent.admit(&sack(u32::MAX - 1, blocks)), "{blocks:?}");
        }
        assert!(sent.admit(&sack(3, &[(2, 2)])));
        assert!(!sent.admit(&sack(2, &[])), "an old one");
        assert!(!sent.is_all_acknowledged());
        assert!(!sent.is_stream_acknowledged(0) && !sent.is_stream_acknowledged(1));
        sent.forget(0);
        assert!(sent.is_stream_acknowledged(0));
        assert!(sent.admit(&sack(5, &[])));
        assert!(sent.is_all_acknowledged());
        for length in 0..12 {
            assert!(!sent.admit(&sack(5, &[])[..length]));
        }
        assert!(!sent.admit(&[sack(5, &[]), vec![0; 4]].concat()), "more than it says");
    }
}
