//! File transfers that pass through: who may say what, and how much may be under way.
//! `docs/data-channel-protocol.md` has the rules; the numbers in comments are its.

use std::collections::BTreeMap;

use super::parcel::{Content, Parcel};
use crate::protocol::blocks::Blocks;
use crate::protocol::data::{
    CancelReason, ChunkHeader, FILE_BYTES_MAX, FILE_FOLDER_BYTES_MAX, FILE_NAME_BYTES_MAX,
    FileMessage, FileOffer, RejectReason, TRANSFER_ID_MAX, TRANSFERS_MAX,
};
use crate::protocol::flow::{Flow, FlowError};
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
    flow: Flow,
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
            FileMessage::Accept { id, offset } => {
                let passed = self.answer(from, id, &message, |flow| flow.accept(offset));
                passed.unwrap_or_default()
            }
            FileMessage::Ack { id, received } => {
                let passed = self.answer(from, id, &message, |flow| {
                    if received == flow.acked() {
                        // It says nothing new.
                        return Err(FlowError::Backwards);
                    }
                    flow.ack(received)
                });
                passed.unwrap_or_default()
            }
            // What is wrong about blocks ends the transfer.
            FileMessage::List { id } => {
                let passed = self.answer(from, id, &message, Flow::ask_list);
                passed.unwrap_or_else(|_| self.cancel(id, CancelReason::Protocol))
            }
            FileMessage::Want { id, ref ranges } => {
                let passed = self.answer(from, id, &message, |flow| flow.want(ranges));
                passed.unwrap_or_else(|_| self.cancel(id, CancelReason::Protocol))
            }
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
            Ok((to, flow)) => {
                let transfer = Transfer { from: from.clone(), to: to.clone(), flow };
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
    ) -> Result<(ParticipantId, Flow), RejectReason> {
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
        let blocks = Blocks::judge(offer.size, offer.block).map_err(|_| RejectReason::BadOffer)?;
        let to = offer.to.as_ref().filter(|to| *to != from && reaches(to));
        let to = to.ok_or(RejectReason::NoReceiver)?;
        // Rule 5.
        if self.count(from) >= TRANSFERS_MAX || self.count(to) >= TRANSFERS_MAX {
            return Err(RejectReason::Busy);
        }
        Ok((to.clone(), Flow::new(offer.size, blocks)))
    }

    fn count(&self, who: &ParticipantId) -> usize {
        self.by_id.values().filter(|t| t.from == *who || t.to == *who).count()
    }

    /// Something that the receiver says to the sender, if the flow allows it.
    fn answer(
        &mut self,
        from: &ParticipantId,
        id: u64,
        message: &FileMessage,
        step: impl FnOnce(&mut Flow) -> Result<(), FlowError>,
    ) -> Result<Vec<Parcel>, FlowError> {
        let transfer = self.by_id.get_mut(&id).filter(|transfer| transfer.to == *from);
        let Some(transfer) = transfer else { return Ok(Vec::new()) };
        step(&mut transfer.flow)?;
        Ok(vec![Parcel::file(transfer.from.clone(), message)])
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
        // Rules 2 and 3.
        match transfer.flow.check(header.offset, data.len()) {
            Ok(_) => transfer.flow.pass(data.len()),
            Err(FlowError::OutOfOrder) => return Vec::new(),
            Err(_) => return self.cancel(header.id, CancelReason::Protocol),
        }
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
