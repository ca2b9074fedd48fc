//! What all threads count together: ports in use, and allocations by owner.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lapwing_engine::turn::server::RelayFault;

use super::config::RelayMetrics;
use super::ports::Ports;

/// Shared by the threads of a relay.
#[derive(Debug)]
pub(super) struct Shared {
    counted: Mutex<Counted>,
    /// As each thread last told them.
    metrics: Vec<Mutex<RelayMetrics>>,
    per_owner: usize,
    most: usize,
}

#[derive(Debug)]
struct Counted {
    ports: Ports,
    owners: BTreeMap<Arc<str>, usize>,
    allocations: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A thread that ended by a panic left counts that are right: they change in one step.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// For this many threads; each owner may have `per_owner` allocations, all together `most`.
    pub(super) fn new(ports: Ports, threads: usize, per_owner: usize, most: usize) -> Self {
        let counted = Counted { ports, owners: BTreeMap::new(), allocations: 0 };
        let metrics = (0..threads).map(|_| Mutex::default()).collect();
        Shared { counted: Mutex::new(counted), metrics, per_owner, most }
    }

    /// Counts one more allocation for an owner.
    pub(super) fn admit(&self, owner: &Arc<str>) -> Result<(), RelayFault> {
        let mut counted = lock(&self.counted);
        if counted.owners.get(owner).is_some_and(|count| *count >= self.per_owner) {
            return Err(RelayFault::Quota);
        }
        if counted.allocations >= self.most {
            return Err(RelayFault::Capacity);
        }
        *counted.owners.entry(owner.clone()).or_default() += 1;
        counted.allocations += 1;
        Ok(())
    }

    /// Counts one less.
    pub(super) fn leave(&self, owner: &Arc<str>) {
        let mut counted = lock(&self.counted);
        counted.allocations = counted.allocations.saturating_sub(1);
        if let Some(count) = counted.owners.get_mut(owner) {
            *count -= 1;
            if *count == 0 {
                counted.owners.remove(owner);
            }
        }
    }

    /// Takes a port that is free as far as this relay knows, near the one that was drawn.
    pub(super) fn take_port(&self, drawn: u32, even: bool) -> Option<u16> {
        lock(&self.counted).ports.take(drawn, even)
    }

    pub(super) fn give_back(&self, port: u16) {
        lock(&self.counted).ports.give_back(port);
    }

    pub(super) fn tell(&self, thread: usize, metrics: RelayMetrics) {
        *lock(&self.metrics[thread]) = metrics;
    }

    /// A thread ended by a fault: what it counted stays, what it had is gone.
    pub(super) fn tell_dead(&self, thread: usize) {
        let mut metrics = lock(&self.metrics[thread]);
        (metrics.allocations, metrics.connections, metrics.dead_threads) = (0, 0, 1);
    }

    pub(super) fn metrics(&self) -> RelayMetrics {
        let mut sum = RelayMetrics::default();
        self.metrics.iter().for_each(|metrics| sum.add(&lock(metrics)));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_and_all_have_their_limits() {
        let shared = Shared::new(Ports::new(5_000..=5_009), 1, 2, 3);
        let (ada, bob): (Arc<str>, Arc<str>) = ("ada".into(), "bob".into());
        assert_eq!(shared.admit(&ada), Ok(()));
        assert_eq!(shared.admit(&ada), Ok(()));
        assert_eq!(shared.admit(&ada), Err(RelayFault::Quota));
        assert_eq!(shared.admit(&bob), Ok(()));
        assert_eq!(shared.admit(&bob), Err(RelayFault::Capacity));
        shared.leave(&ada);
        assert_eq!(shared.admit(&ada), Ok(()));
    }
}
