//! The data transfer with what stands before and behind it: nothing reaches it that it could not
//! bear, and nothing of it reaches the peer that it should not.

use std::time::{Duration, Instant};

use super::filter::{Filter, Withheld};
use super::init::Init;
use super::library::{Library, News};
use super::received::{Received, Verdict};
use super::requests::{Disposal, PeerRequests};
use super::resets::{parameter, response_value, result};
use super::sent::Sent;
use super::wire::{Chunk, PacketView, PacketWriter, Ports};
use super::wire::{chunk, is_after, number, push_parameter, short};

/// Bytes of DATA before the payload, without the chunk's header (RFC 9260 section 3.3.1).
const DATA_FIXED: usize = 12;

/// A packet of the peer's, as far as it was admitted.
#[derive(Debug)]
pub(super) struct Inbound {
    writer: PacketWriter,
    chunks: usize,
    /// All in it is as it came.
    is_unchanged: bool,
}

/// What of a chunk the association has to know.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Admitted {
    Nothing,
    /// DATA on this stream that did not come before.
    Data(u16),
    Harm,
}

/// Data transfer, established.
#[derive(Debug)]
pub(super) struct Transfer {
    library: Library,
    received: Received,
    sent: Sent,
    requests: PeerRequests,
    ports: Ports,
    local_tag: u32,
    peer: Init,
}

impl Transfer {
    pub(super) fn new(ports: Ports, local: &Init, peer: Init) -> Option<Self> {
        Some(Transfer {
            library: Library::new(ports, local, &peer)?,
            received: Received::new(peer.first_tsn, local.window as usize),
            sent: Sent::new(local.first_tsn),
            requests: PeerRequests::new(peer.first_tsn),
            ports,
            local_tag: local.tag,
            peer,
        })
    }

    pub(super) fn peer(&self) -> &Init {
        &self.peer
    }

    pub(super) fn library(&mut self) -> &mut Library {
        &mut self.library
    }

    pub(super) fn received(&mut self) -> &mut Received {
        &mut self.received
    }

    pub(super) fn sent(&self) -> &Sent {
        &self.sent
    }

    /// A stream is free, in both directions.
    pub(super) fn forget(&mut self, stream: u16) {
        self.received.forget(stream);
        self.sent.forget(stream);
    }

    pub(super) fn retransmission_timeout(&self) -> Duration {
        self.library.retransmission_timeout()
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.library.next_timeout()
    }

    /// The begin of a packet to the data transfer.
    pub(super) fn inbound(&self) -> Inbound {
        let ports = (self.ports.1, self.ports.0);
        let writer = PacketWriter::new(ports, self.local_tag);
        Inbound { writer, chunks: 0, is_unchanged: true }
    }

    /// DATA, SACK and FORWARD-TSN.
    pub(super) fn admit(&mut self, chunk: &Chunk<'_>, inbound: &mut Inbound) -> Admitted {
        let (is_admitted, admitted) = match chunk.kind {
            chunk::DATA => match self.admit_data(chunk) {
                None | Some((Verdict::Harm, _)) => return Admitted::Harm,
                Some((Verdict::Drop, _)) => (false, Admitted::Nothing),
                Some((Verdict::Repeat, _)) => (true, Admitted::Nothing),
                Some((Verdict::Take, stream)) => (true, Admitted::Data(stream)),
            },
            chunk::SACK => (self.sent.admit(chunk.value), Admitted::Nothing),
            chunk::FORWARD_TSN => (self.admit_forward(chunk.value), Admitted::Nothing),
            _ => (false, Admitted::Nothing),
        };
        if is_admitted {
            inbound.writer.push(chunk.kind, chunk.flags, chunk.value);
            inbound.chunks += 1;
        } else {
            inbound.is_unchanged = false;
        }
        admitted
    }

    fn admit_data(&mut self, chunk: &Chunk<'_>) -> Option<(Verdict, u16)> {
        let (tsn, stream) = (number(chunk.value, 0)?, short(chunk.value, 4)?);
        let bytes = chunk.value.len().checked_sub(DATA_FIXED)?;
        if stream == u16::MAX {
            return None;
        }
        Some((self.received.admit(tsn, stream, chunk.flags, bytes), stream))
    }

    fn admit_forward(&mut self, value: &[u8]) -> bool {
        let Some(to) = number(value, 0).filter(|_| value.len().is_multiple_of(4)) else {
            return false;
        };
        if is_after(to, self.received.cumulative()) {
            self.received.forward(to);
        }
        true
    }

    /// A request in RE-CONFIG; gives the answer to one that is answered at once.
    pub(super) fn request(
        &mut self,
        kind: u16,
        value: &[u8],
        inbound: &mut Inbound,
    ) -> Option<Vec<u8>> {
        inbound.is_unchanged = false;
        match self.requests.dispose(kind, value) {
            Disposal::Pass(number) => {
                let mut request = value.to_vec();
                request[..4].copy_from_slice(&number.to_be_bytes());
                let mut value = Vec::with_capacity(4 + request.len());
                push_parameter(&mut value, parameter::OUTGOING_RESET, &request);
                inbound.writer.push(chunk::RE_CONFIG, 0, &value);
                inbound.chunks += 1;
                None
            }
            Disposal::Answer(answer) => Some(answer),
            Disposal::Ignore => None,
        }
    }

    /// The packet is read to its end.
    pub(super) fn receive(&mut self, inbound: Inbound, packet: PacketView<'_>, now: Instant) {
        if inbound.chunks == 0 {
            return;
        }
        let is_unchanged =
            inbound.is_unchanged && packet.is_tidy() && packet.chunks().count() == inbound.chunks;
        let packet = if is_unchanged { packet.bytes().to_vec() } else { inbound.writer.finish() };
        self.library.receive(packet, now);
    }

    pub(super) fn timeout(&mut self, now: Instant) {
        self.library.timeout(now);
    }

    pub(super) fn news(&mut self) -> Vec<News> {
        self.library.news()
    }

    /// Packets that go out now, and requests that do not. True when there may be more.
    pub(super) fn packets(
        &mut self,
        packets: &mut Vec<Vec<u8>>,
        withheld: &mut Vec<Withheld>,
        now: Instant,
    ) -> bool {
        let made = self.library.packets(now);
        let more = !made.is_empty();
        let mut filter = Filter {
            ports: self.ports,
            sent: &mut self.sent,
            received: &self.received,
            requests: &self.requests,
            packets,
            withheld,
        };
        made.into_iter().for_each(|packet| filter.pass(packet));
        more
    }

    /// Has the data transfer believe that the peer did what a withheld request asks for.
    pub(super) fn answer(&mut self, withheld: &Withheld, now: Instant) {
        let mut inbound = self.inbound();
        let value = response_value(withheld.number, result::PERFORMED);
        inbound.writer.push(chunk::RE_CONFIG, 0, &value);
        self.library.receive(inbound.writer.finish(), now);
    }
}
