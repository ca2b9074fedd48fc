//! Says when every packet must leave a link, by arithmetic of its own over the scenario: what the
//! nodes of links do is held against it.
//!
//! 1. A packet that enters a link waits until those ahead of it have been sent, and is sent bit by
//!    bit at the capacity of each moment.
//! 2. It leaves after the propagation delay, and after no more than the jitter's bound beyond it.
//! 3. What a link drops after sending, it drops at the moment at which sending ends.
//!
//! Queues that are no FIFO (FQ-CoDel, DualPI2) leave the order open: a packet leaves no sooner than
//! its own bits need, and no later than all that has come needs. Stations of a shared medium take
//! turns at random, and are not judged; nor is a link from the moment on at which an action makes
//! another one of it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use crate::net::LinkId;
use crate::nodes::{DropReason, JitterConfig, OutageMode, Window};
use crate::packet::Packet;
use crate::rates::DelaySchedule;
use crate::run::Run;
use crate::scenario::{JitterModel, Link, QueueKind, Wire};
use crate::time::{Time, nanos};
use crate::trace::{Kind, Place, Record, Watch};

/// Watches a run, and holds each packet's time on each link against the scenario.
///
/// ```
/// use lapwing_simnet::Clock;
/// use lapwing_simnet::run::{Arrivals, Run};
/// use lapwing_simnet::scenario::{Scenario, built_in};
/// let found = built_in("rfc8867-5.1-owd100").unwrap();
/// let mut scenario = Scenario::parse(found.name, found.text).unwrap();
/// scenario.meta.duration = std::time::Duration::from_secs(5);
/// let mut run = Run::new(&scenario, 1, Clock::arbitrary()).unwrap();
/// let arrivals = Arrivals::of(&run);
/// run.sim().watch(arrivals);
/// while run.step() {}
/// let arrivals = run.sim().watcher::<Arrivals>().unwrap();
/// assert!(arrivals.judged() > 500);
/// assert_eq!(arrivals.faults(), []);
/// ```
#[derive(Debug)]
pub struct Arrivals {
    links: BTreeMap<LinkId, Expected>,
    judged: u64,
    wrong: u64,
    faults: Vec<WrongArrival>,
}

/// A packet that left a link when it must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongArrival {
    /// The link.
    pub link: String,
    /// The packet's number in its run.
    pub packet: u64,
    /// When it left.
    pub at: Time,
    /// The earliest at which it may.
    pub earliest: Time,
    /// The latest, where there is one.
    pub latest: Option<Time>,
}

impl fmt::Display for WrongArrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WrongArrival { link, packet, at, earliest, latest } = self;
        write!(f, "packet {packet} left {link} at {at}, but must at {earliest}")?;
        match latest {
            Some(latest) if latest == earliest => Ok(()),
            Some(latest) => write!(f, " to {latest}"),
            None => write!(f, " or later"),
        }
    }
}

/// Wrong packets that are kept to be shown; all are counted.
const SHOWN_MAX: usize = 20;
/// Packets of which a link may deliver a copy yet.
const COPIES_MAX: usize = 1_000;

impl Arrivals {
    /// For a run that has not begun.
    pub fn of(run: &Run) -> Arrivals {
        let links = run.scenario.links.iter().enumerate().filter_map(|(index, link)| {
            let id = *run.link_ids.get(&link.name)?;
            let changed = run.scenario.states(index).get(1).map_or(Time::NEVER, |(at, _)| *at);
            Some((id, Expected { until: changed, ..Expected::of(link)? }))
        });
        Arrivals { links: links.collect(), judged: 0, wrong: 0, faults: Vec::new() }
    }

    /// Packets that left a link, or were lost after it sent them, so far.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    /// Those that did so at a wrong time.
    pub fn wrong(&self) -> u64 {
        self.wrong
    }

    /// The first of the wrong ones.
    pub fn faults(&self) -> &[WrongArrival] {
        &self.faults
    }

    fn judge(&mut self, link: LinkId, packet: &Packet, at: Time, span: Option<(u64, Option<u64>)>) {
        self.judged += 1;
        let within = span.is_some_and(|(earliest, latest)| {
            at.as_nanos() >= earliest && latest.is_none_or(|latest| at.as_nanos() <= latest)
        });
        if within {
            return;
        }
        self.wrong += 1;
        if self.faults.len() < SHOWN_MAX {
            // A packet that never came in may not leave at all.
            let (earliest, latest) = span.unwrap_or((u64::MAX, None));
            self.faults.push(WrongArrival {
                link: self.links[&link].name.clone(),
                packet: packet.id(),
                at,
                earliest: Time::from_nanos(earliest),
                latest: latest.map(Time::from_nanos),
            });
        }
    }
}

impl Watch for Arrivals {
    fn event(&mut self, record: &Record<'_>, _: u64) {
        let (Some(packet), Place::Link(id)) = (record.packet, record.place) else {
            return;
        };
        let Some(link) = self.links.get_mut(&id).filter(|link| record.at < link.until) else {
            return;
        };
        let now = record.at.as_nanos();
        match record.kind {
            Kind::Entered => link.enter(packet, now),
            Kind::Left => {
                let span = link.sent(packet.id(), now).map(|sent| link.leaves(sent));
                self.judge(id, packet, record.at, span);
            }
            Kind::Dropped(DropReason::Loss | DropReason::Outage) => {
                let span = link.sent(packet.id(), now).map(|(from, to)| (from, Some(to)));
                self.judge(id, packet, record.at, span);
            }
            Kind::Dropped(_) => link.forget(packet.id()),
            _ => {}
        }
    }
}

/// What is known of a link, and what is on it.
#[derive(Debug)]
struct Expected {
    name: String,
    sender: Option<Sender>,
    delay: u64,
    delays: Vec<DelaySchedule>,
    /// How long after the delay a packet may leave, where that is bounded.
    slack: Option<u64>,
    held: Vec<Window>,
    /// When it becomes another link.
    until: Time,
    copies: bool,
    /// Sent, and not yet at the far end; with the earliest and the latest end of their sending.
    under_way: BTreeMap<u64, (u64, u64)>,
}

#[derive(Debug)]
struct Sender {
    /// From these nanoseconds on, so many bits a second.
    rate: Vec<(u64, u64)>,
    period: Option<u64>,
    is_fifo: bool,
    waiting: VecDeque<Waiting>,
    /// When all that was sent so far had been; of a queue that is no FIFO, when all that came is.
    free_at: u64,
}

#[derive(Debug)]
struct Waiting {
    packet: u64,
    came: u64,
    bytes: u64,
}

impl Expected {
    fn of(link: &Link) -> Option<Expected> {
        let Wire::Directed { queue, delay, delays, jitter, duplicate, reorder, outage, .. } =
            &link.kind
        else {
            return None;
        };
        let drawn = |config: &JitterConfig| {
            nanos(config.max).min(nanos(config.std.mul_f64(config.n_std.max(0.0))))
        };
        let jitter = match jitter {
            JitterModel::None => Some(0),
            JitterModel::NrBpdv(config) | JitterModel::Rbpdv(config) => Some(drawn(config)),
            JitterModel::Normal { .. } => None,
        };
        let hold = reorder.as_ref().map_or(0, |reorder| nanos(reorder.hold));
        let held = outage.as_ref().filter(|outage| outage.mode == OutageMode::Hold);
        let sender = queue.as_ref().map(|queue| Sender {
            rate: queue
                .capacity
                .as_steps()
                .iter()
                .map(|(at, rate)| (at.as_nanos(), rate.as_bps()))
                .collect(),
            period: queue.capacity.period().map(nanos),
            is_fifo: !matches!(queue.kind, QueueKind::FqCodel | QueueKind::DualPi2),
            waiting: VecDeque::new(),
            free_at: 0,
        });
        Some(Expected {
            name: link.name.clone(),
            sender,
            // A Gaussian delay may be shorter than its mean.
            delay: if jitter.is_none() { 0 } else { nanos(*delay) },
            delays: delays.clone(),
            slack: jitter.map(|jitter| jitter + hold),
            held: held.map_or_else(Vec::new, |outage| outage.windows.clone()),
            until: Time::NEVER,
            copies: *duplicate > 0.0,
            under_way: BTreeMap::new(),
        })
    }

    fn enter(&mut self, packet: &Packet, now: u64) {
        let bytes = packet.wire_bytes();
        match &mut self.sender {
            None => {
                self.under_way.insert(packet.id(), (now, now));
            }
            Some(sender) => {
                if !sender.is_fifo {
                    sender.free_at = sender.finish(sender.free_at.max(now), bytes);
                }
                sender.waiting.push_back(Waiting { packet: packet.id(), came: now, bytes });
            }
        }
    }

    /// The packet is dropped before it is sent.
    fn forget(&mut self, packet: u64) {
        if let Some(sender) = &mut self.sender
            && let Some(at) = sender.waiting.iter().rposition(|each| each.packet == packet)
        {
            sender.waiting.remove(at);
        }
        self.under_way.remove(&packet);
    }

    /// When the sending of a packet that is seen beyond it ended, at the earliest and the latest.
    fn sent(&mut self, packet: u64, now: u64) -> Option<(u64, u64)> {
        if let Some(sender) = &mut self.sender {
            sender.send_until(packet, now, &mut self.under_way);
        }
        match self.copies {
            true => {
                while self.under_way.len() > COPIES_MAX {
                    self.under_way.pop_first();
                }
                self.under_way.get(&packet).copied()
            }
            false => self.under_way.remove(&packet),
        }
    }

    /// When a packet whose sending ended then leaves.
    fn leaves(&self, (first, last): (u64, u64)) -> (u64, Option<u64>) {
        let far = |sent: u64| {
            let holds = |window: &&Window| {
                (window.from.as_nanos()..window.until.as_nanos()).contains(&sent)
            };
            let freed = self.held.iter().find(holds).map_or(sent, |w| w.until.as_nanos());
            let mut at = freed.saturating_add(self.delay);
            for delays in &self.delays {
                at = at.saturating_add(nanos(delay_at(delays, at)));
            }
            at
        };
        (far(first), self.slack.map(|slack| far(last).saturating_add(slack)))
    }
}

impl Sender {
    /// Takes a packet from those that wait, with all ahead of it.
    fn send_until(&mut self, packet: u64, now: u64, sent: &mut BTreeMap<u64, (u64, u64)>) {
        let Some(at) = self.waiting.iter().position(|each| each.packet == packet) else {
            return;
        };
        if !self.is_fifo {
            let own = self.waiting.remove(at).expect("it is at that position");
            let earliest = self.finish(own.came, own.bytes);
            sent.insert(own.packet, (earliest, self.free_at.max(now)));
            return;
        }
        for own in self.waiting.drain(..=at).collect::<Vec<_>>() {
            self.free_at = self.finish(self.free_at.max(own.came), own.bytes);
            sent.insert(own.packet, (self.free_at, self.free_at));
        }
    }

    /// When so many bytes have been sent, rounded up to a nanosecond.
    fn finish(&self, start: u64, bytes: u64) -> u64 {
        // A bit takes 10^9 of a rate's nanoseconds.
        let mut left = u128::from(bytes) * 8_000_000_000;
        let mut at = start;
        loop {
            let (rate, until) = self.rate_at(at);
            let rate = u128::from(rate);
            let span = until.map(|until| u128::from(until - at));
            if rate > 0 && span.is_none_or(|span| left <= rate * span) {
                return at + u64::try_from(left.div_ceil(rate)).unwrap_or(u64::MAX - at);
            }
            let (Some(span), Some(until)) = (span, until) else {
                return u64::MAX;
            };
            left -= rate * span;
            at = until;
        }
    }

    /// Bits a second at a moment, and until when.
    fn rate_at(&self, at: u64) -> (u64, Option<u64>) {
        let turn = self.period.map_or(0, |period| at / period * period);
        let later = self.rate.iter().position(|(from, _)| turn + from > at);
        let now = later.unwrap_or(self.rate.len()).saturating_sub(1);
        let until = match (later, self.period) {
            (Some(next), _) => Some(turn + self.rate[next].0),
            (None, Some(period)) => Some(turn + period),
            (None, None) => None,
        };
        (self.rate[now].1, until)
    }
}

/// The delay that a trace has at a moment.
fn delay_at(delays: &DelaySchedule, at: u64) -> std::time::Duration {
    let steps = delays.as_steps();
    let begun = steps.iter().take_while(|(from, _)| from.as_nanos() <= at).last();
    begun.or(steps.first()).map_or(std::time::Duration::ZERO, |(_, delay)| *delay)
}
