//! One file on its way in: the machine, and the part on disk.
//!
//! 1. What is there is compared with the list of blocks, if there is one and anything to compare.
//! 2. What is missing comes.
//! 3. All is read back and digested: what was written may have been altered since.
//! 4. If the digest is wrong, blocks are compared with the list, and wrong ones come once more.

use std::io;

use super::comparison::Comparison;
use super::digest::{Digest, Hasher};
use super::name::safe_name;
use super::receiver::Receiver;
use super::store::{Older, Part};
use crate::protocol::blocks::{BlockRange, ranges_of};
use crate::protocol::data::{CancelReason, ChunkHeader, FileMessage, FileOffer, RejectReason};
use crate::protocol::flow::Carries;
use crate::protocol::signalling::ParticipantId;

/// Bytes of a part that are digested in one step: some milliseconds.
const DIGEST_BYTES: usize = 4 << 20;

/// A transfer under way.
pub(super) struct Incoming {
    pub(super) from: ParticipantId,
    /// Made safe.
    pub(super) name: String,
    /// As it was proposed.
    pub(super) folder: String,
    pub(super) part: Part,
    pub(super) receiver: Receiver,
    older: Option<Older>,
    stage: Stage,
}

enum Stage {
    /// The list of blocks comes; the digest of the whole if all was there and that was wrong.
    Listing(Option<Digest>),
    Comparing(Comparison),
    Receiving,
    Verifying {
        hasher: Hasher,
        at: u64,
    },
}

/// What came of a step.
pub(super) enum Turn {
    /// Nothing is to be done before something comes.
    Idle,
    /// There is more to do.
    More,
    /// The list of blocks is asked for.
    Lists(FileMessage),
    /// Blocks are asked for for the first time.
    Starts(FileMessage),
    /// So many bytes are asked for again.
    Mends(FileMessage, u64),
    /// That is the digest of the whole, and nothing can be done about it any more.
    Ends(Digest),
}

/// Why a chunk was not taken.
pub(super) enum Fault {
    /// It breaks the rules.
    Rules(CancelReason),
    /// The disk says no.
    Disk(io::Error),
}

impl Incoming {
    /// Takes an offer on. Gives the answer too, which is `accept` when nothing is to be compared.
    ///
    /// # Errors
    /// [`RejectReason::BadOffer`].
    pub(super) fn new(
        offer: &FileOffer,
        from: ParticipantId,
        part: Part,
        older: Option<Older>,
    ) -> Result<(Self, FileMessage), RejectReason> {
        let mut comparing = Receiver::comparing(offer)?;
        // Of less than a block nothing can be said before all is there.
        let longest = part.length().max(older.as_ref().map_or(0, Older::length));
        let list = (longest >= offer.block).then(|| comparing.ask_list()).flatten();
        let (receiver, answer, stage) = match list {
            Some(list) => (comparing, list, Stage::Listing(None)),
            None => {
                let receiver = Receiver::new(offer, part.length())?;
                let accept = receiver.accept();
                (receiver, accept, Stage::Receiving)
            }
        };
        let (name, folder) = (safe_name(&offer.name), offer.folder.clone());
        let mut incoming = Incoming { from, name, folder, part, receiver, older, stage };
        incoming.verify_if_complete();
        Ok((incoming, answer))
    }

    /// Whether the file itself comes, or has come.
    pub(super) fn has_started(&self) -> bool {
        matches!(self.stage, Stage::Receiving | Stage::Verifying { .. })
    }

    /// Takes a chunk. Gives the acknowledgement when one is due.
    ///
    /// # Errors
    /// See [`Fault`].
    pub(super) fn take(
        &mut self,
        header: ChunkHeader,
        data: &[u8],
    ) -> Result<Option<FileMessage>, Fault> {
        match self.receiver.check(header, data.len()).map_err(Fault::Rules)? {
            Carries::List => {
                self.receiver.take_list(data);
                if let (Some(_), Stage::Listing(wrong)) = (self.receiver.list(), &self.stage) {
                    self.stage = Stage::Comparing(Comparison::new(*wrong));
                }
                Ok(None)
            }
            Carries::Data => {
                self.part.write(header.offset, data).map_err(Fault::Disk)?;
                let ack = self.receiver.consumed(data.len());
                self.verify_if_complete();
                Ok(ack)
            }
        }
    }

    /// Does the work that is not answered to a message.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn step(&mut self) -> io::Result<Turn> {
        match &mut self.stage {
            Stage::Listing(_) | Stage::Receiving => Ok(Turn::Idle),
            Stage::Comparing(comparison) => {
                let Some(list) = self.receiver.list() else { return Ok(Turn::Idle) };
                if !comparison.step(list, &mut self.part, self.older.as_ref())? {
                    return Ok(Turn::More);
                }
                let missing = ranges_of(comparison.missing());
                let wrong = comparison.wrong();
                Ok(self.want(missing, wrong))
            }
            Stage::Verifying { .. } => match self.digest_more()? {
                Some(digest) if digest == self.receiver.sha256() => Ok(Turn::Ends(digest)),
                Some(digest) => self.mend(digest),
                None => Ok(Turn::More),
            },
        }
    }

    /// Asks for what is missing. `wrong` is the digest of the whole, if all was there.
    fn want(&mut self, missing: Vec<BlockRange>, wrong: Option<Digest>) -> Turn {
        // Blocks that are all right and make a file that is wrong are no better another time.
        let useless = wrong.filter(|_| missing.is_empty());
        let want = useless.is_none().then(|| self.receiver.want(missing)).flatten();
        let lacks = self.receiver.size() - self.receiver.received();
        match (want, wrong) {
            (Some(want), _) => {
                self.stage = Stage::Receiving;
                self.verify_if_complete();
                match wrong {
                    Some(_) => Turn::Mends(want, lacks),
                    None => Turn::Starts(want),
                }
            }
            (None, Some(wrong)) => Turn::Ends(wrong),
            (None, None) => Turn::Idle,
        }
    }

    /// All is there and has this digest, which is wrong: looks for the blocks that are.
    fn mend(&mut self, wrong: Digest) -> io::Result<Turn> {
        if !self.receiver.may_mend() {
            return Ok(Turn::Ends(wrong));
        }
        self.older = None;
        self.part.shorten(self.receiver.size())?;
        if let Some(list) = self.receiver.ask_list() {
            self.stage = Stage::Listing(Some(wrong));
            return Ok(Turn::Lists(list));
        }
        self.stage = Stage::Comparing(Comparison::new(Some(wrong)));
        Ok(Turn::More)
    }

    fn verify_if_complete(&mut self) {
        if self.receiver.is_complete() {
            self.stage = Stage::Verifying { hasher: Hasher::default(), at: 0 };
        }
    }

    /// Digests the next piece of what is there. Gives the digest when that was the last.
    fn digest_more(&mut self) -> io::Result<Option<Digest>> {
        let Stage::Verifying { hasher, at } = &mut self.stage else { return Ok(None) };
        let mut buffer = vec![0; DIGEST_BYTES];
        let read = self.part.read(*at, &mut buffer)?;
        hasher.update(&buffer[..read]);
        *at += read as u64;
        // Up to the file's true end, so that bytes added to it are found out too.
        let over = read == 0 || *at > self.receiver.size();
        Ok(over.then(|| hasher.digest()))
    }
}
