//! Whether an encoder keeps up, measured in its own pictures.

/// Pictures that are looked at together: three seconds of AV1.
const WINDOW: u32 = 45;

/// An encoder that misses at least so many of them does not keep up: more than a second.
const MISSED: u32 = WINDOW / 3;

/// So many windows in a row decide. One may be bad because the program is just starting, or
/// something else wanted the machine for a moment.
const WINDOWS: u32 = 2;

/// Counts pictures that were due and those that were left out because the encoder was busy.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    due: u32,
    missed: u32,
    bad: u32,
}

impl Pace {
    /// A picture was taken after so many were left out. True when the encoder is too slow.
    pub(super) fn on_picture(&mut self, left_out: u32) -> bool {
        // One long halt, as of a machine that slept, is one window.
        let left_out = left_out.min(WINDOW);
        self.due += 1 + left_out;
        self.missed += left_out;
        if self.due < WINDOW {
            return false;
        }
        self.bad = if self.missed >= MISSED { self.bad + 1 } else { 0 };
        (self.due, self.missed) = (0, 0);
        self.bad >= WINDOWS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pictures taken until the encoder is found too slow; at most 1000.
    fn taken(left_out: impl Fn(u32) -> u32) -> Option<u32> {
        let mut pace = Pace::default();
        (1..=1000).find(|picture| pace.on_picture(left_out(*picture)))
    }

    #[test]
    fn half_of_real_time_is_too_slow_after_six_seconds() {
        assert_eq!(taken(|_| 1), Some(46), "23 pictures fill a window of 45 due ones");
        assert_eq!(taken(|_| 3), Some(24));
    }

    #[test]
    fn who_keeps_up_or_halts_once_is_left_alone() {
        assert_eq!(taken(|_| 0), None);
        assert_eq!(taken(|picture| u32::from(picture % 4 == 0)), None, "a fifth is left out");
        assert_eq!(taken(|picture| if picture == 5 { 10_000 } else { 0 }), None);
        assert_eq!(taken(|picture| if picture % 90 == 0 { 40 } else { 0 }), None);
    }
}
