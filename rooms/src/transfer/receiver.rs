//! The receiving side of one file, as a pure machine (`docs/data-channel-protocol.md`, "file").
//!
//! 1. [`Receiver::new`] judges the offer; [`Receiver::accept`] is the answer to it.
//! 2. [`Receiver::check`] judges a chunk before it is written, [`Receiver::consumed`] counts it
//!    after, and gives the acknowledgement when one is due.
//! 3. When [`Receiver::is_complete`], what was written is read back and digested, and
//!    [`Receiver::finish`] tells whether that is the digest which was offered.

use super::digest::Digest;
use crate::protocol::data::{
    ACK_EVERY_BYTES, CancelReason, ChunkHeader, FILE_BYTES_MAX, FILE_FOLDER_BYTES_MAX,
    FILE_NAME_BYTES_MAX, FileMessage, FileOffer, RejectReason, TRANSFER_ID_MAX,
};

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
    received: u64,
    accepted_from: u64,
    acked: u64,
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
        let sha256 = judge_offer(offer)?;
        if received > offer.size {
            return Err(RejectReason::BadOffer);
        }
        Ok(Receiver {
            id: offer.id,
            size: offer.size,
            sha256,
            received,
            accepted_from: received,
            acked: received,
        })
    }

    /// The answer to the offer.
    pub fn accept(&self) -> FileMessage {
        FileMessage::Accept { id: self.id, offset: self.accepted_from }
    }

    /// Whether a chunk of `length` bytes may be written: it follows on what is there and stays
    /// within the file. Any fault ends the transfer.
    ///
    /// # Errors
    /// [`CancelReason::Protocol`].
    pub fn check(&self, header: ChunkHeader, length: usize) -> Result<(), CancelReason> {
        let end = header.offset.checked_add(length as u64);
        let fits = header.id == self.id
            && length > 0
            && header.offset == self.received
            && end.is_some_and(|end| end <= self.size);
        if fits { Ok(()) } else { Err(CancelReason::Protocol) }
    }

    /// Counts bytes that passed [`Self::check`] and were written. Gives the acknowledgement when
    /// one is due: every 256 KiB and at the end.
    pub fn consumed(&mut self, length: usize) -> Option<FileMessage> {
        self.received += length as u64;
        let received = self.received;
        if received - self.acked < ACK_EVERY_BYTES && received < self.size {
            return None;
        }
        self.acked = received;
        Some(FileMessage::Ack { id: self.id, received })
    }

    /// All bytes are there.
    pub fn is_complete(&self) -> bool {
        self.received >= self.size
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

    /// Bytes from the file's beginning that are there.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Where this transfer began.
    pub fn accepted_from(&self) -> u64 {
        self.accepted_from
    }
}

#[cfg(test)]
mod tests;
