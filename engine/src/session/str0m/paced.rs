//! Media that the pacer holds back.
//!
//! The library queues without end what its estimate does not let out. So what was written is
//! counted by stream, and what leaves is taken off; retransmissions leave by streams of their own.

use std::collections::BTreeMap;

/// Bytes of one stream that may wait: two seconds at 4 Mbit/s. Whoever writes more does not follow
/// the estimate.
pub(super) const PACED_BYTES_MAX: usize = 1 << 20;

/// The fixed part of an RTP header (RFC 3550 section 5.1).
const RTP_HEADER_BYTES: usize = 12;

/// Bytes that wait, by the SSRC of their stream: as many as we have m-lines and layers.
#[derive(Debug, Default)]
pub(super) struct Paced {
    waiting: BTreeMap<u32, usize>,
}

impl Paced {
    /// Whether so many more may wait. A frame above the limit may, alone.
    pub(super) fn has_room(&self, ssrc: u32, bytes: usize) -> bool {
        let waiting = self.waiting.get(&ssrc).copied().unwrap_or(0);
        waiting == 0 || waiting + bytes <= PACED_BYTES_MAX
    }

    /// Whether anything waits.
    pub(super) fn waits(&self) -> bool {
        self.waiting.values().any(|bytes| *bytes > 0)
    }

    pub(super) fn on_write(&mut self, ssrc: u32, bytes: usize) {
        *self.waiting.entry(ssrc).or_default() += bytes;
    }

    /// An RTP packet leaves. Its extensions and its tag count as payload, so the account never runs
    /// ahead of the queue.
    pub(super) fn on_transmit(&mut self, packet: &[u8]) {
        let Some(ssrc) = packet.get(8..12).and_then(|bytes| bytes.try_into().ok()) else { return };
        if let Some(waiting) = self.waiting.get_mut(&u32::from_be_bytes(ssrc)) {
            *waiting = waiting.saturating_sub(packet.len() - RTP_HEADER_BYTES);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(ssrc: u32, payload: usize) -> Vec<u8> {
        let mut packet = vec![0x80; RTP_HEADER_BYTES + payload];
        packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
        packet
    }

    #[test]
    fn a_stream_that_is_held_back_fills_up_and_empties() {
        let mut paced = Paced::default();
        assert!(paced.has_room(1, 2 * PACED_BYTES_MAX), "alone");
        paced.on_write(1, PACED_BYTES_MAX);
        assert!(!paced.has_room(1, 1) && paced.waits());
        assert!(paced.has_room(2, 1), "streams do not share");
        paced.on_transmit(&packet(2, 1_000));
        assert!(!paced.has_room(1, 1));
        paced.on_transmit(&packet(1, 1_000));
        assert!(paced.has_room(1, 1_000) && !paced.has_room(1, 1_001));
        paced.on_transmit(&[0x80; 9]);
    }
}
