//! Who may send in: remotes that were sent to, each for a time.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::middlebox::Dependence;
use crate::middlebox::config::RemotePart;
use crate::time::Time;

/// Remotes that one mapping or one inside endpoint lets in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permissions {
    until: BTreeMap<RemotePart, Time>,
}

/// Remotes of one mapping: a scan of the Internet from inside must not exhaust the box.
const MAX_REMOTES: usize = 4_096;

impl Permissions {
    /// Lets a remote in until `until`, or longer if it was let in for longer.
    pub(crate) fn grant(&mut self, by: Dependence, remote: SocketAddr, now: Time, until: Time) {
        let part = by.part(remote);
        if self.until.len() >= MAX_REMOTES && !self.until.contains_key(&part) {
            self.until.retain(|_, until| *until > now);
            if self.until.len() >= MAX_REMOTES {
                return;
            }
        }
        let entry = self.until.entry(part).or_default();
        *entry = (*entry).max(until);
    }

    /// True when the remote is let in.
    pub(crate) fn allow(&self, by: Dependence, remote: SocketAddr, now: Time) -> bool {
        self.until.get(&by.part(remote)).is_some_and(|until| *until > now)
    }

    /// True when nobody is let in any more.
    pub(crate) fn expired(&self, now: Time) -> bool {
        self.until.values().all(|until| *until <= now)
    }
}
