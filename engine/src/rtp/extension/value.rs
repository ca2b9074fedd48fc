//! What the value of a header extension is.

use super::kind::ExtensionKind;

/// A value of one of the known extensions: read from an element's bytes, and written as such.
pub trait HeaderExtension: Sized {
    /// Which extension it is.
    const KIND: ExtensionKind;

    /// Reads a value. `None` for bytes that are none.
    fn read(value: &[u8]) -> Option<Self>;

    /// Appends the value to `out`.
    fn write(&self, out: &mut Vec<u8>);
}
