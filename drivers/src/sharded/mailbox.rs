//! What shards that share a port send each other: news of their connections, and datagrams that
//! came to the wrong one.

use std::hash::Hash;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use crate::mio::MultiDriver;
use crate::multi::{Announcement, Handoff};
use crate::waker::Waker;

/// Datagrams for one shard that others received and it has not taken yet. They are dropped beyond
/// that, as the kernel does with a full socket buffer.
const HANDOFFS_MAX: usize = 4_096;

/// Datagrams taken per turn; see [`crate::core::DATAGRAMS_PER_TURN`].
const HANDOFFS_PER_TURN: usize = 512;

/// News taken per turn.
const ANNOUNCEMENTS_PER_TURN: usize = 1_024;

/// One shard's.
pub(super) struct Mailbox {
    index: usize,
    announcements: Receiver<(usize, Announcement)>,
    handoffs: Receiver<Handoff>,
    peers: Vec<Peer>,
}

/// Another shard, as one that writes to it sees it. News are not bounded by the channel but by the
/// negotiations and checks that cause them, a few a second for each connection: losing one would
/// lose a connection.
#[derive(Clone)]
struct Peer {
    announcements: Sender<(usize, Announcement)>,
    handoffs: SyncSender<Handoff>,
    waker: Waker,
}

/// A mailbox for each shard, in the order of what wakes them.
pub(super) fn mailboxes(wakers: impl IntoIterator<Item = Waker>) -> Vec<Mailbox> {
    let (mut peers, mut ends) = (Vec::new(), Vec::new());
    for waker in wakers {
        let (announcements, announced) = channel();
        let (handoffs, handed) = sync_channel(HANDOFFS_MAX);
        peers.push(Peer { announcements, handoffs, waker });
        ends.push((announced, handed));
    }
    let boxes = ends.into_iter().enumerate().map(|(index, (announcements, handoffs))| Mailbox {
        index,
        announcements,
        handoffs,
        peers: peers.clone(),
    });
    boxes.collect()
}

impl Mailbox {
    /// Sends what the driver has for others.
    pub(super) fn send<K: Clone + Eq + Hash>(&self, driver: &mut MultiDriver<K>) {
        let mut to_wake = vec![false; self.peers.len()];
        for announcement in driver.take_announcements() {
            for (index, peer) in self.peers.iter().enumerate() {
                if index != self.index {
                    // A shard that has ended needs no news.
                    let _ = peer.announcements.send((self.index, announcement.clone()));
                    to_wake[index] = true;
                }
            }
        }
        for handoff in driver.take_handoffs() {
            let shard = handoff.shard;
            if self.peers[shard].handoffs.try_send(handoff).is_err() {
                tracing::debug!(shard, "a shard does not keep up, or has ended");
            }
            to_wake[shard] = true;
        }
        for (peer, wake) in self.peers.iter().zip(to_wake) {
            if wake {
                peer.waker.wake();
            }
        }
    }

    /// Gives the driver what others have for it; true when more may wait.
    pub(super) fn receive<K: Clone + Eq + Hash>(&self, driver: &mut MultiDriver<K>) -> bool {
        let mut taken = (0, 0);
        for (shard, announcement) in self.announcements.try_iter().take(ANNOUNCEMENTS_PER_TURN) {
            driver.learn(shard, &announcement);
            taken.0 += 1;
        }
        for handoff in self.handoffs.try_iter().take(HANDOFFS_PER_TURN) {
            driver.deliver(&handoff);
            taken.1 += 1;
        }
        taken.0 == ANNOUNCEMENTS_PER_TURN || taken.1 == HANDOFFS_PER_TURN
    }
}
