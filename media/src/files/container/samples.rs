//! The samples of an MP4 track, out of its tables (ISO/IEC 14496-12, section 8.6 and 8.7).

use mp4parse::{TimeOffsetVersion, Track};

/// Where a sample lies and when it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    /// In bytes from the start of the file.
    pub(super) offset: u64,
    /// Bytes.
    pub(super) size: u32,
    /// In ticks of the track's clock.
    pub(super) time: i64,
}

/// Steps through the tables of a track; they are kept as they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    /// Samples given.
    number: usize,
    /// The current chunk, from zero on, and what is left of it.
    chunk: usize,
    left_in_chunk: u32,
    /// Where the next sample of the chunk lies.
    offset: u64,
    /// The entry of `stsc` for the next chunk.
    run: usize,
    /// When the next sample is decoded.
    decode: i64,
    durations: Run,
    shifts: Run,
}

/// A place in a table of runs.
#[derive(Clone, Debug, Default)]
struct Run {
    entry: usize,
    used: u32,
}

impl Run {
    /// The value for the next sample; `entry` gives each entry's length and value.
    fn next(&mut self, entry: impl Fn(usize) -> Option<(u32, i64)>) -> Option<i64> {
        loop {
            let (length, value) = entry(self.entry)?;
            if self.used < length {
                self.used += 1;
                return Some(value);
            }
            self.entry += 1;
            self.used = 0;
        }
    }
}

impl Samples {
    /// The next sample of `track`, `None` where one of its tables ends.
    pub(super) fn next(&mut self, track: &Track) -> Option<Sample> {
        let sizes = track.stsz.as_ref()?;
        let size = match sizes.sample_size {
            0 => *sizes.sample_sizes.get(self.number)?,
            size => size,
        };
        while self.left_in_chunk == 0 {
            self.next_chunk(track)?;
        }
        let durations = &track.stts.as_ref()?.samples;
        let duration = self.durations.next(|at| {
            durations.get(at).map(|entry| (entry.sample_count, entry.sample_delta.into()))
        })?;
        let shift = track.ctts.as_ref().and_then(|table| {
            self.shifts.next(|at| {
                let entry = table.samples.get(at)?;
                let shift = match entry.time_offset {
                    TimeOffsetVersion::Version0(shift) => shift.into(),
                    TimeOffsetVersion::Version1(shift) => shift.into(),
                };
                Some((entry.sample_count, shift))
            })
        });
        let time = self.decode.checked_add(shift.unwrap_or(0))?;
        let sample = Sample { offset: self.offset, size, time };
        self.offset = self.offset.checked_add(size.into())?;
        self.decode = self.decode.checked_add(duration)?;
        self.left_in_chunk -= 1;
        self.number += 1;
        Some(sample)
    }

    /// Goes to the next chunk.
    fn next_chunk(&mut self, track: &Track) -> Option<()> {
        let runs = &track.stsc.as_ref()?.samples;
        self.offset = *track.stco.as_ref()?.offsets.get(self.chunk)?;
        self.chunk += 1;
        // Chunks count from one on.
        while runs.get(self.run + 1).is_some_and(|run| run.first_chunk as usize <= self.chunk) {
            self.run += 1;
        }
        self.left_in_chunk = runs.get(self.run)?.samples_per_chunk;
        Some(())
    }
}
