//! Redundant audio (RFC 2198): a packet carries its own frame, and frames before it again.
//!
//! ```text
//!  |F|  block PT   |  timestamp offset (14)    | block length (10) |  each redundant block, F=1
//!  |0|  block PT   |                                                the packet's own
//! ```

use std::collections::VecDeque;

use super::error::{PacketizeError, PayloadError};
use super::plan::PayloadPlan;
use crate::ids::PayloadType;
use crate::redundancy::CopyDistances;

/// Blocks of a packet that are read, the packet's own among them. Chromium sends one to ten.
pub const RED_BLOCKS_MAX: usize = 16;

/// Longest redundant block, 10 bits.
const BLOCK_BYTES_MAX: usize = 0x3ff;

/// Largest offset of a redundant block's timestamp, 14 bits.
const OFFSET_MAX: u32 = 0x3fff;

/// Bytes of the header of a redundant block.
const BLOCK_HEADER_BYTES: usize = 4;

/// A frame in a packet of redundant audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedBlock<'p> {
    /// The payload type of its codec.
    pub payload_type: PayloadType,
    /// How many ticks before the packet's timestamp it belongs; zero for the packet's own.
    pub timestamp_offset: u32,
    /// The frame, in the packet's own payload.
    pub data: &'p [u8],
}

/// The frames of a packet, the oldest first and the packet's own last.
#[derive(Clone, Copy, Debug)]
pub struct RedBlocks<'p> {
    payload: &'p [u8],
    len: usize,
}

impl<'p> RedBlocks<'p> {
    /// Reads the headers, and checks that all blocks are there.
    pub fn read(payload: &'p [u8]) -> Result<Self, PayloadError> {
        let (mut at, mut blocks_bytes, mut len) = (0, 0, 1);
        while payload.get(at).ok_or(PayloadError::Truncated)? & 0x80 != 0 {
            let header = payload.get(at..at + BLOCK_HEADER_BYTES).ok_or(PayloadError::Truncated)?;
            blocks_bytes += block_len(header);
            at += BLOCK_HEADER_BYTES;
            len += 1;
            if len > RED_BLOCKS_MAX {
                return Err(PayloadError::Unsupported);
            }
        }
        if at + 1 + blocks_bytes > payload.len() {
            return Err(PayloadError::Truncated);
        }
        Ok(RedBlocks { payload, len })
    }

    /// How many there are, at least one.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never: the packet's own is there.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The frames.
    pub fn iter(&self) -> impl Iterator<Item = RedBlock<'p>> + use<'p> {
        let (payload, len) = (self.payload, self.len);
        let mut data = (len - 1) * BLOCK_HEADER_BYTES + 1;
        (0..len).map(move |index| {
            let header = &payload[index * BLOCK_HEADER_BYTES..];
            let payload_type = PayloadType(header[0] & 0x7f);
            if index == len - 1 {
                return RedBlock { payload_type, timestamp_offset: 0, data: &payload[data..] };
            }
            let start = data;
            data += block_len(header);
            let offset = u32::from(header[1]) << 6 | u32::from(header[2] >> 2);
            RedBlock { payload_type, timestamp_offset: offset, data: &payload[start..data] }
        })
    }
}

fn block_len(header: &[u8]) -> usize {
    usize::from(header[2] & 0b11) << 8 | usize::from(header[3])
}

/// Sends each frame again with some of those after it.
///
/// ```
/// use lapwing_engine::rtp::format::{PayloadPlan, RedBlocks, RedPacketizer};
/// use lapwing_engine::{CopyDistances, PayloadType};
/// let mut packetizer = RedPacketizer::new(PayloadType(111), CopyDistances::SPREAD);
/// let (mut plan, mut payload) = (PayloadPlan::default(), Vec::new());
/// for frame in 0..5 {
///     payload.clear();
///     packetizer.plan(&[frame; 40], u32::from(frame) * 960, 1_200, &mut plan).unwrap();
///     plan.payload(0, &[frame; 40]).write(&mut payload);
/// }
/// let offsets = RedBlocks::read(&payload).unwrap();
/// let offsets: Vec<u32> = offsets.iter().map(|block| block.timestamp_offset).collect();
/// assert_eq!(offsets, [4 * 960, 2 * 960, 0]);
/// ```
#[derive(Clone, Debug)]
pub struct RedPacketizer {
    payload_type: PayloadType,
    copies: CopyDistances,
    /// How many frames are kept.
    depth: usize,
    /// Frames before the next one, the oldest first.
    before: VecDeque<Before>,
}

#[derive(Clone, Debug)]
struct Before {
    timestamp: u32,
    data: Vec<u8>,
}

impl RedPacketizer {
    /// Frames are of this payload type, and each is sent again with those after it.
    pub fn new(payload_type: PayloadType, copies: CopyDistances) -> Self {
        let depth = copies.farthest().into();
        RedPacketizer { payload_type, copies, depth, before: VecDeque::new() }
    }

    /// The payload type of frames.
    pub fn payload_type(&self) -> PayloadType {
        self.payload_type
    }

    /// Sends other copies from the next frame on. Frames are kept as far back as any setting so far
    /// needed, so that copies begin at once.
    pub fn set_copies(&mut self, copies: CopyDistances) {
        self.copies = copies;
        self.depth = self.depth.max(copies.farthest().into());
    }

    /// Plans the payload of a frame with this timestamp. Copies that have no room, that are too
    /// long for their header or lie too far back for it are left out; the farthest have room first.
    ///
    /// # Errors
    /// Where the frame is empty, or has no room itself.
    pub fn plan(
        &mut self,
        frame: &[u8],
        timestamp: u32,
        budget: usize,
        plan: &mut PayloadPlan,
    ) -> Result<(), PacketizeError> {
        plan.clear();
        if frame.is_empty() {
            return Err(PacketizeError::Empty);
        }
        if 1 + frame.len() > budget {
            return Err(PacketizeError::TooLarge);
        }
        let mut room = budget - 1 - frame.len();
        let mut fitting = CopyDistances::NONE;
        for distance in self.copies.iter().rev() {
            let Some(before) = self.before(distance) else { continue };
            let bytes = BLOCK_HEADER_BYTES + before.data.len();
            let offset = timestamp.wrapping_sub(before.timestamp);
            if bytes <= room
                && before.data.len() <= BLOCK_BYTES_MAX
                && (1..=OFFSET_MAX).contains(&offset)
            {
                room -= bytes;
                fitting = fitting.with(distance);
            }
        }
        let blocks = || fitting.iter().rev().filter_map(|distance| self.before(distance));
        for before in blocks() {
            let offset = timestamp.wrapping_sub(before.timestamp) << 10;
            let [_, a, b, c] = (offset | before.data.len() as u32).to_be_bytes();
            plan.put(&[0x80 | self.payload_type.0, a, b, c]);
        }
        plan.put(&[self.payload_type.0 & 0x7f]);
        for before in blocks() {
            plan.put(&before.data);
        }
        plan.put_frame(0..frame.len());
        plan.close(false);
        self.remember(frame, timestamp);
        Ok(())
    }

    /// The frame so many before the next one.
    fn before(&self, distance: u8) -> Option<&Before> {
        self.before.get(self.before.len().checked_sub(distance.into())?)
    }

    /// A frame is sent by itself: it may go again with those after it.
    pub fn remember(&mut self, frame: &[u8], timestamp: u32) {
        if self.depth == 0 {
            return;
        }
        let mut data = match self.before.len() < self.depth {
            true => Vec::new(),
            false => self.before.pop_front().map(|oldest| oldest.data).unwrap_or_default(),
        };
        data.clear();
        data.extend_from_slice(frame);
        self.before.push_back(Before { timestamp, data });
    }
}
