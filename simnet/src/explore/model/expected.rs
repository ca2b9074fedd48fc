//! What our descriptions must say (RFC 9429 sections 5.2 and 5.3).

use lapwing_engine::{Direction, Mid};

use super::peer::{Model, Place, Transceiver};
use super::said::{Kind, Line, Said, both, reversed};

/// An m-line that is to be there. The name of one that is added is the engine's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Expected {
    mid: Option<Mid>,
    kind: Kind,
    rejected: bool,
    direction: Direction,
    streams: Option<Vec<String>>,
}

impl Model {
    /// There is something to offer.
    pub(in crate::explore) fn can_offer(&self) -> bool {
        !self.offered().is_empty()
    }

    /// `Err` says how an offer of ours is not what it must be.
    pub(in crate::explore) fn check_offer(&self, said: &Said) -> Result<(), String> {
        same(&self.offered(), said)?;
        let Some(ufrag) = &said.ufrag else { return Ok(()) };
        if self.replace.contains(ufrag) {
            return Err("the offer does not restart ICE".to_owned());
        }
        match &self.current {
            Some(exchange) if self.replace.is_empty() && exchange.local.ufrag.is_some() => {
                let kept = exchange.local.ufrag.as_ref() == Some(ufrag);
                if kept { Ok(()) } else { Err("the offer restarts ICE unasked".to_owned()) }
            }
            _ => Ok(()),
        }
    }

    /// `Err` says how an answer of ours is not what it must be.
    pub(in crate::explore) fn check_answer(&self, said: &Said) -> Result<(), String> {
        let Some(pending) = self.pending.as_ref().filter(|pending| !pending.ours) else {
            return Err("an answer to no offer".to_owned());
        };
        let lines: Vec<Expected> =
            pending.offer.lines.iter().map(|line| self.answered(line)).collect();
        same(&lines, said)?;
        let (Some(exchange), Some(ufrag)) = (&self.current, &said.ufrag) else { return Ok(()) };
        let settled = exchange.local.ufrag.as_ref();
        let restarts = exchange.remote.ufrag != pending.offer.ufrag;
        match settled {
            Some(settled) if restarts == (settled == ufrag) => {
                Err(format!("the offer restarts ICE: {restarts}, and the answer not alike"))
            }
            _ => Ok(()),
        }
    }

    fn offered(&self) -> Vec<Expected> {
        let data = self.data_wanted && !self.has_data();
        let mut waiting = self
            .transceivers
            .iter()
            .filter(|one| one.waits())
            .map(|one| offered(one, None))
            .chain(data.then(|| taken(None, Kind::Data)));
        let mut lines = Vec::new();
        for place in &self.places {
            let next = if place.free { waiting.next() } else { None };
            lines.push(next.unwrap_or_else(|| self.kept(*place)));
        }
        lines.extend(waiting);
        lines
    }

    fn kept(&self, place: Place) -> Expected {
        let Place { mid, kind, free } = place;
        let live = self.transceivers.iter().find(|one| one.is_at(mid) && one.is_live());
        match (kind, live) {
            (Kind::Data, _) if !free => taken(Some(mid), kind),
            (Kind::Media(_), Some(one)) if !free => offered(one, Some(mid)),
            _ => Expected { rejected: true, ..taken(Some(mid), kind) },
        }
    }

    fn answered(&self, line: &Line) -> Expected {
        let live = self.transceivers.iter().find(|one| one.is_at(line.mid) && one.is_live());
        match (line.kind, live) {
            (Kind::Data, _) if !line.rejected => taken(Some(line.mid), line.kind),
            (Kind::Media(_), Some(one)) if !line.rejected => Expected {
                direction: both(one.direction, reversed(line.direction)),
                ..offered(one, Some(line.mid))
            },
            _ => Expected { rejected: true, ..taken(Some(line.mid), line.kind) },
        }
    }
}

fn offered(one: &Transceiver, mid: Option<Mid>) -> Expected {
    Expected {
        mid,
        kind: Kind::Media(one.kind),
        rejected: false,
        direction: one.direction,
        streams: one.streams.clone(),
    }
}

fn taken(mid: Option<Mid>, kind: Kind) -> Expected {
    Expected { mid, kind, rejected: false, direction: Direction::Inactive, streams: None }
}

fn same(expected: &[Expected], said: &Said) -> Result<(), String> {
    if expected.len() != said.lines.len() {
        return Err(format!("{} m-lines instead of {}", said.lines.len(), expected.len()));
    }
    for (index, (wanted, line)) in expected.iter().zip(&said.lines).enumerate() {
        let fits = wanted.mid.is_none_or(|mid| mid == line.mid)
            && wanted.rejected == line.rejected
            // What is rejected may be of any kind that it had.
            && (wanted.rejected || wanted.kind == line.kind)
            && wanted.direction == line.direction;
        if !fits {
            return Err(format!("m-line {index} is {line:?} instead of {wanted:?}"));
        }
        if let Some(streams) = &wanted.streams
            && line.direction.sends()
            && !is_said(streams, &line.streams)
        {
            return Err(format!("m-line {index} has {:?} instead of {streams:?}", line.streams));
        }
    }
    Ok(())
}

/// A track without a stream is said too (RFC 8830 section 3.2.1).
pub(super) fn is_said(wanted: &[String], said: &[String]) -> bool {
    match wanted {
        [] => said == ["-"],
        wanted => wanted == said,
    }
}
