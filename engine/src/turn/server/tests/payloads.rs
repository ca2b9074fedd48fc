//! Payloads in both directions.

use std::time::Duration;

use super::world::{Asker, World, address, client, config};
use crate::turn::message::parse;
use crate::turn::server::contract::{Client, Route};
use crate::turn::server::{ListenerId, wire};

#[test]
fn channel_data_goes_both_ways_where_it_lies() {
    let mut world = World::new(config());
    let (mut ada, relayed) = Asker::allocated(&mut world, 1);
    let peer = address("192.0.2.77:9000");
    assert!(world.client_sends(ada.client, b"\x40\x00\x00\x01a").is_none(), "nothing is bound");
    assert_eq!(ada.bind(&mut world, 0x4000, peer), 0);
    // With padding behind it.
    let sent = b"\x40\x00\x00\x05hello\x00\x00\x00";
    let forward = world.client_sends(ada.client, sent).unwrap();
    let relay = world.relays[&relayed];
    assert_eq!(forward.route, Route::Peer { relay, peer });
    assert_eq!((forward.header.as_slice(), forward.payload), (&b""[..], &b"hello"[..]));
    assert!(std::ptr::eq(forward.payload, &sent[4..9]), "it is not copied");

    let back = world.peer_sends(relayed, peer, b"world!").unwrap();
    assert_eq!(back.route, Route::Client(ada.client));
    assert_eq!((back.header.as_slice(), back.padding), (&b"\x40\x00\x00\x06"[..], 0));
    let empty = world.peer_sends(relayed, peer, b"").unwrap();
    assert_eq!((empty.header.as_slice(), empty.len()), (&b"\x40\x00\x00\x00"[..], 4));
    assert!(world.client_sends(ada.client, b"\x40\x00\x00\x06hello").is_none(), "it is cut off");
    assert!(world.client_sends(client(2), sent).is_none(), "it is another's");
    let metrics = world.server.metrics();
    assert_eq!((metrics.packets_to_peers, metrics.bytes_to_peers), (1, 5));
    assert_eq!((metrics.packets_to_clients, metrics.bytes_to_clients), (2, 6));
    assert_eq!((metrics.dropped_from_clients, metrics.malformed), (2, 1));
}

#[test]
fn over_a_connection_channel_data_is_padded() {
    let mut world = World::new(config());
    let over_tcp = Client { listener: ListenerId(1), ..client(1) };
    let mut ada = Asker::new(over_tcp, "ada", "secret");
    let relayed = ada.allocate(&mut world).relayed[0];
    let peer = address("192.0.2.77:9000");
    assert_eq!(ada.bind(&mut world, 0x4fff, peer), 0);
    for length in 0..9 {
        let payload = vec![7; length];
        let back = world.peer_sends(relayed, peer, &payload).unwrap();
        let mut whole = Vec::new();
        back.write(&mut whole);
        assert_eq!((back.len(), whole.len()), (whole.len(), 4 + length.next_multiple_of(4)));
        assert_eq!(whole[2..4], (length as u16).to_be_bytes());
    }
}

#[test]
fn indications_go_both_ways_with_permission_only() {
    let mut world = World::new(config());
    let (mut ada, relayed) = Asker::allocated(&mut world, 1);
    let peer = address("192.0.2.77:9000");
    let stranger = address("192.0.2.78:9000");
    let sent = ada.send_indication(peer, b"hello");
    assert!(world.client_sends(ada.client, &sent).is_none());
    assert!(world.peer_sends(relayed, peer, b"x").is_none());
    assert_eq!(ada.permit(&mut world, address("192.0.2.77:1")), 0, "its port does not matter");
    let sent = ada.send_indication(peer, b"hello");
    let forward = world.client_sends(ada.client, &sent).unwrap();
    let relay = world.relays[&relayed];
    assert_eq!((forward.route, forward.payload), (Route::Peer { relay, peer }, &b"hello"[..]));
    assert!(world.peer_sends(relayed, stranger, b"x").is_none());

    for length in [0, 1, 2, 3, 4, 1200] {
        let payload = vec![9; length];
        let back = world.peer_sends(relayed, peer, &payload).unwrap();
        let mut whole = Vec::new();
        back.write(&mut whole);
        let message = parse(&whole).expect("a Data indication");
        assert_eq!(wire::peers(&message), Some(vec![peer]));
        assert_eq!(message.raw_attribute(wire::DATA).unwrap().value[..], payload);
    }
    world.pass(Duration::from_secs(301));
    assert!(world.peer_sends(relayed, peer, b"x").is_none(), "permissions end");
    let sent = ada.send_indication(peer, b"hello");
    assert!(world.client_sends(ada.client, &sent).is_none());
}

#[test]
fn a_channel_permits_its_peer_and_outlives_the_permission() {
    let mut world = World::new(config());
    let (mut ada, relayed) = Asker::allocated(&mut world, 1);
    let peer = address("192.0.2.77:9000");
    assert_eq!(ada.bind(&mut world, 0x4000, peer), 0);
    let other_port = address("192.0.2.77:9001");
    let back = world.peer_sends(relayed, other_port, b"x").unwrap();
    assert_eq!(back.header.as_slice()[..2], [0x00, 0x17], "as a Data indication");
    world.pass(Duration::from_secs(301));
    assert!(world.client_sends(ada.client, b"\x40\x00\x00\x00").is_some());
    assert!(world.peer_sends(relayed, peer, b"x").is_none());
    assert_eq!(ada.bind(&mut world, 0x4000, peer), 0, "bound again, it permits again");
    assert!(world.peer_sends(relayed, peer, b"x").is_some());
}

#[test]
fn numbers_and_peers_of_channels_are_checked() {
    let mut config = config();
    config.limits.channels = 2;
    let mut world = World::new(config);
    let (mut ada, _) = Asker::allocated(&mut world, 1);
    let peer = |port: u16| address(&format!("192.0.2.77:{port}"));
    for number in [0, 0x3fff, 0x8000, 0xffff] {
        assert_eq!(ada.bind(&mut world, number, peer(1)), 400);
    }
    assert_eq!(ada.bind(&mut world, 0x4000, peer(1)), 0);
    assert_eq!(ada.bind(&mut world, 0x4000, peer(2)), 400);
    assert_eq!(ada.bind(&mut world, 0x4001, peer(1)), 400);
    assert_eq!(ada.bind(&mut world, 0x7fff, peer(2)), 0);
    assert_eq!(ada.bind(&mut world, 0x4002, peer(3)), 508);
    assert_eq!(ada.bind(&mut world, 0x4000, peer(1)), 0, "renewed");
    assert_eq!(ada.bind(&mut world, 0x4002, address("[2001:db8::5]:1")), 443);
}

#[test]
fn the_inside_and_the_server_itself_are_no_peers() {
    let mut world = World::new(config());
    let (mut ada, _) = Asker::allocated(&mut world, 1);
    let inside = address("10.0.0.7:80");
    assert_eq!(ada.permit(&mut world, inside), 403);
    assert_eq!(ada.bind(&mut world, 0x4000, inside), 403);
    let itself = address("192.0.2.1:3478");
    assert_eq!(ada.bind(&mut world, 0x4000, itself), 403);
    assert_eq!(ada.permit(&mut world, itself), 0, "other ports of it are");
    let sent = ada.send_indication(itself, b"\x00\x01\x00\x00\x21\x12\xa4\x42twelve bytes");
    assert!(world.client_sends(ada.client, &sent).is_none());
    assert_eq!(world.server.metrics().forbidden, 3);
}
