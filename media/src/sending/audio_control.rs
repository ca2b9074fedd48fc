//! How sound is to be encoded over a network as it is told.

use crate::codecs::AudioSettings;

/// A way of encoding speech.
struct Step {
    bitrate_bps: u32,
    /// The estimated bandwidth from which on it is used: with the headers of 50 packets a second
    /// (some 30 kbit/s) sound leaves half of the path to other media.
    estimate_bps: u64,
    /// With more bits libopus need not try as hard.
    complexity: u8,
}

const fn step(bitrate_bps: u32, estimate_bps: u64, complexity: u8) -> Step {
    Step { bitrate_bps, estimate_bps, complexity }
}

/// From the highest. That is for copies: FEC has bits enough there at any losses (docs/media.md has
/// figures).
const STEPS: [Step; 4] = [
    step(48_000, 500_000, 5),
    step(32_000, 140_000, 9),
    step(24_000, 90_000, 9),
    step(16_000, 0, 9),
];

/// More than a step's bandwidth, in percent, that is asked for before it is taken: an estimate that
/// swings does not change the sound.
const MARGIN_PERCENT: u64 = 15;

/// Share of losses, in percent, from which on FEC is worth its bits.
const LOSS_MIN_PERCENT: f64 = 1.0;

/// Least losses that an encoder with FEC reckons with, in percent: libopus spends less on copies
/// the fewer it expects, and below this they hardly help.
const EXPECTED_MIN: u8 = 5;

/// Most losses that an encoder reckons with, in percent. libopus takes no more into account.
const EXPECTED_MAX: u8 = 25;

/// How an encoder of Opus is to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioChoice {
    /// Bits per second, for [`AudioEncoder::set_bitrate`](crate::AudioEncoder::set_bitrate).
    pub bitrate_bps: u32,
    /// Percent of packets to reckon with as lost, for
    /// [`AudioEncoder::set_expected_loss`](crate::AudioEncoder::set_expected_loss). With zero there
    /// is no FEC.
    pub expected_loss_percent: u8,
    /// How hard to try, of 10, for
    /// [`AudioEncoder::set_complexity`](crate::AudioEncoder::set_complexity).
    pub complexity: u8,
}

impl AudioChoice {
    /// The highest bit rate that is chosen, in bits per second.
    pub const BITRATE_MAX: u32 = STEPS[0].bitrate_bps;
}

/// As [`AudioSettings::SPEECH`] has it, before anything is known.
impl Default for AudioChoice {
    fn default() -> Self {
        AudioChoice {
            bitrate_bps: AudioSettings::SPEECH.bitrate_bps,
            expected_loss_percent: AudioSettings::SPEECH.expected_loss_percent,
            complexity: AudioSettings::SPEECH.complexity,
        }
    }
}

/// Chooses for the next second: with this share of packets lost (0 to 1, on the way, before
/// anything is made up for; `None` where nobody told yet), and this bandwidth estimated, where it
/// is.
///
/// More losses count at once; of fewer an eighth is believed each second, so that FEC outlasts a
/// spell by some ten seconds. Less bandwidth counts at once too, and more with a margin.
///
/// ```
/// use lapwing_media::sending::{AudioChoice, audio_choice};
/// let first = AudioChoice::default();
/// assert_eq!(audio_choice(Some(0.2), None, first).expected_loss_percent, 20);
/// assert_eq!(audio_choice(Some(0.0), None, first).expected_loss_percent, 8);
/// assert_eq!(audio_choice(None, Some(100_000), first).bitrate_bps, 24_000);
/// assert_eq!(audio_choice(None, Some(1_000_000), first).complexity, 5);
/// ```
pub fn audio_choice(
    loss: Option<f64>,
    estimate_bps: Option<u64>,
    before: AudioChoice,
) -> AudioChoice {
    let expected = match loss {
        None => before.expected_loss_percent,
        Some(loss) => {
            let percent = loss * 100.0;
            // What is no number is no loss.
            let told = match percent >= LOSS_MIN_PERCENT {
                true => (percent.min(EXPECTED_MAX.into()).round() as u8).max(EXPECTED_MIN),
                false => 0,
            };
            told.max((u16::from(before.expected_loss_percent) * 7 / 8) as u8)
        }
    };
    let step = estimate_bps.map(|estimate| {
        let carried = |step: &&Step| {
            let margin = if step.bitrate_bps > before.bitrate_bps { MARGIN_PERCENT } else { 0 };
            estimate >= step.estimate_bps + step.estimate_bps * margin / 100
        };
        STEPS.iter().find(carried).unwrap_or(&STEPS[STEPS.len() - 1])
    });
    AudioChoice {
        bitrate_bps: step.map_or(before.bitrate_bps, |step| step.bitrate_bps),
        expected_loss_percent: expected.min(EXPECTED_MAX),
        complexity: step.map_or(before.complexity, |step| step.complexity),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(bitrate_bps: u32, expected_loss_percent: u8) -> AudioChoice {
        let step = STEPS.iter().find(|step| step.bitrate_bps == bitrate_bps).expect("a step's");
        AudioChoice { bitrate_bps, expected_loss_percent, complexity: step.complexity }
    }

    #[test]
    fn losses_count_at_once_and_are_forgotten_slowly() {
        for (loss, before, expected) in [
            (0.0, 0, 0),
            (0.009, 0, 0),
            (0.01, 0, 5),
            (0.05, 0, 5),
            (0.08, 5, 8),
            (0.30, 5, 25),
            (1.0, 0, 25),
            (0.05, 25, 21),
            (f64::NAN, 8, 7),
            (f64::INFINITY, 0, 25),
            (-1.0, 1, 0),
        ] {
            let chosen = audio_choice(Some(loss), None, choice(32_000, before));
            assert_eq!(chosen, choice(32_000, expected), "{loss} after {before}");
        }
        let mut chosen = choice(32_000, 10);
        let seconds = (0..60).take_while(|_| {
            chosen = audio_choice(Some(0.0), None, chosen);
            chosen.expected_loss_percent > 0
        });
        assert_eq!(seconds.count(), 8);
    }

    /// Every estimate in steps of 1 kbit/s, from every bit rate there is.
    #[test]
    fn sound_takes_what_the_path_carries() {
        for before in [16_000, 24_000, 32_000, 48_000] {
            let mut last = 0;
            for kbps in 0..600_u64 {
                let chosen = audio_choice(None, Some(kbps * 1_000), choice(before, 3));
                assert_eq!(chosen.expected_loss_percent, 3, "nobody told of losses");
                assert!(chosen.bitrate_bps >= last, "more bandwidth is never less sound");
                last = chosen.bitrate_bps;
                let taken = STEPS.iter().find(|step| step.bitrate_bps == chosen.bitrate_bps);
                assert!(kbps * 1_000 >= taken.unwrap().estimate_bps);
                assert_eq!(chosen.complexity, taken.unwrap().complexity);
                let again = audio_choice(None, Some(kbps * 1_000), chosen);
                assert_eq!(again, chosen, "it does not swing");
            }
            assert_eq!(last, AudioChoice::BITRATE_MAX);
        }
        let at = |kbps: u64, before| audio_choice(None, Some(kbps * 1_000), choice(before, 0));
        assert_eq!(at(145, 32_000).bitrate_bps, 32_000);
        assert_eq!(at(145, 24_000).bitrate_bps, 24_000);
        assert_eq!(at(161, 24_000).bitrate_bps, 32_000);
        assert_eq!(at(570, 32_000).bitrate_bps, 32_000);
        assert_eq!(at(580, 32_000).bitrate_bps, 48_000);
        assert_eq!(at(0, 32_000).bitrate_bps, 16_000);
        assert_eq!(audio_choice(None, None, choice(24_000, 7)), choice(24_000, 7));
    }
}
