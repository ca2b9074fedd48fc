//! When a packet left (webrtc.org, abs-send-time).

use std::time::Duration;

use super::kind::ExtensionKind;
use super::value::HeaderExtension;

/// Time of sending on the sender's clock, modulo 64 s: 6 bits of seconds and 18 of fractions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AbsSendTime(u32);

impl AbsSendTime {
    /// A second, in the extension's units.
    pub const SECOND: u32 = 1 << 18;

    /// The time `at` after the sender's zero, rounded down.
    pub fn new(at: Duration) -> Self {
        let parts = u64::from(at.subsec_nanos()) * u64::from(Self::SECOND) / 1_000_000_000;
        let units = at.as_secs().wrapping_mul(Self::SECOND.into()).wrapping_add(parts);
        AbsSendTime((units & 0xff_ffff) as u32)
    }

    /// In units of 2^-18 s, 24 bits.
    pub fn units(self) -> u32 {
        self.0
    }

    /// As packets carry it.
    pub fn to_bytes(self) -> [u8; 3] {
        let [_, high, middle, low] = self.0.to_be_bytes();
        [high, middle, low]
    }

    /// How much later this is than `earlier`, if both are less than 32 s apart: microseconds.
    pub fn micros_since(self, earlier: AbsSendTime) -> i64 {
        // The sign of 24 bits, kept by the shift up and down.
        let units = (self.0.wrapping_sub(earlier.0) << 8) as i32 >> 8;
        i64::from(units) * 1_000_000 / i64::from(Self::SECOND)
    }
}

impl HeaderExtension for AbsSendTime {
    const KIND: ExtensionKind = ExtensionKind::AbsSendTime;

    fn read(value: &[u8]) -> Option<Self> {
        let value: [u8; 3] = value.get(..3)?.try_into().ok()?;
        Some(AbsSendTime(u32::from_be_bytes([0, value[0], value[1], value[2]])))
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bytes());
    }
}
