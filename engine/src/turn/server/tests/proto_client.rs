//! A client of somebody else's, `turn-client-proto`, over the server: allocation, permission,
//! channel, refresh, stale nonce, end.

use std::time::{Duration, Instant};

use turn_client_proto::api::{
    Transmit, TransmitBuild, TurnClientApi, TurnConfig, TurnEvent, TurnPollRet, TurnRecvRet,
};
use turn_client_proto::prelude::DelayedTransmitBuild;
use turn_client_proto::types::{Instant as ProtoInstant, TransportType, TurnCredentials};
use turn_client_proto::udp::TurnClientUdp;

use super::world::{World, address, client, config};
use crate::test_time::origin;
use crate::turn::server::contract::Route;

struct Pair {
    world: World,
    client: TurnClientUdp,
    events: Vec<TurnEvent>,
}

fn proto(at: Instant) -> ProtoInstant {
    ProtoInstant::from_nanos((at - origin()).as_nanos() as i64)
}

impl Pair {
    fn new() -> Self {
        let mut config = config();
        config.limits.nonce_lifetime = Duration::from_secs(120);
        let server = config.listeners[0].local;
        let turn = TurnConfig::new(TurnCredentials::new("ada", "secret"));
        let client = TurnClientUdp::allocate(client(1).address, server, turn);
        Pair { world: World::new(config), client, events: Vec::new() }
    }

    /// Plays on for a while, and gives what peers got.
    fn pass(&mut self, time: Duration) {
        let end = self.world.now + time;
        loop {
            let wait = self.client.poll(proto(self.world.now));
            self.exchange();
            let at = match wait {
                TurnPollRet::WaitUntil(at) => origin() + Duration::from_nanos(at.as_nanos() as u64),
                TurnPollRet::Closed => end,
                other => panic!("{other:?}"),
            };
            if self.world.now >= end {
                return;
            }
            let step = at.clamp(self.world.now + Duration::from_millis(1), end);
            self.world.pass(step - self.world.now);
        }
    }

    fn exchange(&mut self) {
        loop {
            let now = proto(self.world.now);
            while let Some(event) = self.client.poll_event() {
                self.events.push(event);
            }
            let Some(sent) = self.client.poll_transmit(now) else { return };
            let forwarded = self.world.client_sends(client(1), &sent.data).is_some();
            assert!(!forwarded, "it is a request");
            for (to, contents) in std::mem::take(&mut self.world.sent) {
                let (from, to) = (self.client.remote_addr(), to.address);
                let got = Transmit::new(contents, TransportType::Udp, from, to);
                let got = self.client.recv(got, now);
                assert!(matches!(got, TurnRecvRet::Handled), "{got:?}");
            }
        }
    }

    fn send(&mut self, to: std::net::SocketAddr, data: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let now = proto(self.world.now);
        let built = self.client.send_to(TransportType::Udp, to, data.to_vec(), now);
        let built: TransmitBuild<_> = built.expect("there is an allocation")?;
        let bytes = built.data.build();
        let forward = self.world.client_sends(client(1), &bytes)?;
        assert!(matches!(forward.route, Route::Peer { peer, .. } if peer == to));
        let payload = forward.payload.to_vec();
        Some((bytes, payload))
    }

    fn receive(&mut self, peer: std::net::SocketAddr, data: &[u8]) -> Option<Vec<u8>> {
        let relayed = self.client.relayed_addresses().next().expect("an allocation").1;
        let mut bytes = Vec::new();
        self.world.peer_sends(relayed, peer, data)?.write(&mut bytes);
        let (from, to) = (self.client.remote_addr(), client(1).address);
        let got = Transmit::new(bytes, TransportType::Udp, from, to);
        match self.client.recv(got, proto(self.world.now)) {
            TurnRecvRet::PeerData(data) => {
                assert_eq!(data.peer, peer);
                Some(data.data().to_vec())
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn its_allocation_lives_as_long_as_it_wants() {
    let mut pair = Pair::new();
    pair.pass(Duration::from_secs(1));
    assert!(matches!(pair.events[..], [TurnEvent::AllocationCreated(..)]), "{:?}", pair.events);
    let peer = address("192.0.2.77:9000");
    let now = proto(pair.world.now);
    pair.client.create_permission(TransportType::Udp, peer.ip(), now).unwrap();
    pair.pass(Duration::from_secs(1));
    let (bytes, payload) = pair.send(peer, b"hello").expect("it is permitted");
    assert_eq!((bytes[..2].to_vec(), payload), (vec![0x00, 0x16], b"hello".to_vec()));
    assert_eq!(pair.receive(peer, b"world").as_deref(), Some(&b"world"[..]));

    let now = proto(pair.world.now);
    pair.client.bind_channel(TransportType::Udp, peer, now).unwrap();
    pair.pass(Duration::from_secs(1));
    let (bytes, payload) = pair.send(peer, b"hello").expect("it is bound");
    assert_eq!((bytes[0] >> 6, payload), (1, b"hello".to_vec()));
    assert_eq!(pair.receive(peer, b"again").as_deref(), Some(&b"again"[..]));

    // Refreshes of all three, with nonces that are long stale by then.
    pair.pass(Duration::from_secs(2_000));
    assert_eq!(pair.world.server.allocations(), 1);
    assert!(pair.world.server.metrics().stale > 0);
    assert!(pair.send(peer, b"hello").is_some());
    assert_eq!(pair.receive(peer, b"still").as_deref(), Some(&b"still"[..]));

    pair.client.delete(proto(pair.world.now)).unwrap();
    pair.pass(Duration::from_secs(1));
    assert_eq!((pair.world.server.allocations(), pair.world.relays.len()), (0, 0));
}
