//! Allocations: made, refused, renewed and ended.

use std::time::Duration;

use turn_types::message::{ALLOCATE, CHANNEL_BIND, CREATE_PERMISSION, REFRESH};

use super::world::{Answered, Asker, UNIX_TIME, Values, World, address, client, config};
use crate::turn::server::contract::{Client, RelayFault, TurnInput};
use crate::turn::server::{ListenerId, RelayFamilies, timed_password, wire};

const UDP: (stun_types::attribute::AttributeType, &[u8]) =
    (wire::REQUESTED_TRANSPORT, &[17, 0, 0, 0]);

#[test]
fn an_allocation_is_made_repeated_and_refreshed() {
    let mut world = World::new(config());
    let mut ada = Asker::ada(1);
    ada.learn_nonce(&mut world);
    let request = ada.signed(ALLOCATE, &[UDP]);
    let ask = |world: &mut World| {
        world.client_sends(ada.client, &request);
        world.answer().unwrap()
    };
    let first = ask(&mut world);
    assert_eq!((first.code, first.lifetime, first.is_signed), (0, Some(600), true));
    assert_eq!(first.mapped, Some(client(1).address));
    assert_eq!(first.relayed.len(), 1);
    assert_eq!(ask(&mut world), first, "sent again, it is answered the same");
    assert_eq!((world.server.allocations(), world.relays.len()), (1, 1));

    assert_eq!(ada.ask(&mut world, ALLOCATE, &[UDP]).code, 437);
    let mut refresh = |world: &mut World, seconds: u32| {
        let answer = ada.ask(world, REFRESH, &[(wire::LIFETIME, &seconds.to_be_bytes())]);
        (answer.code, answer.lifetime)
    };
    assert_eq!(refresh(&mut world, 10), (0, Some(600)), "no less than is usual");
    assert_eq!(refresh(&mut world, 1800), (0, Some(1800)));
    assert_eq!(refresh(&mut world, 86_400), (0, Some(3600)), "no more than there is");
    world.pass(Duration::from_secs(60));
    assert_eq!(refresh(&mut world, 900), (0, Some(900)), "less than there was");
    world.pass(Duration::from_secs(899));
    assert_eq!(world.server.allocations(), 1);
    world.pass(Duration::from_secs(1));
    assert_eq!((world.server.allocations(), world.relays.len()), (0, 0));
    assert_eq!((world.server.metrics().allocated, world.server.metrics().ended), (1, 1));
}

#[test]
fn what_is_asked_wrongly_is_refused_by_its_code() {
    let mut world = World::new(config());
    let mut ada = Asker::ada(1);
    ada.learn_nonce(&mut world);
    let v6: &[u8] = &[2, 0, 0, 0];
    let cases: &[(&Values<'_>, u16)] = &[
        (&[], 400),
        (&[(wire::REQUESTED_TRANSPORT, &[17])], 400),
        (&[(wire::REQUESTED_TRANSPORT, &[6, 0, 0, 0])], 442),
        (&[UDP, (wire::REQUESTED_ADDRESS_FAMILY, &[3, 0, 0, 0])], 440),
        (&[UDP, (wire::REQUESTED_ADDRESS_FAMILY, v6), (wire::ADDITIONAL_ADDRESS_FAMILY, v6)], 400),
        (&[UDP, (wire::ADDITIONAL_ADDRESS_FAMILY, &[1, 0, 0, 0])], 400),
        (&[UDP, (wire::EVEN_PORT, &[0x80])], 508),
        (&[UDP, (wire::RESERVATION_TOKEN, &[7; 8])], 508),
        (&[UDP, (wire::RESERVATION_TOKEN, &[7; 8]), (wire::EVEN_PORT, &[0])], 400),
        (&[UDP, (0x7fff.into(), &[1])], 420),
    ];
    for (values, code) in cases {
        let answer = ada.ask(&mut world, ALLOCATE, values);
        assert_eq!((answer.code, answer.is_signed), (*code, true), "{values:?}");
    }
    assert_eq!(world.server.allocations(), 0);
    let polite: &Values<'_> = &[UDP, (wire::DONT_FRAGMENT, &[]), (wire::EVEN_PORT, &[0])];
    let answer = ada.ask(&mut world, ALLOCATE, polite);
    assert_eq!((answer.code, answer.relayed[0].port() % 2), (0, 0));
}

#[test]
fn only_who_knows_a_password_is_served() {
    let mut world = World::new(config());
    let mut wrong = Asker::new(client(1), "ada", "guess");
    assert_eq!(wrong.allocate(&mut world).code, 401);
    assert_eq!(Asker::new(client(1), "eve", "secret").allocate(&mut world).code, 401);
    let mut ada = Asker::ada(1);
    ada.nonce = b"00000000ffffffffffffffffffff".to_vec();
    assert_eq!(ada.ask(&mut world, ALLOCATE, &[UDP]).code, 438);
    ada.learn_nonce(&mut world);
    let mut elsewhere = Asker { client: client(2), ..ada.clone() };
    assert_eq!(elsewhere.ask(&mut world, ALLOCATE, &[UDP]).code, 438, "it is of another address");
    world.pass(Duration::from_secs(3601));
    let stale = ada.ask(&mut world, ALLOCATE, &[UDP]);
    assert_eq!((stale.code, stale.is_signed), (438, false));
    ada.nonce = stale.nonce.expect("a new one");
    assert_eq!(ada.ask(&mut world, ALLOCATE, &[UDP]).code, 0);
    let metrics = world.server.metrics();
    assert_eq!((metrics.unauthenticated, metrics.stale), (5, 3));
}

#[test]
fn names_that_expire_are_served_until_then() {
    let mut world = World::new(config());
    let name = format!("{}:ada", UNIX_TIME.as_secs() + 60);
    let mut guest = Asker::new(client(1), &name, &timed_password("north", &name));
    assert_eq!(guest.allocate(&mut world).code, 0);
    world.pass(Duration::from_secs(60));
    assert_eq!(guest.ask(&mut world, REFRESH, &[]).code, 401);
    let mut other = Asker::new(client(2), &name, &timed_password("north", &name));
    assert_eq!(other.allocate(&mut world).code, 401);
    let later = format!("{}:bob", UNIX_TIME.as_secs() + 600);
    let mut forged = Asker::new(client(3), &later, &timed_password("south", &later));
    assert_eq!(forged.allocate(&mut world).code, 401);
}

#[test]
fn an_allocation_is_its_users_alone() {
    let mut world = World::new(config());
    let (ada, _) = Asker::allocated(&mut world, 1);
    let mut bob = Asker { nonce: ada.nonce, ..Asker::new(client(1), "bob", "hidden") };
    for method in [REFRESH, CREATE_PERMISSION, CHANNEL_BIND] {
        assert_eq!(bob.ask(&mut world, method, &[]).code, 441);
    }
    assert_eq!(bob.ask(&mut world, ALLOCATE, &[UDP]).code, 437);
    let mut nobody = Asker::ada(2);
    nobody.learn_nonce(&mut world);
    for method in [REFRESH, CREATE_PERMISSION, CHANNEL_BIND] {
        assert_eq!(nobody.ask(&mut world, method, &[]).code, 437);
    }
}

#[test]
fn limits_hold_for_a_user_and_for_all() {
    let mut config = config();
    (config.limits.allocations, config.limits.allocations_per_user) = (3, 2);
    config.alternate = Some(address("192.0.2.9:3478"));
    let mut world = World::new(config);
    let (mut ada, _) = Asker::allocated(&mut world, 1);
    Asker::allocated(&mut world, 2);
    assert_eq!(Asker::ada(3).allocate(&mut world).code, 486);
    assert_eq!(Asker::new(client(4), "bob", "hidden").allocate(&mut world).code, 0);
    let full = Asker::new(client(5), "bob", "hidden").allocate(&mut world);
    assert_eq!(full.code, 300);
    assert_eq!(full.others[&wire::ALTERNATE_SERVER.value()], [0, 1, 13, 150, 192, 0, 2, 9]);
    let ended = ada.ask(&mut world, REFRESH, &[(wire::LIFETIME, &[0; 4])]);
    assert_eq!((ended.code, ended.lifetime), (0, Some(0)));
    assert_eq!(Asker::ada(3).allocate(&mut world).code, 0, "there is room again");
    let metrics = world.server.metrics();
    assert_eq!((metrics.over_quota, metrics.over_capacity), (1, 1));
}

#[test]
fn relayed_addresses_that_cannot_be_had_are_refused() {
    let mut world = World::new(config());
    for (fault, code) in [(RelayFault::Capacity, 508), (RelayFault::Quota, 486)] {
        world.fault = Some(fault);
        assert_eq!(Asker::ada(1).allocate(&mut world).code, code);
        assert_eq!(world.server.allocations(), 0);
    }
    world.fault = None;
    let (mut ada, relayed) = Asker::allocated(&mut world, 1);
    let relay = world.relays[&relayed];
    let fault = RelayFault::Capacity;
    world.server.handle_input(TurnInput::RelayFailed { relay, fault }, world.now);
    world.drain();
    assert_eq!(world.server.allocations(), 0, "it broke");
    assert_eq!(ada.ask(&mut world, REFRESH, &[]).code, 437);
}

#[test]
fn both_families_are_had_at_once_and_given_back_one_by_one() {
    let mut world = World::new(config());
    let mut ada = Asker::ada(1);
    ada.learn_nonce(&mut world);
    let both: &Values<'_> = &[UDP, (wire::ADDITIONAL_ADDRESS_FAMILY, &[2, 0, 0, 0])];
    let answer = ada.ask(&mut world, ALLOCATE, both);
    assert_eq!(answer.relayed.len(), 2);
    assert!(answer.relayed[0].is_ipv4() && answer.relayed[1].is_ipv6());
    assert_eq!(ada.bind(&mut world, 0x4000, address("192.0.2.5:1")), 0);
    assert_eq!(ada.bind(&mut world, 0x4001, address("[2001:db8::5]:1")), 0);
    let end_of_v4: &Values<'_> =
        &[(wire::LIFETIME, &[0; 4]), (wire::REQUESTED_ADDRESS_FAMILY, &[1, 0, 0, 0])];
    assert_eq!(ada.ask(&mut world, REFRESH, end_of_v4).code, 0);
    assert_eq!(world.relays.keys().copied().collect::<Vec<_>>(), [answer.relayed[1]]);
    assert_eq!(ada.ask(&mut world, REFRESH, end_of_v4).code, 443);
    assert!(world.client_sends(ada.client, &[0x40, 0, 0, 0]).is_none());
    assert!(world.client_sends(ada.client, &[0x40, 1, 0, 0]).is_some());
    assert_eq!(ada.permit(&mut world, address("192.0.2.5:1")), 443);

    let mut config = config();
    config.families = RelayFamilies::V4;
    let mut world = World::new(config);
    let mut ada = Asker::ada(1);
    ada.learn_nonce(&mut world);
    let v6: &Values<'_> = &[UDP, (wire::REQUESTED_ADDRESS_FAMILY, &[2, 0, 0, 0])];
    assert_eq!(ada.ask(&mut world, ALLOCATE, v6).code, 440);
    let one = ada.ask(&mut world, ALLOCATE, both);
    assert_eq!((one.code, one.relayed.len()), (0, 1));
    assert_eq!(one.others[&wire::ADDRESS_ERROR_CODE.value()], [2, 0, 4, 40]);
}

#[test]
fn a_connection_takes_its_allocation_along() {
    let mut world = World::new(config());
    let over_tcp = Client { listener: ListenerId(1), ..client(1) };
    let mut ada = Asker::new(over_tcp, "ada", "secret");
    let answer: Answered = ada.allocate(&mut world);
    assert_eq!((answer.code, answer.client), (0, over_tcp));
    world.server.handle_input(TurnInput::ClientClosed(client(1)), world.now);
    assert_eq!(world.server.allocations(), 1, "that is another one, by UDP");
    world.server.handle_input(TurnInput::ClientClosed(over_tcp), world.now);
    world.drain();
    assert_eq!((world.server.allocations(), world.relays.len()), (0, 0));
}
