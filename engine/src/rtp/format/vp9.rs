//! VP9 (RFC 9628), sent in flexible mode: each frame names the pictures that it refers to.
//!
//! ```text
//!  |I|P|L|F|B|E|V|Z| required
//!  |M| PICTURE ID  | I, one or two bytes
//!  | TID |U| SID |D| L
//!  |   TL0PICIDX   | L without F
//!  | P_DIFF      |N| P and F, up to three
//!  |  structure    | V
//! ```

use super::error::{PacketizeError, PayloadError};
use super::facts::{FrameStart, Needs, PayloadFacts, PictureId};
use super::frame_info::{FrameInfo, REFERENCES_MAX};
use super::plan::PayloadPlan;
use super::split::even_parts;

/// Spatial layers that a structure has sizes for: their count has three bits.
pub const VP9_SPATIAL_LAYERS_MAX: usize = 8;

/// Bytes of the longest descriptor that is written.
const DESCRIPTOR_BYTES_MAX: usize = 1 + 2 + 1 + REFERENCES_MAX;

/// Writes VP9's payload descriptor, with picture identifiers of 15 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vp9Packetizer {
    picture_id: u16,
    /// A frame of an upper layer was seen: layers are told from then on.
    layered: bool,
}

impl Vp9Packetizer {
    /// Begins with this picture identifier; RFC 9628 section 4.2 wants a random one.
    pub fn new(picture_id: u16) -> Self {
        Vp9Packetizer { picture_id: picture_id & 0x7fff, layered: false }
    }

    /// Tells layers from the first frame on.
    pub fn with_layers(self) -> Self {
        Vp9Packetizer { layered: true, ..self }
    }

    pub(super) fn plan(
        &mut self,
        frame: &[u8],
        info: &FrameInfo,
        budget: usize,
        plan: &mut PayloadPlan,
    ) -> Result<(), PacketizeError> {
        if info.references.iter().any(|back| *back > 0x7f) {
            return Err(PacketizeError::Malformed);
        }
        self.layered |= info.temporal > 0 || info.spatial > 0 || info.more_layers;
        let (mut descriptor, len) = self.descriptor(info);
        let descriptor = &mut descriptor[..len];
        let mut at = 0;
        for part in even_parts(frame.len(), budget - len) {
            let (first, last) = (at == 0, at + part == frame.len());
            descriptor[0] = descriptor[0] & !0x0c | u8::from(first) << 3 | u8::from(last) << 2;
            plan.put(descriptor);
            plan.put_frame(at..at + part);
            plan.close(last && !info.more_layers);
            at += part;
        }
        if !info.more_layers {
            self.picture_id = self.picture_id.wrapping_add(1) & 0x7fff;
        }
        Ok(())
    }

    fn descriptor(&self, info: &FrameInfo) -> ([u8; DESCRIPTOR_BYTES_MAX], usize) {
        let mut bytes = [0; DESCRIPTOR_BYTES_MAX];
        let mut len = 3;
        let predicted = !info.keyframe;
        bytes[0] = 0x90
            | u8::from(predicted) << 6
            | u8::from(self.layered) << 5
            | u8::from(!info.more_layers);
        bytes[1..3].copy_from_slice(&(0x8000 | self.picture_id).to_be_bytes());
        if self.layered {
            bytes[len] = (info.temporal & 0x07) << 5
                | u8::from(info.layer_sync) << 4
                | (info.spatial & 0x07) << 1
                | u8::from(info.inter_layer);
            len += 1;
        }
        if predicted {
            let told = info.references.iter().copied().filter(|back| *back != 0);
            let before = len;
            for back in told {
                bytes[len] = back << 1 | 1;
                len += 1;
            }
            if len == before {
                bytes[len] = 1 << 1 | 1;
                len += 1;
            }
            // Another reference follows all but the last.
            bytes[len - 1] &= !1;
        }
        (bytes, len)
    }
}

/// VP9's payload descriptor as it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vp9Descriptor {
    /// The picture's number (I).
    pub picture: Option<PictureId>,
    /// It refers to pictures before it (P).
    pub predicted: bool,
    /// Its layers (L).
    pub layer: Option<Vp9Layer>,
    /// The running number of pictures of temporal layer 0.
    pub tl0: Option<u8>,
    /// How many pictures before those are that it refers to, zeros for none; in flexible mode (F).
    pub references: Option<[u8; REFERENCES_MAX]>,
    /// A layer's frame begins here (B).
    pub starts_frame: bool,
    /// A layer's frame ends here (E).
    pub ends_frame: bool,
    /// No upper spatial layer of the same picture refers to it (Z).
    pub not_for_upper: bool,
    /// The structure (V).
    pub structure: Option<Vp9Structure>,
    /// Bytes of the descriptor.
    pub len: usize,
}

/// The layers of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vp9Layer {
    /// The temporal one.
    pub temporal: u8,
    /// A receiver may turn to this temporal layer here (U).
    pub switching_up: bool,
    /// The spatial one.
    pub spatial: u8,
    /// It refers to the layer below of the same picture (D).
    pub inter_layer: bool,
}

/// What a stream has for spatial layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Vp9Structure {
    /// How many.
    pub spatial_layers: u8,
    /// Width and height of each, where they are told.
    pub resolutions: Option<[(u16, u16); VP9_SPATIAL_LAYERS_MAX]>,
}

/// Reads bytes one by one.
struct Reader<'p> {
    rest: &'p [u8],
}

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, PayloadError> {
        let (first, rest) = self.rest.split_first().ok_or(PayloadError::Truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    fn word(&mut self) -> Result<u16, PayloadError> {
        Ok(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    fn picture(&mut self) -> Result<PictureId, PayloadError> {
        let high = self.byte()?;
        Ok(match high & 0x80 != 0 {
            true => {
                PictureId { number: u16::from_be_bytes([high & 0x7f, self.byte()?]), long: true }
            }
            false => PictureId { number: high.into(), long: false },
        })
    }

    fn references(&mut self) -> Result<[u8; REFERENCES_MAX], PayloadError> {
        let mut references = [0; REFERENCES_MAX];
        for reference in &mut references {
            let byte = self.byte()?;
            *reference = byte >> 1;
            if byte & 1 == 0 {
                return Ok(references);
            }
        }
        Err(PayloadError::Malformed)
    }

    fn structure(&mut self) -> Result<Vp9Structure, PayloadError> {
        let first = self.byte()?;
        let mut structure =
            Vp9Structure { spatial_layers: (first >> 5) + 1, ..Vp9Structure::default() };
        if first & 0x10 != 0 {
            let mut resolutions = [(0, 0); VP9_SPATIAL_LAYERS_MAX];
            for resolution in &mut resolutions[..usize::from(structure.spatial_layers)] {
                *resolution = (self.word()?, self.word()?);
            }
            structure.resolutions = Some(resolutions);
        }
        if first & 0x08 != 0 {
            // How pictures of a group refer to each other: continuity goes by the index of layer 0.
            for _ in 0..self.byte()? {
                let references = self.byte()? >> 2 & 0b11;
                for _ in 0..references {
                    self.byte()?;
                }
            }
        }
        Ok(structure)
    }
}

impl Vp9Descriptor {
    /// Reads the descriptor at the begin of a payload.
    pub fn read(payload: &[u8]) -> Result<Self, PayloadError> {
        let mut reader = Reader { rest: payload };
        let first = reader.byte()?;
        let has = |bit: u8| first & bit != 0;
        let flexible = has(0x10);
        let mut descriptor = Vp9Descriptor {
            predicted: has(0x40),
            starts_frame: has(0x08),
            ends_frame: has(0x04),
            not_for_upper: has(0x01),
            ..Vp9Descriptor::default()
        };
        if has(0x80) {
            descriptor.picture = Some(reader.picture()?);
        } else if flexible {
            // References are counted in pictures.
            return Err(PayloadError::Malformed);
        }
        if has(0x20) {
            let layer = reader.byte()?;
            descriptor.layer = Some(Vp9Layer {
                temporal: layer >> 5,
                switching_up: layer & 0x10 != 0,
                spatial: layer >> 1 & 0x07,
                inter_layer: layer & 1 != 0,
            });
            if !flexible {
                descriptor.tl0 = Some(reader.byte()?);
            }
        }
        if flexible {
            descriptor.references = Some(match descriptor.predicted {
                true => reader.references()?,
                false => [0; REFERENCES_MAX],
            });
        }
        if has(0x02) {
            descriptor.structure = Some(reader.structure()?);
        }
        descriptor.len = payload.len() - reader.rest.len();
        Ok(descriptor)
    }
}

pub(super) fn inspect(payload: &[u8]) -> Result<PayloadFacts, PayloadError> {
    let descriptor = Vp9Descriptor::read(payload)?;
    if descriptor.len == payload.len() {
        return Err(PayloadError::Truncated);
    }
    let layer = descriptor.layer.unwrap_or_default();
    let start = match descriptor.starts_frame {
        false => FrameStart::Inside,
        true if layer.spatial == 0 => FrameStart::Certain,
        true if layer.inter_layer => FrameStart::Inside,
        // The lowest layer that a forwarder lets through begins its pictures.
        true => FrameStart::Possible,
    };
    Ok(PayloadFacts {
        start,
        keyframe: descriptor.starts_frame && !descriptor.predicted && !layer.inter_layer,
        spatial: layer.spatial,
        temporal: layer.temporal,
        discardable: false,
        needs: Needs::Vp9 {
            picture: descriptor.picture,
            tl0: descriptor.tl0,
            predicted: descriptor.predicted,
            inter_layer: layer.inter_layer,
            switching_up: layer.switching_up,
            references: descriptor.references,
        },
    })
}

pub(super) fn append(payload: &[u8], out: &mut Vec<u8>) -> Result<(), PayloadError> {
    out.extend_from_slice(&payload[descriptor_bytes(payload)?..]);
    Ok(())
}

/// Bytes of the descriptor at the begin of a payload.
pub(super) fn descriptor_bytes(payload: &[u8]) -> Result<usize, PayloadError> {
    Vp9Descriptor::read(payload).map(|descriptor| descriptor.len)
}
