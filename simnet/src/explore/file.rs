//! Universes as TOML files.
//!
//! | field | |
//! |---|---|
//! | `seed` | for everything random |
//! | `sessions` | what carries the ends: `own`, `own-str0m`, `str0m-own`, `str0m` |
//! | `[topology]` | `kind`: `direct`, `two-interfaces`, `nat-a`, `nat-both`; of NATs also `mapping` and `filtering`; `helped` |
//! | `kind = "helped"` | `relays`, `relays_by_tcp`; `[topology.a]` and `[topology.b]` with `behind`: `open`, `firewall`, `nat`; of a NAT also `mapping` and `filtering` |
//! | `[link]` | `delay_ms`, `loss_pct`, `duplicate_pct`, `reorder_pct` |
//! | `[[action]]` | `at_ms`, `do`, `peer`; `for_ms` of those that last; `interface` of `interface-down`, `relay` of `relay-lost` |
//! | clicks | `do`: `add`, `track`, `stop`, `turn`, `streams`, `prefer`, `offer`, `offer-twice`, `offer-and-roll-back`, `decline`, `answer-late`, `answer-provisionally`, `open-channel`, `close-channel`, `bulk`; with `media`, `direction`, `number`, `count`, `for_ms`, `terms` where they take them |
//! | `do = "both"` | `[action.a]` and `[action.b]`: a click of each, at the same moment |
//! | `[found]` | `invariant`, `detail`; `known`: why it is not mended yet |

use std::fmt::Write as _;

use toml::de::DeTable;

use super::click::{self, Click};
use super::helped::{Helped, RELAYS_MAX};
use super::invariant::{Invariant, Violation};
use super::universe::{Action, Effects, NatKind, Peer, Timed, Topology, Universe};
use crate::middlebox::Dependence;
use crate::reach::Behind;
use crate::scenario::{BadScenario, Fault, Fields, Problem};
use crate::sessions::Sessions;

const SEED_MAX: u64 = 1 << 32;
const TIME_MS_MAX: u64 = 600_000;
const DELAY_MS_MAX: u64 = 10_000;
const ACTIONS_MAX: usize = 100;

const PEERS: [(&str, Peer); 2] = [("a", Peer::A), ("b", Peer::B)];
const KINDS: [(&str, u8); 5] =
    [("direct", 0), ("two-interfaces", 1), ("nat-a", 2), ("nat-both", 3), ("helped", 4)];
const BEHIND: [(&str, u8); 3] = [("open", 0), ("firewall", 1), ("nat", 2)];
const ACTIONS: [(&str, u8); 13] = [
    ("roam", 0),
    ("interface-down", 1),
    ("outage", 2),
    ("rebind", 3),
    ("pause", 4),
    ("renegotiate", 5),
    ("restart-ice", 6),
    ("close", 7),
    ("crash", 8),
    ("both", 9),
    ("relay-lost", 10),
    ("credentials-expire", 11),
    ("block-udp", 12),
];

/// A universe in which an invariant once failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regression {
    /// The universe.
    pub universe: Universe,
    /// What failed.
    pub invariant: Invariant,
    /// What was seen.
    pub detail: String,
    /// Why it still fails; absent where it must hold now.
    pub known: Option<String>,
}

impl Regression {
    /// Of a failure that was just found.
    pub fn new(universe: Universe, violation: &Violation) -> Self {
        let Violation { invariant, detail, .. } = violation;
        Regression { universe, invariant: *invariant, detail: detail.clone(), known: None }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// All that is wrong with it, by line and field.
    pub fn parse(file: &str, text: &str) -> Result<Self, BadScenario> {
        let mut found = (Invariant::NoPanic, String::new(), None);
        let universe = parse(file, text, |fields| {
            let words: Vec<_> = Invariant::ALL.iter().map(|each| (each.name(), *each)).collect();
            let read = fields.table("found", |fields| {
                let invariant = fields.need_choice("invariant", &words);
                (invariant, fields.text("detail").unwrap_or_default(), fields.text("known"))
            });
            match read {
                Some(read) => found = read,
                None if !fields.has("found") => fields.fault("found", Problem::Missing),
                None => {}
            }
        })?;
        let (invariant, detail, known) = found;
        Ok(Regression { universe, invariant, detail, known })
    }

    /// The file.
    pub fn to_toml(&self) -> String {
        let mut text = self.universe.to_toml();
        let detail = quoted(&self.detail);
        write!(text, "\n[found]\ninvariant = \"{}\"\ndetail = {detail}\n", self.invariant)
            .expect("a string takes everything");
        if let Some(known) = &self.known {
            writeln!(text, "known = {}", quoted(known)).expect("a string takes everything");
        }
        text
    }
}

/// A TOML string without line ends: the escapes of JSON are those of TOML.
fn quoted(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("\"{}\"", line.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Universe {
    /// Reads a file; its `[found]` is passed over.
    ///
    /// # Errors
    /// All that is wrong with it, by line and field.
    pub fn parse(file: &str, text: &str) -> Result<Self, BadScenario> {
        parse(file, text, |fields| fields.allow(&["found"]))
    }

    /// The file.
    pub fn to_toml(&self) -> String {
        let Universe { seed, sessions, .. } = self;
        let mut out = format!("seed = {seed}\nsessions = \"{sessions}\"\n\n[topology]\n");
        let mut add = |line: String| {
            out.push_str(&line);
            out.push('\n');
        };
        lines_of_topology(self.topology).into_iter().for_each(&mut add);
        let Effects { delay_ms, loss_pct, duplicate_pct, reorder_pct } = self.link;
        add(format!("\n[link]\ndelay_ms = {delay_ms}\nloss_pct = {loss_pct}"));
        add(format!("duplicate_pct = {duplicate_pct}\nreorder_pct = {reorder_pct}"));
        for Timed { at_ms, action } in &self.actions {
            add(format!("\n[[action]]\nat_ms = {at_ms}"));
            lines_of(*action).into_iter().for_each(&mut add);
        }
        out
    }
}

fn word<T: PartialEq>(words: &[(&'static str, T)], meaning: T) -> &'static str {
    words.iter().find(|(_, each)| *each == meaning).expect("every meaning has a word").0
}

fn lines_of_topology(topology: Topology) -> Vec<String> {
    let line = format!("kind = \"{}\"", topology.word());
    let kind = |nat: NatKind| {
        let NatKind { mapping, filtering } = nat;
        [("mapping", mapping), ("filtering", filtering)]
            .map(|(key, value)| format!("{key} = \"{}\"", word(&Dependence::WORDS, value)))
    };
    match topology {
        Topology::Direct => vec![line],
        Topology::TwoInterfaces => vec![line],
        Topology::NatA(nat) => std::iter::once(line).chain(kind(nat)).collect(),
        Topology::NatBoth(nat) => std::iter::once(line).chain(kind(nat)).collect(),
        Topology::Helped(Helped { behind, relays, by_tcp }) => {
            let head = [format!("relays = {relays}"), format!("relays_by_tcp = {by_tcp}")];
            let mut lines: Vec<String> = std::iter::once(line).chain(head).collect();
            for (name, behind) in ["a", "b"].into_iter().zip(behind) {
                lines.push(format!("[topology.{name}]"));
                let code = match behind {
                    Behind::Open => 0,
                    Behind::Firewall => 1,
                    Behind::Nat(..) => 2,
                };
                lines.push(format!("behind = \"{}\"", word(&BEHIND, code)));
                if let Behind::Nat(mapping, filtering) = behind {
                    lines.extend(kind(NatKind { mapping, filtering }));
                }
            }
            lines
        }
    }
}

impl Topology {
    /// Its word in files.
    pub fn word(self) -> &'static str {
        let code = match self {
            Topology::Direct => 0,
            Topology::TwoInterfaces => 1,
            Topology::NatA(_) => 2,
            Topology::NatBoth(_) => 3,
            Topology::Helped(_) => 4,
        };
        word(&KINDS, code)
    }
}

impl Action {
    /// The words of files for actions, those of clicks among them.
    pub fn words() -> impl Iterator<Item = &'static str> {
        ACTIONS.iter().chain(&click::WORDS).map(|(word, _)| *word)
    }

    /// Its word in files.
    pub fn word(self) -> &'static str {
        let code = match self {
            Action::Roam(_) => 0,
            Action::InterfaceDown(..) => 1,
            Action::Outage(..) => 2,
            Action::Rebind(_) => 3,
            Action::Pause(..) => 4,
            Action::Renegotiate(_) => 5,
            Action::RestartIce(_) => 6,
            Action::Close(_) => 7,
            Action::Crash(_) => 8,
            Action::Both(..) => 9,
            Action::RelayLost(_) => 10,
            Action::CredentialsExpire => 11,
            Action::BlockUdp(_) => 12,
            Action::Click(_, click) => return click.word(),
        };
        word(&ACTIONS, code)
    }
}

impl Click {
    /// Its word in files.
    pub fn word(self) -> &'static str {
        word(&click::WORDS, self.written().0)
    }
}

/// What a file says of an action, beside its moment.
fn lines_of(action: Action) -> Vec<String> {
    let line = format!("do = \"{}\"", action.word());
    let end = |peer: Peer| format!("peer = \"{}\"", word(&PEERS, peer));
    let span = |ms: u32| format!("for_ms = {ms}");
    match action {
        Action::Roam(peer) => vec![line, end(peer)],
        Action::InterfaceDown(peer, interface, ms) => {
            vec![line, end(peer), format!("interface = {interface}"), span(ms)]
        }
        Action::Outage(peer, ms) => vec![line, end(peer), span(ms)],
        Action::Rebind(peer) => vec![line, end(peer)],
        Action::Pause(peer, ms) => vec![line, end(peer), span(ms)],
        Action::Renegotiate(peer) => vec![line, end(peer)],
        Action::RestartIce(peer) => vec![line, end(peer)],
        Action::Close(peer) => vec![line, end(peer)],
        Action::Crash(peer) => vec![line, end(peer)],
        Action::Click(peer, click) => {
            let [head, rest @ ..] = &lines_of_click(click)[..] else { return Vec::new() };
            [head.clone(), end(peer)].into_iter().chain(rest.iter().cloned()).collect()
        }
        Action::RelayLost(relay) => vec![line, format!("relay = {relay}")],
        Action::CredentialsExpire => vec![line],
        Action::BlockUdp(peer) => vec![line, end(peer)],
        Action::Both(one, other) => {
            let mut lines = vec![line];
            for (name, click) in [("a", one), ("b", other)] {
                lines.push(format!("[action.{name}]"));
                lines.extend(lines_of_click(click));
            }
            lines
        }
    }
}

fn lines_of_click(click: Click) -> Vec<String> {
    let (_, rest) = click.written();
    let line = format!("do = \"{}\"", click.word());
    std::iter::once(line).chain(rest).collect()
}

fn parse(
    file: &str,
    text: &str,
    more: impl FnOnce(&mut Fields<'_>),
) -> Result<Universe, BadScenario> {
    let bad = |faults| BadScenario { file: file.to_owned(), faults };
    let table = DeTable::parse(text).map_err(|error| {
        let before = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = 1 + text.as_bytes()[..before].iter().filter(|byte| **byte == b'\n').count();
        let problem = Problem::Syntax(error.message().to_owned());
        bad(vec![Fault { line, field: String::new(), problem }])
    })?;
    let mut fields = Fields::new(text, &table);
    let seed = fields.need_integer("seed", 0..=SEED_MAX);
    let sessions = fields.choice("sessions", &Sessions::ALL).unwrap_or_default();
    let topology = fields.table("topology", read_topology).unwrap_or(Topology::Direct);
    let link = fields.table("link", |fields| {
        let mut number = |name, max| fields.need_integer(name, 0..=max) as u32;
        Effects {
            delay_ms: number("delay_ms", DELAY_MS_MAX),
            loss_pct: number("loss_pct", 100),
            duplicate_pct: number("duplicate_pct", 100),
            reorder_pct: number("reorder_pct", 100),
        }
    });
    let link =
        link.unwrap_or(Effects { delay_ms: 10, loss_pct: 0, duplicate_pct: 0, reorder_pct: 0 });
    let mut actions = fields.tables("action", read_action);
    actions.sort_by_key(|timed| timed.at_ms);
    if actions.len() > ACTIONS_MAX {
        let (value, min, max) = (actions.len() as f64, 0.0, ACTIONS_MAX as f64);
        fields.fault("action", Problem::OutOfRange { value, min, max });
    }
    more(&mut fields);
    let faults = fields.close();
    if faults.is_empty() {
        Ok(Universe { seed, topology, link, actions, sessions })
    } else {
        Err(bad(faults))
    }
}

fn read_topology(fields: &mut Fields<'_>) -> Topology {
    let kind = fields.need_choice("kind", &KINDS);
    if kind < 2 {
        return if kind == 0 { Topology::Direct } else { Topology::TwoInterfaces };
    }
    if kind == 4 {
        return Topology::Helped(read_helped(fields));
    }
    let nat = read_nat(fields);
    if kind == 2 { Topology::NatA(nat) } else { Topology::NatBoth(nat) }
}

fn read_nat(fields: &mut Fields<'_>) -> NatKind {
    let mapping = fields.need_choice("mapping", &Dependence::WORDS);
    let filtering = fields.need_choice("filtering", &Dependence::WORDS);
    NatKind { mapping, filtering }
}

fn read_helped(fields: &mut Fields<'_>) -> Helped {
    let relays = fields.need_integer("relays", 0..=u64::from(RELAYS_MAX)) as u32;
    let by_tcp = fields.flag("relays_by_tcp").unwrap_or_default();
    let behind = ["a", "b"].map(|end| {
        let read = fields.table(end, |fields| match fields.need_choice("behind", &BEHIND) {
            0 => Behind::Open,
            1 => Behind::Firewall,
            _ => {
                let NatKind { mapping, filtering } = read_nat(fields);
                Behind::Nat(mapping, filtering)
            }
        });
        if read.is_none() && !fields.has(end) {
            fields.fault(end, Problem::Missing);
        }
        read.unwrap_or(Behind::Open)
    });
    Helped { behind, relays, by_tcp }
}

fn read_action(fields: &mut Fields<'_>) -> Timed {
    let at_ms = fields.need_integer("at_ms", 0..=TIME_MS_MAX) as u32;
    let words: Vec<(&str, u8)> = ACTIONS.iter().chain(&click::WORDS).copied().collect();
    let code = fields.need_choice("do", &words);
    let of_both = match code {
        9 => Some(read_both(fields)),
        10 => {
            let relay = fields.need_integer("relay", 0..=u64::from(RELAYS_MAX) - 1) as u32;
            Some(Action::RelayLost(relay))
        }
        11 => Some(Action::CredentialsExpire),
        _ => None,
    };
    if let Some(action) = of_both {
        return Timed { at_ms, action };
    }
    let peer = fields.need_choice("peer", &PEERS);
    let span = |fields: &mut Fields<'_>| fields.need_integer("for_ms", 0..=TIME_MS_MAX) as u32;
    let action = match code {
        0 => Action::Roam(peer),
        1 => {
            let interface = fields.need_integer("interface", 0..=1) as u32;
            Action::InterfaceDown(peer, interface, span(fields))
        }
        2 => Action::Outage(peer, span(fields)),
        3 => Action::Rebind(peer),
        4 => Action::Pause(peer, span(fields)),
        5 => Action::Renegotiate(peer),
        6 => Action::RestartIce(peer),
        7 => Action::Close(peer),
        8 => Action::Crash(peer),
        12 => Action::BlockUdp(peer),
        _ => Action::Click(peer, Click::read(code, fields)),
    };
    Timed { at_ms, action }
}

fn read_both(fields: &mut Fields<'_>) -> Action {
    let [one, other] = ["a", "b"].map(|end| {
        let read = fields.table(end, |fields| {
            let code = fields.need_choice("do", &click::WORDS);
            Click::read(code, fields)
        });
        if read.is_none() && !fields.has(end) {
            fields.fault(end, Problem::Missing);
        }
        read.unwrap_or(Click::Offer)
    });
    Action::Both(one, other)
}
