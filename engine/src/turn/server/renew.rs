//! What changes an allocation: Refresh (RFC 8656 section 8), CreatePermission (section 10),
//! ChannelBind (section 12).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::message::Message;

use super::allocate::{family, lifetime, seconds};
use super::allocation::{Allocation, BindFault, Relayed};
use super::contract::{Family, TurnOutput};
use super::machine::TurnServer;
use super::refusal::Refusal;
use super::wire::{self, Answer, Asked};

/// Numbers of channels: those of RFC 5766 section 11, of which RFC 8656 section 12 leaves the
/// first 4,096. Clients that are older than that draw from all, coturn's own among them.
const CHANNELS: std::ops::RangeInclusive<u16> = 0x4000..=0x7fff;

impl TurnServer {
    pub(super) fn refresh(
        &mut self,
        asked: &Asked,
        message: &Message<'_>,
        owner: &str,
        now: Instant,
    ) -> Result<Answer, Refusal> {
        let slot = self.own(asked, owner)?;
        let one = self.table.of_slot_mut(slot).ok_or(Refusal::Mismatch)?;
        let value = wire::word(message, wire::REQUESTED_ADDRESS_FAMILY);
        let only =
            value.map(|value| family(value).ok_or(Refusal::PeerFamilyMismatch)).transpose()?;
        if only.is_some_and(|family| !one.is_open(family)) {
            return Err(Refusal::PeerFamilyMismatch);
        }
        let ends = wire::word(message, wire::LIFETIME) == Some([0; 4]);
        let lifetime =
            if ends { Duration::ZERO } else { lifetime(message, self.config.limits.lifetime) };
        if !ends {
            self.table.renew(slot, now + lifetime);
        } else if let Some(family) = only.filter(|_| one.families().count() > 1) {
            *one.relayed_mut(family) = Relayed::NotWanted;
            let relay = self.table.relay(slot, family);
            self.outputs.push_back(TurnOutput::CloseRelay { relay });
        } else {
            self.end(slot);
        }
        let mut answer = asked.success();
        answer.push(wire::LIFETIME, &seconds(lifetime));
        Ok(answer)
    }

    pub(super) fn create_permission(
        &mut self,
        asked: &Asked,
        message: &Message<'_>,
        owner: &str,
        now: Instant,
    ) -> Result<Answer, Refusal> {
        let slot = self.own(asked, owner)?;
        let peers = wire::peers(message).ok_or(Refusal::BadRequest)?;
        self.permit(slot, &peers, now)?;
        Ok(asked.success())
    }

    pub(super) fn channel_bind(
        &mut self,
        asked: &Asked,
        message: &Message<'_>,
        owner: &str,
        now: Instant,
    ) -> Result<Answer, Refusal> {
        let slot = self.own(asked, owner)?;
        let number = wire::word(message, wire::CHANNEL_NUMBER).ok_or(Refusal::BadRequest)?;
        let number = u16::from_be_bytes([number[0], number[1]]);
        let peers = wire::peers(message).ok_or(Refusal::BadRequest)?;
        let [peer] = peers[..] else { return Err(Refusal::BadRequest) };
        if !CHANNELS.contains(&number) {
            return Err(Refusal::BadRequest);
        }
        if !self.allows(peer) {
            return Err(Refusal::Forbidden);
        }
        let channels = self.config.limits.channels;
        let one = self.table.of_slot_mut(slot).ok_or(Refusal::Mismatch)?;
        if !one.is_open(Family::of(peer)) {
            return Err(Refusal::PeerFamilyMismatch);
        }
        one.may_bind(number, peer, now, channels).map_err(|fault| match fault {
            BindFault::Taken => Refusal::BadRequest,
            BindFault::Full => Refusal::InsufficientCapacity,
        })?;
        // A channel without its permission would be of no use, and is not bound.
        self.permit(slot, &peers, now)?.bind(number, peer, now);
        Ok(asked.success())
    }

    /// The slot of the client's allocation, which must be this owner's.
    fn own(&self, asked: &Asked, owner: &str) -> Result<u32, Refusal> {
        let (slot, one) = self.table.of_client(asked.client).ok_or(Refusal::Mismatch)?;
        if one.is_opening() {
            return Err(Refusal::Mismatch);
        }
        if *one.owner == *owner { Ok(slot) } else { Err(Refusal::WrongCredentials) }
    }

    /// Gives permissions to all of these or none, and the allocation that has them.
    fn permit(
        &mut self,
        slot: u32,
        peers: &[SocketAddr],
        now: Instant,
    ) -> Result<&mut Allocation, Refusal> {
        // By address alone: which port is meant is not said.
        if peers.iter().any(|peer| !self.config.peers.allow(peer.ip())) {
            return Err(Refusal::Forbidden);
        }
        let permissions = self.config.limits.permissions;
        let one = self.table.of_slot_mut(slot).ok_or(Refusal::Mismatch)?;
        if peers.iter().any(|peer| !one.is_open(Family::of(*peer))) {
            return Err(Refusal::PeerFamilyMismatch);
        }
        if one.permit(peers, now, permissions) {
            Ok(one)
        } else {
            Err(Refusal::InsufficientCapacity)
        }
    }
}
