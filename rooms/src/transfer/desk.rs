//! The inbox of a participant: joins it with the file channel, and tells in words what happens.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::Instant;

use super::digest::Digest;
use super::inbox::{Inbox, InboxEvent};
use super::note::{ProgressNote, TransferDirection, TransferNote, TransferReport};
use super::progress::{Bytes, Progress};
use crate::client::Peer;
use crate::protocol::data::{CancelReason, FileMessage};
use crate::protocol::signalling::ParticipantId;

/// What is known of a file since it began.
#[derive(Clone, Copy, Debug)]
struct Begun {
    at: Instant,
    resumed_from: u64,
    interruptions: u32,
}

/// Receives what is offered to a participant.
pub struct Desk {
    inbox: Inbox,
    progress: Option<Progress>,
    /// By sender and size, which is what the end of a file says again.
    begun: BTreeMap<(ParticipantId, u64), Begun>,
    notes: VecDeque<TransferNote>,
    reports: Vec<TransferReport>,
    bytes: u64,
}

impl Desk {
    /// Receives into this inbox.
    pub fn new(inbox: Inbox) -> Self {
        Desk {
            inbox,
            progress: None,
            begun: BTreeMap::new(),
            notes: VecDeque::new(),
            reports: Vec::new(),
            bytes: 0,
        }
    }

    /// A control message of the file channel.
    pub fn on_message(&mut self, from: &ParticipantId, message: FileMessage) {
        self.inbox.on_message(from, message);
    }

    /// A chunk of the file channel.
    pub fn on_chunk(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as u64;
        self.inbox.on_chunk(chunk);
    }

    /// The connection is gone.
    pub fn on_lost(&mut self) {
        self.inbox.on_lost();
    }

    /// Does what is due, and sends what there is to say. True while there is more to do.
    pub fn step(&mut self, peer: &mut Peer, now: Instant) -> bool {
        let more = self.inbox.step();
        while let Some(message) = self.inbox.poll_message() {
            peer.send_file_message(&message);
        }
        while let Some(event) = self.inbox.poll_event() {
            let note = self.note(event, peer, now);
            self.notes.push_back(note);
        }
        more
    }

    /// The next thing worth telling.
    pub fn poll_note(&mut self) -> Option<TransferNote> {
        self.notes.pop_front()
    }

    /// How far the one transfer is that is under way; `None` when there are none or several.
    pub fn progress(&mut self, now: Instant) -> Option<ProgressNote> {
        let under_way = self.inbox.progress();
        let (Some(progress), [(bytes, size)]) = (&mut self.progress, under_way.as_slice()) else {
            return None;
        };
        progress.update(*bytes, now);
        Some(ProgressNote::new(*bytes, *size, progress))
    }

    /// Nothing is under way, and no sender said that more files will come.
    pub fn is_quiet(&self) -> bool {
        self.inbox.is_quiet()
    }

    /// Bytes of all chunks so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Files that were received so far.
    pub fn reports(&self) -> &[TransferReport] {
        &self.reports
    }

    fn note(&mut self, event: InboxEvent, peer: &Peer, now: Instant) -> TransferNote {
        match event {
            InboxEvent::Started { from, name, size, resumed_from } => {
                let key = (from, size);
                let interruptions = self.begun.get(&key).map_or(0, |old| old.interruptions + 1);
                self.begun.insert(key, Begun { at: now, resumed_from, interruptions });
                self.progress = Some(Progress::new(resumed_from, size, now));
                TransferNote::Started { name, size, resumed_from }
            }
            InboxEvent::Received { from, path, size, sha256, carried } => {
                let begun = self.begun.remove(&(from.clone(), size));
                let report = Received { from, path, size, sha256, carried };
                let report = report.report(begun, peer, now);
                self.reports.push(report.clone());
                TransferNote::Done(report)
            }
            InboxEvent::Mending { name, bytes } => {
                let bytes = Bytes(bytes);
                let what = format!("{name}: {bytes} of it are wrong and are sent once more");
                TransferNote::Warning { what }
            }
            InboxEvent::Interrupted { name, reason } => {
                let why = match reason {
                    CancelReason::Stopped => "the sender stopped",
                    CancelReason::PeerLeft => "the connection was closed",
                    CancelReason::Protocol => "the protocol was broken",
                    CancelReason::Io => "reading there or writing here failed",
                };
                TransferNote::Interrupted { why: format!("{name}: {why}; what is there is kept") }
            }
            InboxEvent::Spoiled { name } => {
                let why = format!("{name}: its SHA-256 is wrong, it was thrown away");
                TransferNote::Interrupted { why }
            }
            InboxEvent::Fault { name, text } => {
                TransferNote::Interrupted { why: format!("{name}: {text}") }
            }
            InboxEvent::Refused { name, reason } => {
                TransferNote::Refused { name, why: reason.to_string() }
            }
        }
    }
}

/// A file that was received.
struct Received {
    from: ParticipantId,
    path: PathBuf,
    size: u64,
    sha256: Digest,
    carried: u64,
}

impl Received {
    fn report(self, begun: Option<Begun>, peer: &Peer, now: Instant) -> TransferReport {
        let unknown = Begun { at: now, resumed_from: 0, interruptions: 0 };
        let begun = begun.unwrap_or(unknown);
        let seconds = now.saturating_duration_since(begun.at).as_secs_f64();
        TransferReport {
            direction: TransferDirection::Received,
            path: self.path,
            peer: peer.name_of(&self.from),
            size: self.size,
            sha256: self.sha256.to_string(),
            resumed_from: begun.resumed_from,
            carried: self.carried,
            seconds,
            bytes_per_second: self.carried as f64 / seconds.max(1e-3),
            interruptions: begun.interruptions,
        }
    }
}
