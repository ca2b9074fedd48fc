//! Noise while nobody speaks (RFC 3389).

/// Coefficients that are read: RFC 3389 section 3 names no limit, and codecs use ten or so.
pub const COEFFICIENTS_MAX: usize = 32;

/// Noise as it is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComfortNoise<'p> {
    /// Level in dBov, 0 to -127.
    pub level: i8,
    /// Reflection coefficients: 127 is none, 0 is -1 and 254 is 1, nearly.
    pub reflection: &'p [u8],
}

impl<'p> ComfortNoise<'p> {
    /// Reads a payload. `None` for an empty one.
    pub fn read(payload: &'p [u8]) -> Option<Self> {
        let (level, reflection) = payload.split_first()?;
        let reflection = &reflection[..reflection.len().min(COEFFICIENTS_MAX)];
        Some(ComfortNoise { level: -((level & 0x7f) as i8), reflection })
    }

    /// Appends the payload to `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(self.level.clamp(-127, 0).unsigned_abs());
        out.extend_from_slice(&self.reflection[..self.reflection.len().min(COEFFICIENTS_MAX)]);
    }
}
