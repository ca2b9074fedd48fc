//! Blocks of a file: how many there are and where, and lists of those that are asked for.
//!
//! The list of a file's blocks is the SHA-256 of each, one behind the other.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Bytes of a block as our senders choose it, for files up to 32 GiB: the list is a 32,768th of
/// the file, and one spoiled byte costs what a window carries four times.
pub const BLOCK_BYTES: u64 = 1024 * 1024;

/// Smallest block, in bytes. What is asked for tells the sender which blocks are right, and with
/// small ones it could guess what is in them.
pub const BLOCK_BYTES_MIN: u64 = 64 * 1024;

/// Most blocks of a file; larger files have larger blocks. The list stays within 1 MiB, and so
/// within what may be under way without an acknowledgement.
pub const BLOCKS_MAX: u64 = 32 * 1024;

/// Length of a block's digest in the list, in bytes.
pub const BLOCK_DIGEST_BYTES: u64 = 32;

/// Most ranges in one message that asks for blocks: so many fit a text message, whatever their
/// numbers are.
pub const BLOCK_RANGES_MAX: usize = 2_000;

/// What is wrong about blocks, or about what is asked for of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlocksError {
    /// No power of two, too small, or as large as the file.
    BlockSize,
    /// More than [`BLOCKS_MAX`].
    TooManyBlocks,
    /// More than [`BLOCK_RANGES_MAX`].
    TooManyRanges,
    /// A range without a block.
    Empty,
    /// A range that begins before the end of the one before it.
    Overlap,
    /// A range beyond the last block.
    OutOfRange,
}

impl fmt::Display for BlocksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BlocksError::BlockSize => "no such block size",
            BlocksError::TooManyBlocks => "too many blocks",
            BlocksError::TooManyRanges => "too many ranges of blocks",
            BlocksError::Empty => "a range without blocks",
            BlocksError::Overlap => "ranges overlap or are out of order",
            BlocksError::OutOfRange => "a range beyond the file's end",
        })
    }
}

impl std::error::Error for BlocksError {}

/// Blocks that follow each other, `[first, count]` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockRange(
    /// The first, counted from 0.
    pub u64,
    /// How many, at least one.
    pub u64,
);

/// How a file is divided. All blocks have the same size, but the last may be shorter; there are at
/// least two.
///
/// ```
/// use lapwing_rooms::protocol::blocks::Blocks;
/// let blocks = Blocks::of(2_500_000).expect("it has several");
/// assert_eq!((blocks.count(), blocks.list_bytes()), (3, 96));
/// assert_eq!(blocks.bytes(2), 2_097_152..2_500_000);
/// assert_eq!(Blocks::of(1_000_000), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    size: u64,
    block: u64,
}

impl Blocks {
    /// As our senders divide a file of so many bytes; `None` when it is one block.
    pub fn of(size: u64) -> Option<Self> {
        let mut block = BLOCK_BYTES;
        while size.div_ceil(block) > BLOCKS_MAX {
            block *= 2;
        }
        (size > block).then_some(Blocks { size, block })
    }

    /// As an offer says it: the size of the file and that of its blocks in bytes, 0 for none.
    ///
    /// # Errors
    /// [`BlocksError::BlockSize`] and [`BlocksError::TooManyBlocks`].
    pub fn judge(size: u64, block: u64) -> Result<Option<Self>, BlocksError> {
        if block == 0 {
            return Ok(None);
        }
        if !block.is_power_of_two() || block < BLOCK_BYTES_MIN || block >= size {
            return Err(BlocksError::BlockSize);
        }
        let blocks = Blocks { size, block };
        if blocks.count() > BLOCKS_MAX {
            return Err(BlocksError::TooManyBlocks);
        }
        Ok(Some(blocks))
    }

    /// Bytes of every block but the last.
    pub fn block_bytes(&self) -> u64 {
        self.block
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.size.div_ceil(self.block)
    }

    /// Length of the list of their digests.
    pub fn list_bytes(&self) -> u64 {
        self.count() * BLOCK_DIGEST_BYTES
    }

    /// Where in the file a block is; nowhere if there is no such block.
    pub fn bytes(&self, index: u64) -> Range<u64> {
        let start = index.saturating_mul(self.block).min(self.size);
        start..start.saturating_add(self.block).min(self.size)
    }

    /// Where in the file those are that are asked for.
    ///
    /// # Errors
    /// When they are not in rising order without overlap, within the file, and few enough.
    pub fn places(&self, ranges: &[BlockRange]) -> Result<VecDeque<Range<u64>>, BlocksError> {
        if ranges.len() > BLOCK_RANGES_MAX {
            return Err(BlocksError::TooManyRanges);
        }
        let mut places = VecDeque::with_capacity(ranges.len());
        let mut free = 0;
        for BlockRange(first, count) in ranges.iter().copied() {
            if count == 0 {
                return Err(BlocksError::Empty);
            }
            if first < free {
                return Err(BlocksError::Overlap);
            }
            free = first.checked_add(count).ok_or(BlocksError::OutOfRange)?;
            if free > self.count() {
                return Err(BlocksError::OutOfRange);
            }
            places.push_back(self.bytes(first).start..self.bytes(free - 1).end);
        }
        Ok(places)
    }
}

/// Ranges that hold all blocks which are missing. Where that would be more than
/// [`BLOCK_RANGES_MAX`], the shortest gaps between them are asked for as well.
///
/// ```
/// use lapwing_rooms::protocol::blocks::{BlockRange, ranges_of};
/// let missing = [false, true, true, false, true];
/// assert_eq!(ranges_of(&missing), [BlockRange(1, 2), BlockRange(4, 1)]);
/// ```
pub fn ranges_of(missing: &[bool]) -> Vec<BlockRange> {
    let mut ranges: Vec<BlockRange> = Vec::new();
    for (index, _) in (0..).zip(missing).filter(|(_, missing)| **missing) {
        match ranges.last_mut() {
            Some(BlockRange(first, count)) if *first + *count == index => *count += 1,
            _ => ranges.push(BlockRange(index, 1)),
        }
    }
    let Some(too_many) = ranges.len().checked_sub(BLOCK_RANGES_MAX) else { return ranges };
    let gap = |pair: &[BlockRange]| pair[1].0 - (pair[0].0 + pair[0].1);
    let mut gaps: Vec<(u64, usize)> = ranges.windows(2).map(gap).zip(1..).collect();
    gaps.sort_unstable();
    let mut closed = vec![false; ranges.len()];
    gaps.iter().take(too_many).for_each(|(_, behind)| closed[*behind] = true);
    let mut merged: Vec<BlockRange> = Vec::with_capacity(BLOCK_RANGES_MAX);
    for (BlockRange(first, count), closed) in ranges.into_iter().zip(closed) {
        match merged.last_mut().filter(|_| closed) {
            Some(last) => last.1 = first + count - last.0,
            None => merged.push(BlockRange(first, count)),
        }
    }
    merged
}

#[cfg(test)]
mod tests;
