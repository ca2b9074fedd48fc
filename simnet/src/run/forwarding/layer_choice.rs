//! Which layer of a simulcast a receiver gets.

use std::collections::VecDeque;
use std::time::Duration;

use crate::time::Time;

/// What arrives of each layer, and which of them fits.
#[derive(Debug, Default)]
pub(super) struct LayerChoice {
    meters: Vec<RateMeter>,
    chosen: usize,
}

/// What arrived in the last second.
#[derive(Debug, Default)]
struct RateMeter {
    frames: VecDeque<(Time, usize)>,
    since: Option<Time>,
}

/// The time that rates are taken over.
const WINDOW: Duration = Duration::from_secs(1);
/// Rates are known after this: a first keyframe says little.
const LEAST: Duration = Duration::from_millis(300);
/// A layer above is taken when it has this much room: its rate varies, and to come back costs a
/// keyframe.
const ROOM: f64 = 1.2;

impl LayerChoice {
    /// A frame of a layer has arrived.
    pub(super) fn arrived(&mut self, layer: usize, bytes: usize, now: Time) {
        if self.meters.len() <= layer {
            self.meters.resize_with(layer + 1, RateMeter::default);
        }
        self.meters[layer].add(bytes, now);
    }

    /// The layer to send where so much may be sent, in bit/s: the best that fits, and the lowest
    /// where none does.
    pub(super) fn choose(&mut self, budget: f64, now: Time) -> usize {
        let chosen = self.chosen;
        let meters = self.meters.iter().enumerate();
        let mut fits = meters.filter_map(|(layer, meter)| {
            let room = if layer > chosen { ROOM } else { 1.0 };
            meter.bps(now).filter(|rate| rate * room <= budget).map(|_| layer)
        });
        self.chosen = fits.next_back().unwrap_or(0);
        self.chosen
    }

    /// What arrives of a layer, in bit/s.
    pub(super) fn bps(&self, layer: usize, now: Time) -> Option<f64> {
        self.meters.get(layer)?.bps(now)
    }
}

impl RateMeter {
    fn add(&mut self, bytes: usize, now: Time) {
        while self.frames.pop_front_if(|(at, _)| *at + WINDOW <= now).is_some() {}
        if self.frames.is_empty() {
            self.since = Some(now);
        }
        self.frames.push_back((now, bytes));
    }

    /// `None` until it is known, and when nothing comes any more.
    fn bps(&self, now: Time) -> Option<f64> {
        let span = now.since(self.since?).min(WINDOW);
        let recent = self.frames.iter().filter(|(at, _)| *at + WINDOW > now);
        let (frames, bytes) = recent.fold((0, 0), |(n, sum), (_, bytes)| (n + 1, sum + bytes));
        (frames > 0 && span >= LEAST).then(|| bytes as f64 * 8.0 / span.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three layers of 100, 400 and 1,600 kbit/s at 25 frames per second, and what there is room
    /// for in each second.
    fn chosen(budgets: &[f64]) -> Vec<usize> {
        let mut choice = LayerChoice::default();
        let frames = 0..budgets.len() as u64 * 25;
        let each = frames.map(|frame| {
            let now = Time::from_millis(frame * 40);
            for (layer, bytes) in [500, 2_000, 8_000].into_iter().enumerate() {
                choice.arrived(layer, bytes, now);
            }
            (frame, choice.choose(budgets[(frame / 25) as usize], now))
        });
        // At the end of each second.
        each.filter(|(frame, _)| frame % 25 == 24).map(|(_, layer)| layer).collect()
    }

    #[test]
    fn the_best_that_fits_is_taken_and_kept_while_it_fits() {
        // 450 kbit/s is room for the middle one only once it is taken.
        let chosen = chosen(&[450e3, 500e3, 450e3, 350e3, 2e6, 1e3, 1.7e6]);
        assert_eq!(chosen, [0, 1, 1, 0, 2, 0, 1]);
    }

    #[test]
    fn a_layer_that_stops_is_not_chosen() {
        let mut choice = LayerChoice::default();
        for frame in 0..50 {
            let now = Time::from_millis(frame * 40);
            choice.arrived(0, 500, now);
            if frame < 25 {
                choice.arrived(1, 2_000, now);
            }
        }
        let [then, later] = [1_000, 2_000].map(Time::from_millis);
        assert_eq!(choice.choose(1e6, then), 1);
        assert_eq!(choice.choose(1e6, later), 0);
        assert_eq!(choice.bps(1, later), None);
        assert_eq!(choice.bps(7, later), None);
    }
}
