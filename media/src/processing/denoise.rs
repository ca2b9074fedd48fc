//! Sensor noise is taken out, over time.
//!
//! A camera's noise is new in each picture, what it looks at is mostly not:
//!
//! 1. For each block of 16x16, the place in the cleaned picture before that looks most like it.
//! 2. How much noise there is: by the differences that are left, and by what a picture looks like
//!    where it is smooth. The smaller of both counts, so that neither motion nor texture is taken
//!    for noise.
//! 3. Each sample moves from what it was there towards what the sensor saw: by little where both
//!    agree but for noise, all the way where they do not, since then something moved. How little
//!    depends on how often it agreed before: a still picture becomes the mean of many.
//! 4. Chroma goes where its block's luma went, and is compared by itself.

use super::area::Area;
use super::noise::{spatial_noise, temporal_noise};
use super::reference::{Reference, Seen};
use super::search::{Luma, Vector, search};
use crate::picture::{Picture, PlaneIndex};

/// Noise below this standard deviation, in steps of 8 bits, is left: nobody sees it.
const LEAST_NOISE: f32 = 0.5;

/// More than this is taken for something else.
const MOST_NOISE: f32 = 25.0;

/// The share of the way to what a new picture says of noise.
const FOLLOW: f32 = 0.2;

/// Takes sensor noise out of pictures, one after another. It holds three pictures.
#[derive(Clone, Debug, Default)]
pub struct Denoiser {
    known: Option<Known>,
    /// Standard deviations in luma and in chroma.
    noise: [f32; 2],
}

/// What is known after a picture.
#[derive(Clone, Debug)]
struct Known {
    shown: Picture,
    planes: [Reference; 3],
    /// One for each block, as found last.
    vectors: Vec<Vector>,
}

impl Known {
    fn new(picture: &Picture) -> Self {
        let blocks = blocks(picture).len();
        let planes = PlaneIndex::ALL.map(|plane| {
            let (width, height) = picture.plane_size(plane);
            Reference::new(picture.plane(plane), width as usize, height as usize)
        });
        Known { shown: picture.clone(), planes, vectors: vec![(0, 0); blocks] }
    }
}

impl Denoiser {
    /// A denoiser that has seen nothing yet.
    pub fn new() -> Self {
        Denoiser::default()
    }

    /// Standard deviation of the noise that was found in the last picture's luma, in steps of 8
    /// bits.
    pub const fn noise(&self) -> f32 {
        self.noise[0]
    }

    /// Takes noise out of the picture. One of another size than the last begins anew.
    pub fn denoise(&mut self, picture: &mut Picture) {
        let before = self.known.take().filter(|known| known.shown.size() == picture.size());
        let Some(mut before) = before else {
            self.known = Some(Known::new(picture));
            return;
        };
        let blocks = blocks(picture);
        let found = find(picture, &before, &blocks, self.noise[0]);
        self.learn(picture, &before, &blocks, &found);
        let seen = picture.clone();
        let planes = before.planes.clone();
        for (index, plane) in PlaneIndex::ALL.into_iter().enumerate() {
            let noise = self.noise[usize::from(index > 0)].max(LEAST_NOISE);
            let (seen, shown) = (Seen(seen.plane(plane)), picture.plane_mut(plane));
            for (&area, &(vector, _)) in blocks.iter().zip(&found) {
                let at = match plane {
                    PlaneIndex::Y => (area, vector, noise),
                    PlaneIndex::U | PlaneIndex::V => (area.chroma(), half(vector), noise),
                };
                before.planes[index].fuse(&planes[index], &seen, shown, at);
            }
        }
        let vectors = found.into_iter().map(|(vector, _)| vector).collect();
        self.known = Some(Known { shown: picture.clone(), vectors, ..before });
    }

    /// Follows how much noise there is.
    fn learn(
        &mut self,
        picture: &Picture,
        before: &Known,
        blocks: &[Area],
        found: &[(Vector, u32)],
    ) {
        let age = |area: Area| f32::from(before.planes[0].age(area));
        let differences = blocks.iter().zip(found).map(|(&area, &(_, difference))| {
            (difference as f32 / (area.width * area.height) as f32, age(area))
        });
        let width = picture.stride(PlaneIndex::Y);
        let luma = spatial_noise(picture.plane(PlaneIndex::Y), width, blocks);
        let luma = least(luma, temporal_noise(differences));
        let areas: Vec<Area> = blocks.iter().map(|area| area.chroma()).collect();
        let width = picture.stride(PlaneIndex::U);
        let chroma = [PlaneIndex::U, PlaneIndex::V]
            .map(|plane| spatial_noise(picture.plane(plane), width, &areas));
        for (noise, seen) in self.noise.iter_mut().zip([luma, least(chroma[0], chroma[1])]) {
            let seen = seen.unwrap_or(0.0).min(MOST_NOISE);
            *noise = if *noise == 0.0 { seen } else { *noise + FOLLOW * (seen - *noise) };
        }
    }
}

fn least(a: Option<f32>, b: Option<f32>) -> Option<f32> {
    [a, b].into_iter().flatten().min_by(f32::total_cmp)
}

const fn half(vector: Vector) -> Vector {
    (vector.0 / 2, vector.1 / 2)
}

fn blocks(picture: &Picture) -> Vec<Area> {
    Area::blocks(picture.width() as usize, picture.height() as usize).collect()
}

/// For each block, where it was and how different it is there.
fn find(picture: &Picture, before: &Known, blocks: &[Area], noise: f32) -> Vec<(Vector, u32)> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let luma = |picture| Luma { samples: Picture::plane(picture, PlaneIndex::Y), width, height };
    let (now, then) = (luma(picture), luma(&before.shown));
    let across = blocks.iter().take_while(|area| area.top == 0).count();
    let mut found: Vec<(Vector, u32)> = Vec::with_capacity(blocks.len());
    for (index, &area) in blocks.iter().enumerate() {
        let known = |back: usize| index.checked_sub(back).map_or((0, 0), |index| found[index].0);
        let guesses = [known(1), known(across), before.vectors[index]];
        // Twice what the sum differs by noise alone.
        let margin = 20.0 * noise * (area.width * area.height) as f32 / 256.0;
        found.push(search(now, then, area, &guesses, margin as u32));
    }
    found
}

#[cfg(test)]
mod tests {
    use lapwing_engine::MediaTime;

    use super::*;
    use crate::quality::psnr;

    fn random(state: &mut u64) -> f32 {
        let mut next = || {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            (*state >> 40) as f32 / (1_u64 << 24) as f32
        };
        (0..12).map(|_| next()).sum::<f32>() - 6.0
    }

    /// A wave that moves by so many samples.
    fn wave(right: usize) -> Picture {
        let mut picture = Picture::new(96, 80, MediaTime::new(0, 90_000)).unwrap();
        for (index, sample) in picture.plane_mut(PlaneIndex::Y).iter_mut().enumerate() {
            let (x, y) = ((index % 96 + right) as f32, (index / 96) as f32);
            *sample = (120.0 + 60.0 * (x / 9.0).sin() + 30.0 * (y / 7.0).cos()) as u8;
        }
        picture
    }

    fn noisy(picture: &Picture, sigma: f32, state: &mut u64) -> Picture {
        let mut picture = picture.clone();
        for sample in picture.data_mut() {
            *sample = (f32::from(*sample) + sigma * random(state)).round().clamp(0.0, 255.0) as u8;
        }
        picture
    }

    #[test]
    fn noise_goes_from_still_and_moving_pictures() {
        for (step, gain) in [(0, 7.0), (3, 3.0)] {
            let (mut denoiser, mut state) = (Denoiser::new(), 7);
            let mut last = (0.0, 0.0);
            for index in 0..30 {
                let clean = wave(index * step);
                let mut picture = noisy(&clean, 6.0, &mut state);
                let before = psnr(&clean, &picture).unwrap();
                denoiser.denoise(&mut picture);
                last = (before, psnr(&clean, &picture).unwrap());
            }
            assert!(last.1 > last.0 + gain, "{step}: {last:?}, noise {}", denoiser.noise());
            assert!((4.0..8.0).contains(&denoiser.noise()), "{}", denoiser.noise());
        }
    }

    #[test]
    fn clean_pictures_stay_and_cuts_show_nothing_of_before() {
        let mut denoiser = Denoiser::new();
        for index in 0..10 {
            let clean = wave(index * 2);
            let mut picture = clean.clone();
            denoiser.denoise(&mut picture);
            assert!(psnr(&clean, &picture).unwrap() > 45.0, "{index}");
        }
        let mut cut = wave(0);
        cut.data_mut().iter_mut().for_each(|sample| *sample = 255 - *sample);
        let clean = cut.clone();
        denoiser.denoise(&mut cut);
        assert!(psnr(&clean, &cut).unwrap() > 45.0);
    }

    #[test]
    fn any_size_and_changes_of_it_are_taken() {
        let mut denoiser = Denoiser::new();
        for (width, height) in [(1, 1), (1, 1), (2, 1), (17, 3), (17, 3), (33, 65), (33, 65)] {
            let mut picture = Picture::new(width, height, MediaTime::new(3, 90_000)).unwrap();
            let mut state = 5;
            picture = noisy(&picture, 40.0, &mut state);
            denoiser.denoise(&mut picture);
            assert_eq!(picture.size(), (width, height));
            assert_eq!(picture.time(), MediaTime::new(3, 90_000));
        }
    }
}
