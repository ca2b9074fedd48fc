//! The packets of parity of a stream.
//!
//! 1. Packets are kept until their group is complete (`groups.rs`), or the mask can name no more.
//! 2. Packets of a group take turns among its packets of parity, so that as many losses in a row as
//!    there are of those can be made up for.

use super::groups::{FEC_GROUP_MAX, FecGroup, FecGroups};
use super::parity::{Parity, Protected, sequence_of};
use super::scheme::FecScheme;

/// Makes the packets of parity of one stream.
#[derive(Clone, Debug)]
pub struct FecEncoder {
    scheme: FecScheme,
    /// Packets of parity to 256 of media.
    protection: u8,
    groups: FecGroups,
    /// The newest packets, each in the place of its count; those of a group are the last.
    packets: Vec<(u16, Vec<u8>)>,
    /// How many were kept so far.
    kept: usize,
    /// The number of the group's first.
    first: u16,
    parity: Parity,
    payload: Vec<u8>,
}

impl FecEncoder {
    /// An encoder that protects nothing yet.
    pub fn new(scheme: FecScheme) -> Self {
        FecEncoder {
            scheme,
            protection: 0,
            groups: FecGroups::default(),
            packets: Vec::new(),
            kept: 0,
            first: 0,
            parity: Parity::default(),
            payload: Vec::new(),
        }
    }

    /// How many packets of parity there are to 256 of media; none for zero.
    pub fn set_protection(&mut self, protection: u8) {
        self.protection = protection;
        if protection == 0 {
            self.groups = FecGroups::default();
        }
    }

    /// A packet of the stream is sent; its frame ends with it, or not. Payloads of FEC packets that
    /// are complete with it are handed out, to be sent after it. What is no packet of the stream is
    /// left out.
    pub fn push(&mut self, packet: &[u8], frame_ends: bool, mut each: impl FnMut(&[u8])) {
        if self.protection == 0 {
            return;
        }
        let Some(sequence) = sequence_of(packet, self.scheme.media_ssrc()) else { return };
        if self.groups.count == 0 {
            self.first = sequence;
        } else if usize::from(sequence.wrapping_sub(self.first)) >= FEC_GROUP_MAX {
            let group = self.groups.close(self.protection);
            self.emit(group, &mut each);
            self.first = sequence;
        }
        self.keep(sequence, packet);
        if let Some(group) = self.groups.push(self.protection, frame_ends) {
            self.emit(group, &mut each);
        }
    }

    /// Keeps a packet of the stream for [`Self::parity`]: for callers that say themselves which
    /// packets are a group. What is no packet of the stream is left out.
    pub fn hold(&mut self, packet: &[u8]) {
        if let Some(sequence) = sequence_of(packet, self.scheme.media_ssrc()) {
            self.keep(sequence, packet);
        }
    }

    /// The payload of one of the FEC packets of a group, whose packets are the last that were kept.
    /// `None` where there is none: not so many were kept, or they are too far from each other.
    pub fn parity(&mut self, group: FecGroup, turn: usize) -> Option<&[u8]> {
        let FecGroup { packets, parities } = group;
        let known = packets.min(FEC_GROUP_MAX) <= self.packets.len().min(self.kept);
        if packets == 0 || packets > FEC_GROUP_MAX || turn >= parities || !known {
            return None;
        }
        let first = self.kept - packets;
        let base = self.packets[first % FEC_GROUP_MAX].0;
        self.parity.clear();
        let mut mask = 0;
        for at in (first..self.kept).skip(turn).step_by(parities) {
            let (sequence, packet) = &self.packets[at % FEC_GROUP_MAX];
            let place = usize::from(sequence.wrapping_sub(base));
            if place >= FEC_GROUP_MAX {
                return None;
            }
            self.parity.join(packet);
            mask |= 1 << place;
        }
        self.payload.clear();
        self.scheme.write(&mut self.payload, Protected { base, mask }, &self.parity);
        Some(&self.payload)
    }

    fn keep(&mut self, sequence: u16, packet: &[u8]) {
        let at = self.kept % FEC_GROUP_MAX;
        if at == self.packets.len() {
            self.packets.push((0, Vec::new()));
        }
        let (place, bytes) = &mut self.packets[at];
        *place = sequence;
        bytes.clear();
        bytes.extend_from_slice(packet);
        self.kept += 1;
    }

    fn emit(&mut self, group: FecGroup, each: &mut impl FnMut(&[u8])) {
        for turn in 0..group.parities {
            if let Some(payload) = self.parity(group, turn) {
                each(payload);
            }
        }
    }
}
