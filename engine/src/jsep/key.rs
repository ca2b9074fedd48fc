//! What tells one codec from another.

/// What tells a codec from another one: two formats are the same codec when their keys are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CodecKey {
    pub(super) name: String,
    pub(super) clock_rate: u32,
    pub(super) channels: u8,
    /// Of parameters, those that make another codec of it.
    pub(super) variant: String,
}

impl CodecKey {
    /// Of retransmissions, whatever they repair.
    pub(super) fn is_repair(&self) -> bool {
        self.name == "rtx"
    }
}
