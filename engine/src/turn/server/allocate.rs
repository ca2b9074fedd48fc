//! Allocate (RFC 8656 section 7).
//!
//! 1. A client that has an allocation gets the same answer again where it is the same request, else
//!    437.
//! 2. What is asked for is checked in the order of section 7.2: transport, reservation, families,
//!    even port, quota, room.
//! 3. The driver is asked for the relayed addresses. The answer waits for them: for both families,
//!    where both are asked for, and one of them is enough.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::message::Message;
use turn_types::attribute::RequestedTransport;

use super::allocation::{Allocation, Relayed};
use super::config::{LIFETIME_DEFAULT, RelayFamilies};
use super::contract::{Family, RelayFault, RelayId, TurnOutput};
use super::machine::TurnServer;
use super::refusal::Refusal;
use super::wire::{self, Answer, Asked};
use crate::datagram::Protocol;

/// What a client wants of relayed addresses.
struct Wanted {
    v4: Relayed,
    v6: Relayed,
    even: bool,
}

impl TurnServer {
    pub(super) fn allocate(
        &mut self,
        asked: &Asked,
        message: &Message<'_>,
        owner: &str,
        now: Instant,
    ) -> Result<Option<Answer>, Refusal> {
        if let Some((_, known)) = self.table.of_client(asked.client) {
            if known.transaction != asked.transaction || *known.owner != *owner {
                return Err(Refusal::Mismatch);
            }
            return Ok((!known.is_opening()).then(|| allocated(known, asked, now)));
        }
        let wanted = wanted(message, self.config.families)?;
        let limits = &self.config.limits;
        if self.table.of_owner(owner) >= limits.allocations_per_user {
            return Err(Refusal::QuotaReached);
        }
        if self.table.len() >= limits.allocations {
            return Err(self.config.alternate.map_or(Refusal::InsufficientCapacity, |other| {
                let fits = other.is_ipv4() == asked.client.address.is_ipv4();
                if fits { Refusal::TryAlternate(other) } else { Refusal::InsufficientCapacity }
            }));
        }
        let lifetime = lifetime(message, limits.lifetime);
        let name = self.table.shared_name(owner);
        let mut made =
            Allocation::new(asked.client, name.clone(), asked.transaction, now + lifetime);
        (made.v4, made.v6) = (wanted.v4, wanted.v6);
        let listener = self.config.listeners.get(usize::from(asked.client.listener.0));
        made.is_stream = listener.is_some_and(|one| one.protocol != Protocol::Udp);
        let families = made.families();
        let slot = self.table.insert(made);
        self.pending.insert(slot, asked.clone());
        for family in families {
            let relay = self.table.relay(slot, family);
            let (even, owner) = (wanted.even, name.clone());
            self.outputs.push_back(TurnOutput::OpenRelay { relay, family, even, owner });
        }
        Ok(None)
    }

    pub(super) fn relay_opened(&mut self, relay: RelayId, address: SocketAddr, now: Instant) {
        if self.table.of_relay(relay).is_none() {
            // It ended meanwhile, and the relayed address was closed with it.
            return;
        }
        self.relay_became(relay, Relayed::Open(address), now);
    }

    pub(super) fn relay_failed(&mut self, relay: RelayId, fault: RelayFault, now: Instant) {
        let Some(allocation) = self.table.of_relay(relay) else { return };
        if allocation.is_open(relay.family) {
            // The client hears of it by its next refresh.
            *self.relayed_mut(relay) = Relayed::NotWanted;
            return self.end(relay.slot);
        }
        self.relay_became(relay, Relayed::Failed(fault), now);
    }

    fn relayed_mut(&mut self, relay: RelayId) -> &mut Relayed {
        let allocation = self.table.of_slot_mut(relay.slot);
        allocation.expect("it was just found").relayed_mut(relay.family)
    }

    fn relay_became(&mut self, relay: RelayId, became: Relayed, now: Instant) {
        let relayed = self.relayed_mut(relay);
        if *relayed != Relayed::Opening {
            return;
        }
        *relayed = became;
        let Some(allocation) = self.table.of_slot(relay.slot) else { return };
        if allocation.is_opening() {
            return;
        }
        let Some(asked) = self.pending.remove(&relay.slot) else { return };
        if allocation.families().next().is_some() {
            let answer = allocated(allocation, &asked, now);
            self.metrics.allocated += 1;
            return self.answer(&asked, answer);
        }
        let is_quota = |one: Relayed| one == Relayed::Failed(RelayFault::Quota);
        let quota = is_quota(allocation.v4) || is_quota(allocation.v6);
        let refusal = if quota { Refusal::QuotaReached } else { Refusal::InsufficientCapacity };
        self.table.remove(relay.slot);
        self.refuse(&asked, &refusal, now);
    }
}

/// How long an allocation is to live (RFC 8656 section 7.2): what is asked for, between what is
/// usual and what is the most.
pub(super) fn lifetime(message: &Message<'_>, most: Duration) -> Duration {
    let asked = wire::word(message, wire::LIFETIME).map(u32::from_be_bytes);
    let asked = asked.map_or(LIFETIME_DEFAULT, |seconds| Duration::from_secs(seconds.into()));
    asked.max(LIFETIME_DEFAULT).min(most)
}

/// Seconds for a LIFETIME attribute.
pub(super) fn seconds(lifetime: Duration) -> [u8; 4] {
    u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX).to_be_bytes()
}

/// The family that an attribute names.
pub(super) fn family(value: [u8; 4]) -> Option<Family> {
    match value[0] {
        1 => Some(Family::V4),
        2 => Some(Family::V6),
        _ => None,
    }
}

fn wanted(message: &Message<'_>, has: RelayFamilies) -> Result<Wanted, Refusal> {
    let transport = wire::word(message, wire::REQUESTED_TRANSPORT).ok_or(Refusal::BadRequest)?;
    if transport[0] != RequestedTransport::UDP {
        return Err(Refusal::TransportNotSupported);
    }
    let even = message.raw_attribute(wire::EVEN_PORT);
    let family_asked = message.has_attribute(wire::REQUESTED_ADDRESS_FAMILY);
    let both = message.has_attribute(wire::ADDITIONAL_ADDRESS_FAMILY);
    if message.has_attribute(wire::RESERVATION_TOKEN) {
        let excluded = even.is_some() || family_asked || both;
        // No ports are reserved, so no token is known.
        return Err(if excluded { Refusal::BadRequest } else { Refusal::InsufficientCapacity });
    }
    // The highest bit asks for the next port to be reserved.
    let reserves =
        even.as_ref().is_some_and(|even| even.value.first().is_some_and(|bits| bits >> 7 == 1));
    let (has_v4, has_v6) = (has != RelayFamilies::V6, has != RelayFamilies::V4);
    let (v4, v6) = if both {
        let value = wire::word(message, wire::ADDITIONAL_ADDRESS_FAMILY);
        let is_v6 = value.and_then(family) == Some(Family::V6);
        if family_asked || reserves || !is_v6 {
            return Err(Refusal::BadRequest);
        }
        let of = |has| if has { Relayed::Opening } else { Relayed::NotOfFamily };
        (of(has_v4), of(has_v6))
    } else {
        let value = wire::word(message, wire::REQUESTED_ADDRESS_FAMILY);
        let asked = if family_asked { value.and_then(family) } else { Some(Family::V4) };
        match asked {
            Some(Family::V4) if has_v4 => (Relayed::Opening, Relayed::NotWanted),
            Some(Family::V6) if has_v6 => (Relayed::NotWanted, Relayed::Opening),
            _ => return Err(Refusal::FamilyNotSupported),
        }
    };
    if reserves {
        return Err(Refusal::InsufficientCapacity);
    }
    Ok(Wanted { v4, v6, even: even.is_some() })
}

/// The answer to the request that made it.
fn allocated(allocation: &Allocation, asked: &Asked, now: Instant) -> Answer {
    let mut answer = asked.success();
    for (family, relayed) in [(1, allocation.v4), (2, allocation.v6)] {
        // ADDRESS-ERROR-CODE (RFC 8656 section 18.12).
        let mut missing = |class, number| {
            answer.push(wire::ADDRESS_ERROR_CODE, &[family, 0, class, number]);
        };
        match relayed {
            Relayed::Open(address) => answer.relayed(address, asked),
            Relayed::NotOfFamily => missing(4, 40),
            Relayed::Failed(RelayFault::Quota) => missing(4, 86),
            Relayed::Failed(RelayFault::Capacity) => missing(5, 8),
            Relayed::NotWanted | Relayed::Opening => {}
        }
    }
    let left = allocation.expires.saturating_duration_since(now);
    answer.push(wire::LIFETIME, &seconds(left));
    answer.mapped(asked.client.address, asked);
    answer
}
