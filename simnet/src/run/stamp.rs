//! What modelled frames carry: their number and when they were written.

use std::sync::Arc;

use crate::time::Time;

/// The mark in a modelled frame by which its receiver knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Counts the frames of a track from zero.
    pub(crate) number: u64,
    /// When it was written.
    pub(crate) written: Time,
}

/// A VP8 frame's start: the frame tag of a keyframe with its start code, 640 x 360 (RFC 6386
/// section 9.1).
const VP8_KEYFRAME: [u8; 10] = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01];
/// The frame tag of any other.
const VP8_FRAME: [u8; 3] = [0x11, 0, 0];
/// Opus: SILK wideband, 20 ms, mono, one frame (RFC 6716 section 3.1).
const OPUS_TOC: [u8; 1] = [0x48];

/// Where the stamp stands in a frame: behind the longest start.
const STAMP_AT: usize = 10;
const STAMP_END: usize = STAMP_AT + 16;

impl Stamp {
    /// A video frame of at least `bytes`.
    pub(crate) fn video(self, bytes: usize, keyframe: bool) -> Arc<[u8]> {
        self.frame(bytes, if keyframe { &VP8_KEYFRAME } else { &VP8_FRAME })
    }

    /// A packet of sound of at least `bytes`.
    pub(crate) fn audio(self, bytes: usize) -> Arc<[u8]> {
        self.frame(bytes, &OPUS_TOC)
    }

    fn frame(self, bytes: usize, start: &[u8]) -> Arc<[u8]> {
        let mut data = vec![0; bytes.max(STAMP_END)];
        data[..start.len()].copy_from_slice(start);
        data[STAMP_AT..STAMP_AT + 8].copy_from_slice(&self.number.to_be_bytes());
        data[STAMP_AT + 8..STAMP_END].copy_from_slice(&self.written.as_nanos().to_be_bytes());
        Arc::from(data)
    }

    /// Reads the mark of a frame; `None` if it is too short to have one.
    pub(crate) fn read(data: &[u8]) -> Option<Stamp> {
        let (number, rest) = data.get(STAMP_AT..STAMP_END)?.split_first_chunk::<8>()?;
        let (written, _) = rest.split_first_chunk::<8>()?;
        let written = Time::from_nanos(u64::from_be_bytes(*written));
        Some(Stamp { number: u64::from_be_bytes(*number), written })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_carry_their_stamp() {
        let stamp = Stamp { number: 7, written: Time::from_millis(1_234) };
        for frame in [stamp.video(1_000, true), stamp.video(0, false), stamp.audio(50)] {
            assert_eq!(Stamp::read(&frame), Some(stamp));
        }
        assert_eq!(Stamp::read(&[0; STAMP_END - 1]), None);
    }
}
