//! Which layer of a simulcast a receiver gets, and which temporal layers.
//!
//! 1. What the receiver's path carries is shared among its tracks ([`shares`]): each as much as it
//!    can use, the rest to those that can use more.
//! 2. A layer that does not fit is left at once, for the best that fits.
//! 3. A better one is taken when there was room for it, and some, for a while. That while grows
//!    each time the better one had to be left again soon, so that it does not flap.
//!
//! The change itself waits for a keyframe of the other layer: until then the old one goes on. That
//! of temporal layers waits for a picture with which one begins (`thinning`).

use std::time::{Duration, Instant};

use super::layers::{Offer, Pick};

/// A better layer needs so much more than it takes: its rate varies, and to come back costs a
/// keyframe.
const ROOM: f64 = 1.25;

/// There must have been room for so long before a better layer is taken.
pub(super) const RISE_AFTER: Duration = Duration::from_secs(2);

/// The longest that this becomes.
const RISE_AFTER_MAX: Duration = Duration::from_secs(32);

/// A better layer that is left again so soon was one too many.
const TRIED: Duration = Duration::from_secs(10);

/// Which layer a receiver gets of one track.
#[derive(Clone, Copy, Debug)]
pub(super) struct LayerChoice {
    chosen: Option<Pick>,
    /// Since when there has been room for a better one.
    room_since: Option<Instant>,
    rose_at: Option<Instant>,
    rise_after: Duration,
}

impl Default for LayerChoice {
    fn default() -> Self {
        LayerChoice { chosen: None, room_since: None, rose_at: None, rise_after: RISE_AFTER }
    }
}

impl LayerChoice {
    /// The layer that the receiver shall have.
    pub(super) fn chosen(&self) -> Option<Pick> {
        self.chosen
    }

    /// Decides anew. `offers` is what arrives, the smallest first; `budget` is what the receiver
    /// can take of this track, in bits per second.
    pub(super) fn choose(&mut self, offers: &[Offer], budget: f64, now: Instant) -> Option<Pick> {
        let place = |pick| offers.iter().position(|offer| Some(offer.pick) == pick);
        let best = |room: f64| {
            let fit = offers.iter().rposition(|offer| offer.bps * room <= budget);
            fit.unwrap_or(0)
        };
        let Some(current) = place(self.chosen) else {
            // At first, and where the sender has stopped it: that is no fault of this receiver.
            self.chosen = offers.get(best(ROOM)).map(|offer| offer.pick).or(self.chosen);
            self.room_since = None;
            return self.chosen;
        };
        if current > 0 && offers[current].bps > budget {
            let tried = |at: Instant| now.saturating_duration_since(at) < TRIED;
            self.rise_after = match self.rose_at.take().is_some_and(tried) {
                true => (self.rise_after * 2).min(RISE_AFTER_MAX),
                false => RISE_AFTER,
            };
            self.room_since = None;
            self.chosen = Some(offers[best(1.0).min(current - 1)].pick);
            return self.chosen;
        }
        let better = best(ROOM);
        if better <= current {
            self.room_since = None;
            return self.chosen;
        }
        let since = *self.room_since.get_or_insert(now);
        if now.saturating_duration_since(since) >= self.rise_after {
            self.chosen = Some(offers[better].pick);
            self.room_since = None;
            self.rose_at = Some(now);
        }
        self.chosen
    }
}

/// What each track gets of `budget`, in bits per second: `most` is what each can use.
pub(super) fn shares(budget: f64, most: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..most.len()).collect();
    order.sort_by(|one, other| most[*one].total_cmp(&most[*other]));
    let (mut left, mut shares) = (budget.max(0.0), vec![0.0; most.len()]);
    for (done, place) in order.into_iter().enumerate() {
        let share = left / (most.len() - done) as f64;
        // Those that come last may have all that is left.
        let last = done + 1 == most.len();
        shares[place] = if last { share } else { share.min(most[place]) };
        left -= shares[place];
    }
    shares
}

/// What a track with these layers can use.
pub(super) fn most(offers: &[Offer]) -> f64 {
    offers.last().map_or(0.0, |offer| offer.bps * ROOM)
}

#[cfg(test)]
mod tests {
    use lapwing_engine::Rid;

    use super::*;

    fn offers(bps: &[f64]) -> Vec<Offer> {
        let names = ["q", "h", "f"].iter().filter_map(|name| Rid::new(name));
        let pick = |rid| Pick::whole(Some(rid));
        names.zip(bps).map(|(rid, bps)| Offer { pick: pick(rid), bps: *bps }).collect()
    }

    /// Layers of 100, 400 and 1,600 kbit/s: what is chosen at the end of each second.
    fn chosen(budgets: &[f64]) -> String {
        let (mut choice, offers) = (LayerChoice::default(), offers(&[100e3, 400e3, 1_600e3]));
        let start = Instant::now();
        let mut names = String::new();
        for tick in 0..budgets.len() * 10 {
            let now = start + Duration::from_millis(100 * tick as u64);
            let chosen = choice.choose(&offers, budgets[tick / 10], now).expect("there are some");
            if tick % 10 == 9 {
                names += chosen.rid.expect("a name").as_str();
            }
        }
        names
    }

    #[test]
    fn down_at_once_and_up_after_a_while() {
        assert_eq!(chosen(&[450e3, 450e3, 450e3]), "qqq", "no room to spare");
        assert_eq!(chosen(&[550e3, 450e3, 350e3, 450e3]), "hhqq");
        assert_eq!(
            chosen(&[150e3, 3e6, 3e6, 3e6, 3e6]),
            "qqqff",
            "two seconds, and past the middle"
        );
        assert_eq!(chosen(&[3e6, 200e3, 3e6, 200e3, 3e6]), "fqqqq", "a moment is not enough");
        assert_eq!(chosen(&[50e3, 10e3]), "qq", "the smallest goes on");
    }

    #[test]
    fn a_rate_that_comes_and_goes_is_tried_less_and_less() {
        // Room for the middle layer for four seconds, then for none, again and again.
        let budgets: Vec<f64> = (0..120).map(|n| if n % 6 < 4 { 600e3 } else { 200e3 }).collect();
        let names = chosen(&budgets);
        let rises = names.as_bytes().windows(2).filter(|two| two == b"qh").count();
        assert!((1..=2).contains(&rises), "{names}");
        // Twenty seconds of it later it is there, and stays.
        let mut steady = budgets;
        steady.extend([600e3; 40]);
        assert!(chosen(&steady).ends_with("hhhh"));
    }

    #[test]
    fn a_layer_that_the_sender_stops_is_left_and_taken_up_again() {
        let mut choice = LayerChoice::default();
        let (all, two) = (offers(&[100e3, 400e3, 1_600e3]), offers(&[100e3, 400e3]));
        let start = Instant::now();
        let mut at = |ms: u64, offers: &[Offer]| {
            let chosen = choice.choose(offers, 3e6, start + Duration::from_millis(ms));
            chosen.map(|pick| pick.rid.expect("a name").to_string()).unwrap_or_default()
        };
        assert_eq!(at(0, &[]), "");
        assert_eq!(at(10, &all), "f");
        assert_eq!(at(20, &two), "h");
        assert_eq!(at(30, &[]), "h", "nothing comes, so nothing changes");
        assert_eq!(at(40, &all), "h");
        assert_eq!(at(2_039, &all), "h");
        assert_eq!(at(2_040, &all), "f");
    }

    #[test]
    fn tracks_share_what_there_is() {
        assert_eq!(shares(900.0, &[100.0, 1_000.0, 1_000.0]), [100.0, 400.0, 400.0]);
        assert_eq!(shares(300.0, &[1_000.0, 1_000.0]), [150.0, 150.0]);
        assert_eq!(shares(9_000.0, &[100.0, 200.0]), [100.0, 8_900.0], "what nobody needs");
        assert_eq!(shares(-5.0, &[100.0]), [0.0]);
        assert_eq!(shares(5.0, &[]), [0.0; 0]);
    }
}
