//! Loss of the n-th packet of a class, which is told from the bytes of the datagram.

use std::collections::BTreeMap;

use lapwing_engine::PacketKind;

use crate::nodes::{DropReason, Node, NodeCx};
use crate::packet::{IpProtocol, Packet};

/// What a UDP datagram is, as far as an observer without keys can tell.
///
/// The payload of RTP is encrypted (RFC 3711), so whether a packet belongs to a key frame cannot be
/// seen. What can be seen is the header: a frame is a run of packets with one SSRC and one
/// timestamp, and key frames are those with many packets.
///
/// The datagram itself decides: what a TURN client sends through a relay is of the class
/// `TurnChannel` or `StunIndication`, whatever it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PacketClass {
    /// A STUN request (RFC 8489 section 5): a connectivity check, a Binding or Allocate request.
    StunRequest,
    /// A STUN success or error response.
    StunResponse,
    /// A STUN indication: TURN's Send and Data, keep-alives.
    StunIndication,
    /// Data of a TURN channel (RFC 8656 section 12.4).
    TurnChannel,
    /// Any DTLS datagram: handshake, alerts, data channels.
    Dtls,
    /// A datagram with a ClientHello in the clear: the client's first flight, and its second after
    /// a HelloVerifyRequest or HelloRetryRequest.
    DtlsClientHello,
    /// A datagram with a ServerHello, with which the server's flight begins. In DTLS 1.3 a
    /// HelloRetryRequest is one, too.
    DtlsServerHello,
    /// Any RTP packet.
    Rtp,
    /// An RTP packet of this SSRC. Retransmissions have an SSRC of their own (RFC 4588).
    RtpOfSsrc(u32),
    /// An RTP packet of this payload type.
    RtpOfPayloadType(u8),
    /// The first packet of a frame: the first with a newer timestamp than all earlier ones of its
    /// SSRC.
    RtpFrameStart,
    /// A packet with the marker bit: the last of a video frame (for example RFC 7741 section 4.1).
    RtpFrameEnd,
    /// The packet by which a frame turns out to be large: the one with this number, from 1, among
    /// those of its timestamp. There is one for each frame that has so many, which key frames do.
    RtpLargeFrame {
        /// Packets that make a frame large.
        packets: u32,
    },
    /// An RTCP packet (RFC 5761 section 4).
    Rtcp,
}

/// Loses packets by their number among those of a class.
///
/// ```
/// use lapwing_simnet::LinkSpec;
/// use lapwing_simnet::nodes::PacketClass;
/// // The first flight of the handshake, and the second answer to a check.
/// let link = LinkSpec::new()
///     .lose_nth(PacketClass::DtlsClientHello, [1])
///     .lose_nth(PacketClass::StunResponse, [2]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassLoss {
    class: PacketClass,
    /// Sorted, counted from 1.
    numbers: Vec<u64>,
    seen: u64,
    frames: Frames,
}

impl ClassLoss {
    /// Loses those packets of a class that have these numbers, counted from 1.
    pub fn new(class: PacketClass, numbers: impl IntoIterator<Item = u64>) -> Self {
        let mut numbers: Vec<_> = numbers.into_iter().collect();
        numbers.sort_unstable();
        ClassLoss { class, numbers, seen: 0, frames: Frames::default() }
    }

    /// Packets of the class so far.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    fn is_of_class(&mut self, datagram: &[u8]) -> bool {
        let kind = PacketKind::of(datagram);
        match self.class {
            PacketClass::StunRequest => stun_class(datagram) == Some(Stun::Request),
            PacketClass::StunResponse => stun_class(datagram) == Some(Stun::Response),
            PacketClass::StunIndication => stun_class(datagram) == Some(Stun::Indication),
            PacketClass::TurnChannel => kind == Some(PacketKind::ChannelData),
            PacketClass::Dtls => kind == Some(PacketKind::Dtls),
            PacketClass::DtlsClientHello => has_handshake(datagram, CLIENT_HELLO),
            PacketClass::DtlsServerHello => has_handshake(datagram, SERVER_HELLO),
            PacketClass::Rtcp => kind == Some(PacketKind::Rtcp),
            PacketClass::Rtp
            | PacketClass::RtpOfSsrc(_)
            | PacketClass::RtpOfPayloadType(_)
            | PacketClass::RtpFrameStart
            | PacketClass::RtpFrameEnd
            | PacketClass::RtpLargeFrame { .. } => {
                RtpHeader::of(datagram).is_some_and(|header| self.is_rtp_of_class(header))
            }
        }
    }

    fn is_rtp_of_class(&mut self, header: RtpHeader) -> bool {
        match self.class {
            PacketClass::RtpOfSsrc(ssrc) => header.ssrc == ssrc,
            PacketClass::RtpOfPayloadType(payload_type) => header.payload_type == payload_type,
            PacketClass::RtpFrameStart => self.frames.place(header) == Some(1),
            PacketClass::RtpFrameEnd => header.marker,
            PacketClass::RtpLargeFrame { packets } => self.frames.place(header) == Some(packets),
            _ => true,
        }
    }
}

impl Node for ClassLoss {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        if packet.protocol() == IpProtocol::Udp && self.is_of_class(packet.payload()) {
            self.seen += 1;
            if self.numbers.binary_search(&self.seen).is_ok() {
                return cx.drop(packet, DropReason::Loss);
            }
        }
        cx.pass(packet);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stun {
    Request,
    Indication,
    Response,
}

/// The class bits of a STUN message type (RFC 8489 section 5), if the magic cookie is there.
fn stun_class(datagram: &[u8]) -> Option<Stun> {
    const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
    if PacketKind::of(datagram) != Some(PacketKind::Stun) || datagram.get(4..8)? != COOKIE {
        return None;
    }
    Some(match (datagram[0] & 1, datagram[1] & 0x10) {
        (0, 0) => Stun::Request,
        (0, _) => Stun::Indication,
        _ => Stun::Response,
    })
}

/// Handshake message types (RFC 9147 section 5.2).
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;

/// True when one of the datagram's records in the clear begins a handshake message of this type.
fn has_handshake(datagram: &[u8], message: u8) -> bool {
    /// Type, version, epoch, sequence number and length (RFC 9147 section 4).
    const HEADER: usize = 13;
    const HANDSHAKE: u8 = 22;
    let mut rest = datagram;
    while let Some(header) = rest.first_chunk::<HEADER>() {
        let length = usize::from(u16::from_be_bytes([header[11], header[12]]));
        let in_the_clear = header[3..5] == [0, 0];
        if header[0] == HANDSHAKE && in_the_clear && rest.get(HEADER) == Some(&message) {
            return true;
        }
        // What follows an encrypted record of DTLS 1.3 is encrypted, too, and has another header.
        if !(20..=31).contains(&header[0]) {
            return false;
        }
        rest = rest.get(HEADER + length..).unwrap_or_default();
    }
    false
}

/// What is in the clear of an RTP packet (RFC 3550 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RtpHeader {
    marker: bool,
    payload_type: u8,
    timestamp: u32,
    ssrc: u32,
}

impl RtpHeader {
    fn of(datagram: &[u8]) -> Option<RtpHeader> {
        if PacketKind::of(datagram) != Some(PacketKind::Rtp) {
            return None;
        }
        let word = |at: usize| {
            let bytes = datagram.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_be_bytes(bytes))
        };
        Some(RtpHeader {
            marker: datagram[1] & 0x80 != 0,
            payload_type: datagram[1] & 0x7f,
            timestamp: word(4)?,
            ssrc: word(8)?,
        })
    }
}

/// The newest frame of each SSRC: its timestamp, and its packets so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Frames {
    newest: BTreeMap<u32, (u32, u32)>,
}

/// SSRCs that are followed on one link; frames of further ones have no start and no size.
const MAX_SSRCS: usize = 1_024;

impl Frames {
    /// The number of a packet in its frame, from 1; none for packets of older frames, which are
    /// late.
    fn place(&mut self, header: RtpHeader) -> Option<u32> {
        if self.newest.len() >= MAX_SSRCS && !self.newest.contains_key(&header.ssrc) {
            return None;
        }
        let (timestamp, packets) = self.newest.entry(header.ssrc).or_insert((header.timestamp, 0));
        // Timestamps wrap: newer is what lies within half of their range ahead.
        match header.timestamp.wrapping_sub(*timestamp) {
            0 => *packets = packets.saturating_add(1),
            ahead if ahead < 1 << 31 => (*timestamp, *packets) = (header.timestamp, 1),
            _ => return None,
        }
        Some(*packets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rtp(ssrc: u32, timestamp: u32, marker: bool) -> Vec<u8> {
        let mut packet = vec![0x80, 96 | u8::from(marker) << 7, 0, 0];
        packet.extend(timestamp.to_be_bytes());
        packet.extend(ssrc.to_be_bytes());
        packet
    }

    /// The numbers of the datagrams that are of the class.
    fn of_class(class: PacketClass, datagrams: &[Vec<u8>]) -> Vec<usize> {
        let mut loss = ClassLoss::new(class, []);
        (0..datagrams.len()).filter(|i| loss.is_of_class(&datagrams[*i])).collect()
    }

    #[test]
    fn stun_messages_are_told_by_their_class_bits() {
        let message = |first: u8, second: u8| {
            [&[first, second, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[7; 12]].concat()
        };
        let no_cookie = [vec![0, 1], vec![0; 18]].concat();
        // Binding request, success, error, indication; Allocate request; Allocate error.
        let all = [
            message(0, 1),
            message(1, 1),
            message(1, 0x11),
            message(0, 0x11),
            message(0, 3),
            message(1, 0x13),
            no_cookie,
        ];
        assert_eq!(of_class(PacketClass::StunRequest, &all), [0, 4]);
        assert_eq!(of_class(PacketClass::StunResponse, &all), [1, 2, 5]);
        assert_eq!(of_class(PacketClass::StunIndication, &all), [3]);
        let channel = vec![0x40, 0, 0, 4, 1, 2, 3, 4];
        assert_eq!(of_class(PacketClass::TurnChannel, &[channel, message(0, 1)]), [0]);
    }

    #[test]
    fn handshake_messages_are_found_behind_other_records() {
        let record = |kind: u8, epoch: u8, body: &[u8]| {
            let head = [kind, 254, 253, 0, epoch, 0, 0, 0, 0, 0, 0, 0, body.len() as u8];
            [&head[..], body].concat()
        };
        let hello = record(22, 0, &[1, 0, 0, 0]);
        let server = [record(20, 0, &[1]), record(22, 0, &[2, 9])].concat();
        let encrypted = record(22, 1, &[1, 0, 0, 0]);
        let unified = [vec![0x2f, 0, 1, 0, 2], hello.clone()].concat();
        let cut = [22, 254, 253, 0, 0].to_vec();
        let all = [hello, server, encrypted, unified, cut, record(23, 1, &[0; 9])];
        assert_eq!(of_class(PacketClass::DtlsClientHello, &all), [0]);
        assert_eq!(of_class(PacketClass::DtlsServerHello, &all), [1]);
        assert_eq!(of_class(PacketClass::Dtls, &all), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn frames_are_told_by_their_timestamps() {
        let all = [
            rtp(1, u32::MAX, false),
            rtp(1, u32::MAX, false),
            rtp(2, 50, true),
            rtp(1, u32::MAX, true),
            // A newer frame, across the wrap; then a late packet of the old one.
            rtp(1, 2_999, false),
            rtp(1, u32::MAX, false),
            rtp(1, 2_999, true),
            vec![0x80, 200, 0, 1, 0, 0, 0, 1],
            vec![0x80, 96, 0, 1],
        ];
        assert_eq!(of_class(PacketClass::RtpFrameStart, &all), [0, 2, 4]);
        assert_eq!(of_class(PacketClass::RtpFrameEnd, &all), [2, 3, 6]);
        assert_eq!(of_class(PacketClass::RtpLargeFrame { packets: 3 }, &all), [3]);
        assert_eq!(of_class(PacketClass::RtpLargeFrame { packets: 2 }, &all), [1, 6]);
        assert_eq!(of_class(PacketClass::RtpOfSsrc(2), &all), [2]);
        assert_eq!(of_class(PacketClass::RtpOfPayloadType(96), &all), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(of_class(PacketClass::Rtcp, &all), [7]);
    }

    #[test]
    fn only_so_many_streams_are_followed() {
        let mut frames = Frames::default();
        let header = |ssrc| RtpHeader { marker: false, payload_type: 0, timestamp: 1, ssrc };
        let count = MAX_SSRCS as u32;
        assert!((0..count).all(|ssrc| frames.place(header(ssrc)) == Some(1)));
        assert_eq!(frames.place(header(count)), None);
        assert_eq!(frames.place(header(0)), Some(2));
    }
}
