//! The longest time in which nothing is heard of a flow.

use std::time::Duration;

use crate::time::Time;

/// Times between frames, but for a pause of the sender.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gaps {
    pauses: Vec<(Time, Time)>,
    last: Option<Time>,
    longest: Duration,
}

impl Gaps {
    /// Of a sender that sends nothing between each two of these, of which none overlap.
    pub(crate) fn with_pauses(pauses: Vec<(Time, Time)>) -> Self {
        Gaps { pauses, ..Gaps::default() }
    }

    /// A frame arrives.
    pub(crate) fn heard(&mut self, now: Time) {
        self.longest = self.longest.max(self.silence(now));
        self.last = Some(now);
    }

    /// The longest time until `end`; `None` where nothing was ever heard.
    pub(crate) fn longest(&self, end: Time) -> Option<Duration> {
        self.last.map(|_| self.longest.max(self.silence(end)))
    }

    /// Since the last frame, without pauses.
    fn silence(&self, now: Time) -> Duration {
        let Some(last) = self.last else { return Duration::ZERO };
        let within = |(from, to): &(Time, Time)| (*to).min(now).since((*from).max(last));
        let paused: Duration = self.pauses.iter().map(within).sum();
        now.since(last).saturating_sub(paused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_silence_counts_and_a_pause_does_not() {
        let at = Time::from_millis;
        let mut gaps = Gaps::with_pauses(vec![(at(1_000), at(3_000))]);
        assert_eq!(gaps.longest(at(9_000)), None);
        for ms in [500, 520, 1_010, 3_100, 3_120, 3_900] {
            gaps.heard(at(ms));
        }
        // 1,010 to 3,100, of which 1,990 are of the pause; 520 to 1,010, of which 10 are.
        assert_eq!(gaps.longest(at(3_910)), Some(Duration::from_millis(780)));
        assert_eq!(gaps.longest(at(5_000)), Some(Duration::from_millis(1_100)));
    }
}
