//! File transfers that pass through: who may say what, and how much may be under way.
//! `docs/data-channel-protocol.md` has the rules; the numbers in comments are its.

use std::collections::BTreeMap;

use super::parcel::{Content, Parcel};
use crate::protocol::data::{
    CancelReason, ChunkHeader, FILE_BYTES_MAX, FILE_FOLDER_BYTES_MAX, FILE_NAME_BYTES_MAX,
    FileMessage, FileOffer, RejectReason, TRANSFER_ID_MAX, TRANSFERS_MAX, UNACKED_BYTES_MAX,
};
use crate::protocol::signalling::ParticipantId;

/// Length of a SHA-256 digest in hexadecimal digits.
const SHA256_DIGITS: usize = 64;

/// Every transfer of one room.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    by_id: BTreeMap<u64, Transfer>,
}

#[derive(Debug)]
struct Transfer {
    from: ParticipantId,
    to: ParticipantId,
    size: u64,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Offered,
    /// Chunks pass: the offset that the next one must have, and what the receiver has consumed.
    Accepted {
        next: u64,
        acked: u64,
    },
}

impl Transfers {
    /// A text message on a file channel. `reaches` says whether a participant of this room has an
    /// open file channel.
    pub(super) fn text(
        &mut self,
        from: &ParticipantId,
        message: FileMessage,
        reaches: impl Fn(&ParticipantId) -> bool,
    ) -> Vec<Parcel> {
        match message {
            FileMessage::Offer(offer) => self.offer(from, offer, reaches),
            FileMessage::Accept { id, offset } => self.accept(from, id, offset),
            FileMessage::Ack { id, received } => self.ack(from, id, received),
            FileMessage::Reject { id, .. } | FileMessage::Done { id, .. } => {
                self.end(id, &message, Some(from), |t| t.to == *from)
            }
            FileMessage::Cancel { id, .. } => {
                self.end(id, &message, Some(from), |t| t.to == *from || t.from == *from)
            }
        }
    }

    fn offer(
        &mut self,
        from: &ParticipantId,
        offer: FileOffer,
        reaches: impl Fn(&ParticipantId) -> bool,
    ) -> Vec<Parcel> {
        let id = offer.id;
        match self.check_offer(from, &offer, reaches) {
            Ok(to) => {
                let transfer = Transfer {
                    from: from.clone(),
                    to: to.clone(),
                    size: offer.size,
                    phase: Phase::Offered,
                };
                self.by_id.insert(id, transfer);
                let offer = FileOffer { from: Some(from.clone()), to: Some(to.clone()), ..offer };
                vec![Parcel::file(to, &FileMessage::Offer(offer))]
            }
            Err(reason) => vec![Parcel::file(from.clone(), &FileMessage::Reject { id, reason })],
        }
    }

    fn check_offer(
        &self,
        from: &ParticipantId,
        offer: &FileOffer,
        reaches: impl Fn(&ParticipantId) -> bool,
    ) -> Result<ParticipantId, RejectReason> {
        let digest = &offer.sha256;
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        // Rule 1.
        let ok = (1..=TRANSFER_ID_MAX).contains(&offer.id)
            && !self.by_id.contains_key(&offer.id)
            && offer.size <= FILE_BYTES_MAX
            && offer.name.len() <= FILE_NAME_BYTES_MAX
            && offer.folder.len() <= FILE_FOLDER_BYTES_MAX
            && digest.len() == SHA256_DIGITS
            && digest.bytes().all(hex);
        if !ok {
            return Err(RejectReason::BadOffer);
        }
        let to = offer.to.as_ref().filter(|to| *to != from && reaches(to));
        let to = to.ok_or(RejectReason::NoReceiver)?;
        // Rule 5.
        if self.count(from) >= TRANSFERS_MAX || self.count(to) >= TRANSFERS_MAX {
            return Err(RejectReason::Busy);
        }
        Ok(to.clone())
    }

    fn count(&self, who: &ParticipantId) -> usize {
        self.by_id.values().filter(|t| t.from == *who || t.to == *who).count()
    }

    fn accept(&mut self, from: &ParticipantId, id: u64, offset: u64) -> Vec<Parcel> {
        let Some(transfer) = self.by_id.get_mut(&id) else { return Vec::new() };
        let offered = matches!(transfer.phase, Phase::Offered);
        if transfer.to != *from || !offered || offset > transfer.size {
            return Vec::new();
        }
        transfer.phase = Phase::Accepted { next: offset, acked: offset };
        vec![Parcel::file(transfer.from.clone(), &FileMessage::Accept { id, offset })]
    }

    fn ack(&mut self, from: &ParticipantId, id: u64, received: u64) -> Vec<Parcel> {
        let Some(transfer) = self.by_id.get_mut(&id) else { return Vec::new() };
        let Phase::Accepted { next, acked } = &mut transfer.phase else { return Vec::new() };
        if transfer.to != *from || received <= *acked || received > *next {
            return Vec::new();
        }
        *acked = received;
        vec![Parcel::file(transfer.from.clone(), &FileMessage::Ack { id, received })]
    }

    /// A message that ends a transfer, for everyone in it but the one who said it.
    fn end(
        &mut self,
        id: u64,
        message: &FileMessage,
        said_by: Option<&ParticipantId>,
        may: impl Fn(&Transfer) -> bool,
    ) -> Vec<Parcel> {
        if !self.by_id.get(&id).is_some_and(may) {
            return Vec::new();
        }
        let transfer = self.by_id.remove(&id).expect("it was just looked at");
        let both = [transfer.from, transfer.to];
        let others = both.into_iter().filter(|who| Some(who) != said_by);
        others.map(|other| Parcel::file(other, message)).collect()
    }

    /// A binary message on a file channel.
    pub(super) fn chunk(&mut self, from: &ParticipantId, message: &[u8]) -> Vec<Parcel> {
        let Some((header, data)) = ChunkHeader::split(message) else { return Vec::new() };
        let Some(transfer) = self.by_id.get_mut(&header.id) else { return Vec::new() };
        if transfer.from != *from {
            return Vec::new();
        }
        let Phase::Accepted { next, acked } = &mut transfer.phase else { return Vec::new() };
        let end = header.offset + data.len() as u64;
        // Rules 2 and 3.
        let fits = header.offset == *next && end <= transfer.size;
        if !fits || end - *acked > UNACKED_BYTES_MAX {
            return self.cancel(header.id, CancelReason::Protocol);
        }
        *next = end;
        vec![Parcel { to: transfer.to.clone(), content: Content::Binary(message.to_vec()) }]
    }

    /// A transfer that cannot go on.
    pub(super) fn cancel(&mut self, id: u64, reason: CancelReason) -> Vec<Parcel> {
        self.end(id, &FileMessage::Cancel { id, reason }, None, |_| true)
    }

    /// A participant or its file channel is gone: its transfers end.
    pub(super) fn gone(&mut self, who: &ParticipantId) -> Vec<Parcel> {
        let concerned = |t: &&Transfer| t.from == *who || t.to == *who;
        let ids: Vec<(u64, ParticipantId)> = (self.by_id.iter())
            .filter(|(_, transfer)| concerned(transfer))
            .map(|(id, t)| (*id, if t.from == *who { t.to.clone() } else { t.from.clone() }))
            .collect();
        let mut parcels = Vec::with_capacity(ids.len());
        for (id, other) in ids {
            self.by_id.remove(&id);
            let cancel = FileMessage::Cancel { id, reason: CancelReason::PeerLeft };
            parcels.push(Parcel::file(other, &cancel));
        }
        parcels
    }
}

#[cfg(test)]
mod tests;
