//! Which m-line stands where in an offer (RFC 9429 section 5.2.2): each keeps its place, and what was rejected is used
//! again before another is appended.

use super::jsep::Line;
use super::line::LineKind;
use super::transceiver::Entry;
use crate::ids::Mid;

/// What an m-line of an offer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// The transceiver at this place of the list.
    Media(usize),
    /// Data channels.
    Data,
    /// Port 0.
    Rejected,
}

/// A place in an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) slot: Slot,
    pub(super) mid: Mid,
    /// No description had it there.
    pub(super) fresh: bool,
}

/// The m-lines of the next offer. `data` is the name of an m-line of data channels that is wanted and not there.
pub(super) fn places(lines: &[Line], entries: &[Entry], data: Option<Mid>) -> Vec<Place> {
    let mut waiting = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.is_waiting())
        .map(|(index, entry)| (Slot::Media(index), entry.reserved))
        .chain(data.map(|mid| (Slot::Data, mid)));
    let mut places = Vec::with_capacity(lines.len());
    for line in lines {
        let next = if line.free { waiting.next() } else { None };
        places.push(match next {
            Some((slot, mid)) => Place { slot, mid, fresh: true },
            None => Place { slot: kept(line, entries), mid: line.mid, fresh: false },
        });
    }
    places.extend(waiting.map(|(slot, mid)| Place { slot, mid, fresh: true }));
    places
}

fn kept(line: &Line, entries: &[Entry]) -> Slot {
    match line.kind {
        _ if line.free => Slot::Rejected,
        LineKind::Data => Slot::Data,
        LineKind::Foreign => Slot::Rejected,
        LineKind::Media(_) => {
            let found = entries.iter().position(|entry| entry.is_at(line.mid));
            let live = found.filter(|index| entries[*index].is_live());
            live.map_or(Slot::Rejected, Slot::Media)
        }
    }
}
