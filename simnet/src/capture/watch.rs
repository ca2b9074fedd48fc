//! Capturing the packets of a run as it goes.

use std::time::Duration;

use super::pcapng::{LINKTYPE_RAW, PcapngWriter};
use crate::net::EndpointId;
use crate::packet::Packet;
use crate::time::Time;
use crate::trace::Place;
use crate::trace::{Kind, Record, Watch};

/// Bytes that may wait to be taken before packets are left out: half a minute of 50 Mbit/s.
const WAITING_BYTES_MAX: usize = 256 << 20;

/// A capture of what chosen endpoints send and receive, each on an interface of its name, and of
/// what is dropped on the way, on an interface of its own with the reason as a comment.
///
/// A [`Watch`]er: give it to [`Sim::watch`](crate::Sim::watch) and take the bytes from
/// [`Sim::watcher`](crate::Sim::watcher).
///
/// ```
/// use lapwing_simnet::capture::{Capture, PcapngReader};
/// use lapwing_simnet::{Endpoint, HostCx, IpProtocol, LinkSpec, Packet, PacketSpec, Sim, Time};
///
/// struct Hello;
/// impl Endpoint for Hello {
///     fn start(&mut self, cx: &mut HostCx<'_>) {
///         cx.bind(IpProtocol::Udp, 5).unwrap();
///         let (from, to) = ("192.0.2.1:5".parse().unwrap(), "192.0.2.9:5".parse().unwrap());
///         cx.send(PacketSpec::udp(from, to, b"hello".to_vec()));
///     }
///     fn receive(&mut self, _: Packet, _: &mut HostCx<'_>) {}
/// }
/// let mut sim = Sim::new(1);
/// let (host, core) = (sim.host("a"), sim.router("core"));
/// sim.connect(host, core, &["192.0.2.1".parse().unwrap()], &LinkSpec::new(), &LinkSpec::new());
/// let a = sim.attach(host, Hello);
/// sim.watch(Capture::new(&[(a.id(), "a")]).with_drops());
/// sim.run_until(Time::from_secs(1));
/// let bytes = sim.watcher::<Capture>().unwrap().take();
/// // A section, two interfaces, the packet as it was sent, and as it was dropped for want of a
/// // route.
/// assert_eq!(PcapngReader::new(&bytes).unwrap().count(), 5);
/// ```
#[derive(Clone, Debug)]
pub struct Capture {
    writer: PcapngWriter,
    endpoints: Vec<(EndpointId, u32)>,
    drops: Option<u32>,
    origin: Duration,
    left_out: u64,
}

impl Capture {
    /// A capture of these endpoints, by the names of their interfaces. Time zero is the Unix epoch.
    pub fn new(endpoints: &[(EndpointId, &str)]) -> Self {
        Capture::beginning_at(endpoints, Duration::ZERO)
    }

    /// As [`Self::new`]; time zero is `origin`, whole seconds since the Unix epoch.
    pub fn beginning_at(endpoints: &[(EndpointId, &str)], origin: Duration) -> Self {
        let mut writer = PcapngWriter::new(concat!("lapwing ", env!("CARGO_PKG_VERSION")));
        let interfaces =
            endpoints.iter().map(|(id, name)| (*id, writer.interface(name, LINKTYPE_RAW, origin)));
        let endpoints = interfaces.collect();
        Capture { writer, endpoints, drops: None, origin, left_out: 0 }
    }

    /// Also captures what is dropped, whosever it is, on an interface named `drops`.
    #[must_use]
    pub fn with_drops(mut self) -> Self {
        self.drops = Some(self.writer.interface("drops", LINKTYPE_RAW, self.origin));
        self
    }

    /// Puts secrets before the packets that follow: lines of a TLS key log.
    pub fn add_secrets(&mut self, key_log: &str) {
        self.writer.secrets(key_log);
    }

    /// Hands out what was captured since the last time. The first part begins the file.
    pub fn take(&mut self) -> Vec<u8> {
        self.writer.take()
    }

    /// Packets that were left out because nobody took the capture in time.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    fn add(&mut self, interface: u32, at: Time, packet: &Packet, comment: Option<&str>) {
        if self.writer.waiting() >= WAITING_BYTES_MAX {
            self.left_out += 1;
            return;
        }
        self.writer.packet(interface, at, &packet.to_wire(), packet.wire_bytes(), comment);
    }
}

impl Watch for Capture {
    fn event(&mut self, record: &Record<'_>, _: u64) {
        let Some(packet) = record.packet else { return };
        match (record.kind, record.place) {
            (Kind::Sent | Kind::Delivered, Place::Endpoint(id)) => {
                let known = self.endpoints.iter().find(|(known, _)| *known == id);
                if let Some((_, interface)) = known.copied() {
                    self.add(interface, record.at, packet, None);
                }
            }
            (Kind::Dropped(reason), place) => {
                if let Some(interface) = self.drops {
                    let comment = format!("dropped: {reason:?} at {place:?}");
                    self.add(interface, record.at, packet, Some(&comment));
                }
            }
            _ => {}
        }
    }
}
