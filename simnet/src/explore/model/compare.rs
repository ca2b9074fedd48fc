//! Whether an engine looks as the model does.

use lapwing_engine::{Rtc, SessionDescription, SignalingState, Transceiver};

use super::peer::Model;
use super::said::{Line, Said};

/// What the user of an engine sees of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::explore) struct Seen {
    pub(super) state: SignalingState,
    pub(super) transceivers: Vec<Transceiver>,
    pub(super) local: Option<SessionDescription>,
    pub(super) remote: Option<SessionDescription>,
}

impl Seen {
    pub(in crate::explore) fn of(rtc: &mut Rtc) -> Self {
        let negotiation = rtc.negotiation();
        Seen {
            state: negotiation.state(),
            transceivers: negotiation.transceivers(),
            local: negotiation.local_description(),
            remote: negotiation.remote_description(),
        }
    }
}

impl Model {
    /// `Err` says how an engine differs. Names of transceivers that the peer's offers made are
    /// learnt.
    pub(in crate::explore) fn compare(&mut self, seen: &Seen) -> Result<(), String> {
        if seen.state != self.state {
            return Err(format!("the state is {} instead of {}", seen.state, self.state));
        }
        if self.state == SignalingState::Closed {
            return Ok(());
        }
        self.learn(seen);
        self.compare_transceivers(seen)?;
        for (side, seen, said) in [
            ("local", &seen.local, self.description(true)),
            ("remote", &seen.remote, self.description(false)),
        ] {
            let read = seen.as_ref().map(Said::read).transpose()?;
            if read.as_ref().map(shape) != said.map(shape) {
                return Err(format!("the {side} description is {read:?} instead of {said:?}"));
            }
        }
        Ok(())
    }

    fn learn(&mut self, seen: &Seen) {
        for one in self.transceivers.iter_mut().filter(|one| one.id.is_none()) {
            let Some(mid) = one.negotiated.mid else { continue };
            let named = |seen: &&Transceiver| seen.mid == Some(mid) && !seen.stopped;
            one.id = seen.transceivers.iter().find(named).map(|seen| seen.id);
        }
    }

    fn compare_transceivers(&self, seen: &Seen) -> Result<(), String> {
        let live = seen.transceivers.iter().filter(|one| !one.stopped);
        let wanted = self.transceivers.iter().filter(|one| one.is_live());
        let mut wanted: Vec<_> = wanted.collect();
        for seen in live {
            let Some(index) = wanted.iter().position(|one| one.id == Some(seen.id)) else {
                return Err(format!("there should be no {seen:?}"));
            };
            let one = wanted.remove(index);
            let same = one.kind == seen.kind
                && one.negotiated.mid == seen.mid
                && one.direction == seen.direction
                && one.negotiated.current == seen.current_direction;
            if !same {
                return Err(format!("{seen:?} should be {one:?}"));
            }
        }
        match wanted.first() {
            Some(missing) => Err(format!("{missing:?} is missing")),
            None => Ok(()),
        }
    }

    /// The description that is pending, or else the one that was settled last.
    pub(super) fn description(&self, ours: bool) -> Option<&Said> {
        let pending = self.pending.as_ref().and_then(|pending| match pending.ours == ours {
            true => Some(&pending.offer),
            false => pending.provisional.as_ref(),
        });
        let settled = self.current.as_ref().map(|exchange| match ours {
            true => &exchange.local,
            false => &exchange.remote,
        });
        pending.or(settled)
    }

    /// `Err` says how two ends at rest do not agree.
    pub(in crate::explore) fn agree(one: &Model, other: &Model) -> Result<(), String> {
        for (name, model) in [("a", one), ("b", other)] {
            if model.state != SignalingState::Stable {
                return Err(format!("{name} is in {}", model.state));
            }
        }
        let lines = |model: &Model, ours: bool| model.description(ours).map(shape);
        if (lines(one, true), lines(one, false)) != (lines(other, false), lines(other, true)) {
            return Err("the two have not the same descriptions".to_owned());
        }
        let flows = |model: &Model, turned: bool| {
            let mut flows: Vec<_> = model
                .transceivers
                .iter()
                .filter(|one| one.negotiated.mid.is_some())
                .map(|one| {
                    let current = one.negotiated.current;
                    let current = if turned { current.map(super::said::reversed) } else { current };
                    (one.negotiated.mid, current.map(|current| current.name()))
                })
                .collect();
            flows.sort_unstable();
            flows
        };
        let (ours, theirs) = (flows(one, false), flows(other, true));
        if ours == theirs { Ok(()) } else { Err(format!("{ours:?} at a, {theirs:?} at b")) }
    }
}

fn shape(said: &Said) -> (Vec<Line>, Option<String>) {
    (said.lines.clone(), said.ufrag.clone())
}
