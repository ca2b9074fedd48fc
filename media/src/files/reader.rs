//! What all readers have in common.

use lapwing_engine::{Codec, EncodedFrame};

use crate::files::FileError;

/// Gives the items of a file one after the other.
pub trait Reader: Send {
    /// What the file holds.
    type Item;

    /// The next item, `None` at the end.
    ///
    /// # Errors
    /// When the file is broken there. The reader may not go on after that, but can be rewound.
    fn next(&mut self) -> Result<Option<Self::Item>, FileError>;

    /// Goes back to the first item.
    ///
    /// # Errors
    /// When the system says no.
    fn rewind(&mut self) -> Result<(), FileError>;

    /// How many items were passed over since the first because they hold nothing, or nothing that
    /// can be played.
    fn skipped(&self) -> u64 {
        0
    }
}

impl<R: Reader + ?Sized> Reader for Box<R> {
    type Item = R::Item;

    fn next(&mut self) -> Result<Option<R::Item>, FileError> {
        (**self).next()
    }

    fn rewind(&mut self) -> Result<(), FileError> {
        (**self).rewind()
    }

    fn skipped(&self) -> u64 {
        (**self).skipped()
    }
}

/// Gives the encoded pictures of a file.
pub trait FrameReader: Reader<Item = EncodedFrame> {
    /// What the frames are.
    fn codec(&self) -> Codec;

    /// Width and height in pixels, as the file says; a frame may differ.
    fn size(&self) -> (u32, u32);
}
