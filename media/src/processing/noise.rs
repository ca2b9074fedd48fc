//! How much noise there is in a plane.

use super::area::Area;

/// The mean of the absolute value of a Gaussian, over its standard deviation.
const MEAN_OF_ABSOLUTE: f32 = 0.797_884_6;

/// The share of blocks that are taken for noise alone.
const QUIET_SHARE: f32 = 0.25;

/// Least samples from which something can be said of noise.
const LEAST_SAMPLES: usize = 36;

/// Standard deviation of the noise within a picture: the filter of Immerkaer ("Fast noise variance
/// estimation", 1996) finds nothing in even light and straight slopes; texture is what remains of
/// the picture, and the quietest blocks have little of it. `None` when there is no block of six
/// samples by six.
pub(super) fn spatial_noise(samples: &[u8], width: usize, blocks: &[Area]) -> Option<f32> {
    let whole = |area: &&Area| area.width * area.height >= LEAST_SAMPLES;
    // Every second block says as much as all.
    let blocks = blocks.iter().filter(whole).step_by(2);
    quiet(blocks.filter_map(|area| block_noise(samples, width, *area)).collect())
}

/// Standard deviation of the noise by how blocks differ from where they were before: `differences`
/// are their mean absolute differences, with the number of pictures that what they were compared
/// with is the mean of.
pub(super) fn temporal_noise(differences: impl Iterator<Item = (f32, f32)>) -> Option<f32> {
    let noise = differences
        .map(|(mean, age)| mean / MEAN_OF_ABSOLUTE / (1.0 + 1.0 / age.max(1.0)).sqrt())
        .collect();
    quiet(noise)
}

/// The level that [`QUIET_SHARE`] of all are below.
fn quiet(mut levels: Vec<f32>) -> Option<f32> {
    if levels.is_empty() {
        return None;
    }
    let index = (levels.len() as f32 * QUIET_SHARE) as usize;
    let (_, level, _) = levels.select_nth_unstable_by(index, f32::total_cmp);
    Some(*level)
}

/// Immerkaer's estimate for one block.
fn block_noise(samples: &[u8], width: usize, area: Area) -> Option<f32> {
    if area.width < 3 || area.height < 3 {
        return None;
    }
    let mut sum = 0;
    for top in area.top..area.top + area.height - 2 {
        let row = |index: usize| &samples[(top + index) * width + area.left..][..area.width];
        let (a, b, c) = (row(0), row(1), row(2));
        for x in 0..area.width - 2 {
            let outer = |row: &[u8]| i32::from(row[x]) + i32::from(row[x + 2]);
            let middle = |row: &[u8]| i32::from(row[x + 1]);
            let corners = outer(a) + outer(c);
            let sides = middle(a) + middle(c) + outer(b);
            sum += (corners - 2 * sides + 4 * middle(b)).abs();
        }
    }
    let count = (area.width - 2) * (area.height - 2);
    // The filter's weights, squared, sum to 36.
    Some(sum as f32 / count as f32 / 6.0 / MEAN_OF_ABSOLUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_has_no_noise() {
        let samples: Vec<u8> = (0..64 * 64).map(|i| (i % 64 + i / 64) as u8).collect();
        let blocks: Vec<Area> = Area::blocks(64, 64).collect();
        assert_eq!(spatial_noise(&samples, 64, &blocks), Some(0.0));
    }

    #[test]
    fn too_small_a_picture_says_nothing() {
        let blocks: Vec<Area> = Area::blocks(1, 1).collect();
        assert_eq!(spatial_noise(&[16], 1, &blocks), None);
        assert_eq!(temporal_noise(std::iter::empty()), None);
    }

    #[test]
    fn what_moves_is_no_noise() {
        let differences = (0..100).map(|i| (if i < 30 { 4.0 } else { 60.0 }, 1.0));
        let noise = temporal_noise(differences).unwrap();
        assert!((noise - 4.0 / 0.7979 / 2.0_f32.sqrt()).abs() < 0.01, "{noise}");
    }
}
