//! What a connection knows of the fate of its packets, in the words of congestion control: plain
//! types that are made from transport-wide feedback and from RFC 8888 alike.

use std::time::{Duration, Instant};

use crate::datagram::Ecn;
use crate::ids::Ssrc;

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PacketClass {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
    /// A packet that is sent again (RFC 4588, or as it was).
    Retransmission,
    /// Forward error correction.
    Fec,
    /// Bytes that carry nothing, for probes and to keep an estimate.
    Padding,
}

/// A packet as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentPacket {
    /// Its place in the order of sending over one transport, counted without gaps: the
    /// transport-wide sequence number where one is carried, extended by its roll-over count.
    pub number: u64,
    /// The stream it belongs to.
    pub ssrc: Ssrc,
    /// Its RTP sequence number.
    pub sequence: u16,
    /// When it was handed to the network.
    pub sent_at: Instant,
    /// Its size in bytes, as the controller is to count it.
    pub size: u32,
    /// How it was marked.
    pub ecn: Option<Ecn>,
    /// What it carries.
    pub class: PacketClass,
    /// The cluster of probes it is part of.
    pub probe: Option<u32>,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It arrived.
    Received {
        /// When, on the peer's clock, counted from a zero that stays the same for one connection
        /// and means nothing.
        at: Duration,
        /// How the network had marked it, where the feedback tells.
        ecn: Option<Ecn>,
        /// It was told to be lost before.
        after_loss: bool,
    },
    /// It had not arrived when the feedback was made.
    Lost,
}

/// A packet and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketResult {
    /// The packet.
    pub sent: SentPacket,
    /// Its fate.
    pub arrival: Arrival,
}

impl PacketResult {
    /// When it arrived, on the peer's clock; `None` for a lost one.
    pub fn arrived_at(&self) -> Option<Duration> {
        match self.arrival {
            Arrival::Received { at, .. } => Some(at),
            Arrival::Lost => None,
        }
    }

    /// It arrived with the mark "congestion experienced" (RFC 3168).
    pub fn is_marked(&self) -> bool {
        matches!(self.arrival, Arrival::Received { ecn: Some(Ecn::Ce), .. })
    }
}

/// Which message told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedbackKind {
    /// draft-holmer-rmcat-transport-wide-cc-extensions-01.
    TransportWide,
    /// RFC 8888.
    Ccfb,
}

/// One message of feedback, joined with what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportFeedback {
    /// Which message told.
    pub kind: FeedbackKind,
    /// When the message arrived here.
    pub received_at: Instant,
    /// How long the newest packet told of had waited at the peer when the message was made, where
    /// the message tells.
    pub held: Option<Duration>,
    /// Packets whose fate was not known before, in the order of their sending.
    pub results: Vec<PacketResult>,
    /// Bytes sent after the last packet that any feedback told of.
    pub bytes_in_flight: u64,
}

impl TransportFeedback {
    /// Feedback without results: a place to fill, and to fill again, without an allocation.
    pub fn empty(now: Instant) -> Self {
        TransportFeedback {
            kind: FeedbackKind::TransportWide,
            received_at: now,
            held: None,
            results: Vec::new(),
            bytes_in_flight: 0,
        }
    }

    /// The received packet that was sent last.
    pub fn newest_received(&self) -> Option<&PacketResult> {
        self.results.iter().rev().find(|result| result.arrived_at().is_some())
    }

    /// Time from sending the newest received packet to this message, less what the peer held it
    /// where that is known.
    pub fn round_trip(&self) -> Option<Duration> {
        let newest = self.newest_received()?;
        let spent = self.received_at.checked_duration_since(newest.sent.sent_at)?;
        Some(spent.saturating_sub(self.held.unwrap_or_default()))
    }

    /// Packets told to be lost, and all packets told of.
    pub fn losses(&self) -> (usize, usize) {
        let lost = self.results.iter().filter(|result| result.arrival == Arrival::Lost).count();
        (lost, self.results.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    fn sent(number: u64, at: Instant) -> SentPacket {
        SentPacket {
            number,
            ssrc: Ssrc(1),
            sequence: number as u16,
            sent_at: at,
            size: 1_200,
            ecn: None,
            class: PacketClass::Video,
            probe: None,
        }
    }

    #[test]
    fn the_round_trip_is_that_of_the_newest_received_packet() {
        let start = origin();
        let ms = Duration::from_millis;
        let received = |at| Arrival::Received { at, ecn: Some(Ecn::Ce), after_loss: false };
        let mut feedback = TransportFeedback::empty(start + ms(150));
        assert_eq!(feedback.round_trip(), None);
        feedback.results = vec![
            PacketResult { sent: sent(1, start), arrival: received(ms(5)) },
            PacketResult { sent: sent(2, start + ms(20)), arrival: received(ms(25)) },
            PacketResult { sent: sent(3, start + ms(40)), arrival: Arrival::Lost },
        ];
        assert_eq!(feedback.round_trip(), Some(ms(130)));
        feedback.held = Some(ms(30));
        assert_eq!(feedback.round_trip(), Some(ms(100)));
        assert_eq!(feedback.losses(), (1, 3));
        assert!(feedback.results[0].is_marked());
        assert!(!feedback.results[2].is_marked());
    }
}
