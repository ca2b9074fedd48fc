//! How much later than its timestamp a packet left (RFC 5450).

use super::kind::ExtensionKind;
use super::value::HeaderExtension;

/// Largest and least offset, 24 bits with a sign.
const OFFSET_MAX: i32 = 0x7f_ffff;
const OFFSET_MIN: i32 = -0x80_0000;

/// Offset of the time of sending from the RTP timestamp, in ticks of the stream's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransmissionOffset(i32);

impl TransmissionOffset {
    /// An offset; one beyond 24 bits becomes the nearest that there is.
    pub fn new(ticks: i32) -> Self {
        TransmissionOffset(ticks.clamp(OFFSET_MIN, OFFSET_MAX))
    }

    /// In ticks.
    pub fn ticks(self) -> i32 {
        self.0
    }
}

impl HeaderExtension for TransmissionOffset {
    const KIND: ExtensionKind = ExtensionKind::TransmissionOffset;

    fn read(value: &[u8]) -> Option<Self> {
        let [a, b, c] = *value.get(..3)? else { return None };
        // The sign comes down with the shift.
        Some(TransmissionOffset(i32::from_be_bytes([a, b, c, 0]) >> 8))
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes()[1..]);
    }
}
