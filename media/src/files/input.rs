//! A reader that knows where it is.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use crate::files::FileError;

/// Bytes of a file with their offset, for errors that name it.
#[derive(Debug)]
pub(crate) struct Input<R> {
    inner: R,
    offset: u64,
}

impl<R: Read> Input<R> {
    pub(crate) fn new(inner: R) -> Self {
        Input { inner, offset: 0 }
    }

    /// What is read from.
    pub(crate) fn into_inner(self) -> R {
        self.inner
    }

    /// Bytes read so far.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Fills `buffer` with the next bytes of `what`. False when the file ends before its first
    /// byte.
    pub(crate) fn fill(
        &mut self,
        buffer: &mut [u8],
        what: &'static str,
    ) -> Result<bool, FileError> {
        let offset = self.offset;
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(&mut buffer[filled..]) {
                Ok(0) if filled == 0 => return Ok(false),
                Ok(0) => return Err(FileError::Truncated { offset, what }),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    /// The next `length` bytes, which belong to `what`.
    pub(crate) fn chunk(
        &mut self,
        length: usize,
        what: &'static str,
    ) -> Result<Vec<u8>, FileError> {
        let offset = self.offset;
        let bytes = self.up_to(length)?;
        if bytes.len() < length { Err(FileError::Truncated { offset, what }) } else { Ok(bytes) }
    }

    /// The next `length` bytes, or what is left of the file. Memory grows with what is there, so a
    /// length that lies costs nothing.
    pub(crate) fn up_to(&mut self, length: usize) -> Result<Vec<u8>, FileError> {
        let mut bytes = Vec::new();
        Read::take(self.by_ref(), length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The bytes up to the next line feed, which is taken and not given, at most `limit`. `None`
    /// when the file ends before the first byte.
    pub(crate) fn line(
        &mut self,
        limit: usize,
        what: &'static str,
    ) -> Result<Option<Vec<u8>>, FileError> {
        let offset = self.offset;
        let mut line = Vec::new();
        let mut byte = [0];
        while self.fill(&mut byte, what)? {
            match byte[0] {
                b'\n' => return Ok(Some(line)),
                _ if line.len() == limit => return Err(FileError::Malformed { offset, what }),
                byte => line.push(byte),
            }
        }
        if line.is_empty() { Ok(None) } else { Err(FileError::Truncated { offset, what }) }
    }
}

impl<R: Read + Seek> Input<BufReader<R>> {
    /// Goes back by some bytes, mostly within what is buffered.
    pub(crate) fn back(&mut self, count: usize) -> io::Result<()> {
        self.inner.seek_relative(-(count as i64))?;
        self.offset -= count as u64;
        Ok(())
    }

    /// Goes to an offset, mostly within what is buffered.
    pub(crate) fn go_to(&mut self, offset: u64) -> io::Result<()> {
        let to = i64::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput)?;
        let from = i64::try_from(self.offset).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.inner.seek_relative(to - from)?;
        self.offset = offset;
        Ok(())
    }

    /// Passes over some bytes, whether they are there or not.
    pub(crate) fn skip(&mut self, count: u64) -> io::Result<()> {
        match i64::try_from(count) {
            Ok(count) => self.inner.seek_relative(count)?,
            Err(_) => return Err(io::ErrorKind::InvalidInput.into()),
        }
        self.offset += count;
        Ok(())
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.offset += count as u64;
        Ok(count)
    }
}

impl<R: Seek> Seek for Input<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.offset = self.inner.seek(to)?;
        Ok(self.offset)
    }
}
