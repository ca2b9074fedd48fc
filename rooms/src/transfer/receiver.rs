//! The receiving side of one file, as a pure machine (`docs/data-channel-protocol.md`, "file").
//!
//! 1. [`Receiver::new`] judges the offer; [`Receiver::accept`] is the answer to it. Or it is
//!    [`Receiver::comparing`], and the answer is [`Receiver::ask_list`]; with the list
//!    ([`Receiver::take_list`]) it is known what [`Receiver::want`] is to ask for.
//! 2. [`Receiver::check`] judges a chunk before it is written, [`Receiver::consumed`] counts it
//!    after, and gives the acknowledgement when one is due.
//! 3. When [`Receiver::is_complete`], what was written is read back and digested, and
//!    [`Receiver::finish`] tells whether that is the digest which was offered. If not, while
//!    [`Receiver::may_mend`], blocks are compared with the list, and wrong ones asked for again.

use super::block_list::BlockList;
use super::digest::Digest;
use crate::protocol::blocks::{BlockRange, Blocks};
use crate::protocol::data::{
    ACK_EVERY_BYTES, CancelReason, ChunkHeader, FILE_BYTES_MAX, FILE_FOLDER_BYTES_MAX,
    FILE_NAME_BYTES_MAX, FileMessage, FileOffer, RejectReason, TRANSFER_ID_MAX,
};
use crate::protocol::flow::{Carries, Flow};

/// One file on its way in.
///
/// ```
/// use lapwing_rooms::protocol::data::{ChunkHeader, FileOffer};
/// use lapwing_rooms::transfer::{Digest, Receiver};
///
/// let sha256 = Digest::of(b"abc").to_string();
/// let offer = FileOffer { id: 7, name: "a".into(), size: 3, sha256, ..FileOffer::default() };
/// let mut receiver = Receiver::new(&offer, 0).expect("a fair offer");
/// receiver.check(ChunkHeader { id: 7, offset: 0 }, 3).expect("it follows");
/// assert_eq!(receiver.consumed(3).map(|ack| ack.id()), Some(7));
/// assert!(receiver.is_complete());
/// assert!(receiver.finish(Digest::of(b"abc")).1);
/// ```
#[derive(Clone, Debug)]
pub struct Receiver {
    id: u64,
    size: u64,
    sha256: Digest,
    flow: Flow,
    blocks: Option<Blocks>,
    list: List,
    carried: u64,
}

/// What is known of the file's blocks.
#[derive(Clone, Debug)]
enum List {
    /// It comes piece by piece, or was not asked for.
    Coming(Vec<u8>),
    Whole(BlockList),
}

/// Whether an offer keeps the protocol's limits; its digest if so.
///
/// # Errors
/// [`RejectReason::BadOffer`].
pub fn judge_offer(offer: &FileOffer) -> Result<Digest, RejectReason> {
    let fair = (1..=TRANSFER_ID_MAX).contains(&offer.id)
        && offer.size <= FILE_BYTES_MAX
        && offer.name.len() <= FILE_NAME_BYTES_MAX
        && offer.folder.len() <= FILE_FOLDER_BYTES_MAX;
    Digest::parse(&offer.sha256).filter(|_| fair).ok_or(RejectReason::BadOffer)
}

impl Receiver {
    /// Takes an offer on, with so many bytes from the file's beginning that are there already.
    ///
    /// # Errors
    /// [`RejectReason::BadOffer`] when the offer breaks a limit, or more is there than the file
    /// is long.
    pub fn new(offer: &FileOffer, received: u64) -> Result<Self, RejectReason> {
        let mut receiver = Receiver::comparing(offer)?;
        receiver.flow.accept(received).map_err(|_| RejectReason::BadOffer)?;
        Ok(receiver)
    }

    /// Takes an offer on for which [`Self::ask_list`] is the answer.
    ///
    /// # Errors
    /// [`RejectReason::BadOffer`] when the offer breaks a limit.
    pub fn comparing(offer: &FileOffer) -> Result<Self, RejectReason> {
        let sha256 = judge_offer(offer)?;
        let blocks = Blocks::judge(offer.size, offer.block).map_err(|_| RejectReason::BadOffer)?;
        Ok(Receiver {
            id: offer.id,
            size: offer.size,
            sha256,
            flow: Flow::new(offer.size, blocks),
            blocks,
            list: List::Coming(Vec::new()),
            carried: 0,
        })
    }

    /// The answer to the offer.
    pub fn accept(&self) -> FileMessage {
        FileMessage::Accept { id: self.id, offset: self.flow.acked() }
    }

    /// Asks for the list of blocks, instead of accepting or when all is there; `None` when there
    /// is none, or it was asked for.
    pub fn ask_list(&mut self) -> Option<FileMessage> {
        self.flow.ask_list().ok()?;
        Some(FileMessage::List { id: self.id })
    }

    /// The list of blocks, once it is whole.
    pub fn list(&self) -> Option<&BlockList> {
        match &self.list {
            List::Coming(_) => None,
            List::Whole(list) => Some(list),
        }
    }

    /// Takes a piece of the list that passed [`Self::check`].
    pub fn take_list(&mut self, data: &[u8]) {
        let (List::Coming(bytes), Some(blocks)) = (&mut self.list, self.blocks) else { return };
        self.flow.pass(data.len());
        bytes.extend_from_slice(data);
        if bytes.len() as u64 == blocks.list_bytes() {
            let list = BlockList::new(blocks, std::mem::take(bytes));
            self.list = list.map_or(List::Coming(Vec::new()), List::Whole);
        }
    }

    /// Asks for blocks; `None` when it is not the time, or it was done too often.
    pub fn want(&mut self, ranges: Vec<BlockRange>) -> Option<FileMessage> {
        self.flow.want(&ranges).ok()?;
        Some(FileMessage::Want { id: self.id, ranges })
    }

    /// Whether wrong blocks can be asked for again.
    pub fn may_mend(&self) -> bool {
        self.flow.may_want()
    }

    /// Whether a chunk of `length` bytes may be taken, and what it holds: it follows on what is
    /// there or was asked for. Any fault ends the transfer.
    ///
    /// # Errors
    /// [`CancelReason::Protocol`].
    pub fn check(&self, header: ChunkHeader, length: usize) -> Result<Carries, CancelReason> {
        if header.id != self.id {
            return Err(CancelReason::Protocol);
        }
        self.flow.check(header.offset, length).map_err(|_| CancelReason::Protocol)
    }

    /// Counts bytes of the file that passed [`Self::check`] and were written. Gives the
    /// acknowledgement when one is due: every 256 KiB and at the end.
    pub fn consumed(&mut self, length: usize) -> Option<FileMessage> {
        self.flow.pass(length);
        self.carried += length as u64;
        let received = self.flow.sent();
        if received - self.flow.acked() < ACK_EVERY_BYTES && received < self.size {
            return None;
        }
        self.flow.ack(received).ok()?;
        Some(FileMessage::Ack { id: self.id, received })
    }

    /// All bytes are there.
    pub fn is_complete(&self) -> bool {
        self.flow.is_complete()
    }

    /// The last message, and whether the digest of what is there is the one offered.
    pub fn finish(&self, digest: Digest) -> (FileMessage, bool) {
        let ok = self.is_complete() && digest == self.sha256;
        (FileMessage::Done { id: self.id, ok, sha256: digest.to_string() }, ok)
    }

    /// The transfer's number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Size of the file in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The digest it was offered with.
    pub fn sha256(&self) -> Digest {
        self.sha256
    }

    /// Bytes of the file that are there.
    pub fn received(&self) -> u64 {
        self.flow.sent()
    }

    /// Bytes of the file that came over, those included that were asked for again.
    pub fn carried(&self) -> u64 {
        self.carried
    }
}

#[cfg(test)]
mod tests;
