//! Playing faster and slower without changing the pitch: one period is left out, or played twice,
//! with a cross-fade. WSOLA (Verhelst and Roelands, ICASSP 1993) with one jump at a time, at the
//! shift where the waveforms agree best.

use super::pitch::{Agreement, LONGEST, SHORTEST, TEMPLATE, search};
use super::play::Play;

/// What may be left out or played twice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Leave {
    /// The two sides of the jump agree at least so well.
    pub(super) agree: f32,
    /// Or the sound has no more than this mean power.
    pub(super) quiet: f32,
}

impl Leave {
    fn given(self, found: &Agreement) -> bool {
        found.power <= self.quiet || found.correlation >= self.agree
    }
}

/// How much sound must wait to be shortened.
pub(super) const NEEDED: usize = LONGEST + TEMPLATE;

/// Leaves out one period of what is played next, and says how long it was. Nothing is done without
/// leave.
pub(super) fn shorten(play: &mut Play, leave: Leave) -> Option<usize> {
    let (data, at) = play.all();
    let found = search(data, play.channels(), at, at, SHORTEST..=LONGEST)?;
    let count = leave.given(&found).then_some(found.shift)?;
    play.cut(count, TEMPLATE.min(count));
    Some(count)
}

/// Plays one period twice, and says how long it was. Nothing is done without leave.
pub(super) fn lengthen(play: &mut Play, leave: Leave) -> Option<usize> {
    let (data, at) = play.all();
    let start = at.checked_sub(LONGEST)?;
    // A shift of nothing is the longest period, as the search goes forwards.
    let found = search(data, play.channels(), at, start, 0..=LONGEST - SHORTEST)?;
    let count = leave.given(&found).then_some(LONGEST - found.shift)?;
    play.repeat(count, TEMPLATE.min(count));
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAVE: Leave = Leave { agree: 0.9, quiet: 1e-6 };

    /// A tone of 200 Hz, of which some was played.
    fn tone(count: usize) -> Play {
        let mut play = Play::new(1);
        let wave = |index: usize| (index as f32 * std::f32::consts::TAU / 240.0).sin() * 0.5;
        play.push(&(0..count + 1_200).map(wave).collect::<Vec<_>>());
        play.take(&mut [0.0; 1_200]);
        play
    }

    /// The largest step between two samples of a tone of 200 Hz at this level.
    const STEP: f32 = 0.5 * std::f32::consts::TAU / 240.0 * 1.05;

    fn is_smooth(play: &Play) -> bool {
        let (data, at) = play.all();
        data[at - 600..].windows(2).all(|pair| (pair[1] - pair[0]).abs() < STEP)
    }

    #[test]
    fn a_tone_loses_and_gains_whole_periods() {
        let mut play = tone(2_000);
        let removed = shorten(&mut play, LEAVE).unwrap();
        assert_eq!((removed % 240, play.future()), (0, 2_000 - removed));
        assert!(is_smooth(&play));
        let added = lengthen(&mut play, LEAVE).unwrap();
        assert_eq!((added % 240, play.future()), (0, 2_000 - removed + added));
        assert!(is_smooth(&play));
    }

    #[test]
    fn noise_is_left_alone_and_silence_is_cut() {
        let mut play = Play::new(1);
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        play.push(&(0..4_000).map(|_| noise()).collect::<Vec<_>>());
        play.take(&mut [0.0; 1_200]);
        assert_eq!(shorten(&mut play, LEAVE), None);
        assert_eq!(lengthen(&mut play, LEAVE), None);
        let mut play = Play::new(1);
        play.push(&[0.0; 2_000]);
        assert_eq!(shorten(&mut play, LEAVE), Some(SHORTEST));
        assert_eq!(lengthen(&mut play, LEAVE), Some(LONGEST));
    }
}
