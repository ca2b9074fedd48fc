//! The data transfer: `sctp-proto`, which does DATA, SACK and FORWARD-TSN, and reassembles.
//!
//! It is begun as one whose set-up happened elsewhere (SNAP), so it draws nothing that reaches a
//! packet: tags and numbers are those of the two INITs that it is given. Closing, resets on the
//! wire and the association's end are not its business.

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sctp_proto::{
    AssociationError, ClientConfig, DatagramEvent, Endpoint, EndpointConfig, Event, Payload,
    PayloadProtocolIdentifier, ReliabilityType, StreamEvent, TransportConfig,
};

use super::config::PACKET_BYTES_MAX;
use super::init::Init;
use super::wire::Ports;
use crate::channel::Reliability;

/// Headers of a packet and of DATA.
const OVERHEAD: usize = 12 + 16;

/// When DATA goes out again before a round trip was measured: as most browsers have it.
const RTO_INITIAL_MS: u64 = 500;

/// The least: peers put off a SACK by 200 ms, and a round trip may be as long.
const RTO_MIN_MS: u64 = 400;

/// The most. After a gap in the connection nothing moves for as long, so it is not the minute of
/// RFC 9260 section 16; a packet every three seconds congests nothing.
const RTO_MAX_MS: u64 = 3_000;

/// An address to name the only peer by.
const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5_000);

/// What a message is (RFC 8831 section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Dcep,
    Text,
    Binary,
    EmptyText,
    EmptyBinary,
    /// Not of data channels, or not any more: to be left out.
    Unknown,
}

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) stream: u16,
    pub(super) kind: Kind,
    pub(super) data: Vec<u8>,
    /// Chunks of DATA that it came in.
    pub(super) pieces: usize,
}

/// What the data transfer tells.
#[derive(Debug)]
pub(super) enum News {
    Message(Message),
    /// The peer reset this stream, and all that it sent before was delivered.
    Finished(u16),
    /// It cannot go on.
    Lost {
        /// A message does not fit.
        no_room: bool,
    },
}

/// The data transfer of one association.
pub(super) struct Library {
    endpoint: Endpoint,
    association: sctp_proto::Association,
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library").finish_non_exhaustive()
    }
}

impl Library {
    /// `None` for two sides that cannot be one association: both have the same tag.
    pub(super) fn new(ports: Ports, local: &Init, peer: &Init) -> Option<Self> {
        let mut endpoint_config = EndpointConfig::new();
        endpoint_config.max_payload_size((PACKET_BYTES_MAX - OVERHEAD) as u32);
        let transport = TransportConfig::default()
            .with_max_receive_buffer_size(local.window)
            .with_max_receive_message_size(local.window)
            .with_max_send_message_size(u32::MAX)
            .with_max_init_retransmits(None)
            .with_max_data_retransmits(None)
            .with_rto_initial_ms(RTO_INITIAL_MS)
            .with_rto_min_ms(RTO_MIN_MS)
            .with_rto_max_ms(RTO_MAX_MS)
            .with_local_port(ports.0)
            .with_remote_port(ports.1);
        let mut config =
            ClientConfig::new().with_snap(local.to_chunk().into(), peer.to_chunk().into());
        config.transport = Arc::new(transport);
        let mut endpoint = Endpoint::new(Arc::new(endpoint_config), None);
        let (_, association) = endpoint.connect(config, PEER).ok()?;
        Some(Library { endpoint, association })
    }

    /// A packet of the peer's, with nothing in it but what was admitted.
    pub(super) fn receive(&mut self, packet: Vec<u8>, now: Instant) {
        let handled = self.endpoint.handle(now, PEER, None, None, packet.into());
        if let Some((_, DatagramEvent::AssociationEvent(event))) = handled {
            self.association.handle_event(event);
        }
    }

    pub(super) fn timeout(&mut self, now: Instant) {
        self.association.handle_timeout(now);
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.association.poll_timeout()
    }

    /// How long to wait for an answer.
    pub(super) fn retransmission_timeout(&self) -> Duration {
        self.association.rtt()
    }

    /// Packets that go out now. To be asked for until there are none.
    pub(super) fn packets(&mut self, now: Instant) -> Vec<Vec<u8>> {
        match self.association.poll_transmit(now).map(|transmit| transmit.payload) {
            Some(Payload::RawEncode(packets)) => packets.into_iter().map(Vec::from).collect(),
            Some(Payload::PartialDecode(_)) | None => Vec::new(),
        }
    }

    /// What happened since the last call.
    pub(super) fn news(&mut self) -> Vec<News> {
        let mut news = Vec::new();
        while let Some(event) = self.association.poll() {
            match event {
                Event::Stream(StreamEvent::Readable { id }) => self.read(id, &mut news),
                Event::Stream(StreamEvent::Finished { id }) => news.push(News::Finished(id)),
                Event::AssociationLost { reason } => news.push(News::Lost {
                    no_room: reason == AssociationError::ReceiveBufferExhausted,
                }),
                _ => {}
            }
        }
        while self.association.poll_endpoint_event().is_some() {}
        news
    }

    fn read(&mut self, id: u16, news: &mut Vec<News>) {
        while let Ok(mut stream) = self.association.stream(id)
            && let Ok(Some(chunks)) = stream.read_sctp()
        {
            let mut data = vec![0; chunks.len()];
            chunks.read(&mut data).expect("the buffer is as long as the message");
            let kind = match chunks.ppi {
                PayloadProtocolIdentifier::Dcep => Kind::Dcep,
                PayloadProtocolIdentifier::String => Kind::Text,
                PayloadProtocolIdentifier::Binary => Kind::Binary,
                PayloadProtocolIdentifier::StringEmpty => Kind::EmptyText,
                PayloadProtocolIdentifier::BinaryEmpty => Kind::EmptyBinary,
                PayloadProtocolIdentifier::Unknown => Kind::Unknown,
            };
            let pieces = chunks.chunks.len();
            news.push(News::Message(Message { stream: id, kind, data, pieces }));
        }
    }

    /// Has this stream ready for sending.
    pub(super) fn open(&mut self, stream: u16) -> bool {
        self.association.stream(stream).is_ok()
            || self.association.open_stream(stream, PayloadProtocolIdentifier::Binary).is_ok()
    }

    /// How messages that are written from here on are sent.
    pub(super) fn set_reliability(&mut self, stream: u16, ordered: bool, reliability: Reliability) {
        let (kind, value) = match reliability {
            Reliability::Reliable => (ReliabilityType::Reliable, 0),
            Reliability::MaxRetransmits { count } => (ReliabilityType::Rexmit, u32::from(count)),
            Reliability::MaxLifetime { ms } => (ReliabilityType::Timed, u32::from(ms)),
        };
        if let Ok(mut stream) = self.association.stream(stream) {
            // It fails for streams that do not exist.
            let _ = stream.set_reliability_params(!ordered, kind, value);
        }
    }

    /// Queues a message, which is not empty. False where the stream takes none.
    pub(super) fn write(&mut self, stream: u16, kind: Kind, data: &[u8]) -> bool {
        let kind = match kind {
            Kind::Dcep => PayloadProtocolIdentifier::Dcep,
            Kind::Text => PayloadProtocolIdentifier::String,
            Kind::Binary => PayloadProtocolIdentifier::Binary,
            Kind::EmptyText => PayloadProtocolIdentifier::StringEmpty,
            Kind::EmptyBinary => PayloadProtocolIdentifier::BinaryEmpty,
            Kind::Unknown => return false,
        };
        let stream = self.association.stream(stream);
        stream.is_ok_and(|mut stream| stream.write_with_ppi(data, kind).is_ok())
    }

    /// Bytes of a stream that the peer has not acknowledged; `None` where there is no such stream.
    pub(super) fn buffered_amount(&mut self, stream: u16) -> Option<usize> {
        self.association.stream(stream).ok()?.buffered_amount().ok()
    }

    /// The peer reset the stream: what is left of its last message goes.
    pub(super) fn discard(&mut self, stream: u16) {
        if let Ok(mut stream) = self.association.stream(stream) {
            // It fails where the association is over.
            let _ = stream.stop();
        }
    }
}
