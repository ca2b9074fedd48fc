//! From sound that was made up back to sound that was sent.

use super::expand::Expander;
use super::pitch::{LONGEST, TEMPLATE, search_in};
use super::play::{Play, share};

/// Sound that agrees less than this is not shifted.
const WORTH_A_SHIFT: f32 = 0.3;

/// Which side gives way so that waves meet in phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shift {
    /// More is made up: the playout falls behind by it.
    Later,
    /// The beginning of what was sent is left out: the playout catches up.
    Sooner,
}

/// Puts `sent` behind what is to be played, over a cross-fade with what `expander` goes on to make
/// up into `made`. Says by how many samples of a channel the playout falls behind: negative when it
/// catches up.
pub(super) fn join(
    play: &mut Play,
    expander: &mut Expander,
    floor: f32,
    sent: &[f32],
    shift: Shift,
    made: &mut Vec<f32>,
) -> i64 {
    let channels = play.channels();
    made.clear();
    expander.make(LONGEST + TEMPLATE, floor, made);
    let room = (sent.len() / channels).saturating_sub(TEMPLATE).min(LONGEST);
    let found = match shift {
        Shift::Later => search_in((sent, 0), (made, 0), channels, 0..=LONGEST),
        Shift::Sooner => search_in((made, 0), (sent, 0), channels, 0..=room),
    };
    let by =
        found.filter(|found| found.correlation >= WORTH_A_SHIFT).map_or(0, |found| found.shift);
    let (old, new) = match shift {
        Shift::Later => {
            play.push(&made[..by * channels]);
            (&made[by * channels..], sent)
        }
        Shift::Sooner => (&made[..], &sent[by * channels..]),
    };
    // The fade lies behind all that waits, so it is made in place.
    let fade = TEMPLATE.min(new.len() / channels) * channels;
    for index in 0..fade {
        let share = share(index / channels, fade / channels);
        play.push(&[old[index] + (new[index] - old[index]) * share]);
    }
    play.push(&new[fade..]);
    match shift {
        Shift::Later => by as i64,
        Shift::Sooner => -(by as i64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone of 200 Hz.
    fn wave(index: usize) -> f32 {
        (index as f32 * std::f32::consts::TAU / 240.0).sin() * 0.5
    }

    #[test]
    fn a_tone_that_comes_back_out_of_phase_meets_its_wave() {
        for (shift, sign) in [(Shift::Later, 1), (Shift::Sooner, -1)] {
            for phase in [0, 30, 120, 200] {
                let mut play = Play::new(1);
                play.push(&(0..3_000).map(wave).collect::<Vec<_>>());
                let mut expander = Expander::new(1);
                expander.start(&play, 0);
                let sent: Vec<f32> = (0..1_920).map(|index| wave(3_000 + phase + index)).collect();
                let before = play.future() as i64;
                let behind = join(&mut play, &mut expander, 0.0, &sent, shift, &mut Vec::new());
                assert_eq!(play.future() as i64 - before, 1_920 + behind);
                assert!(behind * sign >= 0, "{behind}");
                let (data, _) = play.all();
                let step = data[3_500..].windows(2).map(|pair| (pair[1] - pair[0]).abs());
                let largest = step.fold(0.0, f32::max);
                assert!(largest < 0.5 * std::f32::consts::TAU / 240.0 * 1.1, "{phase}: {largest}");
            }
        }
    }

    #[test]
    fn a_piece_shorter_than_the_fade_is_taken() {
        let mut play = Play::new(2);
        let mut expander = Expander::new(2);
        expander.start(&play, 0);
        let behind =
            join(&mut play, &mut expander, 0.0, &[0.5; 20], Shift::Sooner, &mut Vec::new());
        assert_eq!((behind, play.future()), (0, 10));
    }
}
