//! When a key frame is to be asked for.

/// A wish for a key frame: at once when it arises, then again and again until it is fulfilled,
/// never sooner than the interval after the last request.
#[derive(Clone, Debug)]
pub(super) struct KeyframeWish {
    every: i64,
    wanted: bool,
    asked_at: Option<i64>,
}

impl KeyframeWish {
    pub(super) fn new(every: i64) -> Self {
        KeyframeWish { every, wanted: false, asked_at: None }
    }

    pub(super) fn want(&mut self) {
        self.wanted = true;
    }

    pub(super) fn fulfilled(&mut self) {
        self.wanted = false;
    }

    /// When the next request is due.
    pub(super) fn due(&self) -> Option<i64> {
        // With none before it is due at once.
        self.wanted.then(|| self.asked_at.map_or(i64::MIN, |at| at + self.every))
    }

    /// True when it is to be asked for now.
    pub(super) fn ask(&mut self, now: i64) -> bool {
        let is_due = self.due().is_some_and(|due| due <= now);
        if is_due {
            self.asked_at = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_repeated_at_intervals_until_it_is_fulfilled() {
        let mut wish = KeyframeWish::new(300);
        assert!(!wish.ask(0));
        wish.want();
        let asked: Vec<i64> = (10..1_000).filter(|now| wish.ask(*now)).collect();
        assert_eq!(asked, [10, 310, 610, 910]);
        wish.fulfilled();
        assert_eq!(wish.due(), None);
        wish.want();
        assert_eq!(wish.due(), Some(1_210));
    }
}
