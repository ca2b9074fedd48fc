//! What goes into the assembly of video, and what comes out.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use crate::ids::PayloadType;
use crate::rtp::format::{FrameInfo, PayloadError, PictureId};

/// A packet of video that was authenticated.
#[derive(Clone, Debug)]
pub struct VideoPacket<B> {
    /// Its number without wrapping.
    pub sequence_number: u64,
    /// Its timestamp without wrapping.
    pub time: u64,
    /// Its payload type.
    pub payload_type: PayloadType,
    /// Its marker bit.
    pub marker: bool,
    /// The buffer that holds its payload; it is given back by nobody, so share or pool it.
    pub buffer: B,
    /// Where in the buffer the payload lies.
    pub payload: Range<usize>,
    /// Where in the buffer the value of its dependency descriptor lies.
    pub descriptor: Option<Range<usize>>,
    /// When it came; of a retransmission, when that came.
    pub received_at: Instant,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It waits for its frame.
    Kept,
    /// It carries nothing: no part of a frame.
    Padding,
    /// It is there already.
    Duplicate,
    /// Its frame was handed out or given up.
    Late,
    /// It is no payload of its format.
    Malformed(PayloadError),
}

/// A frame whose packets all came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoFrame {
    /// The frame as a decoder takes it.
    pub data: Arc<[u8]>,
    /// Its timestamp without wrapping.
    pub time: u64,
    /// Its payload type.
    pub payload_type: PayloadType,
    /// It needs nothing before it.
    pub keyframe: bool,
    /// Everything that it refers to was handed out before it.
    pub contiguous: bool,
    /// The number of its first packet and of its last.
    pub packets: (u64, u64),
    /// Its highest spatial layer.
    pub spatial: u8,
    /// Its temporal layer.
    pub temporal: u8,
    /// What its payload descriptor tells of it, where the format has one that tells of layers; else
    /// what its dependency descriptor does. That one's references are counted in frames that were
    /// handed out, and are left out where there are spatial layers or more than three of them.
    pub info: Option<FrameInfo>,
    /// The spatial layers of VP9 that came together, the smallest first; none where there is one.
    pub layers: Vec<SpatialLayer>,
    /// The number that its payload descriptor has for it.
    pub picture: Option<PictureId>,
    /// When the packet of it came that was first to come.
    pub received_at: Instant,
}

/// A spatial layer of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpatialLayer {
    /// What its payload descriptor tells of it. `keyframe` says that it needs no picture before;
    /// with `inter_layer` it needs the layer below, all the same.
    pub info: FrameInfo,
    /// Where its bytes lie in those of the picture.
    pub bytes: Range<usize>,
}

/// Frames and packets of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssemblyCounts {
    /// Frames handed out.
    pub frames: u64,
    /// Keyframes among them.
    pub keyframes: u64,
    /// Frames of which a packet came, but not all.
    pub incomplete_frames: u64,
    /// Packets dropped with them.
    pub dropped_packets: u64,
    /// Packets that came twice.
    pub duplicates: u64,
    /// Packets that came too late.
    pub late: u64,
    /// Payloads that were none, and frames that their payloads did not make.
    pub malformed: u64,
    /// Packets of frames that were handed out whose dependency descriptor could not be read: their
    /// format told what there was to tell.
    pub undescribed: u64,
}
