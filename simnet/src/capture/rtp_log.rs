//! The log of RTP packets that RFC 8868 section 3.1 asks for.
//!
//! The RFC wants a line for each packet sent and each received. Here a packet has one line with
//! both times, written when its fate is known; all other columns are the RFC's, in its order, and
//! two that a simulator can add.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;

use crate::net::EndpointId;
use crate::packet::{IpProtocol, Packet};
use crate::time::Time;
use crate::trace::{Kind, Place, Record, Watch};

/// Names and units of the columns. A line that begins with `#` is no packet.
const HEADER: &str = "#sent_s\treceived_s\tpayload_type\tssrc_hex\tsequence\trtp_timestamp\tmarker\tpayload_bytes\tflow\tip_bytes\n";

/// Logs the RTP packets of chosen senders: a line of columns apart by tabs when a packet arrives,
/// or is dropped.
///
/// Times are virtual, in seconds with six decimals. A lost packet has no time of arrival. The
/// payload's size is that on the wire, with what SRTP adds. A duplicate has a line of its own; what
/// is on its way when the run ends has none.
///
/// A [`Watch`]er: give it to [`Sim::watch`](crate::Sim::watch) and take the lines from
/// [`Sim::watcher`](crate::Sim::watcher).
///
/// ```
/// use lapwing_simnet::capture::RtpLog;
/// use lapwing_simnet::{Endpoint, HostCx, IpProtocol, LinkSpec, Packet, PacketSpec, Sim, Time};
///
/// struct Hello;
/// impl Endpoint for Hello {
///     fn start(&mut self, cx: &mut HostCx<'_>) {
///         cx.bind(IpProtocol::Udp, 5).unwrap();
///         let (from, to) = ("192.0.2.1:5".parse().unwrap(), "192.0.2.9:5".parse().unwrap());
///         let rtp = [0x80, 0xe0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 0xab, b'h', b'i'];
///         cx.send(PacketSpec::udp(from, to, rtp.to_vec()));
///     }
///     fn receive(&mut self, _: Packet, _: &mut HostCx<'_>) {}
/// }
/// let mut sim = Sim::new(1);
/// let (host, core) = (sim.host("a"), sim.router("core"));
/// sim.connect(host, core, &["192.0.2.1".parse().unwrap()], &LinkSpec::new(), &LinkSpec::new());
/// let a = sim.attach(host, Hello);
/// sim.watch(RtpLog::new([(a.id(), 1)]));
/// sim.run_until(Time::from_secs(1));
/// // There is no route: it is lost.
/// let lines = sim.watcher::<RtpLog>().unwrap().take();
/// assert_eq!(lines.lines().nth(1), Some("0.000000\t\t96\tab\t7\t9\t1\t2\t1\t42"));
/// ```
#[derive(Clone, Debug)]
pub struct RtpLog {
    flow_of: BTreeMap<EndpointId, u64>,
    /// Where media come from, learnt as they are sent: what is dropped tells no endpoint.
    sources: BTreeMap<IpAddr, u64>,
    text: String,
}

/// What an RTP header tells (RFC 3550 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    marker: bool,
    payload_type: u8,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    payload_bytes: usize,
}

impl RtpLog {
    /// A log of what these endpoints send, each with the number of its flow.
    pub fn new(senders: impl IntoIterator<Item = (EndpointId, u64)>) -> Self {
        let flow_of = senders.into_iter().collect();
        RtpLog { flow_of, sources: BTreeMap::new(), text: HEADER.to_owned() }
    }

    /// Hands out the lines since the last time. The first is the header.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    fn sent(&mut self, from: EndpointId, packet: &Packet) {
        if let Some(flow) = self.flow_of.get(&from) {
            self.sources.insert(packet.source().ip(), *flow);
        }
    }

    fn over(&mut self, packet: &Packet, received: Option<Time>) {
        let Some(flow) = self.sources.get(&packet.source().ip()) else {
            return;
        };
        let Some(header) = header(packet) else {
            return;
        };
        let received = received.map(seconds).unwrap_or_default();
        let Header { marker, payload_type, sequence, timestamp, ssrc, payload_bytes } = header;
        let (sent, marker, bytes) =
            (seconds(packet.sent_at()), u8::from(marker), packet.wire_bytes());
        writeln!(
            self.text,
            "{sent}\t{received}\t{payload_type}\t{ssrc:x}\t{sequence}\t{timestamp}\t{marker}\t{payload_bytes}\t{flow}\t{bytes}"
        )
        .expect("a string takes everything");
    }
}

/// `sec.usec`.
fn seconds(at: Time) -> String {
    let micros = at.as_nanos() / 1_000;
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// The header of a packet that is RTP (RFC 7983 section 7) and not RTCP (RFC 5761 section 4).
fn header(packet: &Packet) -> Option<Header> {
    let bytes = packet.payload();
    let [first, second, s0, s1, t0, t1, t2, t3, i0, i1, i2, i3] = *bytes.first_chunk()?;
    let is_rtp = (128..192).contains(&first) && !(64..96).contains(&(second & 0x7f));
    if packet.protocol() != IpProtocol::Udp || !is_rtp {
        return None;
    }
    let mut end = 12 + 4 * usize::from(first & 0x0f);
    if first & 0x10 != 0 {
        let words = bytes.get(end + 2..end + 4)?;
        end += 4 + 4 * usize::from(u16::from_be_bytes([words[0], words[1]]));
    }
    Some(Header {
        marker: second & 0x80 != 0,
        payload_type: second & 0x7f,
        sequence: u16::from_be_bytes([s0, s1]),
        timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
        ssrc: u32::from_be_bytes([i0, i1, i2, i3]),
        payload_bytes: bytes.len().checked_sub(end)?,
    })
}

impl Watch for RtpLog {
    fn event(&mut self, record: &Record<'_>, _: u64) {
        let Some(packet) = record.packet else { return };
        match (record.kind, record.place) {
            (Kind::Sent, Place::Endpoint(from)) => self.sent(from, packet),
            (Kind::Delivered, _) => self.over(packet, Some(record.at)),
            (Kind::Dropped(_), _) => self.over(packet, None),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::PacketSpec;

    fn packet(payload: Vec<u8>) -> Packet {
        let (a, b) = ("10.0.0.1:5".parse().unwrap(), "10.0.0.2:6".parse().unwrap());
        Packet::new(0, Time::ZERO, PacketSpec::udp(a, b, payload))
    }

    #[test]
    fn sources_and_extensions_are_not_payload() {
        let mut bytes = vec![0x92, 0x6f, 0x12, 0x34, 0, 0, 1, 0, 0xca, 0xfe, 0, 1];
        bytes.extend([0; 8]);
        bytes.extend([0xbe, 0xde, 0, 1, 0, 0, 0, 0]);
        bytes.extend([7; 50]);
        let found = header(&packet(bytes.clone())).expect("it is RTP");
        let wanted = Header {
            marker: false,
            payload_type: 111,
            sequence: 0x1234,
            timestamp: 256,
            ssrc: 0xcafe_0001,
            payload_bytes: 50,
        };
        assert_eq!(found, wanted);
        // Cut anywhere, it is no fault of ours.
        for length in 0..bytes.len() {
            let cut = header(&packet(bytes[..length].to_vec()));
            assert_eq!(cut.is_some(), length >= 28, "{length}");
        }
    }

    #[test]
    fn other_protocols_are_left_out() {
        // STUN, DTLS, RTCP.
        for (first, second) in [(0, 1), (22, 254), (0x80, 200), (0x81, 201)] {
            assert_eq!(header(&packet([vec![first, second], vec![0; 40]].concat())), None);
        }
    }
}
