//! Both directions of an established association.

use std::time::{Duration, Instant};

use super::config::{Config, PACKET_BYTES_BASE, PACKET_BYTES_MAX};
use super::data::{Format, Piece};
use super::heartbeat;
use super::init::Init;
use super::receive::{News, Receiver, Verdict};
use super::sack::SackView;
use super::send::Sender;
use super::wire::{Chunk, PacketWriter, Ports, chunk};

/// Buffers that are kept to be used again: who gives them back one by one needs few.
const SPARE_MAX: usize = 2;

/// What of a chunk the association has to know.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admitted {
    Nothing,
    /// DATA on this stream that did not come before.
    Data(u16),
    /// The peer broke the protocol.
    Harm,
    /// A message does not fit.
    NoRoom,
}

/// Data transfer, established.
#[derive(Debug)]
pub(super) struct Transfer {
    sender: Sender,
    receiver: Receiver,
    format: Format,
    ports: Ports,
    peer: Init,
    /// How long a packet and its answer take, by the set-up.
    round_trip: Option<Duration>,
    /// Buffers of packets that were sent.
    spare: Vec<Vec<u8>>,
}

impl Transfer {
    /// `None` for two sides that cannot be one association: both have the same tag.
    pub(super) fn new(config: &Config, local: &Init, peer: Init, now: Instant) -> Option<Self> {
        if local.tag == peer.tag {
            return None;
        }
        let both = local.interleaving && peer.interleaving;
        let format = if both { Format::Interleaved } else { Format::Data };
        Some(Transfer {
            sender: Sender::new(config, local, &peer, format, now),
            receiver: Receiver::new(local.window as usize, &peer, format, now),
            format,
            ports: (config.local_port, config.remote_port),
            peer,
            round_trip: config.round_trip,
            spare: Vec::new(),
        })
    }

    pub(super) fn peer(&self) -> &Init {
        &self.peer
    }

    pub(super) fn sender(&mut self) -> &mut Sender {
        &mut self.sender
    }

    pub(super) fn receiver(&mut self) -> &mut Receiver {
        &mut self.receiver
    }

    /// What is sent, as it stands.
    pub(super) fn outgoing(&self) -> &Sender {
        &self.sender
    }

    /// The number up to which all came, as it stands on the wire.
    pub(super) fn cumulative(&self) -> u32 {
        self.receiver.cumulative()
    }

    /// The number of the last of the peer's requests in RE-CONFIG that is done.
    pub(super) fn last_request_done(&self) -> u32 {
        self.receiver.last_request_done()
    }

    pub(super) fn next_timeout(&self, now: Instant) -> Option<Instant> {
        let times = [self.sender.next_timeout(now), self.receiver.next_timeout(now)];
        times.into_iter().flatten().min()
    }

    /// A chunk of data, or about it. Whole messages and what else is news go to `news`.
    pub(super) fn receive(
        &mut self,
        chunk: &Chunk<'_>,
        now: Instant,
        news: &mut Vec<News>,
    ) -> Admitted {
        match chunk.kind {
            chunk::DATA | chunk::I_DATA => self.receive_data(chunk, now, news),
            chunk::SACK => {
                if let Some(sack) = SackView::parse(chunk.value) {
                    self.sender.on_sack(&sack, now);
                }
                Admitted::Nothing
            }
            chunk::FORWARD_TSN | chunk::I_FORWARD_TSN => {
                self.receiver.forward(chunk.value, news);
                Admitted::Nothing
            }
            chunk::HEARTBEAT_ACK => {
                if let Some(probe) = heartbeat::parse(chunk.value) {
                    self.sender.on_path_answer(probe, now);
                }
                Admitted::Nothing
            }
            _ => Admitted::Nothing,
        }
    }

    fn receive_data(&mut self, chunk: &Chunk<'_>, now: Instant, news: &mut Vec<News>) -> Admitted {
        // The other of the two formats was not agreed on (RFC 8260 section 2.2.1).
        if chunk.kind != self.format.chunk() {
            return Admitted::Harm;
        }
        let piece = Piece::parse(self.format, chunk.flags, chunk.value);
        let Some(piece) = piece.filter(|piece| piece.stream != u16::MAX) else {
            return Admitted::Harm;
        };
        let round_trip = self.sender.round_trip().or(self.round_trip);
        match self.receiver.receive(&piece, round_trip, now, news) {
            Verdict::Taken => Admitted::Data(piece.stream),
            Verdict::PassedOver => Admitted::Nothing,
            Verdict::Harm => Admitted::Harm,
            Verdict::NoRoom => Admitted::NoRoom,
        }
    }

    /// The application took bytes that were kept. True where the peer is to hear of it at once.
    pub(super) fn on_taken(&mut self, bytes: usize, now: Instant) -> bool {
        let round_trip = self.sender.round_trip().or(self.round_trip);
        self.receiver.on_taken(bytes, round_trip, now)
    }

    /// The next packet that goes out at this time.
    pub(super) fn poll(&mut self, now: Instant) -> Option<Vec<u8>> {
        if let Some(probe) = self.sender.path_probe(now) {
            let mut packet = PacketWriter::new(self.ports, self.peer.tag);
            heartbeat::write(&mut packet, probe);
            return Some(self.finish(packet));
        }
        let has_something = self.sender.has_something(now);
        let is_due = self.receiver.ack_is_due(now);
        if !has_something && !is_due {
            return None;
        }
        let buffer = self.spare.pop();
        let buffer = buffer.unwrap_or_else(|| Vec::with_capacity(PACKET_BYTES_MAX));
        let mut packet = PacketWriter::within(buffer, self.ports, self.peer.tag);
        if is_due || self.receiver.ack_is_wanted() {
            self.receiver.write_ack(&mut packet);
        }
        if has_something {
            self.sender.fill(&mut packet, now);
        }
        if packet.is_empty() {
            self.give_back(packet.into_buffer());
            return None;
        }
        Some(self.finish(packet))
    }

    /// The buffer of a packet that was sent, to be used again.
    pub(super) fn give_back(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < SPARE_MAX && buffer.capacity() >= PACKET_BYTES_BASE {
            self.spare.push(buffer);
        }
    }

    fn finish(&self, packet: PacketWriter) -> Vec<u8> {
        match self.peer.zero_checksum {
            true => packet.finish_without_checksum(),
            false => packet.finish(),
        }
    }

    /// Packets take another way from here on.
    pub(super) fn on_path_changed(&mut self, now: Instant) {
        self.sender.on_path_changed(now);
    }
}
