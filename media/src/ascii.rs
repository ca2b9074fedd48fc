//! Pictures as text.

use crate::picture::{Picture, PlaneIndex};

/// Characters from dark to light.
const RAMP: &[u8; 10] = b" .:-=+*#%@";

/// Limited range: black and white as luma.
const BLACK: u32 = 16;
/// See [`BLACK`].
const WHITE: u32 = 235;

/// `picture` as `rows` lines of `columns` characters, each for the mean brightness of its part.
/// Terminal cells are about twice as high as wide, so half as many rows as columns of a square.
///
/// ```
/// use lapwing_engine::MediaTime;
/// use lapwing_media::{Picture, PlaneIndex, ascii};
///
/// let mut picture = Picture::new(4, 2, MediaTime::new(0, 90_000))?;
/// picture.plane_mut(PlaneIndex::Y).copy_from_slice(&[16, 16, 235, 235, 125, 125, 16, 16]);
/// assert_eq!(ascii(&picture, 2, 2), " @\n= \n");
/// # Ok::<(), lapwing_media::PictureError>(())
/// ```
pub fn ascii(picture: &Picture, columns: u32, rows: u32) -> String {
    let (width, height) = picture.size();
    let part = |index: u32, parts: u32, length: u32| {
        let edge = |index: u32| (u64::from(index) * u64::from(length) / u64::from(parts)) as u32;
        // With more parts than samples, some parts share one.
        let start = edge(index).min(length - 1);
        start..edge(index + 1).max(start + 1)
    };
    let mut text = String::new();
    for row in 0..rows {
        for column in 0..columns {
            let lines = part(row, rows, height);
            let span = part(column, columns, width);
            let count = (lines.len() * span.len()) as u64;
            let sum: u64 = lines
                .map(|line| {
                    let line = picture.row(PlaneIndex::Y, line);
                    let span = &line[span.start as usize..span.end as usize];
                    span.iter().map(|&sample| u64::from(sample)).sum::<u64>()
                })
                .sum();
            let luma = ((sum / count) as u32).clamp(BLACK, WHITE) - BLACK;
            let index = luma as usize * RAMP.len() / (WHITE - BLACK + 1) as usize;
            text.push(char::from(RAMP[index]));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapwing_engine::MediaTime;

    #[test]
    fn more_cells_than_pixels_are_filled() {
        let mut picture = Picture::new(1, 1, MediaTime::new(0, 90_000)).unwrap();
        picture.plane_mut(PlaneIndex::Y)[0] = 255;
        assert_eq!(ascii(&picture, 3, 2), "@@@\n@@@\n");
        assert_eq!(ascii(&picture, 0, 1), "\n");
    }
}
