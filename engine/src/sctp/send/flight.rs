//! Pieces that are on the way.

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use super::messages::MessageId;
use crate::sctp::congestion::Snapshot;
use crate::sctp::ranges::Ranges;

/// Pieces for which there is room when nothing is on the way.
const KEPT_MAX: usize = 256;

/// What is known of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    OnTheWay,
    /// To be sent again.
    Lost,
    /// The peer has it.
    Acknowledged,
    /// The peer is not to wait for it.
    Abandoned,
}

/// A piece that was sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) state: State,
    pub(super) message: MessageId,
    /// Where it is in the message, and how long.
    pub(super) at: u64,
    pub(super) bytes: usize,
    /// Its place in the message.
    pub(super) place: u32,
    pub(super) stream: u16,
    pub(super) ordered: bool,
    pub(super) message_number: u32,
    pub(super) attempts: u32,
    pub(super) sent_at: Instant,
    /// The number of its last transmission; they rise.
    pub(super) transmission: u64,
    pub(super) snapshot: Snapshot,
    /// Its last transmission was in a packet that not every path carries.
    pub(super) is_large: bool,
}

/// All pieces above the cumulative number, in a row.
#[derive(Debug, Default)]
pub(super) struct Flight {
    pieces: VecDeque<Sent>,
    /// The peer has all up to this.
    cumulative: u64,
    /// What it has above.
    pub(super) acknowledged: Ranges,
    pub(super) lost: BTreeSet<u64>,
    /// Bytes of pieces that are on the way.
    bytes: usize,
    /// Pieces that are on the way.
    count: usize,
}

impl Flight {
    pub(super) fn cumulative(&self) -> u64 {
        self.cumulative
    }

    /// The highest number that was used.
    pub(super) fn highest(&self) -> u64 {
        self.cumulative + self.pieces.len() as u64
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Pieces that are kept, whether the peer has them or not.
    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn get(&self, number: u64) -> Option<&Sent> {
        let place = number.checked_sub(self.cumulative + 1)?;
        self.pieces.get(usize::try_from(place).ok()?)
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Sent> {
        let place = number.checked_sub(self.cumulative + 1)?;
        self.pieces.get_mut(usize::try_from(place).ok()?)
    }

    /// A new piece is on the way. Gives its number.
    pub(super) fn push(&mut self, piece: Sent) -> u64 {
        self.bytes += piece.bytes;
        self.count += 1;
        self.pieces.push_back(piece);
        self.highest()
    }

    /// The first piece, when the peer has it or needs it no more.
    pub(super) fn pop(&mut self) -> Option<Sent> {
        let piece = self.pieces.pop_front()?;
        self.cumulative += 1;
        // Memory for a crowd is not kept for the next one.
        if self.pieces.is_empty() && self.pieces.capacity() > KEPT_MAX {
            self.pieces = VecDeque::new();
        }
        Some(piece)
    }

    /// Moves a piece to another state. Gives the one that it had.
    pub(super) fn set(&mut self, number: u64, state: State) -> Option<State> {
        let piece = self.get_mut(number)?;
        let before = std::mem::replace(&mut piece.state, state);
        let bytes = piece.bytes;
        match before {
            State::OnTheWay => {
                self.bytes -= bytes;
                self.count -= 1;
            }
            State::Lost => {
                self.lost.remove(&number);
            }
            State::Acknowledged | State::Abandoned => {}
        }
        match state {
            State::OnTheWay => {
                self.bytes += bytes;
                self.count += 1;
            }
            State::Lost => {
                self.lost.insert(number);
            }
            State::Acknowledged | State::Abandoned => {}
        }
        Some(before)
    }

    /// The number up to which the peer has everything or is not to wait for it: above the
    /// cumulative number where pieces were given up.
    pub(super) fn forward_to(&self) -> u64 {
        let given_up = self.pieces.iter().take_while(|piece| piece.state == State::Abandoned);
        self.cumulative + given_up.count() as u64
    }

    /// Pieces above this number went out in a packet that not every path carries.
    pub(super) fn note_large(&mut self, above: u64) {
        for number in above + 1..=self.highest() {
            if let Some(piece) = self.get_mut(number) {
                piece.is_large = true;
            }
        }
    }

    /// Numbers of pieces, from the first.
    pub(super) fn numbers(&self) -> std::ops::RangeInclusive<u64> {
        self.cumulative + 1..=self.highest()
    }
}
