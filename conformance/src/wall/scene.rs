//! A case being played: two ends, and what the harness does between them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use lapwing_simnet::LinkSpec;
use serde_json::{Value, json};

use super::{Ends, Played, Record, Role, Side, Stop};
use crate::peer::{PeerError, Ready};

/// How long a request may take.
const REPLY_TIMEOUT: Duration = Duration::from_secs(25);

/// How often something is looked at that no event tells.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// A case being played. Its methods stop the case when an end fails.
pub struct Scene<'a> {
    pub(super) ends: &'a mut dyn Ends,
    pub(super) record: &'a mut Record,
    role: Role,
    within: Duration,
    folder: Option<PathBuf>,
    /// Events so far, of each end.
    pub(super) said: [Vec<Value>; 2],
    /// Candidates that wait until the other side has a description, from each end.
    pub(super) waiting: [Vec<Value>; 2],
    /// Which ends have the other's description.
    pub(super) described: [bool; 2],
    /// Candidates are carried to the other side as they come.
    pub carries: bool,
    /// Only candidates of IPv6 are carried, and only they are left in descriptions.
    pub only_ipv6: bool,
    /// Tracks so far, for numbers and tones that differ.
    pub(super) tracks: u32,
    /// What must arrive, by who receives it and the channel's label.
    pub(super) sent: BTreeMap<(Side, String), Vec<Value>>,
}

impl<'a> Scene<'a> {
    /// Sets the stage for a case that may take so long. Recordings and keys go into `folder`.
    pub fn new(
        role: Role,
        within: Duration,
        ends: &'a mut dyn Ends,
        record: &'a mut Record,
        folder: Option<PathBuf>,
    ) -> Self {
        Scene {
            ends,
            record,
            role,
            within,
            folder,
            said: Default::default(),
            waiting: Default::default(),
            described: [false; 2],
            carries: true,
            only_ipv6: false,
            tracks: 0,
            sent: BTreeMap::new(),
        }
    }

    /// The end that makes the first offer.
    pub fn offerer(&self) -> Side {
        self.role.offerer()
    }

    /// The end that answers it.
    pub fn answerer(&self) -> Side {
        self.role.offerer().other()
    }

    /// Who stands there.
    pub fn ready(&self, side: Side) -> &Ready {
        self.ends.ready(side)
    }

    /// Both ends can do this.
    pub fn both_can(&self, feature: &str) -> bool {
        Side::BOTH.iter().all(|side| self.ready(*side).can(feature))
    }

    /// Stops the case as not applicable unless an end can do this.
    ///
    /// # Errors
    /// When it cannot.
    pub fn needs(&self, side: Side, feature: &str) -> Played {
        if self.ready(side).can(feature) {
            return Ok(());
        }
        Err(Stop::NotApplicable(format!("{}: no {feature}", self.ready(side).peer)))
    }

    /// Time since the case began.
    pub fn elapsed(&self) -> Duration {
        self.ends.elapsed()
    }

    /// Asks an end for something and gives what the reply gives.
    ///
    /// # Errors
    /// When it is refused, fails, is not supported, or takes too long.
    pub fn ask(&mut self, side: Side, request: Value) -> Result<Value, Stop> {
        let name = request["do"].as_str().unwrap_or("?").to_owned();
        let reply = self.try_ask(side, request);
        reply.map_err(|error| Stop::of(side, &self.ready(side).peer.clone(), &name, error))
    }

    /// As [`Scene::ask`], for what may be refused.
    ///
    /// # Errors
    /// What the end says.
    pub fn try_ask(&mut self, side: Side, request: Value) -> Result<Value, PeerError> {
        let left = self.within.saturating_sub(self.elapsed());
        self.record.line(self.ends.elapsed(), side, "request", &request);
        let reply = self.ends.request(side, request, left.min(REPLY_TIMEOUT));
        match &reply {
            Ok(value) => self.record.line(self.ends.elapsed(), side, "reply", value),
            Err(error) => {
                let text = json!(error.to_string());
                self.record.line(self.ends.elapsed(), side, "error", &text);
            }
        }
        reply
    }

    /// Opens a peer connection at an end; `options` are those of the protocol.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn open(&mut self, side: Side, options: Value) -> Played {
        let mut request = json!({ "do": "open", "trickle": self.both_can("trickle") });
        if let (Value::Object(all), Value::Object(more)) = (&mut request, options) {
            all.extend(more);
        }
        if let Some(folder) = &self.folder {
            request["record"] = json!(folder.join(format!("{side}.recording")));
            request["key_log"] = json!(folder.join(format!("{side}.keys")));
        }
        self.ask(side, request)?;
        self.forget(side);
        Ok(())
    }

    /// Nothing of an earlier connection counts for the next.
    fn forget(&mut self, side: Side) {
        self.carry();
        self.described[side.index()] = false;
        self.said[side.index()].clear();
        self.waiting[side.index()].clear();
        self.sent.retain(|(receiver, _), _| *receiver != side);
    }

    /// Opens both ends with nothing special.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn open_both(&mut self) -> Played {
        Side::BOTH.into_iter().try_for_each(|side| self.open(side, json!({})))
    }

    /// Opens both ends with the same options of the protocol.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn open_both_with(&mut self, options: &Value) -> Played {
        Side::BOTH.into_iter().try_for_each(|side| self.open(side, options.clone()))
    }

    /// Waits until something holds. `what` says what is waited for.
    ///
    /// # Errors
    /// A fault when it does not hold in time, or what `holds` stops with.
    pub fn until(
        &mut self,
        what: &str,
        within: Duration,
        mut holds: impl FnMut(&mut Self) -> Result<bool, Stop>,
    ) -> Played {
        let end = (self.elapsed() + within).min(self.within);
        loop {
            self.carry();
            if holds(self)? {
                return Ok(());
            }
            if self.elapsed() >= end {
                let states = Side::BOTH.map(|side| self.state(side).unwrap_or("new").to_owned());
                let [subject, peer] = states;
                return Err(Stop::Fault(format!(
                    "waited {:.0} s for {what}; subject is {subject}, peer is {peer}",
                    within.as_secs_f64()
                )));
            }
            self.ends.pass(LOOK_EVERY);
        }
    }

    /// Lets this much time go by.
    pub fn rest(&mut self, time: Duration) {
        let end = self.elapsed() + time;
        while self.elapsed() < end {
            self.carry();
            let left = end.saturating_sub(self.elapsed());
            self.ends.pass(left.min(LOOK_EVERY));
        }
    }

    /// The last state of an end's connection.
    pub fn state(&self, side: Side) -> Option<&str> {
        let states = self.said[side.index()].iter().rev();
        let mut states = states.filter(|event| event["event"] == "connection");
        states.next().and_then(|event| event["state"].as_str())
    }

    /// Events of a kind so far.
    pub fn events(&self, side: Side, name: &str) -> impl Iterator<Item = &Value> {
        let name = name.to_owned();
        self.said[side.index()].iter().filter(move |event| event["event"] == *name)
    }

    /// The links from now on.
    pub fn link(&mut self, links: [LinkSpec; 2]) {
        self.ends.link(links);
    }

    /// Memory that an end has in use, in KiB, where it is one process of its own.
    pub fn memory(&self, side: Side) -> Option<u64> {
        self.ends.memory(side)
    }

    /// Datagrams for an end that found its socket full, so far in this network.
    pub fn overflows(&self, side: Side) -> Option<u64> {
        self.ends.overflows(side)
    }

    /// Keeps something that was measured, for who reads the record of the case.
    pub fn figure(&mut self, what: &str, value: &str) {
        self.record.line(self.ends.elapsed(), Side::Subject, "figure", &json!({ what: value }));
    }

    /// Keeps a number that was measured, for the cell's outcome. `what` ends with the unit.
    pub fn measured(&mut self, what: &str, value: f64) {
        self.figure(what, &format!("{value:.1}"));
        self.record.figures.insert(what.to_owned(), value);
    }

    /// Ends one end at once.
    pub fn kill(&mut self, side: Side) {
        self.ends.kill(side);
    }

    /// Asks both ends for their statistics and keeps them; gives the facts.
    ///
    /// # Errors
    /// As for [`Scene::ask`].
    pub fn facts(&mut self, side: Side) -> Result<Value, Stop> {
        let stats = self.ask(side, json!({ "do": "stats" }))?;
        let facts = stats["facts"].clone();
        self.record.stats[side.index()] = Some(stats);
        Ok(facts)
    }

    /// Looks at what the ends said, and carries candidates.
    fn carry(&mut self) {
        for side in Side::BOTH {
            for event in self.ends.events(side) {
                self.record.line(self.ends.elapsed(), side, "event", &event);
                if self.ends_the_last(side, &event) {
                    continue;
                }
                if event["event"] == "candidate" && self.takes(&event) {
                    self.waiting[side.index()].push(event.clone());
                }
                self.said[side.index()].push(event);
            }
        }
        if self.carries {
            self.carry_candidates();
        }
    }

    /// A connection that was replaced may tell its end when the next one, which said nothing yet,
    /// is open already.
    fn ends_the_last(&self, side: Side, event: &Value) -> bool {
        event["event"] == "connection" && event["state"] == "closed" && self.state(side).is_none()
    }

    /// Whether a candidate is carried at all.
    fn takes(&self, event: &Value) -> bool {
        let address = event["candidate"].as_str().and_then(|line| line.split(' ').nth(4));
        !self.only_ipv6 || address.is_none_or(|address| address.contains(':'))
    }

    /// Gives the candidates that wait to the ends that can take them.
    pub fn carry_candidates(&mut self) {
        for side in Side::BOTH {
            if !self.described[side.other().index()] {
                continue;
            }
            for event in std::mem::take(&mut self.waiting[side.index()]) {
                let request = json!({
                    "do": "candidate", "candidate": event["candidate"], "mid": event["mid"], "index": event["index"],
                });
                // A refused candidate stands in the record; what depends on it fails by itself.
                let _ = self.try_ask(side.other(), request);
            }
        }
    }
}

#[cfg(test)]
mod tests;
