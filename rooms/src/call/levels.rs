//! How loud everybody is at this moment.

/// How loud everybody has been since it was last asked for. Levels are those of RFC 6464: from 0 dB
/// (a square wave of full scale) down to -127, which is silence.
///
/// ```
/// use lapwing_rooms::call::{HeardLevel, Levels};
///
/// let ada = HeardLevel { participant: "Ada".to_owned(), level: Some(-31) };
/// let levels = Levels { microphone: Some(-23), heard: vec![ada], estimate: Some(1.2e6) };
/// assert_eq!(levels.heard[0].level, Some(-31));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    /// The loudest of the sound that we sent, in dB; `None` when none was sent.
    pub microphone: Option<i8>,
    /// Those whose sound comes in, in the order in which it began to.
    pub heard: Vec<HeardLevel>,
    /// What the network is thought to carry from here, in bits per second, when that is known.
    pub estimate: Option<f64>,
}

/// How loud a participant is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeardLevel {
    /// Their name.
    pub participant: String,
    /// The loudest of what was heard of them, in dB; `None` when nothing came.
    pub level: Option<i8>,
}

/// The loudest of some levels.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Loudest(Option<i8>);

impl Loudest {
    /// Takes a level, if there is one.
    pub(super) fn add(&mut self, level: Option<i8>) {
        self.0 = self.0.max(level);
    }

    /// The loudest since this was last asked for.
    pub(super) fn take(&mut self) -> Option<i8> {
        self.0.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_counts_once() {
        let mut loudest = Loudest::default();
        assert_eq!(loudest.take(), None);
        for level in [Some(-40), None, Some(-20), Some(-127)] {
            loudest.add(level);
        }
        assert_eq!((loudest.take(), loudest.take()), (Some(-20), None));
    }
}
