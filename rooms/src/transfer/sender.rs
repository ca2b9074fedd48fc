//! The sending side of one file, as a pure machine (`docs/data-channel-protocol.md`, "file").
//!
//! 1. [`Sender::offer`] makes the offer, once for each channel.
//! 2. The receiver's `accept` says where to begin; [`Sender::wants`] says what to read,
//!    [`Sender::chunk`] makes the message.
//!    It may ask for the list of blocks first, which [`Sender::list_chunk`] gives, and then for
//!    those that it lacks.
//! 3. Its `ack`s open the window; `done` is the end.
//! 4. When the channel is lost, [`Sender::on_lost`] keeps the file at hand for another offer.

use super::block_list::BlockList;
use super::digest::Digest;
use crate::protocol::data::{
    BUFFERED_BYTES_MAX, CHUNK_BYTES, CancelReason, ChunkHeader, FileMessage, FileOffer,
    RejectReason,
};
use crate::protocol::flow::Flow;
use crate::protocol::signalling::ParticipantId;

/// Offers of a file that arrived spoiled: the first and one more.
const SPOILED_MAX: u32 = 2;

/// What is known of a file before it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCard {
    /// Its name, a proposal to the receiver.
    pub name: String,
    /// The folder it is in, such as `photos/2026`; empty for a file by itself.
    pub folder: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of the whole file.
    pub sha256: Digest,
    /// The digests of its blocks, if it has several.
    pub blocks: Option<BlockList>,
}

/// How a file ended on the sending side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendEnd {
    /// It arrived whole, and its digest is right.
    Done,
    /// The receiver does not want it.
    Rejected(RejectReason),
    /// The receiver, the relay or a person here broke it off.
    Cancelled(CancelReason),
    /// It arrived, twice, with another digest.
    Spoiled,
    /// The receiver broke the rules.
    Misbehaved,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Not offered over a channel that is open.
    Waiting,
    /// From the offer on.
    UnderWay {
        id: u64,
        flow: Flow,
    },
    Over(SendEnd),
}

/// One file on its way out.
///
/// ```
/// use lapwing_rooms::protocol::data::FileMessage;
/// use lapwing_rooms::transfer::{Digest, FileCard, SendEnd, Sender};
///
/// let sha256 = Digest::of(b"abc");
/// let (name, folder) = ("a.txt".into(), String::new());
/// let card = FileCard { name, folder, size: 3, sha256, blocks: None };
/// let mut sender = Sender::new(card);
/// let offer = sender.offer(7, None, 0);
/// assert_eq!(offer.id(), 7);
/// sender.on_message(&FileMessage::Accept { id: 7, offset: 0 });
/// assert_eq!(sender.wants(0), Some((0, 3)));
/// assert_eq!(sender.chunk(b"abc").expect("wanted").len(), 19);
/// let sha256 = sha256.to_string();
/// sender.on_message(&FileMessage::Done { id: 7, ok: true, sha256 });
/// assert_eq!(sender.end(), Some(SendEnd::Done));
/// ```
#[derive(Clone, Debug)]
pub struct Sender {
    card: FileCard,
    state: State,
    spoiled: u32,
    /// What the receiver had already when it took the last offer, in bytes.
    resumed_from: u64,
    /// Bytes of the file that went out since the last offer.
    carried: u64,
    /// What a relay or receiver said when it had no place for the offer.
    put_off: Option<RejectReason>,
}

impl Sender {
    /// A file that is to be offered.
    pub fn new(card: FileCard) -> Self {
        Sender {
            card,
            state: State::Waiting,
            spoiled: 0,
            resumed_from: 0,
            carried: 0,
            put_off: None,
        }
    }

    /// The file.
    pub fn card(&self) -> &FileCard {
        &self.card
    }

    /// Whether to [`Self::offer`] it when there is a channel.
    pub fn is_waiting(&self) -> bool {
        self.state == State::Waiting
    }

    /// Why the last offer found no place, where it is worth another after a while.
    pub fn put_off(&self) -> Option<RejectReason> {
        self.put_off
    }

    /// The offer, under an id drawn from 1 to
    /// [`TRANSFER_ID_MAX`](crate::protocol::data::TRANSFER_ID_MAX), with the number of files that
    /// will be offered after it. Ends one made before.
    pub fn offer(&mut self, id: u64, to: Option<ParticipantId>, more: u64) -> FileMessage {
        let blocks = self.card.blocks.as_ref().map(BlockList::blocks);
        if self.end().is_none() {
            self.state = State::UnderWay { id, flow: Flow::new(self.card.size, blocks) };
            (self.resumed_from, self.carried) = (0, 0);
        }
        FileMessage::Offer(FileOffer {
            id,
            to,
            from: None,
            name: self.card.name.clone(),
            folder: self.card.folder.clone(),
            more,
            size: self.card.size,
            sha256: self.card.sha256.to_string(),
            block: blocks.map_or(0, |blocks| blocks.block_bytes()),
        })
    }

    /// Takes a message of the receiver or the relay; what is about another transfer is passed
    /// over. Gives an answer where one is due.
    pub fn on_message(&mut self, message: &FileMessage) -> Option<FileMessage> {
        let State::UnderWay { id, flow } = &mut self.state else { return None };
        if *id != message.id() {
            return None;
        }
        let was_passing = flow.is_passing();
        let fair = match message {
            FileMessage::Accept { offset, .. } => flow.accept(*offset).is_ok(),
            FileMessage::List { .. } => flow.ask_list().is_ok(),
            FileMessage::Want { ranges, .. } => flow.want(ranges).is_ok(),
            FileMessage::Ack { received, .. } => flow.ack(*received).is_ok(),
            FileMessage::Reject { reason, .. } if flow.is_offered() => {
                self.on_reject(*reason);
                return None;
            }
            FileMessage::Done { ok, sha256, .. } if flow.is_complete() => {
                return self.on_done(*ok, sha256);
            }
            FileMessage::Cancel { reason, .. } => {
                self.state = match reason {
                    // Whoever left may come back, and has a part of it.
                    CancelReason::PeerLeft => State::Waiting,
                    other => State::Over(SendEnd::Cancelled(*other)),
                };
                return None;
            }
            // An offer from there, or an answer out of order.
            _ => false,
        };
        if !fair {
            return self.misbehaved();
        }
        if flow.is_passing() && !was_passing {
            self.put_off = None;
            if self.carried == 0 {
                self.resumed_from = flow.acked();
            }
        }
        None
    }

    fn on_reject(&mut self, reason: RejectReason) {
        self.state = match reason {
            // Whoever has only just come has no channel yet, and transfers come to an end.
            RejectReason::NoReceiver | RejectReason::Busy => {
                self.put_off = Some(reason);
                State::Waiting
            }
            other => State::Over(SendEnd::Rejected(other)),
        };
    }

    fn on_done(&mut self, ok: bool, sha256: &str) -> Option<FileMessage> {
        let same = Digest::parse(sha256) == Some(self.card.sha256);
        if ok != same {
            return self.misbehaved();
        }
        self.state = match ok {
            true => State::Over(SendEnd::Done),
            false => {
                self.spoiled += 1;
                match self.spoiled < SPOILED_MAX {
                    true => State::Waiting,
                    false => State::Over(SendEnd::Spoiled),
                }
            }
        };
        None
    }

    fn misbehaved(&mut self) -> Option<FileMessage> {
        let id = self.id()?;
        self.state = State::Over(SendEnd::Misbehaved);
        Some(FileMessage::Cancel { id, reason: CancelReason::Protocol })
    }

    /// The channel is gone; what the receiver has it keeps.
    pub fn on_lost(&mut self) {
        if self.end().is_none() {
            self.state = State::Waiting;
        }
    }

    /// Breaks it off. Gives what is to be said, if the receiver knows of it.
    pub fn cancel(&mut self, reason: CancelReason) -> Option<FileMessage> {
        let id = self.id();
        if self.end().is_none() {
            self.state = State::Over(SendEnd::Cancelled(reason));
        }
        id.map(|id| FileMessage::Cancel { id, reason })
    }

    /// Offset and length of what is to be read and given to [`Self::chunk`] next, when window and
    /// channel have room; `buffered` is what waits in the channel, in bytes.
    pub fn wants(&self, buffered: usize) -> Option<(u64, usize)> {
        let State::UnderWay { flow, .. } = &self.state else { return None };
        let next = flow.next().filter(|_| buffered < BUFFERED_BYTES_MAX)?;
        let length = (next.end - next.start).min(CHUNK_BYTES as u64) as usize;
        flow.check(next.start, length).is_ok().then_some((next.start, length))
    }

    /// The message with the bytes that [`Self::wants`] named; `None` when nothing is wanted, or
    /// fewer or more bytes are.
    pub fn chunk(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        let (offset, length) = self.wants(0)?;
        let State::UnderWay { id, flow } = &mut self.state else { return None };
        if data.len() != length {
            return None;
        }
        flow.pass(length);
        self.carried += length as u64;
        Some(ChunkHeader { id: *id, offset }.with_data(data))
    }

    /// The next piece of the list of blocks, when it was asked for and the channel has room.
    pub fn list_chunk(&mut self, buffered: usize) -> Option<Vec<u8>> {
        let State::UnderWay { id, flow } = &mut self.state else { return None };
        let next = flow.next_of_list().filter(|_| buffered < BUFFERED_BYTES_MAX)?;
        let list = self.card.blocks.as_ref()?.bytes();
        let rest = list.get(next.start as usize..)?;
        let data = &rest[..rest.len().min(CHUNK_BYTES)];
        flow.pass(data.len());
        Some(ChunkHeader { id: *id, offset: next.start }.with_data(data))
    }

    /// Bytes of the file that the receiver has.
    pub fn acked(&self) -> u64 {
        match &self.state {
            State::UnderWay { flow, .. } => flow.acked(),
            State::Over(SendEnd::Done) => self.card.size,
            _ => 0,
        }
    }

    /// What the receiver had already when it took the last offer, in bytes.
    pub fn resumed_from(&self) -> u64 {
        self.resumed_from
    }

    /// Bytes of the file that went out since the last offer, those included that were asked for
    /// again.
    pub fn carried(&self) -> u64 {
        self.carried
    }

    /// How it ended, if it did.
    pub fn end(&self) -> Option<SendEnd> {
        match self.state {
            State::Over(end) => Some(end),
            _ => None,
        }
    }

    /// Whether bytes flow.
    pub fn is_sending(&self) -> bool {
        matches!(&self.state, State::UnderWay { flow, .. } if flow.is_passing())
    }

    fn id(&self) -> Option<u64> {
        match self.state {
            State::UnderWay { id, .. } => Some(id),
            State::Waiting | State::Over(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
