//! How loud sound is, as RFC 6464 counts it.

use crate::quality::level;
use crate::samples::Samples;

/// The level of digital silence.
pub const SILENCE_DBOV: i8 = -127;

/// The level of samples in dBov, 0 (loudest) to -127 (silence): their root mean square against
/// that of the loudest signal there can be, a square wave at full scale
/// ([RFC 6464 section 3](https://www.rfc-editor.org/rfc/rfc6464#section-3)).
///
/// Give it the sound of one frame, and what it says to `WriteOptions::audio_level`.
///
/// ```
/// use lapwing_engine::MediaTime;
/// use lapwing_media::{Samples, processing::audio_level};
///
/// let loudest = Samples::new(vec![1.0, -1.0], 48_000, 1, MediaTime::new(0, 48_000))?;
/// assert_eq!(audio_level(&loudest), 0);
/// # Ok::<(), lapwing_media::SamplesError>(())
/// ```
pub fn audio_level(samples: &Samples) -> i8 {
    let rms = level(samples).rms_dbfs;
    // Not a number, when a sample was none, is silence too.
    if rms.is_nan() { SILENCE_DBOV } else { rms.round().clamp(-127.0, 0.0) as i8 }
}

#[cfg(test)]
mod tests {
    use lapwing_engine::MediaTime;

    use super::*;

    fn level_of(data: Vec<f32>) -> i8 {
        audio_level(&Samples::new(data, 48_000, 1, MediaTime::new(0, 48_000)).unwrap())
    }

    #[test]
    fn levels_are_of_the_overload_point() {
        let sine = (0..4_800).map(|i| (i as f32 * 0.1).sin()).collect();
        assert_eq!(level_of(sine), -3);
        assert_eq!(level_of(vec![0.1; 480]), -20);
        assert_eq!(level_of(vec![7.0; 480]), 0);
    }

    #[test]
    fn silence_nothing_and_no_number_are_silent() {
        for data in [vec![0.0; 480], vec![], vec![f32::NAN; 480], vec![1e-9; 480]] {
            assert_eq!(level_of(data), SILENCE_DBOV);
        }
    }
}
