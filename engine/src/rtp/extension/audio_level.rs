//! Loudness of what a packet carries (RFC 6464).

use super::kind::ExtensionKind;
use super::value::HeaderExtension;

/// Loudness of the sound in a packet, and whether it is speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioLevel {
    /// Level in dBov, 0 (loudest) to -127 (silence).
    pub level: i8,
    /// The sender takes it for speech.
    pub voice: bool,
}

impl AudioLevel {
    /// As packets carry it. Positive levels, and those below silence, are the nearest that there
    /// is.
    pub fn to_byte(self) -> u8 {
        u8::from(self.voice) << 7 | self.level.clamp(-127, 0).unsigned_abs()
    }
}

impl HeaderExtension for AudioLevel {
    const KIND: ExtensionKind = ExtensionKind::AudioLevel;

    fn read(value: &[u8]) -> Option<Self> {
        let byte = *value.first()?;
        Some(AudioLevel { level: -((byte & 0x7f) as i8), voice: byte & 0x80 != 0 })
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.to_byte());
    }
}
