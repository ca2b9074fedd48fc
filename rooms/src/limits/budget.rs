//! Memory for what waits: each client's share within its address's, and that within one total.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes that may wait in the whole process on behalf of rooms: messages that sockets have not
/// taken, mail of those who are away, and orders to the forwarder.
pub const QUEUED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The part of it that clients of one address may use together.
pub const ADDRESS_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The part of it that one client may use: a few descriptions of the largest size.
pub const CLIENT_BYTES_MAX: usize = 1024 * 1024;

/// A number of bytes that can be lent. Clones lend the same bytes.
#[derive(Clone, Debug)]
pub struct Budget {
    bytes: usize,
    /// Its own first, then those above it.
    pools: Vec<Arc<Semaphore>>,
}

/// Bytes that are lent, until it is dropped.
#[derive(Debug)]
pub struct Share(
    #[expect(dead_code, reason = "it is kept to be dropped")] Vec<OwnedSemaphorePermit>,
);

impl Budget {
    /// Lends up to so many bytes.
    pub fn new(bytes: usize) -> Self {
        let bytes = bytes.min(Semaphore::MAX_PERMITS);
        Budget { bytes, pools: vec![Arc::new(Semaphore::new(bytes))] }
    }

    /// A budget within this one: what it lends counts in both.
    pub fn within(&self, bytes: usize) -> Self {
        let mut own = Budget::new(bytes);
        own.pools.extend(self.pools.iter().cloned());
        own
    }

    /// Bytes of it that are lent now.
    pub fn lent(&self) -> usize {
        self.bytes - self.pools[0].available_permits()
    }

    /// Lends bytes, or nothing when there are not so many.
    pub fn lend(&self, bytes: usize) -> Option<Share> {
        let bytes = u32::try_from(bytes).ok()?;
        let lend = |pool: &Arc<Semaphore>| Arc::clone(pool).try_acquire_many_owned(bytes).ok();
        self.pools.iter().map(lend).collect::<Option<Vec<_>>>().map(Share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_counts_in_every_budget_above_it_until_it_is_dropped() {
        let all = Budget::new(100);
        let (ada, bob) = (all.within(70), all.within(70));
        let share = ada.lend(70).expect("it is within both");
        assert!(ada.lend(1).is_none(), "Ada has no more");
        assert!(bob.lend(31).is_none(), "all have no more");
        let rest = bob.lend(30).expect("a refusal takes nothing");
        drop(share);
        assert!(ada.lend(70).is_some());
        drop(rest);
        assert!(all.lend(100).is_some() && all.lend(101).is_none());
    }
}
