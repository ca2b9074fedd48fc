//! Numbers of the file format that reader and writer share.

/// The version that is written, and the only one that is read.
pub const RECORDING_VERSION: u16 = 12;

/// What a recording begins with.
pub(super) const MAGIC: &[u8] = b"LAPWREC";

/// Largest entry in bytes: a frame of any codec and size we know, several times over.
pub(super) const ENTRY_BYTES_MAX: usize = 16 << 20;
