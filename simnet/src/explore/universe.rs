//! What a run is made of: a network, its effects, and what happens when.

use std::time::Duration;

use lapwing_engine::SessionKind;

use super::click::Click;
use super::helped::{Helped, LIFETIME_MS, RELAYS_MAX};
use super::tape::Tape;
use crate::middlebox::Dependence;
use crate::sessions::Sessions;
use crate::time::Time;

/// Actions drawn for one universe.
const ACTIONS_MAX: u32 = 12;

/// Actions happen after this moment, when the call is up, in milliseconds.
const QUIET_MS: u32 = 3_000;

/// Actions happen within this span after it, in milliseconds.
const BUSY_MS: u32 = 20_000;

/// Longest outage, pause, or time without an interface, in milliseconds. Beyond consent's 7 s
/// (disconnected), below its 30 s.
const SPAN_MS_MAX: u32 = 20_000;

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// The one that calls; it is impolite when both offer at once.
    A,
    /// The one that is called.
    B,
}

/// How a NAT behaves, in the words of RFC 4787.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NatKind {
    /// Its mapping.
    pub mapping: Dependence,
    /// Its filter.
    pub filtering: Dependence,
}

/// What lies between the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topology {
    /// A router.
    Direct,
    /// A router, and each has two interfaces to it.
    TwoInterfaces,
    /// `A` is behind a NAT.
    NatA(NatKind),
    /// Each is behind a NAT of its own. Without servers they cannot reach each other; nothing must
    /// go wrong all the same.
    NatBoth(NatKind),
    /// Each is behind a box or none, with servers that help.
    Helped(Helped),
}

/// What each link does to packets, each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Effects {
    /// Propagation delay in milliseconds.
    pub delay_ms: u32,
    /// Independent loss in percent.
    pub loss_pct: u32,
    /// Packets that come twice, in percent.
    pub duplicate_pct: u32,
    /// Packets that are overtaken, in percent.
    pub reorder_pct: u32,
}

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The first interface gets another address.
    Roam(Peer),
    /// An interface, counted from zero, goes down for a while.
    InterfaceDown(Peer, u32, u32),
    /// The links of a peer are cut for so many milliseconds.
    Outage(Peer, u32),
    /// The NAT of a peer forgets its mappings, and makes others.
    Rebind(Peer),
    /// A peer sends no media for so many milliseconds.
    Pause(Peer, u32),
    /// A peer adds an m-line.
    Renegotiate(Peer),
    /// A peer asks for new paths.
    RestartIce(Peer),
    /// A peer closes the connection.
    Close(Peer),
    /// A peer's process dies without a word.
    Crash(Peer),
    /// A peer's user clicks.
    Click(Peer, Click),
    /// Both click at the same moment, before either hears of it.
    Both(Click, Click),
    /// A relay, counted from zero, is there no more.
    RelayLost(u32),
    /// What both were given for the relays is over, from the next whole second on.
    CredentialsExpire,
    /// No UDP leaves or reaches a peer any more, where there are boxes.
    BlockUdp(Peer),
}

/// An action and its moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timed {
    /// Milliseconds since the start.
    pub at_ms: u32,
    /// What happens.
    pub action: Action,
}

/// Everything that a run depends on.
///
/// ```
/// use lapwing_simnet::explore::{Tape, Universe};
/// let simplest = Universe::draw(&mut Tape::new(&[]));
/// assert!(simplest.actions.is_empty());
/// assert_eq!(Universe::parse("a.toml", &simplest.to_toml()).unwrap(), simplest);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Universe {
    /// For everything that is random in links and engines. With odd ones engines estimate the
    /// bandwidth, with even ones they send unpaced. Half of it says what the second channel is, of
    /// seven kinds.
    pub seed: u64,
    /// What lies between the two.
    pub topology: Topology,
    /// What each link does.
    pub link: Effects,
    /// What happens, in the order of time.
    pub actions: Vec<Timed>,
    /// What carries the call.
    pub sessions: Sessions,
}

impl Timed {
    /// When it is over.
    pub fn end(&self) -> Time {
        let span = match self.action {
            Action::InterfaceDown(_, _, span)
            | Action::Outage(_, span)
            | Action::Pause(_, span) => span,
            Action::Click(_, click) => click.span_ms(),
            Action::Both(one, other) => one.span_ms().max(other.span_ms()),
            // What was allocated lives on.
            Action::CredentialsExpire => 1_000 + LIFETIME_MS,
            _ => 0,
        };
        Time::from_millis(u64::from(self.at_ms) + u64::from(span))
    }
}

impl Universe {
    /// Reads a universe from a tape. Every tape gives one.
    pub fn draw(tape: &mut Tape<'_>) -> Universe {
        let topology = match tape.below(6) {
            0 | 1 => Topology::Direct,
            2 | 3 => Topology::TwoInterfaces,
            4 => Topology::NatA(nat(tape)),
            _ => Topology::NatBoth(nat(tape)),
        };
        let link = effects(tape);
        let count = tape.below(ACTIONS_MAX + 1);
        let actions = in_order((0..count).map(|_| timed(tape)));
        let seed = u64::from(tape.below(1 << 16));
        // Most are as applications have them; the rest holds one session against the other.
        let sessions = Sessions::ALL[*tape.choose(&[0, 0, 1, 2, 3])].1;
        Universe { seed, topology, link, actions, sessions }
    }

    /// Reads a universe with boxes and servers from a tape. Every tape gives one.
    ///
    /// ```
    /// use lapwing_simnet::explore::{Reachable, Tape, Universe};
    /// let simplest = Universe::draw_helped(&mut Tape::new(&[]));
    /// assert_eq!(simplest.reachable(), Reachable::Yes);
    /// assert_eq!(Universe::parse("a.toml", &simplest.to_toml()).unwrap(), simplest);
    /// ```
    pub fn draw_helped(tape: &mut Tape<'_>) -> Universe {
        let helped = Helped::draw(tape);
        let topology = Topology::Helped(helped);
        let mut link = effects(tape);
        if helped.by_tcp {
            // TCP over a long path that loses packets carries less than the call sends.
            link.loss_pct = 0;
        }
        let count = tape.below(ACTIONS_MAX + 1);
        let actions = in_order((0..count).map(|_| timed_helped(tape)));
        let seed = u64::from(tape.below(1 << 16));
        // str0m sends checks from addresses that servers saw, which no host has.
        let sessions = Sessions([SessionKind::Own; 2]);
        Universe { seed, topology, link, actions, sessions }
    }

    /// The call is ended or broken on purpose.
    pub fn ends(&self) -> bool {
        let ends = |timed: &Timed| matches!(timed.action, Action::Close(_) | Action::Crash(_));
        self.actions.iter().any(ends)
    }

    /// When the last action is over, and the call is up.
    pub fn healed_at(&self) -> Time {
        let ends = self.actions.iter().map(Timed::end);
        ends.max().unwrap_or(Time::ZERO).max(Time::from_millis(u64::from(QUIET_MS)))
    }

    /// The delay between the two, one way.
    pub(super) fn delay(&self) -> Duration {
        Duration::from_millis(u64::from(self.link.delay_ms))
    }
}

fn in_order(actions: impl Iterator<Item = Timed>) -> Vec<Timed> {
    let mut actions: Vec<Timed> = actions.collect();
    actions.sort_by_key(|timed| timed.at_ms);
    actions
}

fn effects(tape: &mut Tape<'_>) -> Effects {
    Effects {
        delay_ms: *tape.choose(&[10, 0, 1, 40, 120]),
        loss_pct: *tape.choose(&[0, 0, 1, 3]),
        duplicate_pct: *tape.choose(&[0, 0, 0, 2]),
        reorder_pct: *tape.choose(&[0, 0, 0, 2]),
    }
}

/// An eighth is of servers and boxes.
fn timed_helped(tape: &mut Tape<'_>) -> Timed {
    let action = match tape.below(24) {
        21 => Action::RelayLost(tape.below(RELAYS_MAX)),
        22 => Action::CredentialsExpire,
        23 => Action::BlockUdp(*tape.choose(&[Peer::A, Peer::B])),
        _ => return timed(tape),
    };
    Timed { at_ms: QUIET_MS + tape.below(BUSY_MS), action }
}

fn nat(tape: &mut Tape<'_>) -> NatKind {
    let (mapping, filtering) = (*tape.choose(&Dependence::ALL), *tape.choose(&Dependence::ALL));
    NatKind { mapping, filtering }
}

fn timed(tape: &mut Tape<'_>) -> Timed {
    let at_ms = QUIET_MS + tape.below(BUSY_MS);
    let peer = *tape.choose(&[Peer::A, Peer::B]);
    let kind = tape.below(32);
    let mut span = || tape.between(100, SPAN_MS_MAX);
    let action = match kind {
        0 | 1 => Action::Renegotiate(peer),
        2 | 3 => Action::RestartIce(peer),
        4 | 5 => Action::Pause(peer, span()),
        6..=8 => Action::Outage(peer, span()),
        9 => Action::Rebind(peer),
        10 | 11 => Action::Roam(peer),
        12 | 13 => {
            let span = span();
            Action::InterfaceDown(peer, tape.below(2), span)
        }
        14 => Action::Close(peer),
        15 => Action::Crash(peer),
        16 | 17 => Action::Both(Click::draw(tape), Click::draw(tape)),
        _ => Action::Click(peer, Click::draw(tape)),
    };
    Timed { at_ms, action }
}
