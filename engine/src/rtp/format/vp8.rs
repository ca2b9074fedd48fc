//! VP8 (RFC 7741).
//!
//! ```text
//!  |X|R|N|S|R| PID | required
//!  |I|L|T|K| RSV   | X
//!  |M| PictureID   | I, one or two bytes
//!  |   TL0PICIDX   | L
//!  |TID|Y| KEYIDX  | T or K
//! ```

use super::error::{PacketizeError, PayloadError};
use super::facts::{FrameStart, Needs, PayloadFacts, PictureId};
use super::frame_info::FrameInfo;
use super::plan::PayloadPlan;

/// Writes VP8's payload descriptor, with picture identifiers of 15 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vp8Packetizer {
    picture_id: u16,
    tl0: u8,
    /// A frame of an upper temporal layer was seen: layers are told from then on.
    layered: bool,
}

impl Vp8Packetizer {
    /// Begins with this picture identifier; RFC 7741 section 4.2 wants a random one.
    pub fn new(picture_id: u16) -> Self {
        Vp8Packetizer { picture_id: picture_id & 0x7fff, tl0: 0, layered: false }
    }

    /// Tells temporal layers from the first frame on.
    pub fn with_layers(self) -> Self {
        Vp8Packetizer { layered: true, ..self }
    }

    /// The number of the frame that comes next.
    pub fn next_picture_id(&self) -> u16 {
        self.picture_id
    }

    pub(super) fn plan(
        &mut self,
        frame: &[u8],
        info: &FrameInfo,
        budget: usize,
        plan: &mut PayloadPlan,
    ) -> Result<(), PacketizeError> {
        self.layered |= info.temporal > 0;
        if self.layered && info.temporal == 0 {
            self.tl0 = self.tl0.wrapping_add(1);
        }
        let (mut descriptor, len) = self.descriptor(info);
        let descriptor = &mut descriptor[..len];
        let mut at = 0;
        for part in super::split::even_parts(frame.len(), budget - len) {
            plan.put(descriptor);
            plan.put_frame(at..at + part);
            at += part;
            plan.close(at == frame.len());
            descriptor[0] &= !0x10;
        }
        self.picture_id = self.picture_id.wrapping_add(1) & 0x7fff;
        Ok(())
    }

    /// The descriptor of the frame's first packet, and its length.
    fn descriptor(&self, info: &FrameInfo) -> ([u8; 6], usize) {
        let [high, low] = self.picture_id.to_be_bytes();
        let first = 0x90 | u8::from(info.discardable) << 5;
        if !self.layered {
            return ([first, 0x80, 0x80 | high, low, 0, 0], 4);
        }
        let layer = info.temporal.min(3) << 6 | u8::from(info.layer_sync) << 5;
        ([first, 0xe0, 0x80 | high, low, self.tl0, layer], 6)
    }
}

/// VP8's payload descriptor as it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vp8Descriptor {
    /// No other frame refers to this one (N).
    pub non_reference: bool,
    /// A partition begins here (S).
    pub starts_partition: bool,
    /// Which partition (PID).
    pub partition: u8,
    /// The picture's number (I).
    pub picture: Option<PictureId>,
    /// The running number of pictures of layer 0 (L).
    pub tl0: Option<u8>,
    /// Temporal layer, and whether it needs nothing of its own layer (T).
    pub temporal: Option<(u8, bool)>,
    /// The running number of keyframes, 5 bits (K).
    pub key_index: Option<u8>,
    /// Bytes of the descriptor.
    pub len: usize,
}

impl Vp8Descriptor {
    /// Reads the descriptor at the begin of a payload.
    pub fn read(payload: &[u8]) -> Result<Self, PayloadError> {
        let mut bytes = payload.iter().copied();
        let mut next = || bytes.next().ok_or(PayloadError::Truncated);
        let first = next()?;
        let mut descriptor = Vp8Descriptor {
            non_reference: first & 0x20 != 0,
            starts_partition: first & 0x10 != 0,
            partition: first & 0x07,
            ..Vp8Descriptor::default()
        };
        if first & 0x80 != 0 {
            let present = next()?;
            if present & 0x80 != 0 {
                let high = next()?;
                let long = high & 0x80 != 0;
                let low = if long { Some(next()?) } else { None };
                let number = match low {
                    Some(low) => u16::from_be_bytes([high & 0x7f, low]),
                    None => u16::from(high),
                };
                descriptor.picture = Some(PictureId { number, long });
            }
            if present & 0x40 != 0 {
                descriptor.tl0 = Some(next()?);
            }
            if present & 0x30 != 0 {
                let layer = next()?;
                let temporal = (layer >> 6, layer & 0x20 != 0);
                descriptor.temporal = (present & 0x20 != 0).then_some(temporal);
                descriptor.key_index = (present & 0x10 != 0).then_some(layer & 0x1f);
            }
        }
        descriptor.len = payload.len() - bytes.len();
        Ok(descriptor)
    }

    /// A frame begins here.
    pub fn starts_frame(&self) -> bool {
        self.starts_partition && self.partition == 0
    }
}

pub(super) fn inspect(payload: &[u8]) -> Result<PayloadFacts, PayloadError> {
    let descriptor = Vp8Descriptor::read(payload)?;
    let first = *payload.get(descriptor.len).ok_or(PayloadError::Truncated)?;
    let starts = descriptor.starts_frame();
    let (temporal, layer_sync) = descriptor.temporal.unwrap_or_default();
    Ok(PayloadFacts {
        start: if starts { FrameStart::Certain } else { FrameStart::Inside },
        // The first bit of a frame is zero in keyframes (RFC 6386 section 9.1).
        keyframe: starts && first & 1 == 0,
        spatial: 0,
        temporal,
        discardable: descriptor.non_reference,
        needs: Needs::Vp8 { picture: descriptor.picture, tl0: descriptor.tl0, layer_sync },
    })
}

pub(super) fn append(payload: &[u8], out: &mut Vec<u8>) -> Result<(), PayloadError> {
    out.extend_from_slice(&payload[descriptor_bytes(payload)?..]);
    Ok(())
}

/// Bytes of the descriptor at the begin of a payload.
pub(super) fn descriptor_bytes(payload: &[u8]) -> Result<usize, PayloadError> {
    Vp8Descriptor::read(payload).map(|descriptor| descriptor.len)
}
