//! What cleaning makes of real pictures.

use lapwing_engine::MediaTime;
use lapwing_media::processing::{CleanerSettings, PictureCleaner};
use lapwing_media::quality::psnr;
use lapwing_media::{Picture, PlaneIndex};

use crate::clips;
use crate::room::Random;

const DENOISE: CleanerSettings = CleanerSettings { denoise: true, low_light: false };

/// The picture in so much of its light, with Gaussian noise in all planes.
fn seen(clean: &Picture, light: f32, sigma: f32, random: &mut Random) -> Picture {
    let mut picture = clean.clone();
    for plane in PlaneIndex::ALL {
        let zero = if plane == PlaneIndex::Y { 16.0 } else { 128.0 };
        for sample in picture.plane_mut(plane) {
            let value = (f32::from(*sample) - zero) * light + zero + sigma * random.normal();
            *sample = value.round().clamp(0.0, 255.0) as u8;
        }
    }
    picture
}

/// PSNR in dB of the last picture against the clean one, before and after.
fn last(settings: CleanerSettings, light: f32, sigma: f32) -> (f64, f64) {
    let mut random = Random::new(3);
    let mut cleaner = PictureCleaner::new(settings);
    let mut found = (0.0, 0.0);
    for clean in clips::pictures(clips::VP8, 15) {
        let seen = seen(&clean, light, sigma, &mut random);
        let shown = cleaner.clean(seen.clone());
        assert_eq!(shown.time(), clean.time());
        found = (psnr(&clean, &seen).unwrap(), psnr(&clean, &shown).unwrap());
    }
    found
}

#[test]
fn noise_goes_and_a_clean_clip_stays() {
    let (before, after) = last(DENOISE, 1.0, 6.0);
    assert!(after >= before + 3.0, "{before:.1} to {after:.1} dB");
    let (_, clean) = last(DENOISE, 1.0, 0.0);
    assert!(clean >= 42.0, "{clean:.1} dB");
}

#[test]
fn a_dark_clip_comes_nearer_to_the_bright_one() {
    let (before, after) = last(CleanerSettings::ALL, 0.25, 2.0);
    assert!(after >= before + 4.0, "{before:.1} to {after:.1} dB");
}

#[test]
fn one_pixel_odd_sizes_and_noise_alone_are_taken() {
    let mut random = Random::new(29);
    let mut cleaner = PictureCleaner::new(CleanerSettings::ALL);
    for _ in 0..200 {
        let (width, height) = (1 + random.next() as u32 % 40, 1 + random.next() as u32 % 40);
        // Two of a size, so that the second has one before it.
        for _ in 0..2 {
            let time = MediaTime::new(random.next(), 90_000);
            let mut picture = Picture::new(width, height, time).unwrap();
            picture.data_mut().iter_mut().for_each(|sample| *sample = random.next() as u8);
            let shown = cleaner.clean(picture);
            assert_eq!((shown.size(), shown.time()), ((width, height), time));
        }
    }
}
