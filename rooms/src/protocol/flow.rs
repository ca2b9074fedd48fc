//! What passes between the two who take part in a transfer, in which order and how much: the rules
//! that sender, receiver and the server between them check alike.
//!
//! 1. An offer is answered with an offset ([`Flow::accept`]), or the list of blocks is asked for
//!    ([`Flow::ask_list`]) and passes ([`Flow::check`], [`Flow::pass`]).
//! 2. With the list, blocks are asked for ([`Flow::want`]).
//! 3. What was accepted or asked for passes and is acknowledged ([`Flow::ack`]).
//! 4. When all is there, blocks that are wrong may be asked for again, after the list if it did
//!    not pass before.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;

use super::blocks::{BlockRange, Blocks, BlocksError};
use super::data::UNACKED_BYTES_MAX;

/// Times that blocks may be asked for in one transfer: what is missing at first, and what is found
/// to be wrong after that.
pub const WANTS_MAX: u32 = 4;

/// Which rule a message breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowError {
    /// It has no place at this point.
    OutOfOrder,
    /// The offer named no blocks.
    NoBlocks,
    /// More than [`WANTS_MAX`].
    TooManyWants,
    /// An offset or a count beyond the file, or beyond what was sent.
    Beyond,
    /// A count that goes back.
    Backwards,
    /// A chunk that does not begin where the last ended, or is too long for what was asked for.
    Misplaced,
    /// More than [`UNACKED_BYTES_MAX`] would be under way.
    Window,
    /// What is asked for makes no sense.
    Blocks(BlocksError),
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FlowError::OutOfOrder => "a message out of order",
            FlowError::NoBlocks => "the offer named no blocks",
            FlowError::TooManyWants => "blocks were asked for too often",
            FlowError::Beyond => "a number beyond the file or what was sent",
            FlowError::Backwards => "an acknowledgement that goes back",
            FlowError::Misplaced => "a chunk out of place",
            FlowError::Window => "too much is under way",
            FlowError::Blocks(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for FlowError {}

/// What a chunk holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// A part of the list of blocks; its offset is the one in the list.
    List,
    /// A part of the file.
    Data,
}

/// Whether there is a list of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Absent,
    Offered(Blocks),
    /// It passes or has passed: once in a transfer.
    Asked(Blocks),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    Offered,
    /// The list passes: its bytes so far, and those of the file that were there before.
    Listing {
        listed: u64,
        there: u64,
    },
    /// The file passes: what is left of it, and how many bytes of the file the receiver has or will
    /// have, and has acknowledged.
    Passing {
        rest: VecDeque<Range<u64>>,
        sent: u64,
        acked: u64,
    },
}

/// One transfer, from its offer on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    size: u64,
    list: List,
    phase: Phase,
    wants: u32,
}

impl Flow {
    /// A file of so many bytes is offered, with its blocks if the offer names them.
    pub fn new(size: u64, blocks: Option<Blocks>) -> Self {
        let list = blocks.map_or(List::Absent, List::Offered);
        Flow { size, list, phase: Phase::Offered, wants: 0 }
    }

    /// The receiver has so many bytes from the beginning on, and takes the rest.
    ///
    /// # Errors
    /// [`FlowError::OutOfOrder`] and [`FlowError::Beyond`].
    pub fn accept(&mut self, offset: u64) -> Result<(), FlowError> {
        if self.phase != Phase::Offered {
            return Err(FlowError::OutOfOrder);
        }
        if offset > self.size {
            return Err(FlowError::Beyond);
        }
        let rest = (offset < self.size).then_some(offset..self.size).into_iter().collect();
        self.phase = Phase::Passing { rest, sent: offset, acked: offset };
        Ok(())
    }

    /// The receiver asks for the list of blocks: instead of accepting, or when all is there.
    ///
    /// # Errors
    /// [`FlowError::NoBlocks`] and [`FlowError::OutOfOrder`].
    pub fn ask_list(&mut self) -> Result<(), FlowError> {
        let List::Offered(blocks) = self.list else {
            let absent = self.list == List::Absent;
            return Err(if absent { FlowError::NoBlocks } else { FlowError::OutOfOrder });
        };
        let there = match &self.phase {
            Phase::Offered => 0,
            Phase::Passing { acked, .. } if *acked == self.size => self.size,
            _ => return Err(FlowError::OutOfOrder),
        };
        self.list = List::Asked(blocks);
        self.phase = Phase::Listing { listed: 0, there };
        Ok(())
    }

    /// The receiver asks for blocks, maybe for none.
    ///
    /// # Errors
    /// All but [`FlowError::Misplaced`] and [`FlowError::Window`].
    pub fn want(&mut self, ranges: &[BlockRange]) -> Result<(), FlowError> {
        let List::Asked(blocks) = self.list else { return Err(FlowError::OutOfOrder) };
        let ready = match &self.phase {
            Phase::Offered => false,
            Phase::Listing { listed, .. } => *listed == blocks.list_bytes(),
            Phase::Passing { acked, .. } => *acked == self.size,
        };
        if !ready {
            return Err(FlowError::OutOfOrder);
        }
        if self.wants >= WANTS_MAX {
            return Err(FlowError::TooManyWants);
        }
        let rest = blocks.places(ranges).map_err(FlowError::Blocks)?;
        let missing: u64 = rest.iter().map(|range| range.end - range.start).sum();
        let there = self.size - missing;
        self.wants += 1;
        self.phase = Phase::Passing { rest, sent: there, acked: there };
        Ok(())
    }

    /// Whether a chunk of so many bytes may pass, and what it holds.
    ///
    /// # Errors
    /// [`FlowError::OutOfOrder`], [`FlowError::Misplaced`] and [`FlowError::Window`].
    pub fn check(&self, offset: u64, length: usize) -> Result<Carries, FlowError> {
        let length = length as u64;
        let (next, carries) = match &self.phase {
            Phase::Offered => return Err(FlowError::OutOfOrder),
            Phase::Listing { .. } => (self.next_of_list(), Carries::List),
            Phase::Passing { .. } => (self.next(), Carries::Data),
        };
        let fits = next.is_some_and(|next| next.start == offset && length <= next.end - offset);
        if !fits || length == 0 {
            return Err(FlowError::Misplaced);
        }
        match &self.phase {
            Phase::Passing { sent, acked, .. } if sent + length - acked > UNACKED_BYTES_MAX => {
                Err(FlowError::Window)
            }
            _ => Ok(carries),
        }
    }

    /// A chunk that [`Self::check`] allows passes.
    pub fn pass(&mut self, length: usize) {
        let length = length as u64;
        match &mut self.phase {
            Phase::Offered => {}
            Phase::Listing { listed, .. } => *listed += length,
            Phase::Passing { rest, sent, .. } => {
                *sent += length;
                let Some(range) = rest.front_mut() else { return };
                range.start += length;
                if range.start >= range.end {
                    rest.pop_front();
                }
            }
        }
    }

    /// The receiver has consumed so many bytes of the file, with those that were there before.
    ///
    /// # Errors
    /// [`FlowError::OutOfOrder`], [`FlowError::Beyond`] and [`FlowError::Backwards`].
    pub fn ack(&mut self, received: u64) -> Result<(), FlowError> {
        let Phase::Passing { sent, acked, .. } = &mut self.phase else {
            return Err(FlowError::OutOfOrder);
        };
        if received > *sent {
            return Err(FlowError::Beyond);
        }
        if received < *acked {
            return Err(FlowError::Backwards);
        }
        *acked = received;
        Ok(())
    }

    /// What of the file is to pass next, without a gap.
    pub fn next(&self) -> Option<Range<u64>> {
        match &self.phase {
            Phase::Passing { rest, .. } => rest.front().cloned(),
            _ => None,
        }
    }

    /// What of the list is to pass next.
    pub fn next_of_list(&self) -> Option<Range<u64>> {
        match (&self.phase, self.list) {
            (Phase::Listing { listed, .. }, List::Asked(blocks)) => {
                Some(*listed..blocks.list_bytes()).filter(|rest| !rest.is_empty())
            }
            _ => None,
        }
    }

    /// Whether the receiver has not answered the offer.
    pub fn is_offered(&self) -> bool {
        self.phase == Phase::Offered
    }

    /// Whether the file passes, or has passed.
    pub fn is_passing(&self) -> bool {
        matches!(self.phase, Phase::Passing { .. })
    }

    /// Whether all of the file has passed, so that the receiver may say how it is.
    pub fn is_complete(&self) -> bool {
        self.sent() == self.size && self.phase != Phase::Offered
    }

    /// Whether the list can be asked for, or was.
    pub fn has_blocks(&self) -> bool {
        self.list != List::Absent
    }

    /// Whether the list has been asked for.
    pub fn has_list(&self) -> bool {
        matches!(self.list, List::Asked(_))
    }

    /// Whether blocks may be asked for again.
    pub fn may_want(&self) -> bool {
        self.has_blocks() && self.wants < WANTS_MAX
    }

    /// Bytes of the file that have passed, with those that were there before.
    pub fn sent(&self) -> u64 {
        match self.phase {
            Phase::Offered => 0,
            Phase::Listing { there, .. } => there,
            Phase::Passing { sent, .. } => sent,
        }
    }

    /// Bytes of the file that were acknowledged, with those that were there before.
    pub fn acked(&self) -> u64 {
        match self.phase {
            Phase::Offered => 0,
            Phase::Listing { there, .. } => there,
            Phase::Passing { acked, .. } => acked,
        }
    }
}

#[cfg(test)]
mod tests;
