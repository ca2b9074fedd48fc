//! What a payload tells of the frame that it is a part of.

use super::frame_info::FrameInfo;

/// Whether a frame begins with a payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FrameStart {
    /// It certainly does not.
    #[default]
    Inside,
    /// It does if the packet before belongs to another frame: the format has no sign of its own.
    Possible,
    /// It does.
    Certain,
}

/// What a payload tells of its frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PayloadFacts {
    /// Whether the frame begins with it.
    pub start: FrameStart,
    /// The frame is decodable without anything before it, as far as this payload tells.
    pub keyframe: bool,
    /// The spatial layer.
    pub spatial: u8,
    /// The temporal layer.
    pub temporal: u8,
    /// No other frame refers to it.
    pub discardable: bool,
    /// What the frame needs.
    pub needs: Needs,
}

impl PayloadFacts {
    /// The frame as its payload descriptor tells of it; `None` where the format tells of no layers.
    pub fn info(&self) -> Option<FrameInfo> {
        let (layer_sync, references) = match self.needs {
            Needs::AllBefore => return None,
            Needs::Vp8 { layer_sync, .. } => (layer_sync, None),
            Needs::Vp9 { switching_up, references, .. } => (switching_up, references),
        };
        Some(FrameInfo {
            keyframe: self.keyframe,
            spatial: self.spatial,
            temporal: self.temporal,
            layer_sync,
            discardable: self.discardable,
            references: references.unwrap_or_default(),
            ..FrameInfo::default()
        })
    }

    /// The picture's number, where the format has one and it is told.
    pub fn picture(&self) -> Option<PictureId> {
        match self.needs {
            Needs::AllBefore => None,
            Needs::Vp8 { picture, .. } | Needs::Vp9 { picture, .. } => picture,
        }
    }
}

/// What a frame needs to be decoded, as its payload descriptor tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Needs {
    /// Whatever came before: the format does not tell.
    #[default]
    AllBefore,
    /// By VP8's picture identifier and its index of the lowest temporal layer (RFC 7741 section
    /// 4.2).
    Vp8 {
        /// Its number.
        picture: Option<PictureId>,
        /// The number of the picture of layer 0 that it needs, or that it is.
        tl0: Option<u8>,
        /// It needs nothing of its own temporal layer (Y).
        layer_sync: bool,
    },
    /// By VP9's (RFC 9628 section 4.2).
    Vp9 {
        /// Its number.
        picture: Option<PictureId>,
        /// The number of the picture of layer 0 that it needs, or that it is.
        tl0: Option<u8>,
        /// It refers to pictures before it (P).
        predicted: bool,
        /// It refers to the spatial layer below (D).
        inter_layer: bool,
        /// A receiver may begin with its temporal layer here (U).
        switching_up: bool,
        /// How many pictures before those are that it refers to, in flexible mode.
        references: Option<[u8; super::REFERENCES_MAX]>,
    },
}

/// A picture's number, with the width that it is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureId {
    /// The number.
    pub number: u16,
    /// Of 15 bits, not of 7.
    pub long: bool,
}

impl PictureId {
    /// How many pictures after `earlier` this one is, modulo the width.
    pub fn since(self, earlier: u16) -> u16 {
        let mask = if self.long { 0x7fff } else { 0x7f };
        self.number.wrapping_sub(earlier) & mask
    }
}
