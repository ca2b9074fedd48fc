//! Cleaning of pictures.

use std::fs::File;

use lapwing_benches::plot::Table;
use lapwing_engine::Codec;
use lapwing_media::files::IvfReader;
use lapwing_media::files::Reader;
use lapwing_media::processing::{CleanerSettings, PictureCleaner};
use lapwing_media::quality::psnr;
use lapwing_media::sources::DecodedVideo;
use lapwing_media::{Picture, PlaneIndex, VideoSettings, video_decoder, video_encoder};

use crate::asset;
use crate::room::Random;
use crate::ssim::ssim;

/// Pictures of a run, and how many of the first do not count: noise is still being learnt.
const PICTURES: usize = 75;
const LEARNING: usize = 10;

/// The first pictures of the clip: 640x360, 25 per second.
pub(crate) fn clip(count: usize) -> Vec<Picture> {
    let file = File::open(asset("bunny-640x360.vp8.ivf")).expect("the clip is committed");
    let reader = IvfReader::new(file).expect("the clip is good");
    let mut reader = DecodedVideo::new(reader).expect("VP8 is built in");
    let mut next = || reader.next().expect("the clip is good").expect("it is long enough");
    (0..count).map(|_| next()).collect()
}

/// The picture with Gaussian noise of this standard deviation in all planes.
pub(crate) fn noisy(picture: &Picture, sigma: f32, random: &mut Random) -> Picture {
    let mut picture = picture.clone();
    for sample in picture.data_mut() {
        *sample = (f32::from(*sample) + sigma * random.normal()).round().clamp(0.0, 255.0) as u8;
    }
    picture
}

/// The picture in so much of its light.
fn darker(picture: &Picture, light: f32) -> Picture {
    let mut picture = picture.clone();
    for plane in PlaneIndex::ALL {
        let zero = if plane == PlaneIndex::Y { 16.0 } else { 128.0 };
        for sample in picture.plane_mut(plane) {
            let value = (f32::from(*sample) - zero) * light + zero;
            *sample = value.round().clamp(0.0, 255.0) as u8;
        }
    }
    picture
}

/// Mean PSNR over all planes, and mean SSIM of luma, where noise was learnt.
fn quality(clean: &[Picture], other: &[Picture]) -> (f64, f64) {
    let pairs = || clean.iter().zip(other).skip(LEARNING);
    let count = pairs().count().max(1) as f64;
    // Equal pictures have no ratio.
    let ratio = |(a, b): (&Picture, &Picture)| psnr(a, b).expect("sizes are equal").min(99.0);
    let sum: f64 = pairs().map(ratio).sum();
    (sum / count, pairs().map(|(a, b)| ssim(a, b)).sum::<f64>() / count)
}

fn cleaned(settings: CleanerSettings, pictures: &[Picture]) -> (Vec<Picture>, PictureCleaner) {
    let mut cleaner = PictureCleaner::new(settings);
    let pictures = pictures.iter().map(|picture| cleaner.clean(picture.clone())).collect();
    (pictures, cleaner)
}

const DENOISE: CleanerSettings = CleanerSettings { denoise: true, low_light: false };
const LIGHT: CleanerSettings = CleanerSettings { denoise: false, low_light: true };

/// Noise of several strengths.
pub(crate) fn noise() -> Table {
    let clean = clip(PICTURES);
    let mut table = Table::new(["sigma", "found", "PSNR off, dB", "on, dB", "SSIM off", "SSIM on"]);
    for sigma in [0.0, 2.0, 4.0, 6.0, 10.0, 15.0] {
        let mut random = Random::new(11);
        let seen: Vec<Picture> = clean.iter().map(|it| noisy(it, sigma, &mut random)).collect();
        let (shown, cleaner) = cleaned(DENOISE, &seen);
        let (before, after) = (quality(&clean, &seen), quality(&clean, &shown));
        table.push([
            format!("{sigma}"),
            format!("{:.1}", cleaner.noise().unwrap_or_default()),
            format!("{:.1}", before.0),
            format!("{:.1}", after.0),
            format!("{:.3}", before.1),
            format!("{:.3}", after.1),
        ]);
    }
    table
}

/// A share of the light, with noise, against the clip in full light.
pub(crate) fn light() -> Table {
    let clean = clip(PICTURES);
    let mut table = Table::new(["light, sigma", "stages", "brighter by", "PSNR, dB", "SSIM"]);
    for (light, sigma) in [(1.0, 0.0), (0.5, 2.0), (0.25, 3.0), (0.15, 3.0)] {
        let mut random = Random::new(13);
        let seen: Vec<Picture> =
            clean.iter().map(|it| noisy(&darker(it, light), sigma, &mut random)).collect();
        for (name, settings) in [
            ("none", CleanerSettings::NONE),
            ("denoise", DENOISE),
            ("light", LIGHT),
            ("both", CleanerSettings::ALL),
        ] {
            let (shown, cleaner) = cleaned(settings, &seen);
            let (ratio, similarity) = quality(&clean, &shown);
            table.push([
                format!("{light}, {sigma}"),
                name.to_owned(),
                cleaner.brightening().map_or_else(String::new, |by| format!("{by:.2}")),
                format!("{ratio:.1}"),
                format!("{similarity:.3}"),
            ]);
        }
    }
    table
}

/// What VP8 needs at these targets in kbit/s, and what comes out against the clean clip.
const TARGETS: [u32; 5] = [200, 350, 600, 1_000, 1_600];

/// Bits per second and PSNR in dB, for each target.
fn curve(clean: &[Picture], pictures: &[Picture]) -> Vec<(f64, f64)> {
    let point = |target: &u32| {
        let settings =
            VideoSettings { frame_rate: 25, ..VideoSettings::new(640, 360, target * 1_000) };
        let mut encoder = video_encoder(Codec::Vp8, &settings).expect("VP8 is built in");
        let mut decoder = video_decoder(Codec::Vp8).expect("VP8 is built in");
        let (mut bytes, mut shown) = (0, Vec::<Picture>::new());
        for (index, picture) in pictures.iter().enumerate() {
            let frames = encoder.encode(picture, index == 0).expect("the picture is good");
            for frame in frames {
                bytes += if index >= LEARNING { frame.data.len() } else { 0 };
                shown.extend(decoder.decode(&frame).expect("the frame is good"));
            }
            if shown.len() == index {
                // The rate control left it out: the one before is still shown.
                let last = shown.last().expect("the first is never left out").clone();
                shown.push(last);
            }
        }
        assert_eq!(shown.len(), pictures.len(), "the encoder drops no picture");
        let seconds = (pictures.len() - LEARNING) as f64 / 25.0;
        (bytes as f64 * 8.0 / seconds, quality(clean, &shown).0)
    };
    TARGETS.iter().map(point).collect()
}

/// The rate at which a curve reaches a quality, between its points along the logarithm of the rate.
fn rate_at(curve: &[(f64, f64)], quality: f64) -> Option<f64> {
    let pair = curve.windows(2).find(|pair| pair[0].1 <= quality && quality <= pair[1].1)?;
    let along = (quality - pair[0].1) / (pair[1].1 - pair[0].1);
    Some((pair[0].0.ln() + along * (pair[1].0.ln() - pair[0].0.ln())).exp())
}

/// VP8 of noisy and of denoised pictures: the rates at which the denoised ones look as the noisy
/// ones do at each of theirs.
pub(crate) fn rates() -> Table {
    let clean = clip(PICTURES);
    let mut table = Table::new([
        "sigma, target",
        "off, kbit/s",
        "off, dB",
        "on, kbit/s",
        "on, dB",
        "on at the quality of off, kbit/s",
        "saved, %",
    ]);
    for sigma in [0.0, 4.0, 8.0] {
        let mut random = Random::new(17);
        let seen: Vec<Picture> = clean.iter().map(|it| noisy(it, sigma, &mut random)).collect();
        let (shown, _) = cleaned(DENOISE, &seen);
        let (off, on) = (curve(&clean, &seen), curve(&clean, &shown));
        for ((target, off), with) in TARGETS.iter().zip(&off).zip(&on) {
            let equal = rate_at(&on, off.1);
            table.push([
                format!("{sigma}, {target}"),
                format!("{:.0}", off.0 / 1e3),
                format!("{:.2}", off.1),
                format!("{:.0}", with.0 / 1e3),
                format!("{:.2}", with.1),
                equal.map_or_else(|| "-".to_owned(), |rate| format!("{:.0}", rate / 1e3)),
                equal.map_or_else(
                    || "-".to_owned(),
                    |rate| format!("{:.0}", 100.0 * (1.0 - rate / off.0)),
                ),
            ]);
        }
    }
    table
}
