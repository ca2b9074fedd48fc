//! The index of a WebM file (RFC 9559 section 5.1.5), in room that is kept for it.
//!
//! Each entry has 32 bytes at a multiple of 32, and what is left is one void element behind the
//! last. An entry is written in two steps, first the new void and then the entry over the start of
//! the old one, and neither crosses a page of memory: at every moment the index is whole.

use crate::files::ebml;

/// Bytes of an entry.
const ENTRY: u64 = 32;

/// Entries there is room for. When they are used up, every second one goes.
const ENTRIES: usize = 512;

/// The entries so far.
#[derive(Debug)]
pub(super) struct Index {
    /// Where the element begins in the file.
    at: u64,
    /// Bytes before that, to be filled.
    padding: u64,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Milliseconds.
    time: u64,
    track: u8,
    /// Of the cluster, within the segment.
    position: u64,
}

impl Index {
    /// The element's id: `Cues`.
    pub(super) const ID: u32 = 0x1c53_bb6b;

    /// Bytes before the entries: the id, and a size of eight bytes.
    const HEADER: u64 = 12;

    /// An index whose room begins there.
    pub(super) fn behind(end: u64) -> Self {
        // A void has two bytes at least.
        let entries = (end + 2 + Self::HEADER).next_multiple_of(ENTRY);
        let at = entries - Self::HEADER;
        Index { at, padding: at - end, entries: Vec::new() }
    }

    /// Where the element begins in the file.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Appends the room to the file.
    pub(super) fn write_empty(&self, out: &mut Vec<u8>) {
        ebml::void(out, self.padding);
        let room = ENTRIES as u64 * ENTRY;
        ebml::id(out, Self::ID);
        out.extend_from_slice(&ebml::long_size(room));
        ebml::void(out, room);
    }

    /// Adds an entry. Gives what is to be written, and where in the file, in this order.
    pub(super) fn add(&mut self, time: u64, track: u8, position: u64) -> Vec<(u64, Vec<u8>)> {
        let mut writes = Vec::new();
        if self.entries.len() == ENTRIES {
            let mut number = 0;
            self.entries.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            for (number, entry) in self.entries.iter().enumerate() {
                writes.push((self.place(number), entry.bytes()));
            }
            writes.extend(self.rest(self.entries.len()));
        }
        let entry = Entry { time, track, position };
        writes.extend(self.rest(self.entries.len() + 1));
        writes.push((self.place(self.entries.len()), entry.bytes()));
        self.entries.push(entry);
        writes
    }

    /// Where an entry is in the file.
    fn place(&self, number: usize) -> u64 {
        self.at + Self::HEADER + number as u64 * ENTRY
    }

    /// The header of the void behind as many entries, if there is room.
    fn rest(&self, entries: usize) -> Option<(u64, Vec<u8>)> {
        let left = (ENTRIES - entries) as u64 * ENTRY;
        let mut void = Vec::new();
        ebml::void(&mut void, left);
        void.truncate(ENTRY as usize);
        (left > 0).then(|| (self.place(entries), void))
    }
}

impl Entry {
    fn bytes(self) -> Vec<u8> {
        const CUE_POINT: u32 = 0xbb;
        const CUE_TIME: u32 = 0xb3;
        const CUE_TRACK_POSITIONS: u32 = 0xb7;
        const CUE_TRACK: u32 = 0xf7;
        const CUE_CLUSTER_POSITION: u32 = 0xf1;
        let mut out = Vec::with_capacity(ENTRY as usize);
        ebml::master(&mut out, CUE_POINT, |out| {
            ebml::long_number(out, CUE_TIME, self.time);
            ebml::master(out, CUE_TRACK_POSITIONS, |out| {
                ebml::number(out, CUE_TRACK, self.track.into());
                ebml::long_number(out, CUE_CLUSTER_POSITION, self.position);
            });
            ebml::void(out, 5);
        });
        debug_assert_eq!(out.len() as u64, ENTRY, "an entry fills its place");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The room of an index after these entries, as it stands in the file.
    fn room(entries: u64) -> (Index, Vec<u8>) {
        let mut index = Index::behind(100);
        let mut file = vec![0; 100];
        index.write_empty(&mut file);
        for number in 0..entries {
            for (at, bytes) in index.add(number * 1_000, 1, number) {
                let at = at as usize;
                assert_eq!(at % ENTRY as usize, 0, "no write crosses a page");
                assert!(bytes.len() as u64 <= ENTRY);
                file[at..at + bytes.len()].copy_from_slice(&bytes);
            }
        }
        (index, file)
    }

    #[test]
    fn entries_are_followed_by_a_void() {
        for entries in [0, 1, 2, 500, ENTRIES as u64] {
            let (index, file) = room(entries);
            let first = (index.at + Index::HEADER) as usize;
            for number in 0..entries as usize {
                assert_eq!(file[first + number * 32], 0xbb);
            }
            let behind = first + entries as usize * 32;
            match ENTRIES as u64 - entries {
                0 => assert_eq!(behind, file.len()),
                left => {
                    let mut void = Vec::new();
                    ebml::void(&mut void, left * ENTRY);
                    assert_eq!(file[behind..behind + 9], void[..9]);
                }
            }
        }
    }

    #[test]
    fn a_full_index_becomes_coarser() {
        let (index, _) = room(ENTRIES as u64 + 1);
        let times: Vec<u64> = index.entries.iter().map(|entry| entry.time).collect();
        assert_eq!(times.len(), ENTRIES / 2 + 1);
        assert_eq!((times[1], times[255], times[256]), (2_000, 510_000, 512_000));
    }
}
