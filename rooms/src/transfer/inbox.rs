//! All files on their way in over one connection, and the folder they go into.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;

use super::digest::{Digest, Hasher};
use super::name::safe_name;
use super::receiver::{Receiver, judge_offer};
use super::store::{Part, PartError, Store};
use crate::protocol::data::{
    CancelReason, ChunkHeader, FileMessage, FileOffer, RejectReason, TRANSFERS_MAX,
};
use crate::protocol::signalling::ParticipantId;

/// Bytes of a part that are digested in one step: some milliseconds.
const DIGEST_BYTES: usize = 4 << 20;

/// What happened to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxEvent {
    /// It is being received.
    Started {
        /// Whose.
        from: ParticipantId,
        /// Its name, made safe.
        name: String,
        /// Its size in bytes.
        size: u64,
        /// What was there already, in bytes.
        resumed_from: u64,
    },
    /// It is there, and its digest is right.
    Received {
        /// Whose.
        from: ParticipantId,
        /// Where it is.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// Its digest.
        sha256: Digest,
    },
    /// It broke off; what is there of it is kept for a resume.
    Interrupted {
        /// Its name, made safe.
        name: String,
        /// Why.
        reason: CancelReason,
    },
    /// It arrived with another digest, and was thrown away.
    Spoiled {
        /// Its name, made safe.
        name: String,
    },
    /// The disk says no; the text is the system's.
    Fault {
        /// Its name, made safe.
        name: String,
        /// What the system says.
        text: String,
    },
    /// An offer was not taken.
    Refused {
        /// Its name, made safe.
        name: String,
        /// Why not.
        reason: RejectReason,
    },
}

/// A transfer under way.
struct Incoming {
    from: ParticipantId,
    name: String,
    folder: String,
    part: Part,
    receiver: Receiver,
    stage: Stage,
}

enum Stage {
    Receiving,
    /// All is there, and is read back: what was written may have been altered since.
    Verifying {
        hasher: Hasher,
        at: u64,
    },
}

/// Receives what is offered into a folder. Feed it the messages of the file channel, call
/// [`Inbox::step`] while it has work, and send what [`Inbox::poll_message`] gives.
pub struct Inbox {
    store: Store,
    bytes_max: u64,
    transfers: BTreeMap<u64, Incoming>,
    /// The last file that was taken on is the last of what its sender has to offer.
    ends_batch: bool,
    events: VecDeque<InboxEvent>,
    messages: VecDeque<FileMessage>,
}

impl Inbox {
    /// Receives files of up to `bytes_max` bytes.
    pub fn new(store: Store, bytes_max: u64) -> Self {
        Inbox {
            store,
            bytes_max,
            transfers: BTreeMap::new(),
            ends_batch: true,
            events: VecDeque::new(),
            messages: VecDeque::new(),
        }
    }

    /// A message of the file channel; only offers and cancellations are for a receiver.
    pub fn on_message(&mut self, peer: &ParticipantId, message: FileMessage) {
        match message {
            FileMessage::Offer(offer) => self.on_offer(peer, offer),
            FileMessage::Cancel { id, reason } => self.interrupt(id, reason),
            _ => {}
        }
    }

    fn on_offer(&mut self, peer: &ParticipantId, offer: FileOffer) {
        let id = offer.id;
        let name = safe_name(&offer.name);
        match self.admit(peer, offer) {
            Ok(()) => {}
            Err(reason) => {
                self.messages.push_back(FileMessage::Reject { id, reason });
                self.events.push_back(InboxEvent::Refused { name, reason });
            }
        }
    }

    fn admit(&mut self, peer: &ParticipantId, offer: FileOffer) -> Result<(), RejectReason> {
        let sha256 = judge_offer(&offer)?;
        if self.transfers.contains_key(&offer.id) {
            return Err(RejectReason::BadOffer);
        }
        if offer.size > self.bytes_max {
            return Err(RejectReason::TooLarge);
        }
        if self.transfers.len() >= TRANSFERS_MAX {
            return Err(RejectReason::Busy);
        }
        let name = safe_name(&offer.name);
        let part = match self.store.part(sha256, offer.size) {
            Ok(part) => part,
            Err(PartError::Busy) => return Err(RejectReason::Busy),
            Err(PartError::Io(error)) => {
                self.events.push_back(InboxEvent::Fault { name, text: error.to_string() });
                return Err(RejectReason::Declined);
            }
        };
        let from = offer.from.clone().filter(|_| peer.is_server());
        let from = from.unwrap_or_else(|| peer.clone());
        let receiver = Receiver::new(&offer, part.length())?;
        self.messages.push_back(receiver.accept());
        self.events.push_back(InboxEvent::Started {
            from: from.clone(),
            name: name.clone(),
            size: receiver.size(),
            resumed_from: receiver.received(),
        });
        self.ends_batch = offer.more == 0;
        let (folder, stage) = (offer.folder, Stage::Receiving);
        let mut incoming = Incoming { from, name, folder, part, receiver, stage };
        incoming.verify_if_complete();
        self.transfers.insert(offer.id, incoming);
        Ok(())
    }

    /// Does the work that is not answered to a message. True while there is more.
    pub fn step(&mut self) -> bool {
        let verifying = |incoming: &Incoming| matches!(incoming.stage, Stage::Verifying { .. });
        let next = self.transfers.iter_mut().find(|(_, incoming)| verifying(incoming));
        let Some((id, incoming)) = next else { return false };
        let id = *id;
        match incoming.digest_more() {
            Ok(Some(digest)) => self.finish(id, digest),
            Ok(None) => {}
            Err(text) => {
                let name = incoming.name.clone();
                self.events.push_back(InboxEvent::Fault { name, text });
                self.break_off(id, CancelReason::Io);
            }
        }
        true
    }

    /// A chunk of the file channel. Those of no transfer are passed over: they may be under way
    /// still when a transfer is broken off.
    pub fn on_chunk(&mut self, message: &[u8]) {
        let Some((header, data)) = ChunkHeader::split(message) else { return };
        let Some(incoming) = self.transfers.get_mut(&header.id) else { return };
        if let Err(reason) = incoming.receiver.check(header, data.len()) {
            return self.break_off(header.id, reason);
        }
        if let Err(error) = incoming.part.append(data) {
            let (name, text) = (incoming.name.clone(), error.to_string());
            self.events.push_back(InboxEvent::Fault { name, text });
            return self.break_off(header.id, CancelReason::Io);
        }
        self.messages.extend(incoming.receiver.consumed(data.len()));
        incoming.verify_if_complete();
    }

    /// All bytes are there, and have this digest.
    fn finish(&mut self, id: u64, digest: Digest) {
        let Some(Incoming { from, name, folder, part, receiver, .. }) = self.transfers.remove(&id)
        else {
            return;
        };
        let (done, ok) = receiver.finish(digest);
        let (size, sha256) = (receiver.size(), receiver.sha256());
        let stored =
            if ok { part.keep(&folder, &name).map(Some) } else { part.discard().map(|()| None) };
        match stored {
            Ok(path) => {
                self.messages.push_back(done);
                self.events.push_back(match path {
                    Some(path) => InboxEvent::Received { from, path, size, sha256 },
                    None => InboxEvent::Spoiled { name },
                });
            }
            Err(error) => {
                self.messages.push_back(FileMessage::Cancel { id, reason: CancelReason::Io });
                self.events.push_back(InboxEvent::Fault { name, text: error.to_string() });
            }
        }
    }

    /// Ends a transfer from this side.
    fn break_off(&mut self, id: u64, reason: CancelReason) {
        self.messages.push_back(FileMessage::Cancel { id, reason });
        self.interrupt(id, reason);
    }

    /// Ends a transfer, keeping what is there.
    fn interrupt(&mut self, id: u64, reason: CancelReason) {
        let Some(incoming) = self.transfers.remove(&id) else { return };
        self.events.push_back(InboxEvent::Interrupted { name: incoming.name, reason });
    }

    /// The channel is gone, and all transfers with it.
    pub fn on_lost(&mut self) {
        self.messages.clear();
        let ids: Vec<u64> = self.transfers.keys().copied().collect();
        for id in ids {
            self.interrupt(id, CancelReason::PeerLeft);
        }
    }

    /// The next message to be sent on the file channel.
    pub fn poll_message(&mut self) -> Option<FileMessage> {
        self.messages.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<InboxEvent> {
        self.events.pop_front()
    }

    /// Nothing is under way, and no sender said that more files will come.
    pub fn is_quiet(&self) -> bool {
        self.transfers.is_empty() && self.ends_batch
    }

    /// Transfers under way: received and expected bytes of each.
    pub fn progress(&self) -> Vec<(u64, u64)> {
        let transfers = self.transfers.values();
        transfers.map(|incoming| (incoming.receiver.received(), incoming.receiver.size())).collect()
    }
}

impl Incoming {
    fn verify_if_complete(&mut self) {
        if self.receiver.is_complete() {
            self.stage = Stage::Verifying { hasher: Hasher::default(), at: 0 };
        }
    }

    /// Digests the next piece of what is there. Gives the digest when that was the last.
    fn digest_more(&mut self) -> Result<Option<Digest>, String> {
        let Stage::Verifying { hasher, at } = &mut self.stage else { return Ok(None) };
        let mut buffer = vec![0; DIGEST_BYTES];
        let read = self.part.read(*at, &mut buffer).map_err(|error| error.to_string())?;
        hasher.update(&buffer[..read]);
        *at += read as u64;
        // Up to the file's true end, so that bytes added to it are found out too.
        let over = read == 0 || *at > self.receiver.size();
        Ok(over.then(|| hasher.digest()))
    }
}

#[cfg(test)]
mod tests;
