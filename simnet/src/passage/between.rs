//! Between which places of a scenario packets pass.

use std::collections::VecDeque;
use std::fmt;

use crate::scenario::{FlowDirection, Links, Scenario};

/// Where the two gates stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Between {
    /// At the ends of the way that a flow takes when it names none.
    #[default]
    Way,
    /// At these places.
    Places(String, String),
    /// At the ends of this link, and the way back leads over this other one, where it is named.
    Link(String, Option<String>),
}

/// Why a scenario has no such passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPassage {
    /// It has no links that lead anywhere.
    NoWay,
    /// There is no place of this name, but these.
    Place(String, Vec<String>),
    /// There is no link of this name, but these.
    Link(String, Vec<String>),
    /// The link is a medium that many share, which has no two ends.
    Shared(String),
    /// The second link does not lead back over the first one's way.
    NotBack(String, String),
    /// No links lead from one place to the other, nor back.
    Apart(String, String),
}

impl fmt::Display for NoPassage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoPassage::NoWay => f.write_str("the scenario has no links from one place to another"),
            NoPassage::Place(name, known) => {
                write!(f, "there is no place {name:?}; there are {}", known.join(", "))
            }
            NoPassage::Link(name, known) => {
                write!(f, "there is no link {name:?}; there are {}", known.join(", "))
            }
            NoPassage::Shared(name) => {
                write!(f, "the link {name:?} is a shared medium without ends: name two places")
            }
            NoPassage::NotBack(link, back) => {
                write!(f, "the link {back:?} does not lead back between the ends of {link:?}")
            }
            NoPassage::Apart(from, to) => write!(f, "no links lead from {from:?} to {to:?}"),
        }
    }
}

impl std::error::Error for NoPassage {}

/// The links between the gates, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) links: Vec<usize>,
    /// They lead from the second gate to the first: the other direction is a perfect wire.
    pub(super) leads_back: bool,
}

impl Between {
    pub(super) fn path(&self, links: &Links) -> Result<Path, NoPassage> {
        match self {
            Between::Way => {
                let way = links.way(FlowDirection::Forward).to_vec();
                if way.is_empty() { Err(NoPassage::NoWay) } else { Ok(there(way)) }
            }
            Between::Places(from, to) => {
                let [a, b] = [place(links, from)?, place(links, to)?];
                let found = way(links, a, b).map(there);
                let back = || {
                    let links = way(links, b, a)?;
                    Some(Path { links, leads_back: true })
                };
                found.or_else(back).ok_or_else(|| NoPassage::Apart(from.clone(), to.clone()))
            }
            Between::Link(name, back) => {
                let link = link(links, name)?;
                links.ends(link).ok_or_else(|| NoPassage::Shared(name.clone()))?;
                if let Some(other) = back
                    && links.back_of(link) != Some(self::link(links, other)?)
                {
                    return Err(NoPassage::NotBack(name.clone(), other.clone()));
                }
                Ok(there(vec![link]))
            }
        }
    }
}

const fn there(links: Vec<usize>) -> Path {
    Path { links, leads_back: false }
}

fn place(links: &Links, name: &str) -> Result<usize, NoPassage> {
    let found = links.places().iter().position(|place| place == name);
    found.ok_or_else(|| NoPassage::Place(name.to_owned(), links.places().to_vec()))
}

fn link(links: &Links, name: &str) -> Result<usize, NoPassage> {
    let known = || links.iter().map(|link| link.name.clone()).collect();
    links.position(name).ok_or_else(|| NoPassage::Link(name.to_owned(), known()))
}

/// The links from one place to another; none from a place to itself.
fn way(links: &Links, from: usize, to: usize) -> Option<Vec<usize>> {
    let mut by: Vec<Option<usize>> = vec![None; links.places().len()];
    let mut open = VecDeque::from([from]);
    while let Some(here) = open.pop_front().filter(|here| *here != to) {
        for link in 0..links.len() {
            if let Some((start, end)) = links.ends(link)
                && start == here
                && end != from
                && by[end].is_none()
            {
                by[end] = Some(link);
                open.push_back(end);
            }
        }
    }
    let (mut here, mut way) = (to, Vec::new());
    while here != from {
        let link = by[here]?;
        way.push(link);
        here = links.ends(link)?.0;
    }
    way.reverse();
    (!way.is_empty()).then_some(way)
}

/// What of a scenario has no part in a passage, for people.
pub fn left_out(scenario: &Scenario) -> Vec<String> {
    let mut said = Vec::new();
    let mut say = |count: usize, one: &str, many: &str| {
        if count > 0 {
            said.push(if count == 1 { format!("1 {one}") } else { format!("{count} {many}") });
        }
    };
    let delays = scenario.flows.iter().filter(|flow| flow.one_way_delay.is_some()).count();
    say(
        scenario.flows.len(),
        "flow: the programs are the traffic",
        "flows: the programs are the traffic",
    );
    say(delays, "delay of a flow beyond its links", "delays of flows beyond their links");
    say(scenario.channels.len(), "data channel", "data channels");
    say(scenario.barriers.len(), "NAT or firewall", "NATs and firewalls");
    say(scenario.helpers.len(), "STUN or TURN server", "STUN and TURN servers");
    say(scenario.actions.len(), "action", "actions");
    say(
        scenario.expect.len() + scenario.assertions.len(),
        "expectation: nothing is judged but the time",
        "expectations: nothing is judged but the time",
    );
    said
}
