//! Payloads to frames, for every format.
//!
//! 1. [`Depacketizer::inspect`] judges a payload when it comes, and tells what it says of its
//!    frame;
//! 2. when all of a frame is there, [`Depacketizer::append`] takes its payloads in their order, and
//!    [`Depacketizer::finish`] closes it.

use super::error::PayloadError;
use super::facts::{FrameStart, PayloadFacts};
use super::payload_format::PayloadFormat;
use super::{av1, h264, h265, vp8, vp9};

/// Makes frames of one stream's payloads.
///
/// ```
/// use lapwing_engine::rtp::format::{Depacketizer, FrameStart, PayloadFormat};
/// let mut depacketizer = Depacketizer::new(PayloadFormat::Vp8);
/// let payload = [0x10, 0x30, 1, 2];
/// let facts = depacketizer.inspect(&payload).unwrap();
/// assert_eq!((facts.start, facts.keyframe), (FrameStart::Certain, true));
/// let mut frame = Vec::new();
/// depacketizer.append(&payload, &mut frame).unwrap();
/// depacketizer.finish(&frame).unwrap();
/// assert_eq!(frame, [0x30, 1, 2]);
/// ```
#[derive(Clone, Debug)]
pub struct Depacketizer {
    format: PayloadFormat,
    /// Where the unit begins in the frame that goes on in the next payload.
    open: Option<usize>,
}

impl Depacketizer {
    /// Of this format.
    pub fn new(format: PayloadFormat) -> Self {
        Depacketizer { format, open: None }
    }

    /// The format.
    pub fn format(&self) -> PayloadFormat {
        self.format
    }

    /// Judges a payload, which has at least one byte.
    pub fn inspect(&self, payload: &[u8]) -> Result<PayloadFacts, PayloadError> {
        if payload.is_empty() {
            return Err(PayloadError::Truncated);
        }
        match self.format {
            PayloadFormat::Vp8 => vp8::inspect(payload),
            PayloadFormat::Vp9 => vp9::inspect(payload),
            PayloadFormat::H264 => h264::inspect(payload),
            PayloadFormat::H265 => h265::inspect(payload),
            PayloadFormat::Av1 => av1::inspect(payload),
            _ => Ok(PayloadFacts {
                start: FrameStart::Certain,
                keyframe: true,
                ..PayloadFacts::default()
            }),
        }
    }

    /// A frame is what its payloads carry, one behind the other: it may be joined of them without
    /// [`Self::append`], each without its first [`Self::bytes_before`].
    pub(crate) fn joins(&self) -> bool {
        !matches!(self.format, PayloadFormat::H264 | PayloadFormat::H265 | PayloadFormat::Av1)
    }

    /// Bytes of a payload that was [inspected](Self::inspect) which stand before what it carries of
    /// its frame; none where frames are not [joined](Self::joins).
    pub(crate) fn bytes_before(&self, payload: &[u8]) -> usize {
        let descriptor = match self.format {
            PayloadFormat::Vp8 => vp8::descriptor_bytes(payload),
            PayloadFormat::Vp9 => vp9::descriptor_bytes(payload),
            _ => return 0,
        };
        descriptor.unwrap_or_default()
    }

    /// Appends what a payload carries to the frame in `out`, which is empty before its first.
    pub fn append(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), PayloadError> {
        if out.is_empty() {
            self.open = None;
        }
        match self.format {
            PayloadFormat::Vp8 => vp8::append(payload, out),
            PayloadFormat::Vp9 => vp9::append(payload, out),
            PayloadFormat::H264 => h264::append(payload, &mut self.open, out),
            PayloadFormat::H265 => h265::append(payload, &mut self.open, out),
            PayloadFormat::Av1 => av1::append(payload, &mut self.open, out),
            _ => {
                out.extend_from_slice(payload);
                Ok(())
            }
        }
    }

    /// Closes the frame in `out`.
    pub fn finish(&mut self, out: &[u8]) -> Result<(), PayloadError> {
        let open = self.open.take();
        if open.is_some() || out.is_empty() {
            return Err(PayloadError::Truncated);
        }
        Ok(())
    }
}
