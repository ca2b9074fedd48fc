//! The encoder of forward error correction of one stream that is sent.

use super::kept::Kept;
use super::protected_form::{Envelope, write_protected};
use crate::fec::{FecEncoder, FecGroup, FecGroups, FecPolicy, FecScheme, write_red};
use crate::ids::{PayloadType, Ssrc};
use crate::rtp::RtpPacket;
use crate::rtp::extension::ExtensionMap;

/// The encoder of one stream.
pub(super) struct FecOut {
    /// Where parity is sent, and under which payload type: none where that was agreed on no more.
    /// Its source and numbers stay, as no index is protected twice.
    pub(super) ssrc: Ssrc,
    pub(super) payload_type: Option<PayloadType>,
    /// The number of the next packet of parity.
    pub(super) next: u64,
    /// Of ULPFEC, which has no stream of its own.
    pub(super) envelope: Option<Envelope>,
    pub(super) groups: FecGroups,
    pub(super) encoder: FecEncoder,
    pub(super) policy: FecPolicy,
    pub(super) protection: u8,
    /// A packet as it leaves, and as it is protected.
    whole: Vec<u8>,
    pub(super) scratch: Vec<u8>,
    /// Payloads that are complete and do not wait for their turn yet.
    pub(super) ready: Vec<Vec<u8>>,
}

impl FecOut {
    /// For a stream, with the number that its first packet of parity has.
    pub(super) fn flexfec(media_ssrc: Ssrc, ssrc: Ssrc, next: u64) -> Self {
        FecOut::new(FecScheme::FlexFec { media_ssrc }, ssrc, next)
    }

    pub(super) fn ulpfec(media_ssrc: Ssrc) -> Self {
        FecOut::new(FecScheme::Ulpfec { media_ssrc }, media_ssrc, 0)
    }

    fn new(scheme: FecScheme, ssrc: Ssrc, next: u64) -> Self {
        FecOut {
            ssrc,
            payload_type: None,
            next,
            envelope: None,
            groups: FecGroups::default(),
            encoder: FecEncoder::new(scheme),
            policy: FecPolicy::default(),
            protection: 0,
            whole: Vec::new(),
            scratch: Vec::new(),
            ready: Vec::new(),
        }
    }

    pub(super) fn protect(&mut self, protection: u8) {
        let agreed = self.payload_type.is_some() || self.envelope.is_some();
        self.protection = if agreed { protection } else { 0 };
        if self.envelope.is_none() {
            self.encoder.set_protection(self.protection);
        }
    }

    /// A packet leaves for the first time.
    pub(super) fn push(
        &mut self,
        header: &[u8],
        payload: &Kept,
        extensions: &ExtensionMap,
        frame_ends: bool,
    ) {
        if self.protection == 0 {
            return;
        }
        let FecOut { envelope, encoder, whole, scratch, ready, .. } = self;
        whole.clear();
        whole.extend_from_slice(header);
        payload.append_to(whole);
        let Ok(packet) = RtpPacket::parse(whole) else { return };
        if !write_protected(&packet, *envelope, extensions, scratch) {
            return;
        }
        match envelope {
            Some(_) => encoder.hold(scratch),
            None => encoder.push(scratch, frame_ends, |payload| ready.push(payload.to_vec())),
        }
    }

    /// A packet was written that will leave in an envelope. The group that is complete with it.
    pub(super) fn reserve(&mut self, frame_ends: bool) -> Option<FecGroup> {
        match self.protection {
            0 => {
                self.groups = FecGroups::default();
                None
            }
            protection => self.groups.push(protection, frame_ends),
        }
    }

    /// Appends parity in its envelope.
    pub(super) fn fill(
        &mut self,
        envelope: Envelope,
        (group, turn): (FecGroup, usize),
        out: &mut Vec<u8>,
    ) {
        if let Some(parity) = self.encoder.parity(group, turn) {
            write_red(out, envelope.parity, parity);
        }
    }
}
