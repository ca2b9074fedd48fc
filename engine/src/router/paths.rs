//! Which connection a path belongs to, and by what right.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A path whose owner was not heard on it for this long may go to another connection: the time
/// after which consent to send on it is over as well (RFC 7675 section 5.1).
pub const PATH_EXPIRES: Duration = Duration::from_secs(30);

/// Others are told this often that a path is still in use, so that it does not expire with them.
const NEWS_INTERVAL: Duration = Duration::from_secs(10);

/// Paths remembered per connection. ICE settles on one; roaming peers use a few.
const PATHS_PER_KEY_MAX: usize = 16;

/// How a connection came to a path. The later is worth more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// It accepted a check that came from there.
    Claimed,
    /// Its check was answered from there.
    Proven,
}

/// A local and a remote transport address.
type Path = (SocketAddr, SocketAddr);

#[derive(Debug)]
struct Owned<K> {
    key: K,
    evidence: Evidence,
    heard: Instant,
    /// When others were told last.
    told: Instant,
}

/// All paths that are owned.
#[derive(Debug)]
pub(super) struct Paths<K> {
    owned: HashMap<Path, Owned<K>>,
    by_key: HashMap<K, Vec<Path>>,
}

impl<K: Clone + Eq + Hash> Paths<K> {
    pub(super) fn new() -> Self {
        Paths { owned: HashMap::new(), by_key: HashMap::new() }
    }

    pub(super) fn owner(&self, path: Path) -> Option<&K> {
        self.owned.get(&path).map(|owned| &owned.key)
    }

    pub(super) fn is_proven(&self, path: Path, key: &K) -> bool {
        let owned = self.owned.get(&path).filter(|owned| owned.key == *key);
        owned.is_some_and(|owned| owned.evidence == Evidence::Proven)
    }

    /// Others are to be told that `key` was heard on its path, and count as told.
    pub(super) fn is_due(&mut self, path: Path, key: &K, now: Instant) -> bool {
        let owned = self.owned.get_mut(&path).filter(|owned| owned.key == *key);
        let Some(owned) = owned else { return false };
        let due = now.saturating_duration_since(owned.told) >= NEWS_INTERVAL;
        if due {
            owned.told = now;
        }
        due
    }

    /// A connection was heard on a path: it keeps it, or takes it where it may. True when it is
    /// taken.
    pub(super) fn heard(&mut self, key: &K, path: Path, evidence: Evidence, now: Instant) -> bool {
        if let Some(owned) = self.owned.get_mut(&path) {
            if owned.key == *key {
                owned.evidence = owned.evidence.max(evidence);
                owned.heard = owned.heard.max(now);
                return false;
            }
            let silent = now.saturating_duration_since(owned.heard) >= PATH_EXPIRES;
            if !silent && evidence <= owned.evidence {
                return false;
            }
            let before = owned.key.clone();
            self.drop_path(&before, path);
        }
        self.make_room(key);
        self.by_key.entry(key.clone()).or_default().push(path);
        let owned = Owned { key: key.clone(), evidence, heard: now, told: now };
        self.owned.insert(path, owned);
        true
    }

    /// A connection has only so many paths: what it only claims goes first, then what is silent for
    /// longest.
    fn make_room(&mut self, key: &K) {
        let Some(paths) = self.by_key.get(key) else { return };
        if paths.len() < PATHS_PER_KEY_MAX {
            return;
        }
        let worth = |path: &&Path| self.owned.get(*path).map(|owned| (owned.evidence, owned.heard));
        if let Some(least) = paths.iter().min_by_key(worth).copied() {
            self.drop_path(key, least);
        }
    }

    fn drop_path(&mut self, key: &K, path: Path) {
        self.owned.remove(&path);
        if let Some(paths) = self.by_key.get_mut(key) {
            paths.retain(|known| *known != path);
        }
    }

    pub(super) fn remove(&mut self, key: &K) {
        for path in self.by_key.remove(key).unwrap_or_default() {
            self.owned.remove(&path);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.owned.len()
    }
}
