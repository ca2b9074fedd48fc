//! What is known of a plane from the pictures before.

use super::area::{Area, BLOCK};
use super::search::Vector;

/// Most pictures that a still one is the mean of. More take out little more noise, and leave
/// trails behind slow shadows.
const MAX_AGE: u8 = 12;

/// Bits behind the point: a mean of many pictures has more than eight bits.
const SHIFT: u32 = 7;

/// Mean difference over 3x3 samples, in standard deviations of the noise, up to which it is noise
/// and from which on it is motion. Noise alone has 0.33 to 0.47. More takes out more noise, and
/// detail of what moves with it, which an encoder then has to mend.
const STILL: f32 = 0.65;
const MOVED: f32 = 1.2;

/// A block and one sample around it.
const SIDE: usize = BLOCK + 2;

/// A plane as the mean of pictures.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    width: usize,
    height: usize,
    /// With [`SHIFT`] bits behind the point.
    samples: Vec<u16>,
    /// How many pictures each sample is the mean of.
    ages: Vec<u8>,
}

/// Where samples of a block and around it are, in this picture and in the one before.
struct Places {
    now: [usize; SIDE],
    before: [usize; SIDE],
}

impl Places {
    /// From one before `start` on, `length` and two more, all within `limit`.
    fn new(start: usize, length: usize, limit: usize, vector: i32) -> Self {
        let (mut now, mut before) = ([0; SIDE], [0; SIDE]);
        for index in 0..length + 2 {
            let last = limit as i64 - 1;
            let place = (start as i64 + index as i64 - 1).clamp(0, last);
            now[index] = place as usize;
            before[index] = (place + i64::from(vector)).clamp(0, last) as usize;
        }
        Places { now, before }
    }
}

impl Reference {
    /// What one picture says.
    pub(super) fn new(samples: &[u8], width: usize, height: usize) -> Self {
        let samples: Vec<u16> = samples.iter().map(|&sample| u16::from(sample) << SHIFT).collect();
        let ages = vec![1; samples.len()];
        Reference { width, height, samples, ages }
    }

    /// How many pictures the middle of an area is the mean of.
    pub(super) fn age(&self, area: Area) -> u8 {
        let (x, y) = (area.left + area.width / 2, area.top + area.height / 2);
        self.ages[y * self.width + x]
    }

    /// Takes an area of the picture that was `seen` into the mean, whose values before are in
    /// `before`, moved by `vector`; `noise` is the standard deviation in steps of 8 bits. The
    /// samples of `seen` become the mean's.
    pub(super) fn fuse(
        &mut self,
        before: &Reference,
        seen: &Seen<'_>,
        shown: &mut [u8],
        (area, vector, noise): (Area, Vector, f32),
    ) {
        let columns = Places::new(area.left, area.width, self.width, vector.0);
        let rows = Places::new(area.top, area.height, self.height, vector.1);
        let differences = differences(before, seen.0, (&columns, &rows), area);
        let scale = 1.0 / (noise * (1 << SHIFT) as f32 * 9.0);
        for y in 0..area.height {
            let (now, old) = (rows.now[y + 1] * self.width, rows.before[y + 1] * self.width);
            let sums = sums(&differences, y, area.width);
            for x in 0..area.width {
                let moved = sums[x].unsigned_abs() as f32 * scale;
                let moved = ((moved - STILL) / (MOVED - STILL)).clamp(0.0, 1.0);
                let place = old + columns.before[x + 1];
                let least = 1.0 / (f32::from(before.ages[place]) + 1.0);
                let share = least + (1.0 - least) * moved;
                let step = differences[y + 1][x + 1] as f32 * share;
                let mean = i32::from(before.samples[place]) + step.round() as i32;
                let to = now + columns.now[x + 1];
                self.samples[to] = mean.clamp(0, 255 << SHIFT) as u16;
                self.ages[to] = ((1.0 / share).round() as u8).clamp(1, MAX_AGE);
                shown[to] = ((mean + (1 << (SHIFT - 1))) >> SHIFT).clamp(0, 255) as u8;
            }
        }
    }
}

/// A plane of the picture that is cleaned, as it came.
pub(super) struct Seen<'a>(pub(super) &'a [u8]);

/// What was seen less what was there before, for a block and one sample around it.
fn differences(
    before: &Reference,
    seen: &[u8],
    (columns, rows): (&Places, &Places),
    area: Area,
) -> [[i32; SIDE]; SIDE] {
    let mut differences = [[0; SIDE]; SIDE];
    for (y, row) in differences.iter_mut().enumerate().take(area.height + 2) {
        let now = &seen[rows.now[y] * before.width..][..before.width];
        let old = &before.samples[rows.before[y] * before.width..][..before.width];
        for (x, difference) in row.iter_mut().enumerate().take(area.width + 2) {
            let seen = i32::from(now[columns.now[x]]) << SHIFT;
            *difference = seen - i32::from(old[columns.before[x]]);
        }
    }
    differences
}

/// Sums over 3x3 differences for one row of a block.
fn sums(differences: &[[i32; SIDE]; SIDE], y: usize, width: usize) -> [i32; BLOCK] {
    let mut columns = [0; SIDE];
    for (x, column) in columns.iter_mut().enumerate().take(width + 2) {
        *column = differences[y][x] + differences[y + 1][x] + differences[y + 2][x];
    }
    let mut sums = [0; BLOCK];
    for (x, sum) in sums.iter_mut().enumerate().take(width) {
        *sum = columns[x] + columns[x + 1] + columns[x + 2];
    }
    sums
}
