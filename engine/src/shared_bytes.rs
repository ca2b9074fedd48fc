//! Bytes that several hold: the payload of a packet, from where it arrived to all who forward it.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Bytes that do not change, and that a clone shares.
///
/// ```
/// use lapwing_engine::SharedBytes;
/// let bytes = SharedBytes::from(vec![1, 2, 3]);
/// assert_eq!(bytes.clone()[1..], [2, 3]);
/// ```
#[derive(Clone, Default)]
pub struct SharedBytes(Held);

/// Who owns them.
#[derive(Clone)]
enum Held {
    /// They are all that there is.
    Whole(Arc<[u8]>),
    /// A part of a buffer, which is used again when nobody else holds it any more.
    Part(Arc<Vec<u8>>, Range<usize>),
}

impl Default for Held {
    fn default() -> Self {
        Held::Whole(Arc::default())
    }
}

impl SharedBytes {
    /// A part of a buffer.
    pub(crate) fn part(buffer: Arc<Vec<u8>>, range: Range<usize>) -> Self {
        debug_assert!(range.end <= buffer.len(), "the part lies in the buffer");
        SharedBytes(Held::Part(buffer, range))
    }

    /// A part of these; the buffer stays the same.
    pub(crate) fn slice(&self, range: Range<usize>) -> Self {
        match &self.0 {
            Held::Whole(bytes) => SharedBytes::from(&bytes[range]),
            Held::Part(buffer, whole) => {
                let range = whole.start + range.start..whole.start + range.end;
                SharedBytes::part(Arc::clone(buffer), range)
            }
        }
    }
}

impl Deref for SharedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Held::Whole(bytes) => bytes,
            Held::Part(buffer, range) => &buffer[range.clone()],
        }
    }
}

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl From<Arc<[u8]>> for SharedBytes {
    fn from(bytes: Arc<[u8]>) -> Self {
        SharedBytes(Held::Whole(bytes))
    }
}

/// Shared where they are all of their buffer, else copied.
impl From<SharedBytes> for Arc<[u8]> {
    fn from(bytes: SharedBytes) -> Self {
        match bytes.0 {
            Held::Whole(bytes) => bytes,
            Held::Part(buffer, range) => Arc::from(&buffer[range]),
        }
    }
}

impl From<Vec<u8>> for SharedBytes {
    fn from(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        SharedBytes(Held::Part(Arc::new(bytes), range))
    }
}

impl From<&[u8]> for SharedBytes {
    fn from(bytes: &[u8]) -> Self {
        SharedBytes(Held::Whole(Arc::from(bytes)))
    }
}

impl<const N: usize> From<[u8; N]> for SharedBytes {
    fn from(bytes: [u8; N]) -> Self {
        SharedBytes(Held::Whole(Arc::from(bytes)))
    }
}

impl PartialEq for SharedBytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for SharedBytes {}

impl PartialEq<[u8]> for SharedBytes {
    fn eq(&self, other: &[u8]) -> bool {
        **self == *other
    }
}

impl fmt::Debug for SharedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
