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

/// Sends each frame again with those after it.
#[derive(Clone, Debug)]
pub struct RedPacketizer {
    payload_type: PayloadType,
    distance: usize,
    before: VecDeque<Before>,
}

#[derive(Clone, Debug)]
struct Before {
    timestamp: u32,
    data: Vec<u8>,
}

impl RedPacketizer {
    /// Frames are of this payload type, and each is sent again with the `distance` frames after it,
    /// 15 at most.
    pub fn new(payload_type: PayloadType, distance: usize) -> Self {
        let distance = distance.min(RED_BLOCKS_MAX - 1);
        RedPacketizer { payload_type, distance, before: VecDeque::new() }
    }

    /// The payload type of frames.
    pub fn payload_type(&self) -> PayloadType {
        self.payload_type
    }

    /// Plans the payload of a frame with this timestamp. Frames before it that have no room are
    /// left out, the oldest first.
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
        // A block that is left out would give those before it a wrong number.
        let fitting = self.before.iter().rev().take_while(|before| {
            let bytes = BLOCK_HEADER_BYTES + before.data.len();
            let fits = bytes <= room
                && before.data.len() <= BLOCK_BYTES_MAX
                && (1..=OFFSET_MAX).contains(&timestamp.wrapping_sub(before.timestamp));
            room = room.saturating_sub(bytes);
            fits
        });
        let first = self.before.len() - fitting.count();
        for before in self.before.range(first..) {
            let offset = timestamp.wrapping_sub(before.timestamp) << 10;
            let [_, a, b, c] = (offset | before.data.len() as u32).to_be_bytes();
            plan.put(&[0x80 | self.payload_type.0, a, b, c]);
        }
        plan.put(&[self.payload_type.0 & 0x7f]);
        for before in self.before.range(first..) {
            plan.put(&before.data);
        }
        plan.put_frame(0..frame.len());
        plan.close(false);
        self.remember(frame, timestamp);
        Ok(())
    }

    fn remember(&mut self, frame: &[u8], timestamp: u32) {
        if self.distance == 0 {
            return;
        }
        let mut data = match self.before.len() < self.distance {
            true => Vec::new(),
            false => self.before.pop_front().map(|oldest| oldest.data).unwrap_or_default(),
        };
        data.clear();
        data.extend_from_slice(frame);
        self.before.push_back(Before { timestamp, data });
    }
}
