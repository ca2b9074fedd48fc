//! What an encoder tells of a frame beside its bytes.

/// Pictures that a frame of VP9 may refer to (RFC 9628 section 4.2).
pub const REFERENCES_MAX: usize = 3;

/// A frame as its payload descriptor tells of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameInfo {
    /// It needs nothing before it.
    pub keyframe: bool,
    /// Its spatial layer, 0 for the smallest.
    pub spatial: u8,
    /// Its temporal layer, 0 for the slowest.
    pub temporal: u8,
    /// It refers to the lowest temporal layer only, so that a receiver may begin with its layer
    /// here.
    pub layer_sync: bool,
    /// No other frame refers to it.
    pub discardable: bool,
    /// It refers to the picture of the same moment one spatial layer below.
    pub inter_layer: bool,
    /// How many pictures before this one those are that it refers to, zeros for none; all zeros for
    /// the one before, unless it is a keyframe.
    pub references: [u8; REFERENCES_MAX],
    /// Another spatial layer of the same moment follows.
    pub more_layers: bool,
}
