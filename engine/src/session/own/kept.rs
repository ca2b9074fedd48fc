//! A payload that was sent, as it is kept for as long as the peer may ask for it again.

use std::ops::Range;
use std::sync::Arc;

use crate::rtp::format::Payload;
use crate::shared_bytes::SharedBytes;

/// Bytes before a part of a frame that are kept beside it: the longest descriptors of VP8, and what
/// VP9, H.264 and H.265 begin nearly all payloads with.
const HEAD_BYTES_MAX: usize = 8;

/// A payload that was sent.
#[derive(Debug)]
pub(super) enum Kept {
    /// Written for it.
    Written(Vec<u8>),
    /// As the application gave it: a forwarder gives it to many.
    Shared(SharedBytes),
    /// A part of a frame.
    Cut(Cut),
}

/// A part of a frame as the application gave it, behind what its payload format puts before it.
#[derive(Debug)]
pub(super) struct Cut {
    head: [u8; HEAD_BYTES_MAX],
    head_len: usize,
    frame: Arc<[u8]>,
    part: Range<usize>,
}

impl Kept {
    /// A payload of a frame, where it is one part of it.
    pub(super) fn cut(payload: &Payload<'_>, frame: &Arc<[u8]>) -> Option<Self> {
        let (written, part) = payload.as_cut()?;
        let mut head = [0; HEAD_BYTES_MAX];
        head.get_mut(..written.len())?.copy_from_slice(written);
        Some(Kept::Cut(Cut { head, head_len: written.len(), frame: Arc::clone(frame), part }))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Kept::Written(bytes) => bytes.len(),
            Kept::Shared(bytes) => bytes.len(),
            Kept::Cut(cut) => cut.head_len + cut.part.len(),
        }
    }

    /// Its bytes, where they lie in one piece.
    pub(super) fn whole(&self) -> Option<&[u8]> {
        match self {
            Kept::Written(bytes) => Some(bytes),
            Kept::Shared(bytes) => Some(bytes),
            Kept::Cut(_) => None,
        }
    }

    pub(super) fn append_to(&self, out: &mut Vec<u8>) {
        match self {
            Kept::Written(bytes) => out.extend_from_slice(bytes),
            Kept::Shared(bytes) => out.extend_from_slice(bytes),
            Kept::Cut(Cut { head, head_len, frame, part }) => {
                out.extend_from_slice(&head[..*head_len]);
                out.extend_from_slice(&frame[part.clone()]);
            }
        }
    }

    pub(super) fn into_vec(self) -> Vec<u8> {
        if let Kept::Written(bytes) = self {
            return bytes;
        }
        let mut bytes = Vec::with_capacity(self.len());
        self.append_to(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::format::{FrameInfo, Packetizer, PayloadFormat, PayloadPlan};

    #[test]
    fn a_part_of_a_frame_is_what_would_be_written() {
        let frame: Arc<[u8]> = (0..3_000_usize).map(|index| index as u8).collect();
        for format in [PayloadFormat::Vp8, PayloadFormat::Vp9, PayloadFormat::Opus] {
            let mut plan = PayloadPlan::default();
            let most = if format == PayloadFormat::Opus { 3_000 } else { 1_100 };
            let planned = Packetizer::new(format, 7).plan(
                &frame,
                &FrameInfo { keyframe: true, ..FrameInfo::default() },
                most,
                &mut plan,
            );
            planned.expect("it fits");
            for payload in plan.payloads(&frame) {
                let mut written = Vec::new();
                payload.write(&mut written);
                let Some(kept) = Kept::cut(&payload, &frame) else { continue };
                assert_eq!((kept.len(), kept.whole()), (written.len(), None));
                assert_eq!(kept.into_vec(), written);
            }
            let first = Kept::cut(&plan.payload(0, &frame), &frame);
            assert!(first.is_some() || format == PayloadFormat::Vp9, "{format:?}");
        }
    }
}
