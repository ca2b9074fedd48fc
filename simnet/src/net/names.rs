//! Names and their addresses: what DNS knows.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// All names of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// In lower case.
    known: BTreeMap<String, Vec<IpAddr>>,
    /// Nobody answers.
    pub(crate) down: bool,
}

impl Names {
    pub(crate) fn set(&mut self, name: &str, addresses: &[IpAddr]) {
        self.known.insert(name.to_ascii_lowercase(), addresses.to_vec());
    }

    pub(crate) fn resolve(&self, name: &str) -> Vec<IpAddr> {
        let known = self.known.get(&name.to_ascii_lowercase()).filter(|_| !self.down);
        known.cloned().unwrap_or_default()
    }
}
