//! A link alone, without machines: for who brings packets and a clock of their own.

use std::collections::VecDeque;
use std::fmt;

use crate::net::agenda::{Agenda, Due};
use crate::net::link::{LinkStats, Row, RowCx};
use crate::net::{LinkId, Station};
use crate::nodes::{DropReason, Effect};
use crate::packet::Packet;
use crate::random::Seed;
use crate::spec::LinkSpec;
use crate::time::Time;

/// One direction of a link, outside of a run.
///
/// Time only goes on when it is told. What is due by then happens at its own moment, however late
/// the call is: a packet leaves the line with the time at which it should have.
///
/// ```
/// use std::time::Duration;
/// use lapwing_simnet::{Fate, Line, LinkSpec, Packet, PacketSpec, Seed, Time};
/// let spec = LinkSpec::new().delay(Duration::from_millis(40));
/// let mut line = Line::new(&spec, Seed(1), "a>b");
/// let ends = ("192.0.2.1:5".parse().unwrap(), "192.0.2.2:5".parse().unwrap());
/// let hello = PacketSpec::udp(ends.0, ends.1, b"hello".to_vec());
/// line.push(Packet::new(0, Time::ZERO, hello), Time::ZERO);
/// assert!(line.pop().is_none());
/// assert_eq!(line.next_at(), Some(Time::from_millis(40)));
/// line.advance(Time::from_millis(43));
/// let crossing = line.pop().unwrap();
/// assert_eq!((crossing.at, crossing.fate), (Time::from_millis(40), Fate::Arrived));
/// ```
pub struct Line {
    seed: Seed,
    name: String,
    row: Row,
    agenda: Agenda,
    now: Time,
    effects: Vec<Effect>,
    out: VecDeque<Crossing>,
    stats: LinkStats,
}

/// How a packet's way over a [`Line`] ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// When.
    pub at: Time,
    /// The packet, as it is now.
    pub packet: Box<Packet>,
    /// Where it is.
    pub fate: Fate,
}

/// Where a packet is after its way over a [`Line`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// At the far end.
    Arrived,
    /// Nowhere.
    Dropped(DropReason),
    /// It is a report of a node about the packet that is dropped right after it, and goes back to
    /// who sent that.
    Returned,
}

/// A line is a link without a network, so one name does for all.
const SELF: LinkId = LinkId(0);

impl Line {
    /// A line as `spec` has it. The random streams of its nodes are named as those of the link
    /// `name` of a run with this seed.
    ///
    /// A line shares no medium with others: with [`LinkSpec::air`] in it, the first packet panics.
    pub fn new(spec: &LinkSpec, seed: Seed, name: &str) -> Self {
        Line {
            seed,
            name: name.to_owned(),
            row: Row::new(spec.build(seed, name)),
            agenda: Agenda::default(),
            now: Time::ZERO,
            effects: Vec::new(),
            out: VecDeque::new(),
            stats: LinkStats::default(),
        }
    }

    /// Other effects from now on, as [`Sim::set_link`](crate::Sim::set_link) has it: what has
    /// entered before leaves as it would have.
    pub fn set(&mut self, spec: &LinkSpec) {
        // Its random streams are not those of the effects before.
        let name = format!("{}@{}", self.name, self.row.begin() + 1);
        self.row.replace(spec.build(self.seed, &name));
    }

    /// A packet enters, after all that is due by `now`.
    pub fn push(&mut self, packet: Packet, now: Time) {
        self.advance(now);
        self.stats.entered(&packet);
        self.accept(self.row.begin(), Box::new(packet));
    }

    /// Does all that is due by `now`, each thing at its own moment.
    pub fn advance(&mut self, now: Time) {
        while self.agenda.next_at().is_some_and(|at| at <= now) {
            let Some((at, due)) = self.agenda.pop() else { break };
            self.now = self.now.max(at);
            match due {
                Due::Stage { stage, packet, .. } => self.accept(stage, packet),
                Due::Node { stage, .. } => self.wake(stage),
                Due::Endpoint(_) | Due::Mail { .. } | Due::Action(_) => {}
            }
        }
        self.now = self.now.max(now);
    }

    /// When something is due next.
    pub fn next_at(&self) -> Option<Time> {
        self.agenda.next_at()
    }

    /// The next packet whose way has ended.
    pub fn pop(&mut self) -> Option<Crossing> {
        self.out.pop_front()
    }

    /// What it has done so far.
    pub fn stats(&self) -> &LinkStats {
        &self.stats
    }

    /// Bytes that wait in its queues.
    pub fn backlog(&self) -> u64 {
        self.row.backlog()
    }

    fn accept(&mut self, stage: u16, packet: Box<Packet>) {
        let cx = RowCx { now: self.now, link: SELF, media: &mut [], out: &mut self.effects };
        self.row.accept(stage, packet, cx);
        self.apply();
    }

    fn wake(&mut self, stage: u16) {
        let cx = RowCx { now: self.now, link: SELF, media: &mut [], out: &mut self.effects };
        self.row.wake(stage, cx);
        self.apply();
    }

    fn apply(&mut self) {
        let at = self.now;
        for effect in self.effects.drain(..) {
            let (packet, fate) = match effect {
                Effect::Later { at, stage, packet } => {
                    self.agenda.push(at, Due::Stage { link: SELF, stage, packet });
                    continue;
                }
                Effect::Wake { at, stage }
                | Effect::WakeStation { at, station: Station { stage, .. } } => {
                    self.agenda.push(at, Due::Node { link: SELF, stage });
                    continue;
                }
                Effect::Exit(packet) => {
                    self.stats.left(&packet);
                    (packet, Fate::Arrived)
                }
                Effect::Dropped(packet, reason) => {
                    self.stats.lost(reason);
                    (packet, Fate::Dropped(reason))
                }
                Effect::Reply(packet) => (packet, Fate::Returned),
            };
            self.out.push_back(Crossing { at, packet, fate });
        }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("now", &self.now).field("stats", &self.stats).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::PacketSpec;
    use crate::spec::QueueSpec;
    use crate::{Bitrate, Limit};
    use std::time::Duration;

    fn packet(id: u64) -> Packet {
        let ends = ("192.0.2.1:5".parse().unwrap(), "192.0.2.2:5".parse().unwrap());
        Packet::new(id, Time::ZERO, PacketSpec::udp(ends.0, ends.1, vec![0; 1_222]))
    }

    fn all(line: &mut Line) -> Vec<(u64, Time, Fate)> {
        std::iter::from_fn(|| line.pop()).map(|c| (c.packet.id(), c.at, c.fate)).collect()
    }

    #[test]
    fn a_late_call_leaves_each_packet_its_own_moment() {
        // 1,250 bytes at 1 Mbit/s take 10 ms.
        let queue = QueueSpec::TailDrop(Limit::Packets(1));
        let spec = LinkSpec::new().rate(Bitrate::mbps(1), queue).delay(Duration::from_millis(5));
        let mut line = Line::new(&spec, Seed(1), "line");
        for id in 0..3 {
            line.push(packet(id), Time::ZERO);
        }
        assert_eq!(all(&mut line), [(2, Time::ZERO, Fate::Dropped(DropReason::QueueFull))]);
        line.advance(Time::from_secs(1));
        let [first, second] = [15, 25].map(Time::from_millis);
        assert_eq!(all(&mut line), [(0, first, Fate::Arrived), (1, second, Fate::Arrived)]);
        assert_eq!(line.next_at(), None);
        assert_eq!((line.stats().packets_in, line.stats().packets_out), (3, 2));
        assert_eq!(line.stats().packets_dropped(), 1);
    }

    #[test]
    fn a_perfect_wire_passes_at_once_and_total_loss_nothing() {
        let mut wire = Line::new(&LinkSpec::new(), Seed(1), "line");
        let now = Time::from_millis(7);
        wire.push(packet(4), now);
        assert_eq!(all(&mut wire), [(4, now, Fate::Arrived)]);
        let mut cut = Line::new(&LinkSpec::new().loss(1.0), Seed(1), "line");
        cut.push(packet(4), now);
        assert_eq!(all(&mut cut), [(4, now, Fate::Dropped(DropReason::Loss))]);
    }

    #[test]
    fn what_has_entered_before_a_change_leaves_as_it_would_have() {
        let mut line = Line::new(&LinkSpec::new().delay(Duration::from_millis(9)), Seed(1), "line");
        line.push(packet(0), Time::ZERO);
        line.set(&LinkSpec::new().loss(1.0));
        line.push(packet(1), Time::from_millis(1));
        line.advance(Time::from_secs(1));
        let lost = (1, Time::from_millis(1), Fate::Dropped(DropReason::Loss));
        assert_eq!(all(&mut line), [lost, (0, Time::from_millis(9), Fate::Arrived)]);
    }

    #[test]
    fn a_report_comes_before_the_packet_that_it_is_about() {
        let mut line = Line::new(&LinkSpec::new().mtu(1_200, true), Seed(1), "line");
        line.push(packet(0), Time::ZERO);
        let fates: Vec<Fate> = all(&mut line).into_iter().map(|(.., fate)| fate).collect();
        assert_eq!(fates, [Fate::Returned, Fate::Dropped(DropReason::TooBig)]);
    }
}
