//! Where sound repeats itself.

use super::settings::MS;

/// Periods of voices: 2.5 ms (400 Hz) to 12.5 ms (80 Hz).
pub(super) const SHORTEST: usize = 5 * MS as usize / 2;
pub(super) const LONGEST: usize = 25 * MS as usize / 2;

/// What is compared: 7.5 ms.
pub(super) const TEMPLATE: usize = 15 * MS as usize / 2;

/// The search begins on samples of 8 kHz, each the mean of so many.
const COARSE: usize = 6;

/// Room for template and lags, coarse.
const ROOM: usize = (TEMPLATE + LONGEST) / COARSE + 2;

/// The shift at which two pieces of sound agree best, and how well: the normalised correlation,
/// one for equal but for the level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Agreement {
    pub(super) shift: usize,
    pub(super) correlation: f32,
    /// Mean power of the template.
    pub(super) power: f32,
}

/// Compares the [`TEMPLATE`] samples of `data` that begin at `template` with those that begin at
/// `start + shift`, for all shifts of the range; in a rough search first, then exactly around the
/// best. `None` when `data` is too short.
pub(super) fn search(
    data: &[f32],
    channels: usize,
    template: usize,
    start: usize,
    shifts: std::ops::RangeInclusive<usize>,
) -> Option<Agreement> {
    search_in((data, template), (data, start), channels, shifts)
}

/// As [`search`], with the template in one piece of sound and the rest in another.
pub(super) fn search_in(
    (pattern, template): (&[f32], usize),
    (data, start): (&[f32], usize),
    channels: usize,
    shifts: std::ops::RangeInclusive<usize>,
) -> Option<Agreement> {
    let (low, high) = (*shifts.start(), (*shifts.end()).min(LONGEST));
    let pattern = pattern.get(template * channels..(template + TEMPLATE) * channels)?;
    let data = data.get(start * channels..(start + high + TEMPLATE) * channels)?;
    let (mut rough_pattern, mut rough) = ([0.0; ROOM], [0.0; ROOM]);
    let count = coarsen(pattern, channels, &mut rough_pattern);
    let available = coarsen(data, channels, &mut rough);
    let lags = low / COARSE..=(high / COARSE).min(available.saturating_sub(count));
    let best = lags
        .map(|lag| (lag, correlate(&rough_pattern[..count], &rough[lag..lag + count])))
        .reduce(better)?
        .0;
    let fine = (best * COARSE).saturating_sub(COARSE).max(low)..=(best * COARSE + COARSE).min(high);
    let (shift, correlation) = fine
        .map(|lag| (lag, correlate(pattern, &data[lag * channels..lag * channels + pattern.len()])))
        .reduce(better)?;
    let power = pattern.iter().map(|sample| sample * sample).sum::<f32>() / pattern.len() as f32;
    Some(Agreement { shift, correlation, power })
}

/// The first of two that agree equally well.
fn better(a: (usize, f32), b: (usize, f32)) -> (usize, f32) {
    if b.1 > a.1 { b } else { a }
}

fn coarsen(data: &[f32], channels: usize, into: &mut [f32; ROOM]) -> usize {
    let chunks = data.chunks_exact(COARSE * channels);
    let count = chunks.len().min(ROOM);
    for (chunk, into) in chunks.zip(into.iter_mut()) {
        *into = chunk.iter().sum();
    }
    count
}

/// Normalised correlation; zero for silence.
fn correlate(a: &[f32], b: &[f32]) -> f32 {
    let (mut product, mut square_a, mut square_b) = (0.0_f32, 0.0_f32, 0.0_f32);
    for (a, b) in a.iter().zip(b) {
        product += a * b;
        square_a += a * a;
        square_b += b * b;
    }
    let norm = (square_a * square_b).sqrt();
    if norm > 1e-9 { product / norm } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_of_a_voice_is_found() {
        for period in [150, 233, 480, 590] {
            let wave = |index: usize| {
                let phase = index as f32 / period as f32 * std::f32::consts::TAU;
                phase.sin() + 0.6 * (2.0 * phase + 1.0).sin() + 0.4 * (5.0 * phase).sin()
            };
            for channels in [1, 2] {
                let data: Vec<f32> =
                    (0..2_000 * channels).map(|index| wave(index / channels)).collect();
                let found = search(&data, channels, 600, 600, SHORTEST..=LONGEST).unwrap();
                assert_eq!(found.shift % period, 0, "{found:?} for {period}");
                assert!(found.correlation > 0.999, "{found:?}");
            }
        }
    }

    #[test]
    fn what_is_too_short_is_not_searched() {
        assert_eq!(search(&[0.0; 900], 1, 0, 0, SHORTEST..=LONGEST), None);
        let found = search(&[0.0; 2_000], 1, 0, 0, SHORTEST..=LONGEST).unwrap();
        assert_eq!(found.correlation, 0.0);
    }
}
