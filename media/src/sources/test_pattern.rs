//! Generated pictures that tell which one they are, to people and to programs.

use std::time::{Duration, Instant};

use lapwing_engine::MediaTime;

use crate::picture::{Picture, PictureError, PlaneIndex};
use crate::sources::{VideoSource, font};
use crate::stage::{Polled, Source};

/// Luma of the code's dark and light cells, away from the ends where clipping bends them.
const DARK: u8 = 32;
/// See [`DARK`].
const LIGHT: u8 = 220;

/// Cells of the code: a light and a dark one for reference, 24 bits of frame number, 8 of
/// checksum. At 320 pixels a cell has nine columns, which survives strong compression.
const CELLS: u32 = 34;

/// Bits of the frame number: at 30 pictures per second they last for six days.
const NUMBER_BITS: u32 = 24;

/// The code takes this share of the height, at the bottom.
const CODE_SHARE: u32 = 9;

/// Colour bars as U and V.
const BARS: [(u8, u8); 8] =
    [(128, 128), (44, 142), (156, 44), (72, 58), (184, 198), (100, 212), (212, 114), (128, 128)];

/// Pictures with colour bars, a moving block, a clock, the frame's number, and a row of cells at
/// the bottom that [`read_frame_number`] understands.
#[derive(Debug)]
pub struct TestPattern {
    background: Picture,
    frame_rate: u32,
    start: Option<Instant>,
    next: u32,
}

impl TestPattern {
    /// A pattern of this size with this many pictures per second.
    ///
    /// # Errors
    /// When a side is zero or the size is above the limits. Below 68 by 36 the code is too small
    /// to be read.
    pub fn new(width: u32, height: u32, frame_rate: u32) -> Result<Self, PictureError> {
        let mut background = Picture::new(width, height, MediaTime::new(0, MediaTime::VIDEO_RATE))?;
        for row in 0..height {
            let line = background.row_mut(PlaneIndex::Y, row);
            for (column, luma) in (0..).zip(line) {
                // A ramp in both directions, so that motion and scaling have something to show.
                *luma = (48 + 80 * column / width + 64 * row / height) as u8;
            }
        }
        let (columns, rows) = background.plane_size(PlaneIndex::U);
        let bars = BARS.len() as u32;
        for (index, (u, v)) in (0..).zip(BARS) {
            let left = index * columns / bars;
            let size = ((index + 1) * columns / bars - left, rows);
            font::fill(&mut background, PlaneIndex::U, (left, 0), size, u);
            font::fill(&mut background, PlaneIndex::V, (left, 0), size, v);
        }
        Ok(TestPattern { background, frame_rate: frame_rate.max(1), start: None, next: 0 })
    }

    /// The picture with this number, whatever was polled.
    pub fn picture(&self, number: u32) -> Picture {
        let mut picture = self.background.clone();
        let time = self.time(number);
        picture.set_time(time);
        let (width, height) = picture.size();
        // The block crosses the picture in two seconds.
        let side = (height / 6).max(2);
        let travel = u64::from(width.saturating_sub(side));
        let phase = time.ticks() % (2 * u64::from(MediaTime::VIDEO_RATE));
        let left = (phase * travel / (2 * u64::from(MediaTime::VIDEO_RATE))) as u32;
        font::fill(&mut picture, PlaneIndex::Y, (left, height / 2), (side, side), LIGHT);
        self.draw_clock(&mut picture, time, number);
        draw_code(&mut picture, number);
        picture
    }

    fn draw_clock(&self, picture: &mut Picture, time: MediaTime, number: u32) {
        let ms = time.as_duration().as_millis();
        let (minutes, seconds) = (ms / 60_000, ms / 1_000 % 60);
        let clock = format!("{minutes:02}:{seconds:02}.{:03}", ms % 1_000);
        let scale = (picture.width() / (font::width(&clock) + 12)).max(1);
        let left = picture.width().saturating_sub(font::width(&clock) * scale) / 2;
        let top = picture.height() / 12;
        font::draw(picture, &clock, (left, top), scale, LIGHT);
        let small = (scale / 2).max(1);
        let top = top + (font::ROWS + 2) * scale;
        font::draw(picture, &format!("#{number}"), (left, top), small, DARK);
    }

    fn time(&self, number: u32) -> MediaTime {
        let ticks = u64::from(number) * u64::from(MediaTime::VIDEO_RATE);
        MediaTime::new(ticks / u64::from(self.frame_rate), MediaTime::VIDEO_RATE)
    }
}

impl Source for TestPattern {
    type Output = Picture;

    fn poll(&mut self, now: Instant) -> Polled<Picture> {
        let start = *self.start.get_or_insert(now);
        // Counted in nanoseconds, as the time on the 90 kHz clock may be rounded.
        let nanos = u64::from(self.next) * 1_000_000_000 / u64::from(self.frame_rate);
        let due = start + Duration::from_nanos(nanos);
        if due > now {
            return Polled::Wait(due);
        }
        let picture = self.picture(self.next);
        self.next = self.next.wrapping_add(1);
        Polled::Item(picture)
    }
}

impl VideoSource for TestPattern {
    fn size(&self) -> (u32, u32) {
        self.background.size()
    }

    fn frame_rate(&self) -> (u32, u32) {
        (self.frame_rate, 1)
    }
}

/// The cells from left to right, light ones set: the first light, the second dark, then number and
/// checksum, the highest bit first.
fn code(number: u32) -> u64 {
    let number = number & ((1 << NUMBER_BITS) - 1);
    0b10 << (CELLS - 2) | u64::from(number) << 8 | u64::from(checksum(number))
}

/// CRC-8 of the polynomial x^8 + x^2 + x + 1, so that no picture is taken for another.
fn checksum(number: u32) -> u8 {
    let bytes = number.to_be_bytes();
    bytes[1..].iter().fold(0xff, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 })
    })
}

/// Left, top, width and height of a cell.
fn cell(index: u32, (width, height): (u32, u32)) -> ((u32, u32), (u32, u32)) {
    let rows = (height / CODE_SHARE).max(1);
    let left = index * width / CELLS;
    let right = (index + 1) * width / CELLS;
    ((left, height - rows), (right - left, rows))
}

fn draw_code(picture: &mut Picture, number: u32) {
    let size = picture.size();
    let ((_, top), (_, rows)) = cell(0, size);
    let chroma = ((0, top / 2), (size.0, rows));
    font::fill(picture, PlaneIndex::U, chroma.0, chroma.1, 128);
    font::fill(picture, PlaneIndex::V, chroma.0, chroma.1, 128);
    let code = code(number);
    for index in 0..CELLS {
        let (corner, area) = cell(index, size);
        let luma = if code >> (CELLS - 1 - index) & 1 == 1 { LIGHT } else { DARK };
        font::fill(picture, PlaneIndex::Y, corner, area, luma);
    }
}

/// Mean luma of the inner half of a cell.
fn cell_luma(picture: &Picture, index: u32) -> Option<u32> {
    let ((left, top), (width, height)) = cell(index, picture.size());
    if width < 2 || height < 2 {
        return None;
    }
    let columns = (left + width / 4)..(left + width.div_ceil(4) * 3).min(left + width);
    let rows = (top + height / 4)..(top + height - height / 4);
    let mut sum = 0;
    for row in rows.clone() {
        let line = picture.row(PlaneIndex::Y, row);
        sum += columns.clone().map(|column| u32::from(line[column as usize])).sum::<u32>();
    }
    Some(sum / (columns.len() * rows.len()).max(1) as u32)
}

/// The number of a [`TestPattern`] picture, modulo 2^24, after any scaling and compression that
/// left its cells apart. `None` when there is no code, or it does not fit its checksum.
pub fn read_frame_number(picture: &Picture) -> Option<u32> {
    let (light, dark) = (cell_luma(picture, 0)?, cell_luma(picture, 1)?);
    let threshold = (light > dark + 40).then_some((light + dark) / 2)?;
    let mut bits = 0_u64;
    for index in 0..CELLS {
        bits = bits << 1 | u64::from(cell_luma(picture, index)? > threshold);
    }
    let number = (bits >> 8) as u32 & ((1 << NUMBER_BITS) - 1);
    (code(number) == bits).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale;

    #[test]
    fn numbers_are_read_at_any_size() {
        for (width, height) in [(68, 36), (160, 90), (321, 181), (640, 360), (1_280, 720)] {
            let pattern = TestPattern::new(width, height, 30).unwrap();
            for number in [0, 1, 2, 255, 256, 65_535, 0xff_ffff] {
                assert_eq!(read_frame_number(&pattern.picture(number)), Some(number));
            }
        }
    }

    #[test]
    fn numbers_survive_scaling() {
        let picture = TestPattern::new(640, 360, 30).unwrap().picture(77_777);
        for (width, height) in [(1_280, 720), (500, 300), (320, 180), (213, 120)] {
            let scaled = scale(&picture, width, height).unwrap();
            assert_eq!(read_frame_number(&scaled), Some(77_777), "{width}x{height}");
        }
    }

    #[test]
    fn other_pictures_have_no_number() {
        let black = Picture::new(320, 180, MediaTime::new(0, 90_000)).unwrap();
        assert_eq!(read_frame_number(&black), None);
        let mut broken = TestPattern::new(320, 180, 30).unwrap().picture(5);
        let (corner, area) = cell(20, broken.size());
        font::fill(&mut broken, PlaneIndex::Y, corner, area, LIGHT);
        assert_eq!(read_frame_number(&broken), None);
    }

    #[test]
    fn pictures_come_at_their_pace() {
        let mut pattern = TestPattern::new(320, 180, 30).unwrap();
        let start = Instant::now();
        assert_eq!(pattern.poll(start).item().unwrap().time().ticks(), 0);
        let due = start + Duration::from_nanos(33_333_333);
        assert_eq!(pattern.poll(start), Polled::Wait(due));
        assert_eq!(pattern.poll(due).item().unwrap().time().ticks(), 3_000);
        // A second late: all that is overdue comes at once.
        let late = due + Duration::from_secs(1);
        let overdue = std::iter::from_fn(|| pattern.poll(late).item()).count();
        assert_eq!(overdue, 30);
    }
}
