//! Invariants of what is sent, checked at every packet.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use lapwing_engine::{PacketKind, SessionKind};

use super::invariant::{Invariant, Violation};
use super::relayed::Channels;
use crate::digest::Digest;
use crate::net::{EndpointId, MachineId};
use crate::nodes::DropReason;
use crate::packet::{IpProtocol, Packet};
use crate::time::Time;
use crate::trace::{Kind, Place, Record, Watch};

/// IPv6's least MTU without IPv6 and UDP headers.
const PAYLOAD_BYTES_MAX: usize = 1_280 - 40 - 8;

/// Of messages, which first ask the path (RFC 8899): the MTU of Ethernet without the same headers.
const ASKED_BYTES_MAX: usize = 1_500 - 40 - 8;

/// RFC 7675 section 5.1, and the moment itself.
const CONSENT: Duration = Duration::from_secs(30);

/// A goodbye may be said again; then silence.
const GOODBYE: Duration = Duration::from_secs(5);

/// Wake-ups and packets of one endpoint at one moment. A frame is some ten packets, a burst a few
/// frames.
const AT_ONCE_MAX: u32 = 2_000;

/// Wake-ups of one endpoint within a second after which it sends nothing until the next. What is
/// paced is sent by each: the rest are the pacer's beats (200 a second, of 5 ms), checks that turn
/// out to be needless (200, the least interval of RFC 8445 section 14.2), and reports, feedback,
/// the budget of channels and the application, none more often than every 50 ms.
const IDLE_WAKES_MAX: u32 = 500;

/// The same where str0m's session carries the end, whose pacer may look at the time every
/// millisecond.
const IDLE_WAKES_MAX_STR0M: u32 = 1_200;

/// Checks that wait for an answer.
const CHECKS_MAX: usize = 65_536;

/// Where something goes: the relay by way of which it does, and the peer.
type Way = (Option<SocketAddr>, SocketAddr);

/// What is known of one endpoint.
#[derive(Debug)]
struct Account {
    endpoint: EndpointId,
    machine: MachineId,
    /// Where checks went, by their transaction.
    checks: BTreeMap<[u8; 12], Way>,
    /// Until when each may be sent to.
    consent: BTreeMap<Way, Time>,
    relays: Vec<IpAddr>,
    channels: Channels,
    /// Digests of packets by SSRC and sequence number.
    rtp: BTreeMap<(u32, u16), u64>,
    closed_at: Option<Time>,
    /// The number of the packet that it sent last.
    last_sent: Option<u64>,
    /// When an interface changed last.
    changed_at: Option<Time>,
    at: Time,
    at_once: u32,
    /// Wake-ups since the second of this number began after which nothing was sent, how many may
    /// be, and most in any.
    second: u64,
    idle_wakes: u32,
    idle_wakes_max: u32,
    idle_wakes_most: u32,
    /// Nothing was sent since it was woken last.
    is_idle: bool,
}

/// Watches the two ends of a call.
#[derive(Debug)]
pub(super) struct Audit {
    accounts: [Account; 2],
    violation: Option<Violation>,
    /// Bytes of the largest datagram.
    largest: usize,
    /// Why packets went no further.
    drops: BTreeSet<DropReason>,
    /// Packets other than STUN that went no further.
    lost: u64,
}

impl Audit {
    /// Of these ends, which may have these relays.
    pub(super) fn new(ends: [(EndpointId, MachineId, SessionKind); 2], relays: &[IpAddr]) -> Self {
        let accounts = ends.map(|(endpoint, machine, session)| Account {
            endpoint,
            machine,
            checks: BTreeMap::new(),
            consent: BTreeMap::new(),
            relays: relays.to_vec(),
            channels: Channels::default(),
            rtp: BTreeMap::new(),
            closed_at: None,
            last_sent: None,
            changed_at: None,
            at: Time::ZERO,
            at_once: 0,
            second: 0,
            idle_wakes: 0,
            idle_wakes_max: match session {
                SessionKind::Str0m => IDLE_WAKES_MAX_STR0M,
                _ => IDLE_WAKES_MAX,
            },
            idle_wakes_most: 0,
            is_idle: false,
        });
        Audit { accounts, violation: None, largest: 0, drops: BTreeSet::new(), lost: 0 }
    }

    /// The first thing that went wrong.
    pub(super) fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// Bytes of the largest datagram so far.
    pub(super) fn largest(&self) -> usize {
        self.largest
    }

    /// Wake-ups for nothing of one end in the second that had most.
    pub(super) fn idle_wakes(&self) -> u32 {
        self.accounts.iter().map(|account| account.idle_wakes_most).max().unwrap_or(0)
    }

    /// Why packets went no further.
    pub(super) fn drops(&self) -> impl Iterator<Item = DropReason> {
        self.drops.iter().copied()
    }

    /// How many packets other than STUN went no further.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// An end closes its connection now.
    pub(super) fn closes(&mut self, end: usize, now: Time) {
        self.accounts[end].closed_at.get_or_insert(now);
    }

    /// The interfaces of an end change now.
    pub(super) fn changes(&mut self, end: usize, now: Time) {
        self.accounts[end].changed_at = Some(now);
    }
}

impl Watch for Audit {
    fn event(&mut self, record: &Record<'_>, _: u64) {
        if self.violation.is_some() {
            return;
        }
        if let (Kind::Dropped(reason), Some(packet)) = (record.kind, record.packet) {
            self.drops.insert(reason);
            let is_check = PacketKind::of(packet.payload()) == Some(PacketKind::Stun);
            self.lost += u64::from(!is_check);
        }
        let found = match (record.kind, record.place, record.packet) {
            (Kind::Sent, Place::Endpoint(id), Some(packet)) => {
                self.largest = self.largest.max(packet.payload().len());
                let account = self.accounts.iter_mut().find(|account| account.endpoint == id);
                account.and_then(|account| account.on_sent(record.at, packet))
            }
            (Kind::Delivered, Place::Endpoint(id), Some(packet)) => {
                let account = self.accounts.iter_mut().find(|account| account.endpoint == id);
                account.and_then(|account| {
                    account.on_delivered(record.at, packet);
                    None
                })
            }
            (Kind::Woken, Place::Endpoint(id), _) => {
                let account = self.accounts.iter_mut().find(|account| account.endpoint == id);
                account.and_then(|account| {
                    account.on_woken(record.at).or_else(|| account.count(record.at))
                })
            }
            (Kind::Dropped(DropReason::NoRoute), Place::Machine(id), Some(packet)) => {
                let account = self.accounts.iter().find(|account| account.machine == id);
                account.and_then(|account| account.on_homeless(record.at, packet))
            }
            _ => None,
        };
        if let Some((invariant, detail)) = found {
            self.violation = Some(Violation { at: record.at, invariant, detail });
        }
    }
}

type Found = Option<(Invariant, String)>;

impl Account {
    fn on_sent(&mut self, now: Time, packet: &Packet) -> Found {
        self.last_sent = Some(packet.id());
        self.is_idle = false;
        // A stream is its host's: it ends in its own time, and its segments fit its own path.
        if packet.protocol() == IpProtocol::Tcp {
            return self.count(now);
        }
        let (way, bytes) = self.opened(packet.destination(), packet.payload());
        let kind = PacketKind::of(bytes);
        let bytes_max = match kind {
            Some(PacketKind::Dtls) => ASKED_BYTES_MAX,
            _ => PAYLOAD_BYTES_MAX,
        };
        let length = packet.payload().len();
        if length > bytes_max {
            return Some((Invariant::FitsMtu, format!("{length} bytes, {packet}")));
        }
        if self.closed_at.is_some_and(|at| now.since(at) > GOODBYE) {
            return Some((Invariant::SilentAfterClose, packet.to_string()));
        }
        if way.0.is_none() && self.relays.contains(&way.1.ip()) {
            self.channels.note(way.1, bytes);
        }
        let found = match kind {
            Some(PacketKind::Stun) => {
                self.on_check(way, bytes);
                None
            }
            Some(PacketKind::Rtp) => self.on_rtp(bytes, packet),
            _ => None,
        };
        let consented = self.consent.get(&way).is_some_and(|until| now <= *until);
        if kind != Some(PacketKind::Stun) && !consented {
            return Some((Invariant::Consent, packet.to_string()));
        }
        found.or_else(|| self.count(now))
    }

    /// The way of a datagram to or from an address, and what it carries to its end.
    fn opened<'p>(&self, remote: SocketAddr, bytes: &'p [u8]) -> (Way, &'p [u8]) {
        let is_relay = self.relays.contains(&remote.ip());
        let inner = if is_relay { self.channels.open(remote, bytes) } else { None };
        inner.map_or(((None, remote), bytes), |(peer, inner)| ((Some(remote), peer), inner))
    }

    fn on_check(&mut self, way: Way, bytes: &[u8]) {
        if let ([0, 1], Some(transaction)) = (&bytes[..2], transaction(bytes))
            && self.checks.len() < CHECKS_MAX
        {
            self.checks.insert(transaction, way);
        }
    }

    fn on_delivered(&mut self, now: Time, packet: &Packet) {
        if packet.protocol() == IpProtocol::Tcp {
            return;
        }
        let (way, bytes) = self.opened(packet.source(), packet.payload());
        let answered = match bytes {
            [1, 1, ..] => transaction(bytes).and_then(|id| self.checks.get(&id)),
            _ => None,
        };
        if answered == Some(&way) {
            self.consent.insert(way, now + CONSENT);
        }
    }

    fn on_rtp(&mut self, bytes: &[u8], packet: &Packet) -> Found {
        let sequence = u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?);
        let ssrc = u32::from_be_bytes(*bytes.get(8..)?.first_chunk()?);
        let mut digest = Digest::new();
        digest.bytes(bytes);
        let digest = digest.finish();
        let known = *self.rtp.entry((ssrc, sequence)).or_insert(digest);
        (known != digest).then(|| {
            let detail = format!("SSRC {ssrc:08x} sequence {sequence} again, {packet}");
            (Invariant::FreshSequence, detail)
        })
    }

    fn on_homeless(&self, now: Time, packet: &Packet) -> Found {
        // What others send to an address that is gone ends here too. An engine is told of a change
        // when it has happened.
        let after = self.changed_at == Some(now) || self.closed_at.is_some();
        // A host says a stream's last words from where the stream was.
        let is_stream = packet.protocol() == IpProtocol::Tcp;
        if self.last_sent != Some(packet.id()) || after || is_stream {
            return None;
        }
        Some((Invariant::KnownSource, packet.to_string()))
    }

    fn on_woken(&mut self, now: Time) -> Found {
        let second = now.as_nanos() / 1_000_000_000;
        if std::mem::replace(&mut self.second, second) != second {
            self.idle_wakes = 0;
        }
        self.idle_wakes += u32::from(std::mem::replace(&mut self.is_idle, true));
        self.idle_wakes_most = self.idle_wakes_most.max(self.idle_wakes);
        let max = self.idle_wakes_max;
        (self.idle_wakes > max).then(|| {
            let detail = format!("{max} wake-ups for nothing within a second");
            (Invariant::FewWakes, detail)
        })
    }

    fn count(&mut self, now: Time) -> Found {
        if self.at != now {
            (self.at, self.at_once) = (now, 0);
        }
        self.at_once += 1;
        let too_many = self.at_once > AT_ONCE_MAX;
        too_many.then(|| (Invariant::TimePasses, format!("{AT_ONCE_MAX} events at one moment")))
    }
}

fn transaction(bytes: &[u8]) -> Option<[u8; 12]> {
    bytes.get(8..20)?.try_into().ok()
}
