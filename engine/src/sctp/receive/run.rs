//! Pieces of a message that lie together.

use crate::sctp::data::Piece;
use crate::sctp::message::{Kind, Message};

/// Bytes that a run counts for besides its content: what keeping it takes.
pub(super) const RUN_BYTES: usize = 128;

/// Pieces that lie together. What was read of them is gone.
#[derive(Debug)]
pub(super) struct Run {
    /// The place after the last.
    pub(super) end: u64,
    pub(super) has_first: bool,
    pub(super) has_last: bool,
    pub(super) kind: Kind,
    /// The number of the last chunk of it that came.
    pub(super) tsn: u64,
    bytes: Vec<u8>,
    /// Bytes at the begin of those that were read.
    start: usize,
    /// Bytes that were read, of the whole message.
    read: u64,
}

/// A part of a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) kind: Kind,
    pub(crate) data: Vec<u8>,
    pub(crate) is_first: bool,
    pub(crate) is_last: bool,
}

impl Run {
    pub(super) fn new(tsn: u64, place: u64, piece: &Piece<'_>) -> Self {
        Run {
            end: place + 1,
            has_first: piece.is_first,
            has_last: piece.is_last,
            kind: Kind::from_identifier(piece.identifier),
            tsn,
            bytes: piece.payload.to_vec(),
            start: 0,
            read: 0,
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.has_first && self.has_last
    }

    /// Some of the message was read, and some was not.
    pub(super) fn is_read_in_part(&self) -> bool {
        self.read > 0
    }

    /// Bytes that were not read.
    pub(super) fn unread(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub(super) fn weight(&self) -> usize {
        RUN_BYTES + self.unread()
    }

    /// Something can be read: bytes, or that an empty message is there.
    pub(super) fn is_readable(&self) -> bool {
        let is_begun = self.has_first && self.unread() > 0 && !self.kind.is_empty();
        self.kind.is_content() && (is_begun || self.is_whole())
    }

    pub(super) fn push(&mut self, tsn: u64, piece: &Piece<'_>) {
        self.bytes.extend_from_slice(piece.payload);
        self.end += 1;
        self.has_last = piece.is_last;
        self.tsn = self.tsn.max(tsn);
    }

    /// What begins where this ends.
    pub(super) fn join(&mut self, next: &Run) {
        self.bytes.extend_from_slice(&next.bytes);
        self.end = next.end;
        self.has_last = next.has_last;
        self.tsn = self.tsn.max(next.tsn);
    }

    /// The next bytes, at most so many.
    pub(super) fn read(&mut self, bytes_max: usize) -> Part {
        let is_first = self.read == 0;
        let count = self.unread().min(bytes_max.max(1));
        self.read += count as u64;
        let data = if self.start == 0 && count == self.bytes.len() {
            std::mem::take(&mut self.bytes)
        } else {
            let end = self.start + count;
            let data = self.bytes[self.start..end].to_vec();
            self.start = end;
            // Half of it at a time, so that no byte moves often.
            if self.start >= self.bytes.len() / 2 {
                self.bytes.drain(..self.start);
                self.start = 0;
            }
            data
        };
        let is_last = self.has_last && self.unread() == 0;
        Part { kind: self.kind, data: self.kind.content(data), is_first, is_last }
    }

    pub(super) fn into_message(self, stream: u16) -> Message {
        Message { stream, kind: self.kind, data: self.bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(payload: &[u8], is_first: bool, is_last: bool) -> Piece<'_> {
        Piece {
            tsn: 0,
            stream: 0,
            ordered: true,
            is_first,
            is_last,
            immediate: false,
            message: 0,
            place: 0,
            identifier: 53,
            payload,
        }
    }

    #[test]
    fn what_is_read_is_gone_and_flags_say_where_it_was() {
        let bytes: Vec<u8> = (0..100).collect();
        let mut run = Run::new(1, 1, &piece(&bytes[..50], true, false));
        let (mut read, mut first, mut last) = (Vec::new(), 0, 0);
        while run.unread() > 0 {
            let part = run.read(7);
            assert!(part.data.len() <= 7 && part.is_first == read.is_empty());
            first += usize::from(part.is_first);
            last += usize::from(part.is_last);
            read.extend(part.data);
            if read.len() == 21 {
                run.push(2, &piece(&bytes[50..], false, true));
            }
        }
        assert_eq!((read, first, last), (bytes, 1, 1));
        assert_eq!((run.weight(), run.end), (RUN_BYTES, 3));
    }

    #[test]
    fn an_empty_message_is_read_once() {
        let mut run = Run::new(1, 1, &Piece { identifier: 57, ..piece(&[0], true, true) });
        assert!(run.is_readable());
        let part = run.read(100);
        assert!(part.data.is_empty() && part.is_first && part.is_last);
        assert_eq!(run.unread(), 0);
    }
}
