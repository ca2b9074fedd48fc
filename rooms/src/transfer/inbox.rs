//! All files on their way in over one connection, and the folder they go into.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::PathBuf;

use super::digest::Digest;
use super::incoming::{Fault, Incoming, Turn};
use super::name::safe_name;
use super::receiver::judge_offer;
use super::store::{PartError, Store};
use crate::protocol::data::{
    CancelReason, ChunkHeader, FileMessage, FileOffer, RejectReason, TRANSFERS_MAX,
};
use crate::protocol::signalling::ParticipantId;

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
        /// Bytes of it that came over, those included that came again.
        carried: u64,
    },
    /// All was there and its digest was wrong; blocks are asked for again.
    Mending {
        /// Its name, made safe.
        name: String,
        /// Bytes that will come again.
        bytes: u64,
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

/// Whether blocks of a file are looked for in an older one of its name too. Which blocks are asked
/// for tells the sender which are there, so that it finds out what files of others hold, a block
/// at a time, if it can guess it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OlderFiles {
    /// Nobody learns what is there.
    #[default]
    Ignored,
    /// Senders are trusted so far.
    Reused,
}

/// Receives what is offered into a folder. Feed it the messages of the file channel, call
/// [`Inbox::step`] while it has work, and send what [`Inbox::poll_message`] gives.
pub struct Inbox {
    store: Store,
    bytes_max: u64,
    /// Whether blocks are taken from older files.
    older: OlderFiles,
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
            older: OlderFiles::default(),
            transfers: BTreeMap::new(),
            ends_batch: true,
            events: VecDeque::new(),
            messages: VecDeque::new(),
        }
    }

    /// As it is, but for what it does with older files.
    pub fn with_older(self, older: OlderFiles) -> Self {
        Inbox { older, ..self }
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
        let older = match self.older {
            OlderFiles::Ignored => None,
            OlderFiles::Reused => self.store.older(&offer.folder, &name),
        };
        let (incoming, answer) = Incoming::new(&offer, from, part, older)?;
        self.messages.push_back(answer);
        if incoming.has_started() {
            self.events.push_back(started(&incoming));
        }
        self.ends_batch = offer.more == 0;
        self.transfers.insert(offer.id, incoming);
        Ok(())
    }

    /// Does the work that is not answered to a message. True while there is more.
    pub fn step(&mut self) -> bool {
        for (id, incoming) in &mut self.transfers {
            let id = *id;
            match incoming.step() {
                Ok(Turn::Idle) => continue,
                Ok(Turn::More) => {}
                Ok(Turn::Lists(list)) => self.messages.push_back(list),
                Ok(Turn::Starts(want)) => {
                    self.messages.push_back(want);
                    self.events.push_back(started(incoming));
                }
                Ok(Turn::Mends(want, bytes)) => {
                    self.messages.push_back(want);
                    let name = incoming.name.clone();
                    self.events.push_back(InboxEvent::Mending { name, bytes });
                }
                Ok(Turn::Ends(digest)) => self.finish(id, digest),
                Err(error) => self.fault(id, &error),
            }
            return true;
        }
        false
    }

    /// A chunk of the file channel. Those of no transfer are passed over: they may be under way
    /// still when a transfer is broken off.
    pub fn on_chunk(&mut self, message: &[u8]) {
        let Some((header, data)) = ChunkHeader::split(message) else { return };
        let Some(incoming) = self.transfers.get_mut(&header.id) else { return };
        match incoming.take(header, data) {
            Ok(ack) => self.messages.extend(ack),
            Err(Fault::Rules(reason)) => self.break_off(header.id, reason),
            Err(Fault::Disk(error)) => self.fault(header.id, &error),
        }
    }

    /// All bytes are there, and have this digest.
    fn finish(&mut self, id: u64, digest: Digest) {
        let Some(Incoming { from, name, folder, part, receiver, .. }) = self.transfers.remove(&id)
        else {
            return;
        };
        let (done, ok) = receiver.finish(digest);
        let (size, sha256, carried) = (receiver.size(), receiver.sha256(), receiver.carried());
        let stored =
            if ok { part.keep(&folder, &name).map(Some) } else { part.discard().map(|()| None) };
        match stored {
            Ok(path) => {
                self.messages.push_back(done);
                self.events.push_back(match path {
                    Some(path) => InboxEvent::Received { from, path, size, sha256, carried },
                    None => InboxEvent::Spoiled { name },
                });
            }
            Err(error) => {
                self.messages.push_back(FileMessage::Cancel { id, reason: CancelReason::Io });
                self.events.push_back(InboxEvent::Fault { name, text: error.to_string() });
            }
        }
    }

    /// The disk says no.
    fn fault(&mut self, id: u64, error: &io::Error) {
        let Some(incoming) = self.transfers.get(&id) else { return };
        let (name, text) = (incoming.name.clone(), error.to_string());
        self.events.push_back(InboxEvent::Fault { name, text });
        self.break_off(id, CancelReason::Io);
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

fn started(incoming: &Incoming) -> InboxEvent {
    InboxEvent::Started {
        from: incoming.from.clone(),
        name: incoming.name.clone(),
        size: incoming.receiver.size(),
        resumed_from: incoming.receiver.received(),
    }
}

#[cfg(test)]
mod tests;
