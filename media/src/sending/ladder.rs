//! Sizes and frame rates, from the best on down, and the bits that each is worth.

use lapwing_engine::Codec;

use super::preference::DegradationPreference;

/// Bits per second that 640x360 at 30 pictures a second are worth in VP8: with fewer, real pictures
/// come near the coarsest quantizer and look better with half the rate (docs/media-video.md).
const REFERENCE_BPS: f64 = 200_000.0;
/// Pixels of it.
const REFERENCE_PIXELS: f64 = 640.0 * 360.0;
/// Pictures a second of it.
const REFERENCE_RATE: f64 = 30.0;

/// How the worth grows with pixels: neighbours are alike, more so in larger pictures.
const PIXELS_EXPONENT: f64 = 0.8;
/// How it grows with pictures per second: so are pictures that follow on each other.
const RATE_EXPONENT: f64 = 0.6;

/// The least there is: below it nothing is to be recognised.
const RATE_MIN: f64 = 5.0;
/// See [`RATE_MIN`].
const SIDE_MIN: u32 = 90;

/// A size and a frame rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rung {
    /// Width and height, even.
    pub(super) size: (u32, u32),
    /// Pictures per second.
    pub(super) rate: f64,
    /// Bits per second that it is worth, for pictures that are as hard as most.
    pub(super) worth: f64,
}

/// Shares of size and frame rate, from the best on down.
const fn shares(preference: DegradationPreference) -> &'static [(f64, f64)] {
    match preference {
        DegradationPreference::MaintainFramerate => &[
            (1.0, 1.0),
            (0.75, 1.0),
            (0.5, 1.0),
            (0.375, 1.0),
            (0.25, 1.0),
            (0.25, 0.667),
            (0.25, 0.5),
        ],
        DegradationPreference::MaintainResolution => {
            &[(1.0, 1.0), (1.0, 0.667), (1.0, 0.5), (1.0, 0.333), (1.0, 0.25), (1.0, 0.167)]
        }
        DegradationPreference::Balanced => &[
            (1.0, 1.0),
            (1.0, 0.667),
            (1.0, 0.5),
            (0.75, 0.667),
            (0.75, 0.5),
            (0.5, 0.667),
            (0.5, 0.5),
            (0.375, 0.5),
            (0.25, 0.5),
            (0.25, 0.333),
        ],
    }
}

/// The rungs for pictures of this size and rate, from the best on down: one at least, and each
/// worth less than the one before.
pub(super) fn ladder(
    size: (u32, u32),
    rate: f64,
    codec: Codec,
    preference: DegradationPreference,
) -> Vec<Rung> {
    let mut rungs: Vec<Rung> = Vec::new();
    for &(scale, share) in shares(preference) {
        let size = (scaled(size.0, scale), scaled(size.1, scale));
        let rate = (rate * share).max(RATE_MIN.min(rate));
        let rung = Rung { size, rate, worth: worth(size, rate, codec) };
        let too_small = scale < 1.0 && size.0.min(size.1) < SIDE_MIN;
        let less = rungs.last().is_none_or(|above| rung.worth < above.worth);
        if less && !too_small {
            rungs.push(rung);
        }
    }
    rungs
}

/// An even side, two at least. A side that stays whole stays as it is.
fn scaled(side: u32, scale: f64) -> u32 {
    match scale < 1.0 {
        true => (((f64::from(side) * scale / 2.0).round() as u32) * 2).max(2),
        false => side,
    }
}

/// Bits per second that pictures are worth.
pub(super) fn worth(size: (u32, u32), rate: f64, codec: Codec) -> f64 {
    let pixels = f64::from(size.0) * f64::from(size.1);
    let against_vp8 = match codec {
        Codec::Vp9 | Codec::H265 => 0.75,
        Codec::Av1 => 0.65,
        _ => 1.0,
    };
    REFERENCE_BPS
        * against_vp8
        * (pixels / REFERENCE_PIXELS).powf(PIXELS_EXPONENT)
        * (rate / REFERENCE_RATE).powf(RATE_EXPONENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [DegradationPreference; 3] = [
        DegradationPreference::MaintainFramerate,
        DegradationPreference::MaintainResolution,
        DegradationPreference::Balanced,
    ];

    #[test]
    fn each_rung_is_worth_less_than_the_one_above() {
        for preference in ALL {
            for size in [(1280, 720), (640, 360), (320, 180), (90, 160), (2, 2), (3840, 2160)] {
                let rungs = ladder(size, 30.0, Codec::Vp8, preference);
                assert_eq!((rungs[0].size, rungs[0].rate), (size, 30.0));
                let falls = rungs.windows(2).all(|two| two[1].worth < two[0].worth);
                assert!(falls, "{preference:?} {rungs:?}");
            }
        }
    }

    #[test]
    fn what_is_to_be_kept_is_kept() {
        let of = |preference| ladder((640, 360), 30.0, Codec::Vp8, preference);
        let resolution = of(DegradationPreference::MaintainResolution);
        assert!(resolution.iter().all(|rung| rung.size == (640, 360)), "{resolution:?}");
        let framerate = of(DegradationPreference::MaintainFramerate);
        let full: Vec<_> = framerate.iter().filter(|rung| rung.rate == 30.0).collect();
        assert_eq!(full.last().map(|rung| rung.size), Some((160, 90)), "{framerate:?}");
        let balanced = of(DegradationPreference::Balanced);
        assert_eq!((balanced[1].size, balanced[1].rate.round()), ((640, 360), 20.0));
        assert_eq!((balanced[3].size, balanced[3].rate.round()), ((480, 270), 20.0));
    }

    #[test]
    fn small_and_slow_sources_are_not_made_smaller_and_slower_than_can_be_used() {
        let tiny = ladder((120, 100), 30.0, Codec::Vp8, DegradationPreference::Balanced);
        assert!(tiny.iter().all(|rung| rung.size == (120, 100)), "{tiny:?}");
        let slow = ladder((640, 360), 5.0, Codec::Vp8, DegradationPreference::Balanced);
        assert!(slow.iter().all(|rung| rung.rate >= 5.0), "{slow:?}");
        let slower = ladder((640, 360), 1.0, Codec::Vp8, DegradationPreference::Balanced);
        assert!(slower.iter().all(|rung| rung.rate == 1.0), "{slower:?}");
    }
}
