//! Floods and nonsense: what is held stays, and nothing grows.

use std::time::Duration;

use proptest::prelude::*;
use stun_types::message::BINDING;
use turn_types::message::ALLOCATE;

use super::world::{Asker, UNIX_TIME, Values, World, address, client, config};
use crate::turn::server::{timed_password, wire};

const UDP: (stun_types::attribute::AttributeType, &[u8]) =
    (wire::REQUESTED_TRANSPORT, &[17, 0, 0, 0]);

#[test]
fn a_flood_of_requests_from_forged_addresses_leaves_nothing_behind() {
    let mut world = World::new(config());
    let (mut ada, relayed) = Asker::allocated(&mut world, 0);
    let peer = address("192.0.2.77:9000");
    assert_eq!(ada.bind(&mut world, 0x4000, peer), 0);
    for number in 1..20_000 {
        let mut forged = Asker::new(client(number), "ada", "secret");
        let unsigned = forged.unsigned(ALLOCATE, &[UDP]);
        world.client_sends(forged.client, &unsigned);
        let answer = world.answer().unwrap();
        assert_eq!(answer.code, 401);
        // Its answer went elsewhere, so that it guesses.
        forged.nonce = b"00000000ffffffffffffffffffff".to_vec();
        if number % 16 == 0 {
            assert_eq!(forged.ask(&mut world, ALLOCATE, &[UDP]).code, 438);
        }
    }
    assert_eq!(world.server.allocations(), 1);
    assert!(world.server.pending.is_empty() && world.server.outputs.is_empty());
    assert!(world.client_sends(ada.client, b"\x40\x00\x00\x00").is_some());
    assert!(world.peer_sends(relayed, peer, b"x").is_some());
}

#[test]
fn an_answer_to_anybody_is_hardly_longer_than_what_it_answers() {
    let mut world = World::new(config());
    let mut asker = Asker::ada(1);
    let request = asker.unsigned(BINDING, &[]);
    world.client_sends(asker.client, &request);
    let (_, answer) = world.sent.pop().unwrap();
    assert!(answer.len() <= request.len() + 12, "{}", answer.len());
    let request = asker.unsigned(ALLOCATE, &[UDP]);
    world.client_sends(asker.client, &request);
    let (_, answer) = world.sent.pop().unwrap();
    assert!(answer.len() <= 4 * request.len(), "{}", answer.len());
}

#[test]
fn a_flood_of_names_leaves_nothing_behind() {
    let mut world = World::new(config());
    let mut asker = Asker::ada(1);
    asker.learn_nonce(&mut world);
    for number in 0..2_000 {
        asker.name = format!("user{number}");
        assert_eq!(asker.ask(&mut world, ALLOCATE, &[UDP]).code, 401);
        asker.name = format!("{}:user{number}", UNIX_TIME.as_secs() + 100);
        assert_eq!(asker.ask(&mut world, ALLOCATE, &[UDP]).code, 401);
    }
    assert_eq!(world.server.allocations(), 0);
    assert!(world.server.pending.is_empty() && world.server.outputs.is_empty());
}

#[test]
fn a_flood_of_allocations_ends_at_the_limits_and_disturbs_nobody() {
    let mut config = config();
    (config.limits.allocations, config.limits.allocations_per_user) = (40, 8);
    let mut world = World::new(config);
    let (mut ada, relayed) = Asker::allocated(&mut world, 0);
    let peer = address("192.0.2.77:9000");
    assert_eq!(ada.bind(&mut world, 0x4000, peer), 0);
    let mut made = 0;
    for number in 1..400 {
        let name = format!("{}:user{}", UNIX_TIME.as_secs() + 9_000, number % 10);
        let mut one = Asker::new(client(number), &name, &timed_password("north", &name));
        let code = one.allocate(&mut world).code;
        made += u32::from(code == 0);
        assert!([0, 486, 508].contains(&code), "{code}");
    }
    assert_eq!((made, world.server.allocations(), world.relays.len()), (39, 40, 40));
    assert!(world.client_sends(ada.client, b"\x40\x00\x00\x00").is_some());
    assert!(world.peer_sends(relayed, peer, b"x").is_some());
    assert_eq!(ada.bind(&mut world, 0x4001, address("192.0.2.77:9001")), 0);
    world.pass(Duration::from_secs(601));
    assert_eq!((world.server.allocations(), world.relays.len()), (0, 0));
}

#[test]
fn one_client_holds_as_many_permissions_as_it_may() {
    let mut config = config();
    config.limits.permissions = 16;
    let mut world = World::new(config);
    let (mut ada, _) = Asker::allocated(&mut world, 0);
    let mut permitted = 0;
    for number in 0..200_u8 {
        let code = ada.permit(&mut world, address(&format!("192.0.3.{number}:1")));
        permitted += u32::from(code == 0);
        assert!([0, 508].contains(&code), "{code}");
    }
    assert_eq!(permitted, 16);
    let values: Vec<Vec<u8>> =
        (0..17).map(|number| ada.peer(address(&format!("192.0.4.{number}:1")))).collect();
    let values: Vec<_> = values.iter().map(|one| (wire::XOR_PEER_ADDRESS, &one[..])).collect();
    let values: &Values<'_> = &values;
    let answer = ada.ask(&mut world, turn_types::message::CREATE_PERMISSION, values);
    assert_eq!(answer.code, 508);
    // Nor does it get a channel, which would keep its number.
    let peer = address("192.0.4.1:1");
    assert_eq!(ada.bind(&mut world, 0x4000, peer), 508);
    world.pass(Duration::from_secs(301));
    assert_eq!(ada.bind(&mut world, 0x4001, peer), 0);
}

#[test]
fn allocations_made_and_given_back_leave_nothing_behind() {
    let mut world = World::new(config());
    let (mut ada, _) = Asker::allocated(&mut world, 1);
    for _ in 0..1_000 {
        let end: &Values<'_> = &[(wire::LIFETIME, &[0; 4])];
        assert_eq!(ada.ask(&mut world, turn_types::message::REFRESH, end).code, 0);
        assert_eq!(world.drain(), None, "no timer is left");
        assert_eq!(ada.ask(&mut world, ALLOCATE, &[UDP]).code, 0);
    }
    assert_eq!((world.server.allocations(), world.relays.len()), (1, 1));
}

#[test]
fn the_same_seed_and_inputs_give_the_same_bytes() {
    let run = || {
        let mut world = World::new(config());
        let (mut ada, relayed) = Asker::allocated(&mut world, 1);
        ada.permit(&mut world, address("192.0.2.77:1"));
        let mut bytes = ada.nonce.clone();
        for _ in 0..3 {
            let peer = address("192.0.2.77:1");
            world.peer_sends(relayed, peer, b"data").unwrap().write(&mut bytes);
        }
        bytes
    };
    assert_eq!(run(), run());
}

proptest! {
    #[test]
    fn any_bytes_are_borne(
        contents in prop::collection::vec(any::<u8>(), 0..200),
        head in prop::sample::select(vec![0x0000_u16, 0x0001, 0x0003, 0x0016, 0x0008, 0x0009, 0x4000]),
        with_length in any::<bool>(),
    ) {
        let mut world = World::new(config());
        let (mut ada, relayed) = Asker::allocated(&mut world, 1);
        assert_eq!(ada.bind(&mut world, 0x4000, address("192.0.2.77:1")), 0);
        world.client_sends(ada.client, &contents);
        let mut like_a_message = contents.clone();
        if like_a_message.len() >= 20 {
            like_a_message[..2].copy_from_slice(&head.to_be_bytes());
            if with_length {
                let length = (like_a_message.len() - 20) as u16;
                like_a_message[2..4].copy_from_slice(&length.to_be_bytes());
            }
            like_a_message[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
        }
        world.client_sends(ada.client, &like_a_message);
        world.peer_sends(relayed, address("192.0.2.77:1"), &contents);
        prop_assert_eq!(world.server.allocations(), 1);
    }
}
