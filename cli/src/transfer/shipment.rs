//! One of the files that are sent, while it is under way.

use std::io;
use std::time::{Duration, Instant};

use lapwing_rooms::client::Peer;
use lapwing_rooms::protocol::data::{CancelReason, FileMessage};
use lapwing_rooms::protocol::signalling::Participant;
use lapwing_rooms::transfer::{
    Outgoing, SendEnd, TransferDirection, TransferNote, TransferReport, transfer_id,
};

use super::error::TransferError;

/// How long to wait before somebody who has no place for a file is offered it again.
const RETRY: Duration = Duration::from_secs(2);

/// A file under way.
pub(super) struct Shipment {
    file: Outgoing,
    receiver: Option<Participant>,
    /// Not before this another offer.
    next_offer: Option<Instant>,
    /// When the first byte of this connection went, and what was there already.
    begun: Option<(Instant, u64)>,
    interruptions: u32,
}

impl Shipment {
    /// A file that is to be offered.
    pub(super) fn new(file: Outgoing) -> Self {
        Shipment { file, receiver: None, next_offer: None, begun: None, interruptions: 0 }
    }

    /// Bytes that the receiver has.
    pub(super) fn acked(&self) -> u64 {
        self.file.sender.acked()
    }

    /// Whether it is to be offered at this time.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.file.sender.is_waiting() && self.next_offer.is_none_or(|at| at <= now)
    }

    /// When it is to be offered again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next_offer.filter(|_| self.file.sender.is_waiting())
    }

    /// Offers it, with the number of files that come after it.
    pub(super) fn offer(&mut self, to: &Participant, more: u64, peer: &mut Peer, now: Instant) {
        let offer = self.file.sender.offer(transfer_id(), Some(to.id.clone()), more);
        if peer.send_file_message(&offer) {
            self.receiver = Some(to.clone());
        } else {
            self.file.on_lost();
            self.next_offer = Some(now + RETRY);
        }
    }

    /// The connection is gone. Gives whether anything was under way.
    pub(super) fn on_lost(&mut self) -> bool {
        let was_under_way = !self.file.sender.is_waiting();
        self.file.on_lost();
        let broke_off = was_under_way && self.file.sender.end().is_none();
        if broke_off {
            self.interrupted();
        }
        broke_off
    }

    fn interrupted(&mut self) {
        self.interruptions += u32::from(self.begun.take().is_some());
        self.receiver = None;
    }

    /// A message on the file channel, which may be about another file. Gives what is to be told.
    pub(super) fn on_message(
        &mut self,
        message: &FileMessage,
        peer: &mut Peer,
        now: Instant,
    ) -> Option<TransferNote> {
        let (was_waiting, was_sending) =
            (self.file.sender.is_waiting(), self.file.sender.is_sending());
        if let Some(answer) = self.file.sender.on_message(message) {
            peer.send_file_message(&answer);
        }
        if self.file.sender.is_waiting() && !was_waiting {
            self.next_offer = Some(now + RETRY);
            let reason = self.file.sender.put_off().map(|reason| reason.to_string());
            self.file.on_lost();
            self.interrupted();
            let why = reason.unwrap_or_else(|| "the receiver left".to_owned());
            return Some(TransferNote::Interrupted { why });
        }
        // What is sent once more does not begin anew.
        if was_sending || self.begun.is_some() || !self.file.sender.is_sending() {
            return None;
        }
        let resumed_from = self.file.sender.resumed_from();
        let card = self.file.sender.card();
        self.begun = Some((now, resumed_from));
        Some(TransferNote::Started { name: card.name.clone(), size: card.size, resumed_from })
    }

    /// Sends while window and channel have room.
    pub(super) fn pump(&mut self, peer: &mut Peer) -> Result<(), TransferError> {
        self.file.pump(peer).map_err(|(reason, error): (CancelReason, io::Error)| {
            self.cancel(reason, peer);
            TransferError::File(self.file.path().to_owned(), error)
        })
    }

    /// Breaks it off.
    pub(super) fn cancel(&mut self, reason: CancelReason, peer: &mut Peer) {
        if let Some(cancel) = self.file.sender.cancel(reason) {
            peer.send_file_message(&cancel);
        }
    }

    /// What came of it, once it is over.
    pub(super) fn outcome(&self, now: Instant) -> Option<Result<TransferReport, TransferError>> {
        match self.file.sender.end()? {
            SendEnd::Done => {}
            other => return Some(Err(TransferError::Ended(other))),
        }
        let card = self.file.sender.card();
        let (started, from) = self.begun.unwrap_or((now, 0));
        let seconds = (now - started).as_secs_f64();
        let name = match card.folder.as_str() {
            "" => card.name.clone(),
            folder => format!("{folder}/{}", card.name),
        };
        Some(Ok(TransferReport {
            direction: TransferDirection::Sent,
            path: name.into(),
            peer: self.receiver.as_ref().map(|p| p.name.clone()).unwrap_or_default(),
            size: card.size,
            sha256: card.sha256.to_string(),
            resumed_from: from,
            carried: self.file.sender.carried(),
            seconds,
            bytes_per_second: self.file.sender.carried() as f64 / seconds.max(1e-3),
            interruptions: self.interruptions,
        }))
    }
}
