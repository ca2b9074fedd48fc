//! What is refused.

use std::time::Duration;

use super::bench::{Bench, candidate, description};
use crate::hub::*;
use crate::protocol::signalling::{
    ErrorCode, IDLE_SECONDS, LeaveReason, MESSAGES_BURST, MESSAGES_PER_SECOND, Mode,
    NAME_CHARS_MAX, ParticipantId, SDP_BYTES_MAX, ServerMessage,
};

#[test]
fn a_full_mailbox_gives_the_seat_up() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.join("tea");
    let bob = bench.join("tea");
    bench.take(ada.connection);
    bench.lose(bob.connection);
    for _ in 0..=MAILBOX_MAX {
        bench.text(ada.connection, &candidate(&bob.welcome.id.0, ""));
        bench.now += Duration::from_secs(1);
    }
    let gone = ServerMessage::ParticipantLeft { id: bob.welcome.id, reason: LeaveReason::Lost };
    assert_eq!(bench.take_but_presence(ada.connection), [gone]);
}

#[test]
fn garbage_is_refused_and_the_socket_stays() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.join("tea");
    for garbage in ["", "{", "null", "[]", r#"{"type":"dance"}"#, r#"{"type":"ping","n":-1}"#] {
        bench.text(ada.connection, garbage);
        assert_eq!(bench.error(ada.connection), ErrorCode::BadMessage, "{garbage:?}");
    }
    bench.hub.binary(ada.connection, bench.now);
    bench.drain();
    assert_eq!(bench.error(ada.connection), ErrorCode::BadMessage);
    bench.text(ada.connection, r#"{"type":"join","version":1,"name":"Ada"}"#);
    assert_eq!(bench.error(ada.connection), ErrorCode::AlreadyJoined);
    bench.text(ada.connection, &description(&ada.welcome.id, "v=0"));
    assert_eq!(bench.error(ada.connection), ErrorCode::UnknownParticipant, "not to oneself");
    assert!(!bench.is_closed(ada.connection));
}

#[test]
fn nothing_goes_before_the_join() {
    let mut bench = Bench::new(Mode::Forward);
    for text in [r#"{"type":"leave"}"#, r#"{"type":"ping","n":1}"#, &candidate("server", "")] {
        let early = bench.open("tea", None);
        bench.text(early, text);
        assert_eq!(bench.error(early), ErrorCode::NotJoined);
        assert!(bench.is_closed(early));
        bench.text(early, text);
        assert_eq!(bench.take(early), [], "what comes after the end is passed over");
    }
}

#[test]
fn names_and_versions_are_checked() {
    let long = "n".repeat(NAME_CHARS_MAX + 1);
    for (version, name, code) in [
        (2, "Ada", ErrorCode::BadVersion),
        (1, "", ErrorCode::BadName),
        (1, "  ", ErrorCode::BadName),
        (1, r"a\nb", ErrorCode::BadName),
        (1, long.as_str(), ErrorCode::BadName),
    ] {
        let mut bench = Bench::new(Mode::Direct);
        let id = bench.open("tea", None);
        bench.text(id, &format!(r#"{{"type":"join","version":{version},"name":"{name}"}}"#));
        assert_eq!(bench.error(id), code);
        assert!(bench.is_closed(id));
    }
    let mut bench = Bench::new(Mode::Direct);
    for room in ["", "a b", "../x", "\u{e4}", &"r".repeat(65)] {
        let id = bench.open(room, None);
        assert_eq!(bench.error(id), ErrorCode::BadRoom);
    }
}

#[test]
fn sizes_are_limited() {
    let mut bench = Bench::new(Mode::Forward);
    let ada = bench.join("tea");
    let server = ParticipantId::server();
    bench.text(ada.connection, &description(&server, &"x".repeat(SDP_BYTES_MAX)));
    assert_eq!(bench.commands.len(), 2, "the join and the largest description");
    bench.text(ada.connection, &description(&server, &"x".repeat(SDP_BYTES_MAX + 1)));
    assert_eq!(bench.error(ada.connection), ErrorCode::TooLarge);
    bench.text(ada.connection, &candidate("server", &"x".repeat(1025)));
    assert_eq!(bench.error(ada.connection), ErrorCode::TooLarge);
    let huge = format!(r#"{{"type":"leave","x":"{}"}}"#, "x".repeat(200 * 1024));
    bench.text(ada.connection, &huge);
    assert_eq!(bench.error(ada.connection), ErrorCode::TooLarge);
    assert_eq!(bench.commands.len(), 2);
}

#[test]
fn a_flood_is_cut_off_and_a_steady_stream_is_not() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.join("tea");
    for n in 0..500u64 {
        bench.text(ada.connection, &format!(r#"{{"type":"ping","n":{n}}}"#));
        bench.now += Duration::from_secs(1) / MESSAGES_PER_SECOND;
    }
    assert_eq!(bench.take(ada.connection).len(), 500);
    bench.pass(10);
    for n in 0..=MESSAGES_BURST {
        bench.text(ada.connection, &format!(r#"{{"type":"ping","n":{n}}}"#));
    }
    let messages = bench.take(ada.connection);
    let Some(ServerMessage::Error(error)) = messages.last() else { panic!("the last is an error") };
    assert_eq!(error.code, ErrorCode::RateLimited);
    assert_eq!(messages.len(), MESSAGES_BURST as usize + 1);
    assert!(bench.is_closed(ada.connection));
}

#[test]
fn silence_ends_a_connection() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.join("tea");
    let silent = bench.open("tea", None);
    bench.pass(JOIN_SECONDS);
    assert_eq!(bench.error(silent), ErrorCode::NotJoined);
    bench.hub.heard(ada.connection, bench.now);
    bench.pass(IDLE_SECONDS - 1);
    assert!(!bench.is_closed(ada.connection));
    bench.pass(1);
    assert_eq!(bench.error(ada.connection), ErrorCode::Idle);
    assert!(bench.is_closed(ada.connection));
    assert!(bench.join_with("tea", None, Some(&ada.welcome.resume)).welcome.resumed);
}

#[test]
fn rooms_and_sockets_are_limited() {
    let mut bench = Bench::new(Mode::Direct);
    let first = bench.join("room-0");
    for n in 1..ROOMS_MAX {
        bench.join(&format!("room-{n}"));
    }
    let late = bench.open("one-more", None);
    bench.text(late, r#"{"type":"join","version":1,"name":"Late"}"#);
    assert_eq!(bench.error(late), ErrorCode::ServerFull);
    bench.text(first.connection, r#"{"type":"leave"}"#);
    assert!(!bench.join("one-more").welcome.resumed);
    for _ in ROOMS_MAX..CONNECTIONS_MAX {
        bench.open("room-1", None);
    }
    let late = bench.open("room-1", None);
    assert_eq!(bench.error(late), ErrorCode::ServerFull);
}

#[test]
fn a_flood_of_descriptions_is_cut_off_by_its_bytes() {
    let mut bench = Bench::new(Mode::Forward);
    let ada = bench.join("tea");
    let giant = description(&ParticipantId::server(), &"x".repeat(SDP_BYTES_MAX));
    for _ in 0..16 {
        bench.text(ada.connection, &giant);
    }
    assert_eq!(bench.take(ada.connection), []);
    bench.text(ada.connection, &giant);
    assert_eq!(bench.error(ada.connection), ErrorCode::RateLimited);
    assert!(bench.is_closed(ada.connection));
}

#[test]
fn one_on_whose_behalf_too_much_waits_is_put_out() {
    let mut bench = Bench::new(Mode::Forward);
    let ada = bench.join("tea");
    let bob = bench.join("tea");
    bench.take(ada.connection);
    bench.hub.overwhelmed(&bob.welcome.id);
    bench.drain();
    assert_eq!(bench.error(bob.connection), ErrorCode::RateLimited);
    let gone = ServerMessage::ParticipantLeft { id: bob.welcome.id, reason: LeaveReason::Removed };
    assert_eq!(bench.take(ada.connection), [gone]);
}
