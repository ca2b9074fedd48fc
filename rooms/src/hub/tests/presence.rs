//! Who is lost for now, and whose seat is taken over by its owner.

use super::bench::{Bench, Joined};
use crate::hub::*;
use crate::protocol::signalling::{
    LeaveReason, Mode, PING_SECONDS, ParticipantId, SILENT_SECONDS, ServerMessage,
};

const OWNER: &str = r#","owner":"0123456789abcdef""#;

fn lost(id: &ParticipantId) -> ServerMessage {
    ServerMessage::ParticipantPresence { id: id.clone(), present: false }
}

fn found(id: &ParticipantId) -> ServerMessage {
    ServerMessage::ParticipantPresence { id: id.clone(), present: true }
}

/// Two in a room, and time goes by in which only Ada is heard.
fn two(mode: Mode) -> (Bench, Joined, Joined) {
    let mut bench = Bench::new(mode);
    let ada = bench.join("tea");
    let bob = bench.try_join("tea", OWNER);
    let bob = bench.welcomed(bob);
    bench.take(ada.connection);
    (bench, ada, bob)
}

fn pass(bench: &mut Bench, ada: &Joined, seconds: u32) {
    for _ in 0..seconds {
        bench.hub.heard(ada.connection, bench.now);
        bench.pass(1);
    }
}

#[test]
fn silence_is_told_and_so_is_its_end() {
    let (mut bench, ada, bob) = two(Mode::Direct);
    pass(&mut bench, &ada, SILENT_SECONDS - 1);
    assert_eq!(bench.take(ada.connection), []);
    pass(&mut bench, &ada, 1);
    assert_eq!(bench.take(ada.connection), [lost(&bob.welcome.id)]);
    bench.hub.heard(bob.connection, bench.now);
    bench.drain();
    assert_eq!(bench.take(ada.connection), [found(&bob.welcome.id)]);
    bench.lose(bob.connection);
    assert_eq!(bench.take(ada.connection), [lost(&bob.welcome.id)]);
    bench.join_with("tea", None, Some(&bob.welcome.resume));
    assert_eq!(bench.take(ada.connection), [found(&bob.welcome.id)]);
}

#[test]
fn lost_media_count_like_a_lost_socket_and_newcomers_hear_of_it() {
    let (mut bench, ada, bob) = two(Mode::Forward);
    let media = |bench: &mut Bench, well| {
        let notice = Notice::Connection { id: bob.welcome.id.clone(), well };
        bench.hub.notice(notice, bench.now);
        bench.drain();
    };
    media(&mut bench, true);
    assert_eq!(bench.take(ada.connection), []);
    media(&mut bench, false);
    assert_eq!(bench.take(ada.connection), [lost(&bob.welcome.id)]);
    let eve = bench.join("tea");
    assert_eq!(eve.after, [lost(&bob.welcome.id)]);
    media(&mut bench, true);
    assert_eq!(bench.take(eve.connection), [found(&bob.welcome.id)]);
}

#[test]
fn an_owner_takes_its_lost_seat_over_at_once() {
    let (mut bench, ada, bob) = two(Mode::Forward);
    bench.lose(bob.connection);
    bench.take(ada.connection);
    bench.commands.clear();
    let back = bench.try_join("tea", OWNER);
    let back = bench.welcomed(back).welcome;
    assert!(!back.resumed && back.id != bob.welcome.id);
    assert_eq!(back.participants.len(), 1, "there is no ghost");
    let told = bench.take(ada.connection);
    let gone =
        ServerMessage::ParticipantLeft { id: bob.welcome.id.clone(), reason: LeaveReason::Lost };
    assert_eq!(told[0], gone);
    assert!(matches!(told[1], ServerMessage::ParticipantJoined { .. }), "{told:?}");
    let left = Command::Leave { id: bob.welcome.id };
    let join = Command::Join { room: "tea".to_owned(), id: back.id };
    assert_eq!(bench.commands, [left, join], "the forwarder drops its connection");
}

#[test]
fn a_silent_socket_gives_way_and_a_live_one_does_not() {
    let (mut bench, ada, bob) = two(Mode::Forward);
    pass(&mut bench, &ada, PING_SECONDS - 1);
    let tab = bench.try_join("tea", OWNER);
    assert_eq!(bench.welcomed(tab).welcome.participants.len(), 2, "two tabs are two seats");
    bench.text(tab, r#"{"type":"leave"}"#);
    pass(&mut bench, &ada, 3);
    let back = bench.try_join("tea", OWNER);
    assert_eq!(bench.welcomed(back).welcome.participants.len(), 1);
    assert!(bench.is_closed(bob.connection));
}

#[test]
fn a_takeover_keeps_the_room_locked_and_passes_the_lobby() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.try_join("tea", OWNER);
    bench.text(ada, r#"{"type":"lock","locked":true}"#);
    bench.lose(ada);
    let back = bench.try_join("tea", OWNER);
    let back = bench.welcomed(back).welcome;
    assert!(back.locked && back.host == Some(back.id), "its owner is let in");
}

#[test]
fn all_begin_anew_when_the_forwarder_did() {
    let (mut bench, ada, bob) = two(Mode::Forward);
    let eve = bench.join("tea");
    let apart = bench.join_with("apart", Some(Mode::Direct), None);
    bench.lose(bob.connection);
    for id in [ada.connection, eve.connection] {
        bench.take(id);
    }
    bench.commands.clear();
    bench.hub.notice(Notice::Restarted { culprit: Some(eve.welcome.id.clone()) }, bench.now);
    bench.drain();
    assert!(bench.is_closed(eve.connection), "who brought it down is put out");
    let again = bench.take_but_presence(ada.connection);
    let Some(ServerMessage::Welcome(welcome)) = again.last() else { panic!("{again:?}") };
    assert_eq!((&welcome.id, welcome.resumed), (&ada.welcome.id, false));
    let joins = bench.commands.iter().filter(|c| matches!(c, Command::Join { .. })).count();
    assert_eq!(joins, 2, "{:?}", bench.commands);
    let back = bench.join_with("tea", None, Some(&bob.welcome.resume));
    assert!(!back.welcome.resumed && back.welcome.id == bob.welcome.id);
    assert_eq!(bench.take(apart.connection), [], "direct rooms hear nothing");
}
