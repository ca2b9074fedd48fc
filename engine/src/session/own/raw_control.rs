//! RTCP of the application's: packets of the peer's as they came, and packets of its own.

use std::sync::Arc;
use std::time::Instant;

use super::reports::DATAGRAM_BYTES_MAX;
use super::session::OwnSession;
use crate::config::RtcpEvents;
use crate::frame::ReceivedRtcp;
use crate::media::RtcpWriteError;
use crate::rtcp::packet::{DueReport, Packet, RawPacket, XrBlock};
use crate::session::output::SessionEvent;

/// RTCP packets of one datagram that are handed over: more than any stack joins. A datagram has
/// room for hundreds of empty ones, and each would be an event.
pub const RTCP_EVENTS_MAX: usize = 32;

/// The largest packet that is taken: what a datagram has room for beside an empty report and a
/// canonical name.
const PACKET_BYTES_MAX: usize = DATAGRAM_BYTES_MAX - 64;

impl OwnSession {
    /// Hands over the packets of a datagram that the application asked for.
    pub(super) fn tell_rtcp(&mut self, contents: &[u8]) {
        let wanted: fn(RawPacket<'_>) -> bool = match self.config.rtcp_events {
            RtcpEvents::None => return,
            RtcpEvents::Unknown => is_unknown,
            RtcpEvents::All => |_| true,
        };
        let mut rest = contents;
        let packets = std::iter::from_fn(|| {
            let (packet, after) = RawPacket::split_first(rest).ok()?;
            rest = after;
            Some(packet)
        });
        for packet in packets.filter(|packet| wanted(*packet)).take(RTCP_EVENTS_MAX) {
            self.outputs.tell(SessionEvent::Rtcp(ReceivedRtcp {
                packet_type: packet.packet_type(),
                count: packet.count(),
                bytes: Arc::from(packet.bytes()),
                received_at: self.now,
            }));
        }
    }

    pub(super) fn send_rtcp(&mut self, packet: &[u8], now: Instant) -> Result<(), RtcpWriteError> {
        self.now = self.now.max(now);
        check(packet)?;
        if self.secured.is_none() || !self.life.is_running() {
            return Err(RtcpWriteError::NotConnected);
        }
        if self.outputs.is_full() {
            return Err(RtcpWriteError::NotDrained);
        }
        self.send_control(self.sender(), DueReport::None, &[], packet);
        self.settle();
        Ok(())
    }
}

/// The session does nothing with it.
fn is_unknown(packet: RawPacket<'_>) -> bool {
    match Packet::view(packet) {
        Ok(Packet::Unknown(_) | Packet::App(_)) => true,
        Ok(Packet::ExtendedReport(report)) => {
            report.blocks().any(|block| matches!(block, XrBlock::Other { .. }))
        }
        _ => false,
    }
}

/// One whole packet, of a kind that says nothing in the session's name.
fn check(packet: &[u8]) -> Result<(), RtcpWriteError> {
    let (first, rest) = RawPacket::split_first(packet).map_err(|_| RtcpWriteError::Malformed)?;
    let view = Packet::view(first).map_err(|_| RtcpWriteError::Malformed)?;
    if !rest.is_empty() {
        return Err(RtcpWriteError::Malformed);
    }
    if packet.len() > PACKET_BYTES_MAX {
        return Err(RtcpWriteError::TooLarge { max: PACKET_BYTES_MAX });
    }
    match view {
        Packet::SenderReport(_)
        | Packet::ReceiverReport(_)
        | Packet::SourceDescription(_)
        | Packet::Goodbye(_)
        | Packet::TransportCc(_)
        | Packet::Ccfb(_) => {
            Err(RtcpWriteError::Reserved { packet_type: first.packet_type(), count: first.count() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Ssrc;
    use crate::rtcp::packet::{
        App, Pli, write_app, write_bye, write_cname, write_pli, write_receiver_report, write_rrtr,
    };

    #[test]
    fn what_is_the_sessions_is_not_taken() {
        let mut packets: [Vec<u8>; 3] = Default::default();
        write_receiver_report(&mut packets[0], Ssrc(1), &[]);
        write_cname(&mut packets[1], Ssrc(1), "me");
        write_bye(&mut packets[2], &[Ssrc(1)], None);
        for packet in packets {
            let (packet_type, count) = (packet[1], packet[0] & 0x1F);
            assert_eq!(check(&packet), Err(RtcpWriteError::Reserved { packet_type, count }));
        }
        // Transport-wide feedback and RFC 8888 that say nothing of any packet.
        let feedback = [0x8F, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!(check(&feedback).is_err());
        let feedback = [0x8B, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0];
        assert_eq!(check(&feedback), Err(RtcpWriteError::Reserved { packet_type: 205, count: 11 }));
    }

    #[test]
    fn one_whole_packet_is_taken() {
        let mut pli = Vec::new();
        write_pli(&mut pli, Pli { sender: Ssrc(1), media_ssrc: Ssrc(2) });
        assert_eq!(check(&pli), Ok(()));
        let mut app = Vec::new();
        let ping = App { subtype: 1, ssrc: Ssrc(1), name: *b"ping", data: &[0; 8] };
        assert!(write_app(&mut app, &ping));
        assert_eq!(check(&app), Ok(()));
        assert_eq!(check(&[0x80, 210, 0, 0]), Ok(()), "a type that nobody has assigned");
        assert_eq!(check(&[]), Err(RtcpWriteError::Malformed));
        assert_eq!(check(&pli[..8]), Err(RtcpWriteError::Malformed));
        assert_eq!(check(&[pli.clone(), app].concat()), Err(RtcpWriteError::Malformed));
        pli[0] = 0x40;
        assert_eq!(check(&pli), Err(RtcpWriteError::Malformed), "of another version");
        let mut large = vec![0; 1_100];
        large[..4].copy_from_slice(&[0x80, 210, 1, 18]);
        let max = PACKET_BYTES_MAX;
        assert_eq!(check(&large), Err(RtcpWriteError::TooLarge { max }));
    }

    #[test]
    fn reference_times_are_known_and_other_blocks_are_not() {
        let mut packet = Vec::new();
        write_rrtr(&mut packet, Ssrc(1), crate::rtcp::NtpTime::from_bits(1 << 32));
        let known = |bytes: &[u8]| is_unknown(RawPacket::split_first(bytes).unwrap().0);
        assert!(!known(&packet));
        // A block of type 7, VoIP metrics, of no contents.
        assert!(known(&[0x80, 207, 0, 2, 0, 0, 0, 1, 7, 0, 0, 0]));
        assert!(known(&[0x80, 210, 0, 0]));
    }
}
