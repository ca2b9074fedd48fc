//! What actions make of links and flows in the course of a run.

use crate::bitrate::RateSchedule;
use crate::scenario::{Link, LinkChange, Power, Queue, Scenario, ScenarioActionKind, Wire};
use crate::time::Time;

impl Scenario {
    /// What a link is from when on: first as the file has it, then after each `set-link`.
    pub(crate) fn states(&self, link: usize) -> Vec<(Time, Link)> {
        let mut changes: Vec<(Time, &LinkChange)> = self
            .actions
            .iter()
            .filter_map(|action| match &action.kind {
                ScenarioActionKind::SetLink(of, change) if *of == link => {
                    Some((Time::ZERO + action.at, change))
                }
                _ => None,
            })
            .collect();
        changes.sort_by_key(|(at, _)| *at);
        let mut last = self.links[link].clone();
        let mut states = vec![(Time::ZERO, last.clone())];
        for (at, change) in changes {
            last.change(change);
            states.push((at, last.clone()));
        }
        states
    }

    /// The capacity of a link over the whole run; `None` where it is infinitely fast.
    pub(crate) fn capacity(&self, link: usize) -> Option<RateSchedule> {
        let mut capacity = match &self.links[link].kind {
            Wire::Directed { queue, .. } => queue.as_ref()?.capacity.clone(),
            Wire::Shared(medium) => RateSchedule::constant(medium.capacity),
        };
        let mut actions: Vec<_> = self.actions.iter().collect();
        actions.sort_by_key(|action| action.at);
        for action in actions {
            if let ScenarioActionKind::SetLink(of, LinkChange { capacity: Some(rate), .. }) =
                &action.kind
                && *of == link
            {
                capacity = capacity.until(Time::ZERO + action.at, *rate);
            }
        }
        Some(capacity)
    }

    /// When a link is cut.
    pub(crate) fn cuts(&self, link: usize) -> Vec<(Time, Time)> {
        self.spans(|kind| match kind {
            ScenarioActionKind::SetLinkPower(of, power) if *of == link => Some(*power),
            _ => None,
        })
    }

    /// When a flow is paused, by its own plan and by actions.
    pub(crate) fn pauses(&self, flow: usize) -> Vec<(Time, Time)> {
        let own = self.flows[flow].pause;
        let mut pauses: Vec<_> =
            own.map(|(from, to)| (Time::ZERO + from, Time::ZERO + to)).into_iter().collect();
        pauses.extend(self.spans(|kind| match kind {
            ScenarioActionKind::HoldFlow(of, power) if *of == flow => Some(*power),
            _ => None,
        }));
        pauses
    }

    /// The times in which something is off.
    fn spans(&self, of: impl Fn(&ScenarioActionKind) -> Option<Power>) -> Vec<(Time, Time)> {
        let mut turns: Vec<(Time, Power)> = self
            .actions
            .iter()
            .filter_map(|action| Some((Time::ZERO + action.at, of(&action.kind)?)))
            .collect();
        turns.sort_by_key(|(at, _)| *at);
        let (mut spans, mut off) = (Vec::new(), None);
        for (at, power) in turns {
            match (power, off) {
                (Power::Off, None) => off = Some(at),
                (Power::On, Some(from)) => {
                    spans.push((from, at));
                    off = None;
                }
                (Power::Off, Some(_)) | (Power::On, None) => {}
            }
        }
        spans.extend(off.map(|from| (from, Time::NEVER)));
        spans
    }
}

impl Link {
    fn change(&mut self, change: &LinkChange) {
        let Wire::Directed { queue, delay, loss, .. } = &mut self.kind else { return };
        if let Some(queue) = queue {
            let Queue { capacity, generator, kind, limit } = queue;
            if let Some(rate) = change.capacity {
                (*capacity, *generator) = (RateSchedule::constant(rate), None);
            }
            if let Some((new, bound)) = &change.queue {
                (*kind, *limit) = (new.clone(), *bound);
            }
        }
        *delay = change.delay.unwrap_or(*delay);
        if let Some(new) = &change.loss {
            loss.clone_from(new);
        }
    }
}

/// Links that an action changes are copied as often; what their schedules have in all is limited.
pub(super) fn count(scenario: &Scenario, link: usize) -> usize {
    let changed = scenario.actions.iter().filter_map(|action| match &action.kind {
        ScenarioActionKind::SetLink(of, _) => Some(*of),
        _ => None,
    });
    changed.filter(|of| *of == link).count()
}
