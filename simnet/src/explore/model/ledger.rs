//! Data channels and their messages: what was asked for, and what came of it.

use std::collections::{BTreeMap, BTreeSet};

/// A channel at one end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entry {
    opened: bool,
    closed_here: bool,
    /// It was told that it is closed.
    closed: bool,
    sent: u64,
    received: u64,
}

/// The channels of one end, by their labels: no two have the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::explore) struct Ledger {
    channels: BTreeMap<String, Entry>,
}

impl Ledger {
    fn entry(&mut self, label: &str) -> &mut Entry {
        self.channels.entry(label.to_owned()).or_default()
    }

    /// It was created here.
    pub(in crate::explore) fn asked(&mut self, label: &str) {
        self.entry(label);
    }

    /// `Err`: it was told twice, or after its end.
    pub(in crate::explore) fn opened(&mut self, label: &str) -> Result<(), String> {
        let entry = self.entry(label);
        if entry.closed || std::mem::replace(&mut entry.opened, true) {
            return Err(format!("{label} opens again"));
        }
        Ok(())
    }

    pub(in crate::explore) fn closed_here(&mut self, label: &str) {
        self.entry(label).closed_here = true;
    }

    /// `Err`: it was told twice.
    pub(in crate::explore) fn closed(&mut self, label: &str) -> Result<(), String> {
        match std::mem::replace(&mut self.entry(label).closed, true) {
            true => Err(format!("{label} closes again")),
            false => Ok(()),
        }
    }

    /// The number of the next message.
    pub(in crate::explore) fn next(&self, label: &str) -> u64 {
        self.channels.get(label).map_or(0, |entry| entry.sent)
    }

    /// The next message was taken.
    pub(in crate::explore) fn wrote(&mut self, label: &str) {
        self.entry(label).sent += 1;
    }

    /// `Err`: it is not the next one.
    pub(in crate::explore) fn received(&mut self, label: &str, number: u64) -> Result<(), String> {
        let entry = self.entry(label);
        let expected = entry.received;
        if !entry.opened || entry.closed {
            return Err(format!("message {number} on {label}, which is not open"));
        }
        if number != expected {
            return Err(format!("message {number} of {label} instead of {expected}"));
        }
        entry.received += 1;
        Ok(())
    }

    /// Channels that are open.
    pub(in crate::explore) fn open(&self) -> Vec<String> {
        let open = self
            .channels
            .iter()
            .filter(|(_, entry)| entry.opened && !entry.closed && !entry.closed_here);
        open.map(|(label, _)| label.clone()).collect()
    }

    /// One that was asked for waits to be opened.
    pub(in crate::explore) fn waits(&self) -> bool {
        self.channels.values().any(|entry| !entry.opened && !entry.closed_here && !entry.closed)
    }
}

/// How the channels of two ends, long enough connected, are not as they must be: open at both ends,
/// or closed at both, and what was written when the two ends were as in `before` has arrived.
pub(in crate::explore) fn unlike(before: [&Ledger; 2], now: [&Ledger; 2]) -> Option<String> {
    let labels: BTreeSet<&String> = now.iter().flat_map(|ledger| ledger.channels.keys()).collect();
    let nothing = Entry::default();
    for label in labels {
        let of = |ledger: &'_ Ledger| ledger.channels.get(label).cloned();
        let entries = now.map(|ledger| of(ledger).unwrap_or_else(|| nothing.clone()));
        let ended = entries.iter().any(|entry| entry.closed_here);
        for (end, name) in ["a", "b"].into_iter().enumerate() {
            let entry = &entries[end];
            match (ended, entry.opened, entry.closed) {
                (false, true, false) | (true, false, _) | (true, true, true) => {}
                (false, false, _) => return Some(format!("{label} does not open at {name}")),
                (false, true, true) => return Some(format!("{label} closes at {name} by itself")),
                (true, true, false) => return Some(format!("{label} does not close at {name}")),
            }
            let other = &entries[1 - end];
            let written = of(before[end]).map_or(0, |entry| entry.sent);
            // What an end that closed did not take was not for it any more; an end that never
            // opened took nothing.
            let takes = !other.closed_here && other.opened;
            if takes && other.received < written {
                let received = other.received;
                return Some(format!("{received} of {written} messages of {label} from {name}"));
            }
        }
    }
    None
}
