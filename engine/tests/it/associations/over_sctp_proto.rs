//! sctp-proto, the association of str0m. Its endpoint is not told what its association has for it:
//! that is "drained" when a shutdown begins, and what answers the shutdown would reach nobody.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_engine::Reliability;
use sctp_proto::{
    Association, AssociationEvent, AssociationHandle, ClientConfig, DatagramEvent, Endpoint,
    EndpointConfig, Event, Payload, PayloadProtocolIdentifier, ReliabilityType, ServerConfig,
    StreamEvent, Transmit, TransportConfig,
};

use super::announced::{Heard, How, Streams};

/// Its timer of the set-up begins with the system's clock, a little after ours: rounded up to this
/// it says the same in every run.
const SET_UP_STEP: Duration = Duration::from_millis(500);

/// Messages of browsers.
const MESSAGE_BYTES_MAX: u32 = 256 << 10;

pub(super) struct OverSctpProto {
    endpoint: Endpoint,
    association: Option<(AssociationHandle, Association)>,
    origin: Instant,
    packets: VecDeque<Vec<u8>>,
    heard: VecDeque<Heard>,
    /// What waits for a stream that is still being reset, in its view.
    held: VecDeque<(u16, u32, Vec<u8>, How)>,
}

impl OverSctpProto {
    pub(super) fn new(starts: bool, now: Instant) -> Self {
        let transport = || {
            let transport = TransportConfig::default()
                .with_max_init_retransmits(None)
                .with_max_send_message_size(MESSAGE_BYTES_MAX)
                .with_max_receive_message_size(MESSAGE_BYTES_MAX);
            Arc::new(transport)
        };
        let mut server = ServerConfig::default();
        server.transport = transport();
        let endpoint_config = Arc::new(EndpointConfig::default());
        let mut endpoint = Endpoint::new(endpoint_config, Some(Arc::new(server)));
        let association = starts.then(|| {
            let mut client = ClientConfig::default();
            client.transport = transport();
            endpoint.connect(client, address()).expect("its settings are right")
        });
        OverSctpProto {
            endpoint,
            association,
            origin: now,
            packets: VecDeque::new(),
            heard: VecDeque::new(),
            held: VecDeque::new(),
        }
    }

    fn association(&mut self) -> &mut Association {
        &mut self.association.as_mut().expect("it was set up").1
    }

    /// Whether it takes messages on a stream, which is opened where there is none.
    fn is_open(&mut self, stream: u16) -> bool {
        let association = self.association();
        if let Ok(open) = association.stream(stream) {
            return open.is_writable();
        }
        association.open_stream(stream, PayloadProtocolIdentifier::Binary).is_ok()
    }

    fn hear(&mut self, of: AssociationHandle, event: AssociationEvent) {
        if let Some((handle, association)) = &mut self.association
            && *handle == of
        {
            association.handle_event(event);
        }
    }

    fn drain(&mut self, now: Instant) {
        for (stream, kind, data, how) in std::mem::take(&mut self.held) {
            self.send(stream, kind, &data, how);
        }
        let mut transmits = Vec::new();
        transmits.extend(std::iter::from_fn(|| self.endpoint.poll_transmit()));
        if let Some((_, association)) = &mut self.association {
            transmits.extend(std::iter::from_fn(|| association.poll_transmit(now)));
        }
        for Transmit { payload, .. } in transmits {
            if let Payload::RawEncode(packets) = payload {
                self.packets.extend(packets.into_iter().map(|packet| packet.to_vec()));
            }
        }
        self.take_news();
    }

    /// What can be read, then what happened, and again: some of it waits for what is read.
    fn take_news(&mut self) {
        loop {
            self.take_messages();
            let Some((_, association)) = &mut self.association else { return };
            let Some(event) = association.poll() else { return };
            match event {
                Event::Connected => self.heard.push_back(Heard::Established),
                Event::HandshakeFailed { .. } | Event::AssociationLost { .. } => {
                    self.heard.push_back(Heard::Ended);
                }
                Event::Stream(StreamEvent::Finished { id }) => {
                    self.heard.push_back(Heard::Incoming(id));
                }
                Event::Stream(StreamEvent::ResetComplete { id }) => {
                    self.heard.push_back(Heard::Outgoing(id));
                }
                Event::Stream(StreamEvent::ResetFailed { id, reason }) => {
                    panic!("stream {id} is not reset: {reason:?}");
                }
                _ => {}
            }
        }
    }

    fn take_messages(&mut self) {
        let Some((_, association)) = &mut self.association else { return };
        let mut streams = association.stream_ids();
        streams.sort_unstable();
        for stream in streams {
            while let Ok(mut open) = association.stream(stream)
                && let Ok(Some(chunks)) = open.read_sctp()
            {
                let mut data = vec![0; chunks.len()];
                let length = chunks.read(&mut data).expect("there is room for all of it");
                assert_eq!(length, data.len(), "all of it");
                self.heard.push_back(Heard::Message { stream, kind: chunks.ppi as u32, data });
            }
        }
    }
}

fn address() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 5000))
}

impl Streams for OverSctpProto {
    fn handle_packet(&mut self, packet: &[u8], now: Instant) {
        let packet = packet.to_vec().into();
        let Some((handle, event)) = self.endpoint.handle(now, address(), None, None, packet) else {
            return;
        };
        match event {
            DatagramEvent::AssociationEvent(event) => self.hear(handle, event),
            // Its users take the first: an INIT that crosses its own makes a second.
            DatagramEvent::NewAssociation(association) => {
                self.association.get_or_insert((handle, association));
            }
        }
        self.drain(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        if let Some((_, association)) = &mut self.association {
            association.handle_timeout(now);
        }
        self.drain(now);
    }

    fn next_timeout(&self) -> Option<Instant> {
        let (_, association) = self.association.as_ref()?;
        let timeout = association.poll_timeout()?;
        if !association.is_handshaking() {
            return Some(timeout);
        }
        let step = SET_UP_STEP.as_nanos();
        let steps = (timeout - self.origin).as_nanos().div_ceil(step);
        Some(self.origin + SET_UP_STEP * u32::try_from(steps).expect("not that long"))
    }

    fn poll_packet(&mut self, now: Instant) -> Option<Vec<u8>> {
        if self.packets.is_empty() {
            self.drain(now);
        }
        self.packets.pop_front()
    }

    fn poll_heard(&mut self) -> Option<Heard> {
        self.heard.pop_front()
    }

    fn open(&mut self, stream: u16) {
        assert!(self.is_open(stream), "stream {stream} is free");
    }

    fn send(&mut self, stream: u16, kind: u32, data: &[u8], how: How) {
        let (reliability, value) = match how.reliability {
            Reliability::Reliable => (ReliabilityType::Reliable, 0),
            Reliability::MaxRetransmits { count } => (ReliabilityType::Rexmit, count.into()),
            Reliability::MaxLifetime { ms } => (ReliabilityType::Timed, ms.into()),
        };
        // The answer to its reset was lost, and the stream is in its next life already.
        if !self.is_open(stream) {
            self.held.push_back((stream, kind, data.to_vec(), how));
            return;
        }
        let mut open = self.association().stream(stream).expect("it is open");
        open.set_reliability_params(!how.ordered, reliability, value).expect("it is open");
        let kind = PayloadProtocolIdentifier::from(kind);
        let length = open.write_with_ppi(data, kind).expect("it can be written");
        assert_eq!(length, data.len(), "all of it");
    }

    fn buffered(&mut self, stream: u16) -> usize {
        let Some((_, association)) = &mut self.association else { return 0 };
        association.stream(stream).map_or(0, |open| open.buffered_amount().unwrap_or(0))
    }

    fn reset(&mut self, stream: u16) {
        // Where the peer was first it has done so by itself.
        if let Ok(mut open) = self.association().stream(stream) {
            open.close().expect("it is established");
        }
    }

    fn shutdown(&mut self) {
        self.association().shutdown().expect("it is established");
    }

    fn abort(&mut self) {
        self.association().close().expect("it can always be closed");
    }
}
