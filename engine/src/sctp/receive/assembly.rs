//! One stream's messages in the making.
//!
//! Pieces of one message have places in a row: the numbers of their chunks in DATA, their places in
//! the message in I-DATA. What lies together is kept as one run of bytes.

use std::collections::BTreeMap;

use super::run::{RUN_BYTES, Run};

use crate::sctp::data::{Format, Piece};
use crate::sctp::forward::Skipped;
use crate::sctp::message::{Kind, Message};

/// Message, and place of the first piece in it.
pub(super) type Key = (u64, u64);

/// What a stream's peer sends.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    pub(super) ordered: BTreeMap<Key, Run>,
    pub(super) unordered: BTreeMap<Key, Run>,
    /// The ordered message that is next.
    pub(super) next: u64,
    pub(super) mode: Mode,
    /// The unordered message that is read.
    pub(super) current: Option<Key>,
    /// The stream was reset: no more comes.
    pub(super) is_over: bool,
}

/// What becomes of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They leave when they are whole and have their turn.
    #[default]
    Deliver,
    /// They stay.
    Keep,
    /// They stay to be read in parts. Whoever reads was told, or is to be.
    Read { is_told: bool },
    /// Nobody wants them.
    Drop,
}

impl Assembly {
    /// A message of one piece that has its turn and need not be kept.
    pub(super) fn pass(
        &mut self,
        stream: u16,
        format: Format,
        piece: &Piece<'_>,
    ) -> Option<Message> {
        let is_whole = piece.is_first && piece.is_last;
        if !is_whole || self.mode != Mode::Deliver || self.is_over {
            return None;
        }
        if piece.ordered {
            if self.ahead(format, piece.message) != Some(self.next) {
                return None;
            }
            self.next += 1;
        }
        let kind = Kind::from_identifier(piece.identifier);
        Some(Message { stream, kind, data: piece.payload.to_vec() })
    }

    /// A piece that did not come before. Gives how many bytes all counts for, more than before;
    /// less where it joins what lay apart.
    pub(super) fn insert(&mut self, format: Format, tsn: u64, piece: &Piece<'_>) -> isize {
        if self.mode == Mode::Drop || self.is_over {
            return 0;
        }
        let Some(message) = self.message_number(format, piece) else { return 0 };
        let place = match format {
            Format::Data => tsn,
            Format::Interleaved => u64::from(piece.place),
        };
        let runs = if piece.ordered { &mut self.ordered } else { &mut self.unordered };
        let mut weight = piece.payload.len().cast_signed();
        let key = match open_end(runs, (message, place)).filter(|_| !piece.is_first) {
            Some(key) => {
                runs.get_mut(&key).expect("it was just found").push(tsn, piece);
                key
            }
            // The place is taken: the peer is out of its mind.
            None if runs.contains_key(&(message, place)) => return 0,
            None => {
                weight += RUN_BYTES.cast_signed();
                runs.insert((message, place), Run::new(tsn, place, piece));
                (message, place)
            }
        };
        if join_next(runs, key) {
            weight -= RUN_BYTES.cast_signed();
        }
        weight
    }

    /// `None` for a message that is over: its sender gave it up, or is out of its mind.
    fn message_number(&self, format: Format, piece: &Piece<'_>) -> Option<u64> {
        match (piece.ordered, format) {
            (false, Format::Data) => Some(0),
            (false, Format::Interleaved) => Some(u64::from(piece.message)),
            (true, _) => self.ahead(format, piece.message),
        }
    }

    /// The number of an ordered message by what of it is on the wire. `None` for one before the
    /// next.
    fn ahead(&self, format: Format, message: u32) -> Option<u64> {
        // Only the low bits are on the wire.
        let next = self.next as u32;
        let distance = match format {
            Format::Data => i64::from((message as u16).wrapping_sub(next as u16).cast_signed()),
            Format::Interleaved => i64::from(message.wrapping_sub(next).cast_signed()),
        };
        u64::try_from(distance).ok().map(|distance| self.next + distance)
    }

    /// The next message that is whole and has its turn.
    pub(super) fn take(&mut self, stream: u16) -> Option<(Message, usize)> {
        let run = match self.ordered.first_entry() {
            Some(first) if first.key().0 == self.next && leaves(self.mode, first.get()) => {
                self.next += 1;
                first.remove()
            }
            _ => return None,
        };
        Some(message(stream, run))
    }

    /// Likewise of the unordered ones: the one that a piece with this place just joined.
    pub(super) fn take_unordered(
        &mut self,
        stream: u16,
        format: Format,
        tsn: u64,
        piece: &Piece<'_>,
    ) -> Option<(Message, usize)> {
        let key = match format {
            Format::Data => (0, tsn),
            Format::Interleaved => (u64::from(piece.message), u64::from(piece.place)),
        };
        let (found, run) = self.unordered.range(..=key).next_back()?;
        if !leaves(self.mode, run) || run.end <= key.1 || found.0 != key.0 {
            return None;
        }
        let found = *found;
        self.unordered.remove(&found).map(|run| message(stream, run))
    }

    /// The sender gave up all numbers up to this. Whole messages that are kept stay. Gives the
    /// bytes that are free.
    pub(super) fn forward_unordered(&mut self, to: u64) -> usize {
        drop_runs(&mut self.unordered, |_, run| run.tsn <= to && !run.is_whole())
    }

    /// The sender gave up messages. Whole ones among them are still to be had, then what follows.
    pub(super) fn skip(&mut self, format: Format, skipped: Skipped) -> usize {
        if !skipped.ordered {
            let message = u64::from(skipped.message);
            let is_gone = |key: &Key, run: &Run| key.0 == message && !run.is_whole();
            return drop_runs(&mut self.unordered, is_gone);
        }
        let Some(last) = self.ahead(format, skipped.message) else { return 0 };
        let free = drop_runs(&mut self.ordered, |key, run| key.0 <= last && !run.is_whole());
        self.next = last + 1;
        free
    }

    /// A whole message that was skipped over: it came, and is delivered before what follows.
    pub(super) fn take_skipped(&mut self, stream: u16) -> Option<(Message, usize)> {
        let first = self.ordered.first_entry()?;
        let is_due = first.key().0 < self.next && leaves(self.mode, first.get());
        if is_due { Some(message(stream, first.remove())) } else { None }
    }

    /// Unordered messages wait for pieces.
    pub(super) fn has_unordered(&self) -> bool {
        !self.unordered.is_empty()
    }

    /// What is not whole goes: its rest does not come. Gives the bytes that are free.
    pub(super) fn drop_parts(&mut self) -> usize {
        let is_part = |_: &Key, run: &Run| !run.is_whole();
        drop_runs(&mut self.ordered, is_part) + drop_runs(&mut self.unordered, is_part)
    }

    /// Bytes that all of it counts for.
    pub(super) fn weight(&self) -> usize {
        self.ordered.values().chain(self.unordered.values()).map(Run::weight).sum()
    }
}

/// It is whole, and not kept for the application.
fn leaves(mode: Mode, run: &Run) -> bool {
    run.is_whole() && (mode == Mode::Deliver || !run.kind.is_content())
}

fn message(stream: u16, run: Run) -> (Message, usize) {
    let weight = run.weight();
    (run.into_message(stream), weight)
}

/// The run that ends where this place begins, and goes on.
fn open_end(runs: &BTreeMap<Key, Run>, at: Key) -> Option<Key> {
    let (key, run) = runs.range(..at).next_back()?;
    (key.0 == at.0 && run.end == at.1 && !run.has_last).then_some(*key)
}

/// Joins a run with the one that begins where it ends. True where there is one.
fn join_next(runs: &mut BTreeMap<Key, Run>, key: Key) -> bool {
    let run = &runs[&key];
    let next = (key.0, run.end);
    if run.has_last || runs.get(&next).is_none_or(|next| next.has_first) {
        return false;
    }
    let next = runs.remove(&next).expect("it was just found");
    runs.get_mut(&key).expect("it was just found").join(&next);
    true
}

fn drop_runs(runs: &mut BTreeMap<Key, Run>, is_gone: impl Fn(&Key, &Run) -> bool) -> usize {
    let mut free = 0;
    runs.retain(|key, run| {
        let gone = is_gone(key, run);
        free += if gone { run.weight() } else { 0 };
        !gone
    });
    free
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORMATS: [Format; 2] = [Format::Data, Format::Interleaved];

    /// The pieces of messages of these lengths, a byte each, in the order of sending.
    fn pieces(ordered: bool, lengths: &[usize]) -> Vec<(u64, Piece<'static>)> {
        static BYTES: [u8; 256] = {
            let mut bytes = [0; 256];
            let mut index = 0;
            while index < 256 {
                bytes[index] = index as u8;
                index += 1;
            }
            bytes
        };
        let mut pieces = Vec::new();
        for (message, length) in lengths.iter().enumerate() {
            for place in 0..*length {
                let tsn = pieces.len() as u64 + 1;
                let byte = (16 * message + place) % 256;
                let piece = Piece {
                    tsn: 0,
                    stream: 0,
                    ordered,
                    is_first: place == 0,
                    is_last: place + 1 == *length,
                    immediate: false,
                    message: message as u32,
                    place: place as u32,
                    identifier: 53,
                    payload: &BYTES[byte..=byte],
                };
                pieces.push((tsn, piece));
            }
        }
        pieces
    }

    fn feed(
        format: Format,
        pieces: &[(u64, Piece<'static>)],
        assembly: &mut Assembly,
    ) -> (Vec<Vec<u8>>, usize) {
        let (mut messages, mut held) = (Vec::new(), assembly.weight());
        for (tsn, piece) in pieces {
            held = held.strict_add_signed(assembly.insert(format, *tsn, piece));
            assert_eq!(held, assembly.weight());
            loop {
                let taken = match piece.ordered {
                    true => assembly.take(0),
                    false => assembly.take_unordered(0, format, *tsn, piece),
                };
                let Some((message, weight)) = taken else { break };
                held -= weight;
                messages.push(message.data);
            }
        }
        (messages, held)
    }

    fn content(message: usize, length: usize) -> Vec<u8> {
        (0..length).map(|place| (16 * message + place) as u8).collect()
    }

    proptest! {
        #[test]
        fn whatever_the_order_of_arrival(
            lengths in prop::collection::vec(1usize..6, 1..6),
            shuffle in any::<prop::sample::Index>(),
            swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..20),
            ordered in any::<bool>(),
        ) {
            for format in FORMATS {
                let mut pieces = pieces(ordered, &lengths);
                let count = pieces.len();
                pieces.rotate_left(shuffle.index(count));
                for (a, b) in &swaps {
                    pieces.swap(a.index(count), b.index(count));
                }
                let (mut messages, held) = feed(format, &pieces, &mut Assembly::default());
                prop_assert_eq!(held, 0);
                if !ordered {
                    messages.sort();
                }
                let expected: Vec<_> =
                    lengths.iter().enumerate().map(|(n, length)| content(n, *length)).collect();
                prop_assert_eq!(messages, expected);
            }
        }
    }

    #[test]
    fn what_was_given_up_is_skipped() {
        for format in FORMATS {
            let all = pieces(true, &[2, 2, 1, 2]);
            let mut assembly = Assembly::default();
            // Of the first message its begin, of the second its end; the third is whole.
            let some = [all[0], all[3], all[4]];
            let (messages, held) = feed(format, &some, &mut assembly);
            assert_eq!((messages.len(), held), (0, 3 * (RUN_BYTES + 1)));
            let skipped = Skipped { stream: 0, ordered: true, message: 1 };
            assert_eq!(assembly.skip(format, skipped), 2 * (RUN_BYTES + 1));
            assert_eq!(assembly.take_skipped(0), None);
            assert_eq!(assembly.take(0).unwrap().0.data, content(2, 1));
            assert_eq!(assembly.insert(format, 1, &all[0].1), 0, "it is over");
            let (messages, held) = feed(format, &all[5..], &mut assembly);
            assert_eq!((messages, held), (vec![content(3, 2)], 0));
        }
    }

    #[test]
    fn whole_messages_that_are_skipped_over_are_not_lost() {
        let all = pieces(true, &[2, 1, 1]);
        let mut assembly = Assembly::default();
        feed(Format::Data, &[all[0], all[2]], &mut assembly);
        assembly.skip(Format::Data, Skipped { stream: 0, ordered: true, message: 1 });
        assert_eq!(assembly.take_skipped(0).unwrap().0.data, content(1, 1));
        assert_eq!(assembly.take_skipped(0), None);
    }

    #[test]
    fn unordered_ones_go_with_their_numbers() {
        for format in FORMATS {
            let all = pieces(false, &[2, 2]);
            let mut assembly = Assembly::default();
            feed(format, &[all[0], all[3]], &mut assembly);
            let free = match format {
                Format::Data => assembly.forward_unordered(2),
                Format::Interleaved => {
                    assembly.skip(format, Skipped { stream: 0, ordered: false, message: 0 })
                }
            };
            assert_eq!(free, RUN_BYTES + 1);
            let (messages, held) = feed(format, &all[2..3], &mut assembly);
            assert_eq!((messages, held), (vec![content(1, 2)], 0).clone());
        }
    }

    #[test]
    fn what_is_kept_whole_outlives_what_was_given_up() {
        for (format, ordered) in [(FORMATS[0], false), (FORMATS[1], false), (FORMATS[0], true)] {
            let all = pieces(ordered, &[1, 2, 1]);
            let mut assembly =
                Assembly { mode: Mode::Read { is_told: false }, ..Assembly::default() };
            // The second is never whole.
            feed(format, &[all[0], all[1], all[3]], &mut assembly);
            let skipped = Skipped { stream: 0, ordered, message: 1 };
            let free = match (format, ordered) {
                (Format::Data, false) => assembly.forward_unordered(3),
                _ => assembly.skip(format, skipped),
            };
            assert_eq!(free, RUN_BYTES + 1);
            let read = std::iter::from_fn(|| assembly.read(9)).map(|(part, _)| part.data);
            assert_eq!(read.collect::<Vec<_>>(), [content(0, 1), content(2, 1)]);
            assert!(assembly.weight() == 0);
        }
    }

    #[test]
    fn numbers_of_messages_wrap() {
        let mut assembly = Assembly { next: 65_535, ..Assembly::default() };
        assert_eq!(assembly.ahead(Format::Data, 65_535), Some(65_535));
        assert_eq!(assembly.ahead(Format::Data, 0), Some(65_536));
        assert_eq!(assembly.ahead(Format::Data, 65_534), None);
        assembly.next = (1 << 32) - 1;
        assert_eq!(assembly.ahead(Format::Interleaved, 1), Some((1 << 32) + 1));
    }
}
