//! Which blocks of a file are there: in its part, and maybe in an older file of its name.

use std::io;

use super::block_list::BlockList;
use super::digest::{Digest, Hasher};
use super::store::{Older, Part};

/// Bytes that are read in one step: some milliseconds.
const READ_BYTES: u64 = 4 << 20;

/// A walk over the blocks. Those that are right in the older file alone are copied.
#[derive(Debug)]
pub(super) struct Comparison {
    /// The digest of the whole, where all was there and it was found wrong.
    wrong: Option<Digest>,
    /// Of each block that was looked at.
    missing: Vec<bool>,
    source: Source,
    hasher: Hasher,
    /// Bytes of the block that were read.
    taken: u64,
}

/// Where the block is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Part,
    Older,
}

impl Comparison {
    /// From the first block on.
    pub(super) fn new(wrong: Option<Digest>) -> Self {
        Comparison {
            wrong,
            missing: Vec::new(),
            source: Source::Part,
            hasher: Hasher::default(),
            taken: 0,
        }
    }

    /// The digest of the whole, where all was there and it was found wrong.
    pub(super) fn wrong(&self) -> Option<Digest> {
        self.wrong
    }

    /// Of each block, whether it is missing.
    pub(super) fn missing(&self) -> &[bool] {
        &self.missing
    }

    /// Reads on. True when no block is left.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn step(
        &mut self,
        list: &BlockList,
        part: &mut Part,
        older: Option<&Older>,
    ) -> io::Result<bool> {
        let index = self.missing.len() as u64;
        let place = list.blocks().bytes(index);
        if place.is_empty() {
            return Ok(true);
        }
        let at = place.start + self.taken;
        let mut buffer = vec![0; (place.end - at).min(READ_BYTES) as usize];
        let read = match (self.source, older) {
            (Source::Part, _) if place.end <= part.length() => part.read(at, &mut buffer)?,
            // Only whole blocks: of few bytes the sender could guess what they are.
            (Source::Older, Some(older))
                if place.end <= older.length()
                    && place.end - place.start == list.blocks().block_bytes() =>
            {
                let read = older.read(at, &mut buffer)?;
                part.write(at, &buffer[..read])?;
                read
            }
            _ => 0,
        };
        self.hasher.update(&buffer[..read]);
        self.taken += read as u64;
        if read > 0 && place.start + self.taken < place.end {
            return Ok(false);
        }
        let digest = std::mem::take(&mut self.hasher).digest();
        let right = read > 0 && list.is(index, digest);
        self.taken = 0;
        if !right && self.source == Source::Part && older.is_some() {
            self.source = Source::Older;
            return Ok(false);
        }
        self.source = Source::Part;
        self.missing.push(!right);
        Ok(index + 1 == list.blocks().count())
    }
}
