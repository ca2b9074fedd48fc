//! What may come of data channels and messages at the other end, and what must.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::{Entry, Ledger, Service, Written};

/// Messages that tell, when none of so many comes, that none ever will.
const STALLED_MESSAGES: usize = 15;

const NAMES: [&str; 2] = ["a", "b"];

/// A channel at both ends.
struct Both<'a> {
    label: &'a str,
    entries: [&'a Entry; 2],
}

fn both<'a>(ledgers: [&'a Ledger; 2]) -> Vec<Both<'a>> {
    const NOTHING: &Entry = &Entry {
        asked: None,
        opened: None,
        closed_here: false,
        closed: false,
        sent: Vec::new(),
        received: Vec::new(),
    };
    let labels: BTreeSet<&'a String> =
        ledgers.iter().flat_map(|ledger| ledger.channels.keys()).collect();
    let entry = |ledger: &'a Ledger, label: &String| ledger.channels.get(label).unwrap_or(NOTHING);
    let both = labels
        .into_iter()
        .map(|label| Both { label, entries: ledgers.map(|ledger| entry(ledger, label)) });
    both.collect()
}

impl Both<'_> {
    /// What was asked of its messages, by whoever created it.
    fn service(&self) -> Option<Service> {
        let mut asked = self.entries.iter().filter_map(|entry| entry.asked.as_ref());
        asked.next().map(Service::of)
    }
}

/// How channels, at any time, are not as they were asked for: what they are called is their key.
pub(in crate::explore) fn unasked(ledgers: [&Ledger; 2]) -> Option<String> {
    for channel in both(ledgers) {
        let label = channel.label;
        let mut streams = Vec::new();
        for (end, name) in NAMES.into_iter().enumerate() {
            let Some(opened) = &channel.entries[end].opened else { continue };
            let asked = channel.entries.map(|entry| entry.asked.as_ref());
            let Some(config) = asked[0].or(asked[1]) else {
                return Some(format!("{label} opens at {name}, and nobody asked for it"));
            };
            let told = (&opened.protocol, opened.ordered, opened.remote);
            let wanted = (&config.protocol, config.ordered, asked[end].is_none());
            if told != wanted {
                return Some(format!("{label} is {told:?} at {name} instead of {wanted:?}"));
            }
            streams.extend(opened.stream);
        }
        if let [a, b] = streams[..]
            && a != b
        {
            return Some(format!("{label} has stream {a} at a and {b} at b"));
        }
    }
    None
}

/// How many messages of each channel, at either end, were found to be right: they stay so, because
/// what is written later takes nothing away.
#[derive(Debug, Default)]
pub(in crate::explore) struct Judged([BTreeMap<String, usize>; 2]);

/// A message, at any time, that may not have come: one that was never written, one that comes
/// again, one out of order, one before its turn. It is looked for among those that were not judged
/// before.
pub(in crate::explore) fn unwritten(
    ledgers: [&Ledger; 2],
    Judged(judged): &mut Judged,
) -> Option<String> {
    for channel in both(ledgers) {
        let Some(service) = channel.service() else { continue };
        for (end, name) in NAMES.into_iter().enumerate() {
            let sent = &channel.entries[1 - end].sent;
            let received = &channel.entries[end].received;
            let before = judged[end].get(channel.label).copied().unwrap_or(0);
            if before == received.len() {
                continue;
            }
            if let Some(detail) = judge(service, sent, received, before) {
                return Some(format!("{} at {name}: {detail}", channel.label));
            }
            judged[end].insert(channel.label.to_owned(), received.len());
        }
    }
    None
}

fn judge(
    service: Service,
    sent: &[Written],
    received: &[Written],
    before: usize,
) -> Option<String> {
    let misplaced = if service.ordered {
        out_of_order(service.reliable, sent, received)
    } else {
        beyond(sent, received, before)
    };
    let place = misplaced?;
    let message = &received[place];
    Some(if !sent.contains(message) {
        format!("message {place} was never written")
    } else if received[..place].contains(message) {
        format!("message {place} comes again")
    } else {
        format!("message {place} is out of its turn")
    })
}

/// The first message that does not follow those before it.
fn out_of_order(reliable: bool, sent: &[Written], received: &[Written]) -> Option<usize> {
    let mut rest = sent.iter();
    received.iter().position(|message| {
        let is_next = match reliable {
            true => rest.next() == Some(message),
            false => rest.any(|written| written == message),
        };
        !is_next
    })
}

/// The first message that came more often than it was written.
fn beyond(sent: &[Written], received: &[Written], before: usize) -> Option<usize> {
    let count = |of: &[Written], message| of.iter().filter(|each| *each == message).count();
    (before..received.len()).find(|place| {
        let message = &received[*place];
        count(&received[..=*place], message) > count(sent, message)
    })
}

fn counts(of: &[Written]) -> BTreeMap<Written, usize> {
    let mut counts = BTreeMap::new();
    for message in of {
        *counts.entry(*message).or_default() += 1;
    }
    counts
}

/// How many of these messages did not come.
fn missing(written: &[Written], received: &[Written]) -> usize {
    let came = counts(received);
    let short = counts(written)
        .into_iter()
        .map(|(message, count)| count.saturating_sub(came.get(&message).copied().unwrap_or(0)));
    short.sum()
}

/// How the channels of two ends, long enough connected, are not as they must be: open at both ends,
/// or closed at both, and what was written when the two ends were as in `before` has arrived.
pub(in crate::explore) fn unlike(before: [&Ledger; 2], now: [&Ledger; 2]) -> Option<String> {
    for channel in both(now) {
        let label = channel.label;
        let ended = channel.entries.iter().any(|entry| entry.closed_here);
        for (end, name) in NAMES.into_iter().enumerate() {
            let entry = channel.entries[end];
            match (ended, entry.opened.is_some(), entry.closed) {
                (false, true, false) | (true, false, _) | (true, true, true) => {}
                (false, false, _) => return Some(format!("{label} does not open at {name}")),
                (false, true, true) => return Some(format!("{label} closes at {name} by itself")),
                (true, true, false) => return Some(format!("{label} does not close at {name}")),
            }
            let other = channel.entries[1 - end];
            let written = before[end].channels.get(label).map_or(&[][..], |entry| &entry.sent);
            // What an end that closed did not take was not for it any more; an end that never
            // opened took nothing.
            let takes = !other.closed_here && other.opened.is_some();
            let reliable = channel.service().is_some_and(|service| service.reliable);
            let missing = missing(written, &other.received);
            if takes && reliable && missing > 0 {
                let count = written.len();
                return Some(format!("{missing} of {count} messages of {label} from {name}"));
            }
        }
    }
    None
}

/// A channel that gives messages up, and on which nothing comes any more: not one of those that
/// were written since the two ends were as in `before`, with a path that loses few.
pub(in crate::explore) fn stalled(before: [&Ledger; 2], now: [&Ledger; 2]) -> Option<String> {
    for channel in both(now) {
        let is_open = channel.entries.iter().all(|entry| entry.is_open());
        for (end, name) in NAMES.into_iter().enumerate() {
            let count = |at: usize, of: fn(&Entry) -> usize| {
                let then = before[at].channels.get(channel.label).map_or(0, of);
                of(channel.entries[at]) - then
            };
            let written = count(end, |entry| entry.sent.len());
            let came = count(1 - end, |entry| entry.received.len());
            if is_open && written >= STALLED_MESSAGES && came == 0 {
                let label = channel.label;
                return Some(format!("none of {written} messages of {label} from {name}"));
            }
        }
    }
    None
}
