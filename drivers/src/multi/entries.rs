//! The connections of a driver: by slot, by key, and by when they want to be woken.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::time::{Duration, Instant};

use lapwing_engine::Rtc;

/// Where a connection sits. The generation tells it from those that sat there before, so that a
/// late answer does not reach a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Slot {
    index: usize,
    generation: u64,
}

/// One connection.
pub(super) struct Entry<K> {
    pub(super) key: K,
    pub(super) rtc: Rtc,
    /// The fragment its checks begin with, as the router knows it.
    pub(super) ufrag: String,
    /// It was touched and not drained since.
    pub(super) dirty: bool,
    wake_at: Instant,
    /// Its place in the timers; never later than `wake_at`.
    scheduled: Instant,
}

/// Connections in slots. Packets that put off a wake-up cost nothing here: the timer that comes too
/// early finds out.
pub(super) struct Entries<K> {
    slots: Vec<(u64, Option<Entry<K>>)>,
    free: Vec<usize>,
    by_key: HashMap<K, Slot>,
    timers: BTreeSet<(Instant, Slot)>,
}

impl<K: Clone + Eq + Hash> Entries<K> {
    pub(super) fn new() -> Self {
        let (slots, free) = (Vec::new(), Vec::new());
        Entries { slots, free, by_key: HashMap::new(), timers: BTreeSet::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Takes a connection under a key that is free.
    pub(super) fn insert(&mut self, key: K, rtc: Rtc, now: Instant) -> Slot {
        let index = self.free.pop().unwrap_or(self.slots.len());
        if index == self.slots.len() {
            self.slots.push((0, None));
        }
        let (generation, place) = &mut self.slots[index];
        let slot = Slot { index, generation: *generation };
        let (wake_at, scheduled) = (now, now);
        let ufrag = String::new();
        let entry = Entry { key: key.clone(), rtc, ufrag, dirty: false, wake_at, scheduled };
        *place = Some(entry);
        self.by_key.insert(key, slot);
        self.timers.insert((now, slot));
        slot
    }

    pub(super) fn remove(&mut self, slot: Slot) -> Option<Entry<K>> {
        let entry = self.get_mut(slot)?;
        let scheduled = entry.scheduled;
        self.timers.remove(&(scheduled, slot));
        let (generation, place) = &mut self.slots[slot.index];
        *generation += 1;
        let entry = place.take()?;
        self.by_key.remove(&entry.key);
        self.free.push(slot.index);
        Some(entry)
    }

    pub(super) fn slot_of(&self, key: &K) -> Option<Slot> {
        self.by_key.get(key).copied()
    }

    /// Keys by slot.
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.slots.iter().filter_map(|(_, entry)| entry.as_ref().map(|entry| &entry.key))
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut Entry<K>> {
        let (generation, entry) = self.slots.get_mut(slot.index)?;
        entry.as_mut().filter(|_| *generation == slot.generation)
    }

    /// The connection wants to be woken then.
    pub(super) fn wake_at(&mut self, slot: Slot, at: Instant) {
        let Some(entry) = self.get_mut(slot) else { return };
        entry.wake_at = at;
        if at < entry.scheduled {
            let before = std::mem::replace(&mut entry.scheduled, at);
            self.timers.remove(&(before, slot));
            self.timers.insert((at, slot));
        }
    }

    /// When to look at the timers next.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// The next connection that is due. Once it is served, [`Self::defer`] it.
    pub(super) fn next_due(&mut self, now: Instant) -> Option<Slot> {
        while let Some((at, slot)) = self.timers.first().copied() {
            if at > now {
                return None;
            }
            let entry = self.get_mut(slot).expect("removed connections have no timer");
            if entry.wake_at <= now {
                return Some(slot);
            }
            self.defer(slot, now);
        }
        None
    }

    /// Puts the timer where the wake-up is, but behind `now`, so that a connection that wants to be
    /// woken at once, again and again, leaves room for others.
    pub(super) fn defer(&mut self, slot: Slot, now: Instant) {
        let Some(entry) = self.get_mut(slot) else { return };
        let at = entry.wake_at.max(now + Duration::from_nanos(1));
        let before = std::mem::replace(&mut entry.scheduled, at);
        self.timers.remove(&(before, slot));
        self.timers.insert((at, slot));
    }
}

#[cfg(test)]
mod tests {
    use lapwing_engine::Config;

    use super::*;

    fn rtc(number: u64, now: Instant) -> Rtc {
        Rtc::new(Config::seeded(number), now)
    }

    #[test]
    fn a_slot_is_not_mistaken_for_the_next_tenant() {
        let now = Instant::now();
        let mut entries = Entries::new();
        let first = entries.insert("a", rtc(1, now), now);
        assert_eq!(entries.remove(first).map(|entry| entry.key), Some("a"));
        let second = entries.insert("b", rtc(2, now), now);
        assert_eq!(second.index, first.index);
        assert!(entries.get_mut(first).is_none());
        assert!(entries.get_mut(second).is_some());
        assert_eq!((entries.slot_of(&"a"), entries.slot_of(&"b")), (None, Some(second)));
        assert_eq!(entries.keys().collect::<Vec<_>>(), [&"b"]);
    }

    #[test]
    fn a_connection_in_a_hurry_leaves_room_for_others() {
        let now = Instant::now();
        let mut entries = Entries::new();
        let slots: Vec<Slot> =
            (0..2).map(|number| entries.insert(number, rtc(number, now), now)).collect();
        for slot in &slots {
            assert_eq!(entries.next_due(now), Some(*slot));
            entries.wake_at(*slot, now);
            entries.defer(*slot, now);
        }
        assert_eq!(entries.next_due(now), None);
    }

    #[test]
    fn timers_come_in_order_and_follow_wake_ups_both_ways() {
        let now = Instant::now();
        let after = |ms| now + Duration::from_millis(ms);
        let mut entries = Entries::new();
        let slots: Vec<Slot> =
            (0..3).map(|number| entries.insert(number, rtc(number, now), now)).collect();
        for (slot, ms) in slots.iter().zip([30, 10, 20]) {
            assert_eq!(entries.next_due(now), Some(*slot));
            entries.wake_at(*slot, after(ms));
            entries.defer(*slot, now);
        }
        assert_eq!(entries.next_due(now), None);
        assert_eq!(entries.next_timer(), Some(after(10)));
        entries.wake_at(slots[0], after(5));
        assert_eq!(entries.next_timer(), Some(after(5)));
        // Put off without touching the timers.
        entries.wake_at(slots[0], after(40));
        assert_eq!(entries.next_timer(), Some(after(5)));
        assert_eq!(entries.next_due(after(5)), None);
        assert_eq!(entries.next_timer(), Some(after(10)));
        entries.remove(slots[1]);
        assert_eq!(entries.next_due(after(25)), Some(slots[2]));
    }
}
