//! Payloads through the relay, and what becomes of allocations.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use lapwing_drivers::relay::{RelayConfig, RelayServer};
use lapwing_engine::Protocol;

use super::client::Client;
use super::fixture::{await_metrics, config, port, start};

fn peer() -> UdpSocket {
    let peer = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    peer.set_read_timeout(Some(Duration::from_secs(20))).expect("it can wait");
    peer
}

/// Waits until the relay has as many allocations.
fn await_allocations(relay: &RelayServer, count: u64) {
    await_metrics(relay, |metrics| metrics.allocations == count);
}

fn through(protocol: Protocol) {
    let relay = start(config());
    let (mut client, relayed) = Client::allocated(&relay, protocol);
    let peer = peer();
    let at = peer.local_addr().expect("an address");
    let mut bytes = [0; 8192];
    client.permit(at);
    for length in [1, 2, 1200] {
        client.send(at, &vec![7; length]);
        assert_eq!(peer.recv_from(&mut bytes).expect("it comes"), (length, relayed));
        peer.send_to(&vec![9; length], relayed).expect("it is near");
        assert_eq!(client.receive(), (at, vec![9; length]));
    }
    client.bind(at);
    // This client's machine knows no padding, so that over a connection lengths need none.
    let unit = if protocol == Protocol::Udp { 1 } else { 4 };
    for length in [0, 1, 2, 3, 1200].map(|length| length * unit) {
        client.send(at, &vec![7; length]);
        assert_eq!(peer.recv_from(&mut bytes).expect("it comes"), (length, relayed));
    }
    for length in (1..100).map(|length| length * unit) {
        peer.send_to(&vec![9; length], relayed).expect("it is near");
        assert_eq!(client.receive(), (at, vec![9; length]));
    }
    await_allocations(&relay, 1);
    await_metrics(&relay, |metrics| {
        (metrics.turn.packets_to_peers, metrics.turn.packets_to_clients) == (8, 102)
    });
    client.give_back(&relay);
    relay.stop().expect("nothing failed");
}

#[test]
fn payloads_go_both_ways_over_udp() {
    through(Protocol::Udp);
}

#[test]
fn payloads_go_both_ways_over_tcp() {
    through(Protocol::Tcp);
}

#[test]
fn a_train_of_payloads_arrives_whole_and_in_order() {
    let relay = start(config());
    let (mut client, relayed) = Client::allocated(&relay, Protocol::Udp);
    let peer = peer();
    let at = peer.local_addr().expect("an address");
    client.bind(at);
    let mut bytes = [0; 2048];
    for round in 0..20_u8 {
        let sizes: Vec<usize> = (0..16).map(|n| if n % 5 == 4 { 77 } else { 1000 }).collect();
        for (number, size) in sizes.iter().enumerate() {
            let mut payload = vec![round; *size];
            payload[0] = number as u8;
            peer.send_to(&payload, relayed).expect("it is near");
            client.send(at, &payload);
        }
        for (number, size) in sizes.iter().enumerate() {
            let (length, _) = peer.recv_from(&mut bytes).expect("it comes");
            assert_eq!((length, bytes[0], bytes[1]), (*size, number as u8, round));
            let (_, got) = client.receive();
            assert_eq!((got.len(), got[0], got[1]), (*size, number as u8, round));
        }
    }
}

#[test]
fn a_connection_that_closes_takes_its_allocation_along() {
    let relay = start(config());
    let (client, relayed) = Client::allocated(&relay, Protocol::Tcp);
    await_allocations(&relay, 1);
    assert_eq!(relay.metrics().connections, 1);
    drop(client);
    await_allocations(&relay, 0);
    assert_eq!(relay.metrics().connections, 0);
    UdpSocket::bind(relayed).expect("its port is free again");
}

#[test]
fn all_threads_together_hold_to_the_limits() {
    let mut config = config();
    config.limits.allocations_per_user = 6;
    let relay = start(config);
    let clients: Vec<_> = (0..6).map(|_| Client::allocated(&relay, Protocol::Udp)).collect();
    let ports: std::collections::BTreeSet<_> =
        clients.iter().map(|(_, relayed)| relayed.port()).collect();
    assert_eq!(ports.len(), 6);
    await_allocations(&relay, 6);
    Client::refused(&relay, Protocol::Udp);
    drop(clients);
}

#[test]
fn a_port_is_one_relay_s() {
    let relay = start(config());
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let at = SocketAddr::from(([127, 0, 0, 1], port(&relay, protocol)));
        let second = RelayConfig { listen: vec![(at, protocol)], ..config() };
        let refused = RelayServer::start(second, |fault| panic!("{fault}"));
        let refused = refused.map(|_| ()).expect_err("it is taken");
        assert_eq!(refused.kind(), std::io::ErrorKind::AddrInUse, "{refused}");
    }
    relay.stop().expect("nothing failed");
}
