//! The trace of a run: what happened, when and where, as a hash chain.

use std::any::Any;
use std::fmt;

use crate::digest::Digest;
use crate::net::{EndpointId, LinkId, MachineId};
use crate::nodes::DropReason;
use crate::packet::Packet;
use crate::time::Time;

/// One event of a run.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Counts the events of a run from zero.
    pub index: u64,
    /// When.
    pub at: Time,
    /// What.
    pub kind: Kind,
    /// Where.
    pub place: Place,
    /// The packet it concerns.
    pub packet: Option<&'a Packet>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An endpoint sent a packet.
    Sent,
    /// A packet entered a link.
    Entered,
    /// A packet left a link at the far end.
    Left,
    /// A packet went no further.
    Dropped(DropReason),
    /// A packet reached its endpoint.
    Delivered,
    /// An endpoint was woken at the time it asked for.
    Woken,
    /// Mail reached an endpoint: a digest of it.
    Mailed(u64),
    /// An action of the scenario took place: its number.
    Acted(u32),
}

impl Kind {
    fn code(self) -> u64 {
        match self {
            Kind::Sent => 1,
            Kind::Entered => 2,
            Kind::Left => 3,
            Kind::Dropped(reason) => 0x100 + reason as u64,
            Kind::Delivered => 4,
            Kind::Woken => 5,
            Kind::Mailed(digest) => digest ^ 6,
            Kind::Acted(number) => 0x1_0000_0000 + u64::from(number),
        }
    }
}

/// Where it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the way through a link.
    Link(LinkId),
    /// At a host or router.
    Machine(MachineId),
    /// At an endpoint.
    Endpoint(EndpointId),
    /// Outside of the network: the scenario.
    Scenario,
}

impl Place {
    fn code(self) -> u64 {
        match self {
            Place::Link(id) => 1 << 32 | u64::from(id.0),
            Place::Machine(id) => 2 << 32 | u64::from(id.0),
            Place::Endpoint(id) => 3 << 32 | u64::from(id.0),
            Place::Scenario => 4 << 32,
        }
    }
}

impl fmt::Display for Record<'_> {
    /// `[17] 0.020000000 Left Link(LinkId(0)) #3 Udp ...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record { index, at, kind, place, packet } = self;
        write!(f, "[{index}] {at} {kind:?} {place:?}")?;
        match packet {
            Some(packet) => write!(f, " {packet} payload {:016x}", packet.digest()),
            None => Ok(()),
        }
    }
}

/// Sees every event of a run, in order.
pub trait Watch: Any {
    /// An event took place; `chain` is the hash over all events up to and with this one.
    fn event(&mut self, record: &Record<'_>, chain: u64);
}

/// The hash chain of a run and those who watch it.
#[derive(Default)]
pub(crate) struct Trace {
    chain: Digest,
    /// No wake-ups, and of payloads only their length.
    packets_only: bool,
    count: u64,
    watchers: Vec<Box<dyn Watch>>,
}

impl Trace {
    pub(crate) fn watch(&mut self, watcher: Box<dyn Watch>) {
        self.watchers.push(watcher);
    }

    pub(crate) fn watcher<T: Watch>(&mut self) -> Option<&mut T> {
        self.watchers.iter_mut().find_map(|w| (w.as_mut() as &mut dyn Any).downcast_mut())
    }

    pub(crate) fn chain(&self) -> u64 {
        self.chain.finish()
    }

    pub(crate) fn packets_only(&mut self) {
        self.packets_only = true;
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn note(&mut self, at: Time, kind: Kind, place: Place, packet: Option<&Packet>) {
        if self.packets_only && kind == Kind::Woken {
            return;
        }
        self.chain.word(at.as_nanos());
        // The packet's digest is as good as random, so nothing is lost by adding it up with the
        // rest.
        let what = kind.code() ^ place.code().rotate_left(24);
        let covered = if self.packets_only { Packet::shape_digest } else { Packet::digest };
        self.chain.word(what.wrapping_add(packet.map_or(0, covered)));
        let record = Record { index: self.count, at, kind, place, packet };
        self.count += 1;
        for watcher in &mut self.watchers {
            watcher.event(&record, self.chain.finish());
        }
    }
}

/// Keeps the chain: eight bytes an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainLog {
    /// The chain's value after each event.
    pub links: Vec<u64>,
}

impl ChainLog {
    /// The first event in which two runs differ: that which one of them lacks, if they agree until
    /// then; `None` if they are equal.
    ///
    /// ```
    /// use lapwing_simnet::ChainLog;
    /// let a = ChainLog { links: vec![1, 2, 3] };
    /// let b = ChainLog { links: vec![1, 9, 8] };
    /// assert_eq!(a.first_difference(&b), Some(1));
    /// assert_eq!(a.first_difference(&a), None);
    /// ```
    pub fn first_difference(&self, other: &ChainLog) -> Option<usize> {
        let pairs = self.links.iter().zip(&other.links);
        match pairs.into_iter().position(|(a, b)| a != b) {
            None if self.links.len() == other.links.len() => None,
            None => Some(self.links.len().min(other.links.len())),
            found => found,
        }
    }

    /// The chain as bytes, little-endian, for a file beside the run.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.links.iter().flat_map(|link| link.to_le_bytes()).collect()
    }

    /// The chain of a file; a broken last value is left out.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let (words, _) = bytes.as_chunks();
        ChainLog { links: words.iter().map(|word| u64::from_le_bytes(*word)).collect() }
    }
}

impl Watch for ChainLog {
    fn event(&mut self, _: &Record<'_>, chain: u64) {
        self.links.push(chain);
    }
}

/// Keeps the text of some events: those with an index in `wanted`.
#[derive(Clone, Debug)]
pub struct Transcript {
    wanted: std::ops::Range<u64>,
    /// A line for each event, in order.
    pub lines: Vec<String>,
}

impl Transcript {
    /// Will keep the events with these numbers.
    pub fn new(wanted: std::ops::Range<u64>) -> Self {
        Transcript { wanted, lines: Vec::new() }
    }
}

impl Watch for Transcript {
    fn event(&mut self, record: &Record<'_>, _: u64) {
        if self.wanted.contains(&record.index) {
            self.lines.push(record.to_string());
        }
    }
}
