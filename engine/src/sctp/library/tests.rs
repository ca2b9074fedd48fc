//! Against the bare library as a peer, in both roles, as str0m and others drive it: an independent
//! set-up, SACKs and resets.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sctp_proto::{
    Association as Bare, AssociationHandle, ClientConfig, DatagramEvent, Endpoint, EndpointConfig,
    Event as BareEvent, Payload, PayloadProtocolIdentifier, ReliabilityType, ServerConfig,
    StreamEvent,
};

use super::PEER;
use crate::channel::ChannelConfig;
use crate::sctp::{Association, Config, Event, Output};
use crate::test_time::origin;

/// What keeps the bare library's association, as str0m does: the first one that there is.
struct Peer {
    endpoint: Endpoint,
    handle: Option<AssociationHandle>,
    bare: Option<Bare>,
    messages: Vec<(u16, PayloadProtocolIdentifier, Vec<u8>)>,
    resets: Vec<u16>,
}

impl Peer {
    fn new(is_client: bool) -> Self {
        let server = Arc::new(ServerConfig::default());
        let mut endpoint = Endpoint::new(Arc::new(EndpointConfig::new()), Some(server));
        let begun = is_client.then(|| endpoint.connect(ClientConfig::new(), PEER).unwrap());
        let (handle, bare) = begun.unzip();
        Peer { endpoint, handle, bare, messages: Vec::new(), resets: Vec::new() }
    }

    fn receive(&mut self, packet: Vec<u8>, now: Instant) {
        match self.endpoint.handle(now, PEER, None, None, packet.into()) {
            Some((handle, DatagramEvent::NewAssociation(bare))) if self.bare.is_none() => {
                self.handle = Some(handle);
                self.bare = Some(bare);
            }
            Some((_, DatagramEvent::AssociationEvent(event))) => {
                self.bare.as_mut().expect("it began").handle_event(event);
            }
            Some((_, DatagramEvent::NewAssociation(_))) | None => {}
        }
        self.hear();
    }

    fn hear(&mut self) {
        let Some(bare) = &mut self.bare else { return };
        while let Some(event) = bare.poll() {
            match event {
                BareEvent::Stream(StreamEvent::Readable { id }) => {
                    let mut stream = bare.stream(id).unwrap();
                    while let Ok(Some(chunks)) = stream.read_sctp() {
                        let mut data = vec![0; chunks.len()];
                        chunks.read(&mut data).unwrap();
                        self.messages.push((id, chunks.ppi, data));
                    }
                }
                BareEvent::Stream(StreamEvent::Finished { id }) => self.resets.push(id),
                BareEvent::AssociationLost { reason } => panic!("lost: {reason}"),
                _ => {}
            }
        }
    }

    fn packets(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        while let Some(bare) = &mut self.bare
            && let Some(transmit) = bare.poll_transmit(now)
        {
            let Payload::RawEncode(made) = transmit.payload else { continue };
            packets.extend(made.into_iter().map(Vec::from));
        }
        packets
    }
}

/// Carries packets both ways, every millisecond.
fn run(
    ours: &mut Association,
    peer: &mut Peer,
    now: &mut Instant,
    milliseconds: u32,
) -> Vec<Event> {
    let mut events = Vec::new();
    let mut to_peer = VecDeque::new();
    for _ in 0..milliseconds {
        *now += Duration::from_millis(1);
        for packet in peer.packets(*now) {
            ours.handle_packet(&packet, *now);
        }
        to_peer.drain(..).for_each(|packet| peer.receive(packet, *now));
        if let Some(bare) = &mut peer.bare {
            bare.handle_timeout(*now);
        }
        ours.handle_timeout(*now);
        while let Some(output) = ours.poll() {
            match output {
                Output::Packet(packet) => to_peer.push_back(packet),
                Output::Event(event) => events.push(event),
            }
        }
    }
    events
}

fn begun(is_client: bool) -> (Association, Peer, Instant) {
    let mut now = origin();
    let mut ours = Association::new(Config::seeded([9; 32], !is_client), now);
    let mut peer = Peer::new(is_client);
    let events = run(&mut ours, &mut peer, &mut now, 50);
    assert_eq!(events, [Event::Established]);
    (ours, peer, now)
}

#[test]
fn either_begins_or_both() {
    for is_client in [true, false] {
        let (mut ours, mut peer, mut now) = begun(is_client);
        let channel = ours.open(&ChannelConfig::new("x")).unwrap();
        let stream = ours.stream_of(channel).unwrap();
        assert_eq!(stream, u16::from(is_client));
        ours.write(channel, true, &[7; 60_000]).unwrap();
        ours.write(channel, false, b"").unwrap();
        run(&mut ours, &mut peer, &mut now, 200);
        use PayloadProtocolIdentifier::{Binary, Dcep, StringEmpty};
        let kinds: Vec<_> = peer.messages.iter().map(|(id, kind, _)| (*id, *kind)).collect();
        assert_eq!(kinds, [(stream, Dcep), (stream, Binary), (stream, StringEmpty)]);
        assert_eq!(peer.messages[0].2, b"\x03\0\x01\0\0\0\0\0\0\x01\0\0x");
        assert_eq!(peer.messages[1].2, [7; 60_000]);
        assert_eq!(ours.buffered_amount(channel), 0);
    }
}

#[test]
fn its_channels_come_and_go() {
    let (mut ours, mut peer, mut now) = begun(true);
    for life in 0..3u8 {
        let bare = peer.bare.as_mut().unwrap();
        let mut stream = bare.open_stream(4, PayloadProtocolIdentifier::Binary).unwrap();
        stream.set_reliability_params(false, ReliabilityType::Reliable, 0).unwrap();
        let open = b"\x03\0\x01\0\0\0\0\0\0\x01\0\0y";
        stream.write_with_ppi(open, PayloadProtocolIdentifier::Dcep).unwrap();
        stream.write_with_ppi(&[life], PayloadProtocolIdentifier::Binary).unwrap();
        let events = run(&mut ours, &mut peer, &mut now, 100);
        let Some(Event::Opened(opened)) = events.first() else { panic!("it opens: {events:?}") };
        let message = Event::Message { channel: opened.channel, binary: true, data: vec![life] };
        assert_eq!(events[1..], [message]);
        assert_eq!(peer.messages.pop(), Some((4, PayloadProtocolIdentifier::Dcep, vec![2])));
        if life == 1 {
            ours.close(opened.channel);
        } else {
            peer.bare.as_mut().unwrap().stream(4).unwrap().close().unwrap();
        }
        let closed = run(&mut ours, &mut peer, &mut now, 500);
        assert_eq!(closed, [Event::Closed(opened.channel)]);
        assert_eq!(std::mem::take(&mut peer.resets), [4]);
    }
    assert!(ours.is_established());
}
