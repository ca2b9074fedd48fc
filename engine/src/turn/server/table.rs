//! All allocations: by client, by relayed address, and by when they end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Instant;

use super::allocation::Allocation;
use super::contract::{Client, Family, RelayId};

#[derive(Debug)]
struct Slot {
    /// Counts its allocations.
    generation: u32,
    /// When it is looked at next; not behind the end of its allocation.
    timer: Instant,
    allocation: Option<Allocation>,
}

/// Allocations in slots, which stay where they are while others come and go.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_client: HashMap<Client, u32>,
    /// One for each allocation. What lasts longer by a refresh is looked at too early, once.
    timers: BTreeSet<(Instant, u32)>,
    /// Allocations by owner; nobody is here without one.
    owners: BTreeMap<Arc<str>, usize>,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.by_client.len()
    }

    pub(super) fn find(&self, client: Client) -> Option<u32> {
        self.by_client.get(&client).copied()
    }

    pub(super) fn of_slot(&self, slot: u32) -> Option<&Allocation> {
        self.slots.get(slot as usize)?.allocation.as_ref()
    }

    pub(super) fn of_slot_mut(&mut self, slot: u32) -> Option<&mut Allocation> {
        self.slots.get_mut(slot as usize)?.allocation.as_mut()
    }

    pub(super) fn of_client(&self, client: Client) -> Option<(u32, &Allocation)> {
        let slot = self.find(client)?;
        Some((slot, self.of_slot(slot)?))
    }

    /// The allocation that a relayed address is of, unless that is another's by now.
    pub(super) fn of_relay(&self, relay: RelayId) -> Option<&Allocation> {
        let slot = self.slots.get(relay.slot as usize)?;
        slot.allocation.as_ref().filter(|_| slot.generation == relay.generation)
    }

    pub(super) fn relay(&self, slot: u32, family: Family) -> RelayId {
        let generation = self.slots.get(slot as usize).map_or(0, |slot| slot.generation);
        RelayId { slot, generation, family }
    }

    /// How many this owner has.
    pub(super) fn of_owner(&self, owner: &str) -> usize {
        self.owners.get(owner).copied().unwrap_or(0)
    }

    /// The name of an owner, which is kept once for all of its allocations.
    pub(super) fn shared_name(&self, owner: &str) -> Arc<str> {
        let known = self.owners.get_key_value(owner);
        known.map_or_else(|| owner.into(), |(name, _)| name.clone())
    }

    /// Takes an allocation of a client that has none, and gives its slot.
    pub(super) fn insert(&mut self, allocation: Allocation) -> u32 {
        let (client, timer) = (allocation.client, allocation.expires);
        *self.owners.entry(allocation.owner.clone()).or_default() += 1;
        let slot = match self.free.pop() {
            Some(slot) => {
                let taken = &mut self.slots[slot as usize];
                taken.generation = taken.generation.wrapping_add(1);
                (taken.timer, taken.allocation) = (timer, Some(allocation));
                slot
            }
            None => {
                self.slots.push(Slot { generation: 0, timer, allocation: Some(allocation) });
                (self.slots.len() - 1) as u32
            }
        };
        self.by_client.insert(client, slot);
        self.timers.insert((timer, slot));
        slot
    }

    pub(super) fn remove(&mut self, slot: u32) -> Option<Allocation> {
        let emptied = self.slots.get_mut(slot as usize)?;
        let allocation = emptied.allocation.take()?;
        self.timers.remove(&(emptied.timer, slot));
        self.free.push(slot);
        self.by_client.remove(&allocation.client);
        if let Some(count) = self.owners.get_mut(&allocation.owner) {
            *count -= 1;
            if *count == 0 {
                self.owners.remove(&allocation.owner);
            }
        }
        Some(allocation)
    }

    /// The allocation of a slot ends then.
    pub(super) fn renew(&mut self, slot: u32, expires: Instant) {
        let Some(renewed) = self.slots.get_mut(slot as usize) else { return };
        let Some(allocation) = &mut renewed.allocation else { return };
        allocation.expires = expires;
        if expires < renewed.timer {
            self.timers.remove(&(renewed.timer, slot));
            renewed.timer = expires;
            self.timers.insert((expires, slot));
        }
    }

    /// When the next allocation is to be looked at.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// An allocation that ended by now.
    pub(super) fn next_ended(&mut self, now: Instant) -> Option<u32> {
        while let Some(&(at, slot)) = self.timers.first()
            && at <= now
        {
            let looked_at = &mut self.slots[slot as usize];
            let expires = looked_at.allocation.as_ref().map_or(at, |one| one.expires);
            if expires <= now {
                return Some(slot);
            }
            self.timers.remove(&(at, slot));
            looked_at.timer = expires;
            self.timers.insert((expires, slot));
        }
        None
    }
}
