//! Pixels of red, green and blue.

use lapwing_engine::MediaTime;
use lapwing_media::{Picture, PictureError, PlaneIndex};

/// Pixels of four bytes, blue first and the last without meaning, as a picture (ITU-R BT.601,
/// limited range). Chroma is the mean of the pixels it stands for.
///
/// # Errors
/// When a side is zero or too long, or there are too few bytes.
pub(crate) fn bgrx_to_i420(
    pixels: &[u8],
    stride: usize,
    (width, height): (u32, u32),
    time: MediaTime,
) -> Result<Picture, PictureError> {
    let mut picture = Picture::new(width, height, time)?;
    let (columns, rows) = (width as usize, height as usize);
    let needed = stride * (rows - 1) + columns * 4;
    if stride < columns * 4 || pixels.len() < needed {
        return Err(PictureError::ShortPlane { plane: PlaneIndex::Y });
    }
    let line = |row: usize| &pixels[row * stride..][..columns * 4];
    for row in 0..rows {
        let luma = picture.row_mut(PlaneIndex::Y, row as u32);
        for (sample, pixel) in luma.iter_mut().zip(line(row).chunks_exact(4)) {
            let (b, g, r) = (u32::from(pixel[0]), u32::from(pixel[1]), u32::from(pixel[2]));
            // In 1/65536: 0.257, 0.504 and 0.098 of full range, from 16 on.
            *sample = ((16_829 * r + 33_039 * g + 6_416 * b + (16 << 16) + (1 << 15)) >> 16) as u8;
        }
    }
    let (mut u_row, mut v_row) = (vec![0; columns.div_ceil(2)], vec![0; columns.div_ceil(2)]);
    for row in 0..rows.div_ceil(2) {
        // The last line and column stand for themselves where there is no pair.
        let (first, second) = (line(2 * row), line((2 * row + 1).min(rows - 1)));
        for column in 0..columns.div_ceil(2) {
            let (left, right) = (8 * column, (8 * column + 4).min(4 * columns - 4));
            let sum = |channel: usize| {
                let of = |line: &[u8]| {
                    i32::from(line[left + channel]) + i32::from(line[right + channel])
                };
                of(first) + of(second)
            };
            let (b, g, r) = (sum(0), sum(1), sum(2));
            // Four pixels, so two bits more.
            let half = (128 << 18) + (1 << 17);
            u_row[column] = ((-9_714 * r - 19_070 * g + 28_784 * b + half) >> 18) as u8;
            v_row[column] = ((28_784 * r - 24_103 * g - 4_681 * b + half) >> 18) as u8;
        }
        picture.row_mut(PlaneIndex::U, row as u32).copy_from_slice(&u_row);
        picture.row_mut(PlaneIndex::V, row as u32).copy_from_slice(&v_row);
    }
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: MediaTime = MediaTime::new(0, 90_000);

    fn flat(bgr: [u8; 3], size: (u32, u32)) -> (u8, u8, u8) {
        let pixel = [bgr[0], bgr[1], bgr[2], 77];
        let pixels = pixel.repeat((size.0 * size.1) as usize);
        let picture = bgrx_to_i420(&pixels, size.0 as usize * 4, size, ZERO).unwrap();
        let one = |plane| {
            let samples = picture.plane(plane);
            assert!(samples.iter().all(|sample| *sample == samples[0]));
            samples[0]
        };
        (one(PlaneIndex::Y), one(PlaneIndex::U), one(PlaneIndex::V))
    }

    #[test]
    fn colours_are_those_of_the_recommendation() {
        // Blue, green, red; from the matrix of BT.601 with 8 bits.
        for (bgr, yuv) in [
            ([0, 0, 0], (16, 128, 128)),
            ([255, 255, 255], (235, 128, 128)),
            ([0, 0, 255], (82, 90, 240)),
            ([0, 255, 0], (145, 54, 34)),
            ([255, 0, 0], (41, 240, 110)),
            ([128, 128, 128], (126, 128, 128)),
        ] {
            for size in [(2, 2), (5, 3), (1, 1)] {
                let (y, u, v) = flat(bgr, size);
                let near = |a: u8, b: u8| a.abs_diff(b) <= 1;
                assert!(near(y, yuv.0) && near(u, yuv.1) && near(v, yuv.2), "{bgr:?}: {y} {u} {v}");
            }
        }
    }

    #[test]
    fn lines_may_be_longer_than_their_pixels_but_not_shorter() {
        let mut pixels = vec![0; 2 * 12];
        pixels[12..20].fill(255);
        let picture = bgrx_to_i420(&pixels, 12, (2, 2), ZERO).unwrap();
        assert_eq!(picture.plane(PlaneIndex::Y), [16, 16, 235, 235]);
        assert!(bgrx_to_i420(&pixels, 4, (2, 2), ZERO).is_err());
        assert!(bgrx_to_i420(&pixels[..19], 12, (2, 2), ZERO).is_err());
        assert!(bgrx_to_i420(&pixels[..20], 12, (2, 2), ZERO).is_ok());
    }
}
