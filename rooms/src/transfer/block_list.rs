//! The list of a file's blocks: a digest of each.

use super::digest::{Digest, Hasher};
use crate::protocol::blocks::{BLOCK_DIGEST_BYTES, Blocks};

/// The digests of all blocks of a file, one behind the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockList {
    blocks: Blocks,
    digests: Vec<u8>,
}

impl BlockList {
    /// A list that came from elsewhere; `None` when it is not as long as it must be.
    pub fn new(blocks: Blocks, digests: Vec<u8>) -> Option<Self> {
        (digests.len() as u64 == blocks.list_bytes()).then_some(BlockList { blocks, digests })
    }

    /// The list of these bytes; `None` when they are one block.
    pub fn of(data: &[u8]) -> Option<Self> {
        let mut hasher = BlockHasher::new(Blocks::of(data.len() as u64)?);
        hasher.update(data);
        hasher.list(data.len() as u64)
    }

    /// How the file is divided.
    pub fn blocks(&self) -> Blocks {
        self.blocks
    }

    /// As it is sent.
    pub fn bytes(&self) -> &[u8] {
        &self.digests
    }

    /// Whether a block has this digest.
    pub fn is(&self, index: u64, digest: Digest) -> bool {
        let mut digests = self.digests.chunks_exact(BLOCK_DIGEST_BYTES as usize);
        digests.nth(index as usize) == Some(digest.bytes())
    }
}

/// Digests the blocks of a file while it is read from its beginning.
#[derive(Clone, Debug)]
pub struct BlockHasher {
    blocks: Blocks,
    block: Hasher,
    /// Bytes of the block that were taken.
    taken: u64,
    digests: Vec<u8>,
}

impl BlockHasher {
    /// Of a file that is divided so.
    pub fn new(blocks: Blocks) -> Self {
        BlockHasher { blocks, block: Hasher::default(), taken: 0, digests: Vec::new() }
    }

    /// Takes the next bytes. What is beyond the last block is not digested.
    pub fn update(&mut self, mut data: &[u8]) {
        while !data.is_empty() && (self.digests.len() as u64) < self.blocks.list_bytes() {
            let room = self.blocks.block_bytes() - self.taken;
            let (now, later) = data.split_at(data.len().min(room as usize));
            self.block.update(now);
            self.taken += now.len() as u64;
            if self.taken == self.blocks.block_bytes() {
                self.end_block();
            }
            data = later;
        }
    }

    /// The list, if the file turned out to have this size and is divided as it was thought to be.
    pub fn list(mut self, size: u64) -> Option<BlockList> {
        if self.taken > 0 {
            self.end_block();
        }
        let blocks = Blocks::judge(size, self.blocks.block_bytes()).ok().flatten()?;
        BlockList::new(blocks, self.digests)
    }

    fn end_block(&mut self) {
        self.digests.extend_from_slice(std::mem::take(&mut self.block).digest().bytes());
        self.taken = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_has_its_digest() {
        let data: Vec<u8> = (0..2_500_000_u32).map(|index| (index / 1000) as u8).collect();
        let list = BlockList::of(&data).expect("several");
        assert_eq!(list.bytes().len(), 96);
        for (index, block) in (0..).zip(data.chunks(1 << 20)) {
            assert!(list.is(index, Digest::of(block)));
            assert!(!list.is(index + 1, Digest::of(block)));
        }
        assert_eq!(BlockList::of(&data[..1 << 20]), None, "it is one block");
        assert_eq!(BlockList::new(list.blocks(), vec![0; 95]), None);
    }

    #[test]
    fn a_file_of_another_size_than_it_was_thought_to_have_has_no_wrong_list() {
        let blocks = Blocks::of(3 << 20).expect("several");
        for (size, count) in [(3 << 20, Some(3)), (2 << 20, Some(2)), (4 << 20, None), (0, None)] {
            let mut hasher = BlockHasher::new(blocks);
            hasher.update(&vec![7; size as usize]);
            let list = hasher.list(size);
            assert_eq!(list.map(|list| list.blocks().count()), count, "{size}");
        }
    }
}
