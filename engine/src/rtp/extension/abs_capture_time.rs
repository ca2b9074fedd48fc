//! When a frame was captured (webrtc.org, abs-capture-time).

use super::kind::ExtensionKind;
use super::value::HeaderExtension;

/// Capture of a frame on the clock of its first sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbsCaptureTime {
    /// NTP time, 32.32 fixed point.
    pub timestamp: u64,
    /// What is to be added to the clock of whoever sends the packet to have the capturer's, 32.32
    /// fixed point.
    pub clock_offset: Option<i64>,
}

impl HeaderExtension for AbsCaptureTime {
    const KIND: ExtensionKind = ExtensionKind::AbsCaptureTime;

    fn read(value: &[u8]) -> Option<Self> {
        let timestamp = u64::from_be_bytes(value.get(..8)?.try_into().ok()?);
        let offset = value.get(8..16).and_then(|offset| offset.try_into().ok());
        Some(AbsCaptureTime { timestamp, clock_offset: offset.map(i64::from_be_bytes) })
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.timestamp.to_be_bytes());
        if let Some(offset) = self.clock_offset {
            out.extend_from_slice(&offset.to_be_bytes());
        }
    }
}
