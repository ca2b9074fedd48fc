//! Passwords, the host, and the lobby of a locked room.

use super::bench::{Bench, Joined};
use crate::hub::*;
use crate::protocol::signalling::{
    ErrorCode, Mode, ParticipantId, ServerMessage, WAITING_MAX, WAITING_SECONDS,
};

const LOCK: &str = r#"{"type":"lock","locked":true}"#;

fn locked(mode: Mode) -> (Bench, Joined) {
    let mut bench = Bench::new(mode);
    let ada = bench.join("tea");
    bench.text(ada.connection, LOCK);
    let host = ada.welcome.id.clone();
    assert_eq!(bench.take(ada.connection), [ServerMessage::Room { host, locked: true }]);
    (bench, ada)
}

/// One who knocks: its socket and its id.
fn knock(bench: &mut Bench) -> (ConnectionId, ParticipantId) {
    let id = bench.try_join("tea", "");
    match &bench.take(id)[..] {
        [ServerMessage::Waiting { id: waiting }] => (id, waiting.clone()),
        other => panic!("it waits, {other:?}"),
    }
}

fn admit(bench: &mut Bench, by: ConnectionId, id: &ParticipantId, admit: bool) {
    bench.text(by, &format!(r#"{{"type":"admit","id":"{id}","admit":{admit}}}"#));
}

#[test]
fn the_first_sets_the_password_and_all_others_bring_it() {
    let mut bench = Bench::new(Mode::Direct);
    let first = bench.try_join("tea", r#","password":"milk first""#);
    let ada = bench.welcomed(first);
    let none = bench.try_join("tea", "");
    assert_eq!(bench.error(none), ErrorCode::PasswordRequired);
    for wrong in ["milk firsT", "milk", "milk first "] {
        let id = bench.try_join("tea", &format!(r#","password":"{wrong}""#));
        assert_eq!(bench.error(id), ErrorCode::WrongPassword);
        assert!(bench.is_closed(id));
    }
    let right = bench.try_join("tea", r#","password":"milk first""#);
    bench.welcomed(right);
    bench.lose(ada.connection);
    let again = bench.join_with("tea", None, Some(&ada.welcome.resume));
    assert!(again.welcome.resumed, "a token needs no password");
    for bad in [String::new(), "x".repeat(129)] {
        let id = bench.try_join("other", &format!(r#","password":"{bad}""#));
        assert_eq!(bench.error(id), ErrorCode::BadMessage);
    }
}

#[test]
fn who_knocks_comes_in_when_the_host_says_so() {
    let (mut bench, ada) = locked(Mode::Direct);
    let (bob, id) = knock(&mut bench);
    let asked = ServerMessage::Knock { id: id.clone(), name: "Ada".to_owned() };
    assert_eq!(bench.take(ada.connection), [asked]);
    bench.text(bob, r#"{"type":"ping","n":1}"#);
    assert_eq!(bench.take(bob), [ServerMessage::Pong { n: 1 }]);
    admit(&mut bench, ada.connection, &id, true);
    let welcome = bench.welcomed(bob).welcome;
    assert_eq!((welcome.id, welcome.locked), (id.clone(), true));
    assert_eq!(welcome.host, Some(ada.welcome.id));
    let told = bench.take(ada.connection);
    assert_eq!(told[0], ServerMessage::KnockEnded { id });
    assert!(matches!(told[1], ServerMessage::ParticipantJoined { .. }));
    bench.text(bob, LOCK);
    assert_eq!(bench.error(bob), ErrorCode::BadMessage, "only the host may");
}

#[test]
fn who_is_not_wanted_or_not_heard_is_sent_away() {
    let (mut bench, ada) = locked(Mode::Direct);
    let (bob, id) = knock(&mut bench);
    admit(&mut bench, ada.connection, &id, false);
    assert_eq!(bench.error(bob), ErrorCode::NotAdmitted);
    assert!(bench.is_closed(bob));
    let (bob, _) = knock(&mut bench);
    for _ in 0..WAITING_SECONDS {
        bench.hub.heard(bob, bench.now);
        bench.hub.heard(ada.connection, bench.now);
        bench.pass(1);
    }
    assert_eq!(bench.error(bob), ErrorCode::NotAdmitted);
    let (bob, id) = knock(&mut bench);
    bench.take(ada.connection);
    bench.lose(bob);
    assert_eq!(bench.take(ada.connection), [ServerMessage::KnockEnded { id }]);
}

#[test]
fn the_lobby_is_small_and_ends_with_the_room() {
    let (mut bench, ada) = locked(Mode::Direct);
    let waiting: Vec<ConnectionId> = (0..WAITING_MAX).map(|_| knock(&mut bench).0).collect();
    let more = bench.try_join("tea", "");
    assert_eq!(bench.error(more), ErrorCode::NotAdmitted);
    bench.text(ada.connection, r#"{"type":"leave"}"#);
    for id in waiting {
        assert_eq!(bench.error(id), ErrorCode::NotAdmitted);
    }
    assert!(!bench.join("tea").welcome.locked, "a new room is open");
}

#[test]
fn the_next_longest_is_host_and_hears_who_waits() {
    let mut bench = Bench::new(Mode::Forward);
    let ada = bench.join("tea");
    let bob = bench.join("tea");
    bench.text(ada.connection, LOCK);
    let (eve, id) = knock(&mut bench);
    bench.take(bob.connection);
    bench.text(ada.connection, r#"{"type":"leave"}"#);
    let told = bench.take(bob.connection);
    let host = bob.welcome.id.clone();
    assert!(told.contains(&ServerMessage::Room { host, locked: true }), "{told:?}");
    assert!(told.contains(&ServerMessage::Knock { id, name: "Ada".to_owned() }), "{told:?}");
    bench.text(bob.connection, r#"{"type":"lock","locked":false}"#);
    bench.welcomed(eve);
}

#[test]
fn a_full_room_takes_nobody_whatever_the_host_says() {
    let (mut bench, ada) = locked(Mode::Direct);
    let (bob, first) = knock(&mut bench);
    let (eve, second) = knock(&mut bench);
    admit(&mut bench, ada.connection, &first, true);
    bench.welcomed(bob);
    admit(&mut bench, ada.connection, &second, true);
    assert_eq!(bench.error(eve), ErrorCode::RoomFull);
}
