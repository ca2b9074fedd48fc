//! Which m-line stands where in an offer (RFC 9429 section 5.2.2): each keeps its place, and what
//! was rejected is used again before another is appended.

use super::line::LineKind;
use super::state::Line;
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

/// The m-lines of the next offer. `data` is the name of an m-line of data channels that is wanted
/// and not there.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::MediaKind;
    use crate::event::Direction;
    use crate::ids::{Ssrc, TransceiverId};
    use crate::jsep::transceiver::{Life, Negotiated, Origin};

    fn mid(text: &str) -> Mid {
        Mid::new(text).expect("a token")
    }

    fn entry(id: u32, at: Option<&str>, life: Life) -> Entry {
        Entry {
            id: TransceiverId(id),
            kind: MediaKind::Audio,
            origin: Origin::Added,
            life,
            direction: Direction::SendRecv,
            streams: Vec::new(),
            track: String::new(),
            encodings: Vec::new(),
            preferences: None,
            extensions: Vec::new(),
            ssrc: Ssrc(1),
            rtx: Ssrc(2),
            reserved: mid(&format!("r{id}")),
            negotiated: Negotiated { mid: at.map(mid), ..Negotiated::default() },
        }
    }

    fn line(name: &str, kind: LineKind, free: bool) -> Line {
        Line { mid: mid(name), named: true, kind, free }
    }

    fn told(places: &[Place]) -> Vec<String> {
        let told = places.iter();
        told.map(|place| format!("{:?} {} {}", place.slot, place.mid, place.fresh)).collect()
    }

    #[test]
    fn what_waits_takes_what_is_free_before_it_is_appended() {
        let audio = LineKind::Media(MediaKind::Audio);
        let lines = [
            line("a", audio, false),
            line("b", audio, true),
            line("c", audio, false),
            line("f", LineKind::Foreign, true),
            line("d", LineKind::Data, false),
        ];
        let mut entries = vec![
            entry(0, Some("a"), Life::Live),
            entry(1, Some("c"), Life::Stopping),
            entry(2, None, Life::Live),
        ];
        let expected = [
            "Media(0) a false",
            "Media(2) r2 true",
            "Rejected c false",
            "Rejected f false",
            "Data d false",
        ];
        assert_eq!(told(&places(&lines, &entries, None)), expected);
        entries.push(entry(3, None, Life::Live));
        entries.push(entry(4, None, Life::Live));
        let mut lines = lines.to_vec();
        lines[4].free = true;
        let expected = [
            "Media(0) a false",
            "Media(2) r2 true",
            "Rejected c false",
            "Media(3) r3 true",
            "Media(4) r4 true",
            "Data x true",
        ];
        assert_eq!(told(&places(&lines, &entries, Some(mid("x")))), expected);
        assert_eq!(told(&places(&[], &[], None)), Vec::<String>::new());
    }
}
