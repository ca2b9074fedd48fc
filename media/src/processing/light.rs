//! Dark pictures are lifted.
//!
//! 1. The histogram of luma says how bright the picture is: its mean, and the level that only the
//!    brightest 1 % are above.
//! 2. Where the mean is below [`WANTED_MEAN`], a curve is made: light is stretched until those
//!    brightest are white, then bent by a power until the mean is where it should be. Neither
//!    goes further than a limit, so noise is not blown up and night stays darker than day.
//! 3. The curve follows slowly from picture to picture, so that nothing flickers.
//! 4. Luma goes through the curve; chroma becomes stronger as luma at the mean does.

use crate::picture::{Picture, PlaneIndex};

/// Mean luma that dark pictures are brought to, of full scale: that of an ordinary room.
const WANTED_MEAN: f32 = 0.38;

/// Steepest slope of the curve: noise in the dark becomes this much stronger at most.
const MAX_SLOPE: f32 = 4.0;

/// Smallest exponent of the curve.
const MIN_POWER: f32 = 0.6;

/// The share of the way to the new curve that each picture goes.
const FOLLOW: f32 = 0.1;

/// Most that chroma becomes stronger.
const MAX_CHROMA: f32 = 3.0;

/// Share of samples that may become white.
const WHITE_SHARE: f32 = 0.01;

/// Luma of black and of white in limited range.
const BLACK: usize = 16;
const WHITE: usize = 235;
const STEPS: usize = WHITE - BLACK;

/// Lifts dark pictures by one tone curve, which follows the light.
#[derive(Clone, Debug)]
pub struct LightLeveller {
    /// Luma for each step above black, 0.0 to 1.0, as applied last. `None` before any picture.
    curve: Option<[f32; STEPS + 1]>,
    brightening: f32,
}

impl LightLeveller {
    /// A leveller that has seen nothing yet.
    pub fn new() -> Self {
        LightLeveller { curve: None, brightening: 1.0 }
    }

    /// Lifts the picture if it is dark.
    pub fn level(&mut self, picture: &mut Picture) {
        let histogram = histogram(picture.plane(PlaneIndex::Y));
        let wanted = curve_for(&histogram);
        let curve = self.curve.get_or_insert(wanted);
        for (step, wanted) in curve.iter_mut().zip(wanted) {
            *step += FOLLOW * (wanted - *step);
        }
        let (before, after) = means(&histogram, curve);
        self.brightening = if before > 0.0 { after / before } else { 1.0 };
        apply(picture, curve, self.brightening.clamp(1.0, MAX_CHROMA));
    }

    /// How much brighter the last picture's mean luma became: 1.0 is as before.
    pub const fn brightening(&self) -> f32 {
        self.brightening
    }
}

impl Default for LightLeveller {
    fn default() -> Self {
        LightLeveller::new()
    }
}

/// How many samples there are of each step above black.
fn histogram(luma: &[u8]) -> [u32; STEPS + 1] {
    let mut histogram = [0; STEPS + 1];
    for &sample in luma {
        histogram[usize::from(sample).clamp(BLACK, WHITE) - BLACK] += 1;
    }
    histogram
}

/// Mean luma before and after a curve.
fn means(histogram: &[u32; STEPS + 1], curve: &[f32; STEPS + 1]) -> (f32, f32) {
    let total: f32 = histogram.iter().map(|&count| count as f32).sum();
    let sum = |of: &dyn Fn(usize) -> f32| -> f32 {
        let weighted = histogram.iter().enumerate().map(|(step, &count)| count as f32 * of(step));
        weighted.sum::<f32>() / total.max(1.0)
    };
    (sum(&|step| step as f32 / STEPS as f32), sum(&|step| curve[step]))
}

/// The curve for a picture with this histogram: a straight line unless it is dark.
fn curve_for(histogram: &[u32; STEPS + 1]) -> [f32; STEPS + 1] {
    let straight: [f32; STEPS + 1] = std::array::from_fn(|step| step as f32 / STEPS as f32);
    let (mean, _) = means(histogram, &straight);
    if mean >= WANTED_MEAN {
        return straight;
    }
    let white = white_point(histogram).max(1) as f32 / STEPS as f32;
    // No more than the mean asks for, however dark the brightest are.
    let stretch = (1.0 / white).min(WANTED_MEAN / mean.max(1e-3)).clamp(1.0, MAX_SLOPE);
    let stretched = (mean * stretch).clamp(1e-3, WANTED_MEAN);
    let power = (WANTED_MEAN.ln() / stretched.ln()).clamp(MIN_POWER, 1.0);
    let mut curve = straight.map(|light| (light * stretch).min(1.0).powf(power));
    for step in 1..curve.len() {
        curve[step] = curve[step].min(curve[step - 1] + MAX_SLOPE / STEPS as f32);
    }
    curve
}

/// The step that [`WHITE_SHARE`] of all samples are above.
fn white_point(histogram: &[u32; STEPS + 1]) -> usize {
    let total: f32 = histogram.iter().map(|&count| count as f32).sum();
    let mut above = 0.0;
    for (step, &count) in histogram.iter().enumerate().rev() {
        above += count as f32;
        if above > total * WHITE_SHARE {
            return step;
        }
    }
    0
}

fn apply(picture: &mut Picture, curve: &[f32; STEPS + 1], chroma: f32) {
    let luma: [u8; 256] = std::array::from_fn(|sample| {
        // What is below black or above white moves with them.
        let inside = sample.clamp(BLACK, WHITE);
        let moved = BLACK as f32 + curve[inside - BLACK] * STEPS as f32;
        (moved + sample as f32 - inside as f32).round().clamp(0.0, 255.0) as u8
    });
    let colour: [u8; 256] = std::array::from_fn(|sample| {
        ((sample as f32 - 128.0) * chroma + 128.0).round().clamp(0.0, 255.0) as u8
    });
    for (plane, table) in
        [(PlaneIndex::Y, &luma), (PlaneIndex::U, &colour), (PlaneIndex::V, &colour)]
    {
        let samples = picture.plane_mut(plane);
        samples.iter_mut().for_each(|sample| *sample = table[usize::from(*sample)]);
    }
}

#[cfg(test)]
mod tests {
    use lapwing_engine::MediaTime;

    use super::*;

    fn ramp(from: u8, to: u8) -> Picture {
        let mut picture = Picture::new(64, 16, MediaTime::new(0, 90_000)).unwrap();
        let span = u32::from(to - from);
        for (sample, index) in picture.plane_mut(PlaneIndex::Y).iter_mut().zip(0_u32..) {
            *sample = from + (index % 64 * span / 63) as u8;
        }
        picture
    }

    fn mean(picture: &Picture) -> f64 {
        let luma = picture.plane(PlaneIndex::Y);
        luma.iter().map(|&sample| f64::from(sample)).sum::<f64>() / luma.len() as f64
    }

    #[test]
    fn bright_pictures_stay_as_they_are() {
        let before = ramp(16, 235);
        let mut after = before.clone();
        LightLeveller::new().level(&mut after);
        assert_eq!(after, before);
    }

    #[test]
    fn dark_pictures_become_brighter_and_keep_their_order() {
        let mut picture = ramp(16, 70);
        let before = mean(&picture);
        let mut leveller = LightLeveller::new();
        leveller.level(&mut picture);
        assert!(mean(&picture) - 16.0 > 2.5 * (before - 16.0), "{}", mean(&picture));
        assert!(leveller.brightening() > 2.5);
        assert!(picture.row(PlaneIndex::Y, 0).is_sorted());
    }

    #[test]
    fn the_slope_is_bounded() {
        for mean in 1..200 {
            let mut histogram = [0; STEPS + 1];
            histogram[mean] = 1_000;
            let curve = curve_for(&histogram);
            let steepest = curve.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f32::max);
            assert!(steepest <= MAX_SLOPE / STEPS as f32 + 1e-6, "{steepest} at {mean}");
            assert!(curve.is_sorted());
        }
    }

    #[test]
    fn light_that_is_switched_on_is_followed_without_a_jump() {
        let mut leveller = LightLeveller::new();
        leveller.level(&mut ramp(16, 70));
        let dark = leveller.curve.expect("it saw a picture");
        leveller.level(&mut ramp(16, 235));
        let next = leveller.curve.expect("it saw a picture");
        let step = dark.iter().zip(next).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(step > 0.0 && step <= FOLLOW, "{step}");
    }
}
