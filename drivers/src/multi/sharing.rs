//! The part of a driver that shares its port with others.

use std::hash::Hash;
use std::time::Instant;

use lapwing_engine::Input;

use super::mail::{Announcement, Handoff, Owner};
use crate::mio::MultiDriver;

impl<K: Clone + Eq + Hash> MultiDriver<K> {
    /// Keeps account of whom datagrams are for, so that [`Self::take_announcements`] can tell
    /// others that share the port.
    pub(crate) fn announce(&mut self) {
        self.carried.announcements = Some(Vec::new());
    }

    /// What others that share the port have to know since the last call.
    pub(crate) fn take_announcements(&mut self) -> Vec<Announcement> {
        self.carried.announcements.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// What another shard told of its connections.
    pub(crate) fn learn(&mut self, shard: usize, announcement: &Announcement) {
        match announcement {
            Announcement::Known(slot, ufrag) => {
                self.carried.router.insert(Owner::There { shard, slot: *slot }, ufrag);
            }
            Announcement::Route(slot, news) => {
                let owner = Owner::There { shard, slot: *slot };
                self.carried.router.learn(&owner, news, Instant::now());
            }
            Announcement::Gone(slot) => {
                self.carried.router.remove(&Owner::There { shard, slot: *slot });
            }
        }
    }

    /// Datagrams that came here and are for others, since the last call.
    pub(crate) fn take_handoffs(&mut self) -> Vec<Handoff> {
        self.counters.handed_on += self.carried.handoffs.len() as u64;
        std::mem::take(&mut self.carried.handoffs)
    }

    /// Takes a datagram that another shard received.
    pub(crate) fn deliver(&mut self, handoff: &Handoff) {
        let (datagram, now) = (handoff.datagram(), Instant::now());
        // The other shard found the connection; this one's router takes note of answers.
        self.carried.router.route(&datagram, now);
        self.carried.input(handoff.slot, Input::Datagram(datagram), now);
        self.flush_if_full(now);
    }
}
