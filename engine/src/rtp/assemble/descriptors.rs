//! Dependency descriptors of a stream whose packets come in any order.
//!
//! 1. A structure holds for the packets from the one that it came with on. What came before it in
//!    time but is behind it in the stream is read again.
//! 2. What is before it in the stream, and comes late, is read by the structure before.
//! 3. What cannot be read is assembled by its format alone.

use std::ops::Range;

use super::slots::Slots;
use crate::rtp::dependency::{DependencyReader, DescribedFrame, DescriptorHead};

/// Structures of one stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Descriptors {
    current: DependencyReader,
    /// The number of the packet that its structure came with.
    since: u64,
    earlier: DependencyReader,
}

impl Descriptors {
    /// The latest structure, and what the stream tells of it.
    pub(super) fn current(&self) -> &DependencyReader {
        &self.current
    }

    /// What the descriptor of the packet `number` tells; and the packets that it brought a
    /// structure for, which are to be read again.
    pub(super) fn read(
        &mut self,
        number: u64,
        value: &[u8],
    ) -> (Option<DescribedFrame>, Range<u64>) {
        let has_structure = DescriptorHead::read(value).is_some_and(|head| head.has_structure);
        let read = match number.cmp(&self.since) {
            std::cmp::Ordering::Less => self.earlier.read(value),
            _ if has_structure => {
                let before = self.current.clone();
                let read = self.current.read(value);
                if read.is_ok() && number > self.since {
                    (self.earlier, self.since) = (before, number);
                }
                read
            }
            _ => self.current.read(value),
        };
        let behind = match &read {
            Ok(read) if read.has_structure && number < self.since => number + 1..self.since,
            Ok(read) if read.has_structure => number + 1..u64::MAX,
            _ => 0..0,
        };
        (read.ok().map(|read| read.described()), behind)
    }

    /// Reads those again that wait.
    pub(super) fn read_again<B: AsRef<[u8]>>(&mut self, slots: &mut Slots<B>, behind: Range<u64>) {
        let numbers = behind.start.max(slots.next())..behind.end.min(slots.end());
        for number in numbers {
            let Some(stored) = slots.packet_mut(number) else { continue };
            let Some(value) = stored.descriptor() else { continue };
            // One with a structure of its own was read by that.
            if DescriptorHead::read(value).is_some_and(|head| head.has_structure) {
                continue;
            }
            stored.described = self.read(number, value).0;
        }
    }
}
