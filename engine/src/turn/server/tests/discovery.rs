//! Binding, and RFC 5780.

use std::net::SocketAddr;

use stun_types::attribute::AttributeType;
use stun_types::message::BINDING;

use super::world::{Asker, World, address, client, config};
use crate::datagram::Protocol;
use crate::turn::server::contract::Client;
use crate::turn::server::{Listener, ListenerId, wire};

fn four() -> World {
    let mut config = config();
    let locals = ["192.0.2.1:3478", "192.0.2.1:3479", "192.0.2.2:3478", "192.0.2.2:3479"];
    config.listeners = locals.map(|local| Listener::new(address(local), Protocol::Udp)).to_vec();
    World::new(config)
}

fn binding(world: &mut World, to: u16, change: Option<u8>) -> super::world::Answered {
    let asker_client = Client { listener: ListenerId(to), ..client(1) };
    let mut asker = Asker::new(asker_client, "", "");
    let value = change.map(|flags| [0, 0, 0, flags]);
    let values: Vec<(_, &[u8])> =
        value.iter().map(|value| (wire::CHANGE_REQUEST, &value[..])).collect();
    let request = asker.unsigned(BINDING, &values);
    world.client_sends(asker_client, &request);
    world.answer().expect("it is answered")
}

#[test]
fn a_server_with_four_addresses_answers_from_each() {
    let mut world = four();
    let plain = |port: u16, last: u8| {
        let port = port.to_be_bytes();
        vec![0, 1, port[0], port[1], 192, 0, 2, last]
    };
    for (to, flags, from, origin) in [
        (0, None, 0, plain(3478, 1)),
        (0, Some(0), 0, plain(3478, 1)),
        (0, Some(2), 1, plain(3479, 1)),
        (0, Some(4), 2, plain(3478, 2)),
        (0, Some(6), 3, plain(3479, 2)),
        (3, Some(6), 0, plain(3478, 1)),
        (3, Some(2), 2, plain(3478, 2)),
    ] {
        let answer = binding(&mut world, to, flags);
        assert_eq!((answer.code, answer.client.listener), (0, ListenerId(from)));
        assert_eq!(answer.mapped, Some(client(1).address));
        assert_eq!(answer.others[&wire::RESPONSE_ORIGIN.value()], origin);
        let across = if to == 0 { plain(3479, 2) } else { plain(3478, 1) };
        assert_eq!(answer.others[&wire::OTHER_ADDRESS.value()], across);
    }
}

/// What a server with four addresses says to a request with these attributes.
fn with(values: &[(AttributeType, &[u8])]) -> super::world::Answered {
    let mut world = four();
    let mut asker = Asker::new(client(1), "", "");
    let request = asker.unsigned(BINDING, values);
    world.client_sends(client(1), &request);
    world.answer().expect("it is answered")
}

#[test]
fn an_answer_goes_to_another_port_or_carries_as_much_as_its_question() {
    for port in [&[0x23, 0x28][..], &[0x23, 0x28, 0, 0]] {
        let answer = with(&[(wire::RESPONSE_PORT, port), (wire::CHANGE_REQUEST, &[0, 0, 0, 2])]);
        let to = SocketAddr::new(client(1).address.ip(), 9_000);
        assert_eq!((answer.code, answer.client.address), (0, to));
        assert_eq!(
            (answer.client.listener, answer.mapped),
            (ListenerId(1), Some(client(1).address))
        );
    }
    let answer = with(&[(wire::PADDING, &[7; 1_500])]);
    assert_eq!(answer.others[&wire::PADDING.value()], vec![0; 1_500]);
    assert_eq!(answer.client.address, client(1).address);
    for wrong in [
        &[(wire::PADDING, &[0; 8][..]), (wire::RESPONSE_PORT, &[0x23, 0x28])][..],
        &[(wire::RESPONSE_PORT, &[0, 0])],
    ] {
        let answer = with(wrong);
        assert_eq!((answer.code, answer.client.address), (400, client(1).address));
    }
}

#[test]
fn a_server_with_one_address_says_that_it_cannot() {
    let mut world = World::new(config());
    let answer = binding(&mut world, 0, None);
    assert_eq!(answer.code, 0);
    assert!(!answer.others.contains_key(&wire::OTHER_ADDRESS.value()));
    let answer = binding(&mut world, 0, Some(6));
    assert_eq!((answer.code, &answer.others[&0x000a][..]), (420, &[0x00, 0x03][..]));
}

#[test]
fn a_fingerprint_is_answered_by_one() {
    let mut world = World::new(config());
    let with = b"\x00\x01\x00\x08\x21\x12\xa4\x42twelve bytes\x80\x28\x00\x04\x66\x53\x7f\x86";
    world.client_sends(client(1), with);
    assert!(world.answer().is_none(), "it does not fit");
    let mut asker = Asker::ada(1);
    let mut written = asker.begin(BINDING);
    stun_types::prelude::MessageWriteExt::add_fingerprint(&mut written).unwrap();
    let request = stun_types::prelude::MessageWrite::finish(written);
    world.client_sends(client(1), &request);
    let answer = world.answer().unwrap();
    assert!(answer.others.contains_key(&0x8028));
}
