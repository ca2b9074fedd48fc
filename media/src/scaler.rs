//! Pictures of other sizes.

use crate::picture::{Picture, PictureError, PlaneIndex};

/// Fraction bits of a position.
const FRACTION: u32 = 16;

/// `picture` at another size, with the same time: by the mean of the samples it covers where a
/// side shrinks to less than half, else by the two nearest on each axis.
///
/// # Errors
/// When a side is zero or the size is above the limits of [`Picture`].
pub fn scale(picture: &Picture, width: u32, height: u32) -> Result<Picture, PictureError> {
    let mut scaled = Picture::new(width, height, picture.time())?;
    if picture.size() == scaled.size() {
        return Ok(picture.clone());
    }
    for plane in PlaneIndex::ALL {
        let from = View { data: picture.plane(plane), size: picture.plane_size(plane) };
        let size = scaled.plane_size(plane);
        // First the rows become shorter or longer, then there are fewer or more of them.
        let columns = Axis::new(from.size.0, size.0);
        let rows = Axis::new(from.size.1, size.1);
        let narrow = from.scale_columns(&columns);
        let narrow = View { data: &narrow, size: (size.0, from.size.1) };
        narrow.scale_rows(&rows, scaled.plane_mut(plane));
    }
    Ok(scaled)
}

struct View<'a> {
    data: &'a [u8],
    size: (u32, u32),
}

/// Which samples of one axis make each new one.
enum Axis {
    /// The first of two neighbours, the second, and the second's weight in 1/256.
    Between(Vec<(usize, usize, u16)>),
    /// From the first, up to the second without it.
    Mean(Vec<(usize, usize)>),
}

impl Axis {
    fn new(from: u32, to: u32) -> Self {
        let (long_from, long_to) = (u64::from(from), u64::from(to));
        if from > 2 * to {
            let edge = |index: u64| (index * long_from / long_to) as usize;
            return Axis::Mean((0..long_to).map(|i| (edge(i), edge(i + 1))).collect());
        }
        let last = u64::from(from - 1) << FRACTION;
        let between = |index: u64| {
            // Centres of samples lie on centres: (index + 0.5) * from / to - 0.5.
            let position = (2 * index + 1) * (long_from << FRACTION) / (2 * long_to);
            let position = position.saturating_sub(1 << (FRACTION - 1)).min(last);
            let first = (position >> FRACTION) as usize;
            let weight = (position >> (FRACTION - 8) & 0xff) as u16;
            (first, (first + 1).min(from as usize - 1), weight)
        };
        Axis::Between((0..long_to).map(between).collect())
    }
}

fn mix(a: u8, b: u8, weight: u16) -> u8 {
    ((u16::from(a) * (256 - weight) + u16::from(b) * weight + 128) >> 8) as u8
}

impl View<'_> {
    fn rows(&self) -> std::slice::ChunksExact<'_, u8> {
        self.data.chunks_exact(self.size.0 as usize)
    }

    fn scale_columns(&self, axis: &Axis) -> Vec<u8> {
        let mut out = Vec::new();
        for row in self.rows() {
            match axis {
                Axis::Between(places) => {
                    out.extend(places.iter().map(|&(a, b, weight)| mix(row[a], row[b], weight)));
                }
                Axis::Mean(places) => out.extend(places.iter().map(|&(start, end)| {
                    let sum: u32 = row[start..end].iter().map(|&sample| u32::from(sample)).sum();
                    (sum / (end - start) as u32) as u8
                })),
            }
        }
        out
    }

    fn scale_rows(&self, axis: &Axis, out: &mut [u8]) {
        let width = self.size.0 as usize;
        let row = |index: usize| &self.data[index * width..][..width];
        let targets = out.chunks_exact_mut(width);
        match axis {
            Axis::Between(places) => {
                for (target, &(a, b, weight)) in targets.zip(places) {
                    for ((target, a), b) in target.iter_mut().zip(row(a)).zip(row(b)) {
                        *target = mix(*a, *b, weight);
                    }
                }
            }
            Axis::Mean(places) => {
                let mut sums = vec![0_u32; width];
                for (target, &(start, end)) in targets.zip(places) {
                    sums.fill(0);
                    for index in start..end {
                        sums.iter_mut().zip(row(index)).for_each(|(sum, s)| *sum += u32::from(*s));
                    }
                    let count = (end - start) as u32;
                    target.iter_mut().zip(&sums).for_each(|(t, sum)| *t = (sum / count) as u8);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::psnr;
    use lapwing_engine::MediaTime;

    fn ramp(width: u32, height: u32) -> Picture {
        let mut picture = Picture::new(width, height, MediaTime::new(7, 90_000)).unwrap();
        for plane in PlaneIndex::ALL {
            let (columns, rows) = picture.plane_size(plane);
            for row in 0..rows {
                for column in 0..columns {
                    // At the centre of the sample, so that it is the same at any size.
                    let value = 20 + 75 * (2 * column + 1) / columns + 30 * (2 * row + 1) / rows;
                    picture.row_mut(plane, row)[column as usize] = value as u8;
                }
            }
        }
        picture
    }

    #[test]
    fn a_ramp_stays_a_ramp_at_any_size() {
        let picture = ramp(320, 180);
        for (width, height) in [(640, 360), (160, 90), (80, 45), (319, 181), (100, 400), (33, 17)] {
            let scaled = scale(&picture, width, height).unwrap();
            let psnr = psnr(&scaled, &ramp(width, height)).unwrap();
            assert!(psnr > 38.0, "{width}x{height}: {psnr}");
            assert_eq!(scaled.time(), picture.time());
        }
    }

    #[test]
    fn flat_pictures_stay_flat() {
        let mut picture = Picture::new(50, 50, MediaTime::new(0, 90_000)).unwrap();
        picture.data_mut().fill(77);
        for (width, height) in [(1, 1), (17, 99), (200, 3), (50, 50)] {
            let scaled = scale(&picture, width, height).unwrap();
            assert!(scaled.data().iter().all(|&sample| sample == 77), "{width}x{height}");
        }
    }

    #[test]
    fn sizes_are_checked() {
        let picture = ramp(16, 16);
        assert_eq!(scale(&picture, 0, 16).unwrap_err(), PictureError::Empty);
        let error = PictureError::TooLarge { width: 9_000, height: 16 };
        assert_eq!(scale(&picture, 9_000, 16).unwrap_err(), error);
    }
}
