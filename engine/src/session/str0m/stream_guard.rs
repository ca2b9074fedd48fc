//! How many streams a peer uses. The association below makes an entry for each of them and looks at
//! all entries for each event, so a peer that names all 65,536 would keep it busy for minutes.

use std::collections::BTreeSet;

/// Bytes of the common header (RFC 9260 section 3.1) and of a chunk's.
const HEADER: usize = 12;
const CHUNK_HEADER: usize = 4;

/// DATA (RFC 9260 section 3.3.1) and I-DATA (RFC 8260 section 2.1): both name the stream after the
/// transmission sequence number.
const DATA: u8 = 0;
const I_DATA: u8 = 64;

/// The streams that a peer has sent on.
#[derive(Debug)]
pub(super) struct StreamGuard {
    seen: BTreeSet<u16>,
    max: usize,
}

impl StreamGuard {
    /// Lets a peer use streams for as many channels of its own as may be open, and of ours.
    pub(super) fn new(channels_max: usize) -> Self {
        StreamGuard { seen: BTreeSet::new(), max: channels_max.saturating_mul(2) }
    }

    /// Takes note of a packet; false when it is one stream too many.
    pub(super) fn admits(&mut self, packet: &[u8]) -> bool {
        let mut rest = packet.get(HEADER..).unwrap_or_default();
        while let [kind, _, high, low, ..] = *rest {
            let length = usize::from(u16::from_be_bytes([high, low]));
            if length < CHUNK_HEADER || length > rest.len() {
                break;
            }
            let stream = rest.get(CHUNK_HEADER + 4..).and_then(<[u8]>::first_chunk);
            if let (DATA | I_DATA, Some(stream)) = (kind, stream) {
                let stream = u16::from_be_bytes(*stream);
                if self.seen.len() >= self.max && !self.seen.contains(&stream) {
                    return false;
                }
                self.seen.insert(stream);
            }
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(stream: u16) -> Vec<u8> {
        let mut packet = vec![0; HEADER];
        packet.extend([DATA, 3, 0, 17, 0, 0, 0, 1]);
        packet.extend(stream.to_be_bytes());
        packet.extend([0, 0, 0, 0, 0, 50, 7, 0, 0, 0]);
        packet
    }

    #[test]
    fn known_streams_go_on_and_new_ones_do_not() {
        let mut guard = StreamGuard::new(2);
        for stream in [0, 2, 4, 6] {
            assert!(guard.admits(&data(stream)));
        }
        assert!(guard.admits(&data(2)));
        assert!(!guard.admits(&data(8)));
        let two = [data(4), data(10)[HEADER..].to_vec()].concat();
        assert!(!guard.admits(&two), "in a second chunk");
        assert!(guard.admits(&data(8)[..20]), "cut before the stream");
    }
}
