//! What one address cannot take from others.

use std::net::IpAddr;
use std::time::Duration;

use super::bench::Bench;
use crate::hub::*;
use crate::protocol::signalling::{ErrorCode, Mode, ServerMessage};

const EVE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9));

fn join(bench: &mut Bench, room: &str) -> ConnectionId {
    let id = bench.open_from(EVE, room, None);
    bench.text(id, r#"{"type":"join","version":1,"name":"Eve"}"#);
    id
}

#[test]
fn sockets_of_one_address_are_limited() {
    let mut bench = Bench::new(Mode::Direct);
    for _ in 0..SOCKETS_PER_ADDRESS {
        let id = bench.open_from(EVE, "tea", None);
        assert_eq!(bench.take(id), []);
    }
    let more = bench.open_from(EVE, "tea", None);
    assert_eq!(bench.error(more), ErrorCode::TooManyConnections);
    assert!(bench.is_closed(more));
    assert_eq!(bench.join("tea").welcome.participants, [], "another address is welcome");
}

#[test]
fn rooms_of_one_address_are_limited_and_come_back_when_they_end() {
    let mut bench = Bench::new(Mode::Direct);
    let rooms_max = SOCKETS_PER_ADDRESS / 2;
    let first = join(&mut bench, "room-0");
    for n in 1..rooms_max {
        join(&mut bench, &format!("room-{n}"));
    }
    let more = join(&mut bench, "one-more");
    assert_eq!(bench.error(more), ErrorCode::TooManyConnections);
    assert_eq!(bench.join("one-more").welcome.participants, []);
    bench.text(first, r#"{"type":"leave"}"#);
    let again = join(&mut bench, "room-again");
    assert!(matches!(bench.take(again)[..], [ServerMessage::Welcome(_)]));
}

#[test]
fn joins_of_one_address_are_limited_in_time() {
    let mut bench = Bench::new(Mode::Direct);
    let mut welcome = 0;
    for _ in 0..1_000 {
        let id = join(&mut bench, "tea");
        welcome += usize::from(matches!(bench.take(id)[..], [ServerMessage::Welcome(_)]));
        bench.text(id, r#"{"type":"leave"}"#);
    }
    assert_eq!(welcome, 256);
    assert_eq!(bench.join("tea").welcome.participants, []);
    bench.now += Duration::from_secs(60);
    let later = join(&mut bench, "tea");
    assert!(matches!(bench.take(later)[..], [ServerMessage::Welcome(_)]));
}

#[test]
fn passwords_cannot_be_guessed_at_leisure() {
    let mut bench = Bench::new(Mode::Direct);
    bench.try_join("tea", r#","password":"milk first""#);
    let guess = |bench: &mut Bench, word: &str| {
        let id = bench.open_from(EVE, "tea", None);
        let join = r#"{"type":"join","version":1,"name":"Eve","password":"#;
        bench.text(id, &format!("{join}\"{word}\"}}"));
        match &bench.take(id)[..] {
            [ServerMessage::Error(error)] => Some(error.code),
            _ => None,
        }
    };
    for n in 0..10 {
        assert_eq!(guess(&mut bench, &format!("word {n}")), Some(ErrorCode::WrongPassword));
    }
    let right = guess(&mut bench, "milk first");
    assert_eq!(right, Some(ErrorCode::RateLimited), "too late to find out");
    bench.now += Duration::from_secs(2);
    assert_eq!(guess(&mut bench, "milk first"), None);
}
