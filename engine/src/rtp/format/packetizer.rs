//! Frames to payloads, for every format.

use super::av1::Av1Packetizer;
use super::error::PacketizeError;
use super::frame_info::FrameInfo;
use super::h264::{H264Mode, H264Packetizer};
use super::h265::H265Packetizer;
use super::payload_format::PayloadFormat;
use super::plan::PayloadPlan;
use super::vp8::Vp8Packetizer;
use super::vp9::Vp9Packetizer;

/// Least room for a payload that a packet may have: descriptors and a few bytes of media.
pub const PAYLOAD_BUDGET_MIN: usize = 64;

/// Makes payloads of one stream's frames.
///
/// An [`EncodedFrame`](crate::EncodedFrame)'s bytes go in as they are: Annex B for H.264 and H.265,
/// OBUs with size fields for AV1.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Packetizer {
    /// A frame is a payload: all audio.
    Whole,
    /// VP8.
    Vp8(Vp8Packetizer),
    /// VP9.
    Vp9(Vp9Packetizer),
    /// H.264.
    H264(H264Packetizer),
    /// H.265.
    H265(H265Packetizer),
    /// AV1.
    Av1(Av1Packetizer),
}

impl Packetizer {
    /// The packetizer of a format, as WebRTC uses it. `picture_id` numbers the first picture, where
    /// pictures are numbered. Redundant audio has one of its own, [`RedPacketizer`], which needs
    /// timestamps: here its payloads are taken as they are.
    ///
    /// [`RedPacketizer`]: super::RedPacketizer
    pub fn new(format: PayloadFormat, picture_id: u16) -> Self {
        match format {
            PayloadFormat::Vp8 => Packetizer::Vp8(Vp8Packetizer::new(picture_id)),
            PayloadFormat::Vp9 => Packetizer::Vp9(Vp9Packetizer::new(picture_id)),
            PayloadFormat::H264 => Packetizer::H264(H264Packetizer::new(H264Mode::NonInterleaved)),
            PayloadFormat::H265 => Packetizer::H265(H265Packetizer),
            PayloadFormat::Av1 => Packetizer::Av1(Av1Packetizer::default()),
            _ => Packetizer::Whole,
        }
    }

    /// Layers are told from the next frame on, also while all are of the lowest: who receives a
    /// keyframe without cannot tell which those after it refer to. Formats whose payloads tell of
    /// no layers have nothing to do.
    pub fn tell_layers(&mut self) {
        match self {
            Packetizer::Vp8(vp8) => *vp8 = vp8.with_layers(),
            Packetizer::Vp9(vp9) => *vp9 = vp9.with_layers(),
            _ => {}
        }
    }

    /// Plans the payloads of a frame, each of `budget` bytes at most. What `plan` held before is
    /// gone, and after an error it is empty.
    pub fn plan(
        &mut self,
        frame: &[u8],
        info: &FrameInfo,
        budget: usize,
        plan: &mut PayloadPlan,
    ) -> Result<(), PacketizeError> {
        plan.clear();
        if frame.is_empty() {
            return Err(PacketizeError::Empty);
        }
        if budget < PAYLOAD_BUDGET_MIN {
            return Err(PacketizeError::BudgetTooSmall);
        }
        let planned = match self {
            Packetizer::Whole => whole(frame, budget, plan),
            Packetizer::Vp8(vp8) => vp8.plan(frame, info, budget, plan),
            Packetizer::Vp9(vp9) => vp9.plan(frame, info, budget, plan),
            Packetizer::H264(h264) => h264.plan(frame, info, budget, plan),
            Packetizer::H265(h265) => h265.plan(frame, info, budget, plan),
            Packetizer::Av1(av1) => av1.plan(frame, info, budget, plan),
        };
        planned.inspect_err(|_| plan.clear())
    }
}

/// One payload, without a marker: that is set where sound begins after silence, which the sender
/// knows (RFC 3551 section 4.1).
fn whole(frame: &[u8], budget: usize, plan: &mut PayloadPlan) -> Result<(), PacketizeError> {
    if frame.len() > budget {
        return Err(PacketizeError::TooLarge);
    }
    plan.put_frame(0..frame.len());
    plan.close(false);
    Ok(())
}
