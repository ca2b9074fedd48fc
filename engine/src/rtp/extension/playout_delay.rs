//! Bounds for the delay from capture to showing (webrtc.org, playout-delay).

use std::time::Duration;

use super::kind::ExtensionKind;
use super::value::HeaderExtension;

/// Largest bound in steps of 10 ms, 12 bits.
const STEPS_MAX: u16 = 0xfff;

/// The delay that a sender asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayoutDelay {
    min_steps: u16,
    max_steps: u16,
}

impl PlayoutDelay {
    /// Between `min` and `max`, both rounded down to 10 ms and at most 40.95 s. `None` where the
    /// least is above the largest.
    pub fn new(min: Duration, max: Duration) -> Option<Self> {
        let steps = |bound: Duration| (bound.as_millis() / 10).min(u128::from(STEPS_MAX)) as u16;
        let (min_steps, max_steps) = (steps(min), steps(max));
        (min_steps <= max_steps).then_some(PlayoutDelay { min_steps, max_steps })
    }

    /// The least.
    pub fn min(self) -> Duration {
        Duration::from_millis(10 * u64::from(self.min_steps))
    }

    /// The largest.
    pub fn max(self) -> Duration {
        Duration::from_millis(10 * u64::from(self.max_steps))
    }
}

impl HeaderExtension for PlayoutDelay {
    const KIND: ExtensionKind = ExtensionKind::PlayoutDelay;

    fn read(value: &[u8]) -> Option<Self> {
        let [a, b, c] = *value.get(..3)? else { return None };
        let min_steps = u16::from(a) << 4 | u16::from(b >> 4);
        let max_steps = u16::from(b & 0x0f) << 8 | u16::from(c);
        (min_steps <= max_steps).then_some(PlayoutDelay { min_steps, max_steps })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let bits = u32::from(self.min_steps) << 12 | u32::from(self.max_steps);
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
}
