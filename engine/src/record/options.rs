//! What goes into a recording.

/// What goes into a recording.
///
/// With everything in it, a recording holds the secrets of the call and all that was said, like the
/// call itself; keep it as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordOptions {
    /// Keep the seed, which all keys come from, and the ICE passwords. A recording without them
    /// can be looked at, not replayed.
    pub keys: bool,
    /// Keep the bytes of datagrams, frames and messages. Without them only their lengths and
    /// digests are kept, except of STUN; such a recording can be looked at, not replayed.
    pub payload: bool,
}

impl Default for RecordOptions {
    /// Everything: what a replay needs.
    fn default() -> Self {
        RecordOptions { keys: true, payload: true }
    }
}

impl RecordOptions {
    /// Whether everything is there that a replay needs.
    pub const fn replayable(self) -> bool {
        self.keys && self.payload
    }

    pub(super) const fn flags(self) -> u8 {
        !self.keys as u8 | (!self.payload as u8) << 1
    }

    pub(super) const fn of_flags(flags: u8) -> Self {
        RecordOptions { keys: flags & 1 == 0, payload: flags & 2 == 0 }
    }
}
