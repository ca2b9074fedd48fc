//! Coming, going and coming back.

use super::bench::{Bench, Joined, candidate, description};
use crate::hub::*;
use crate::protocol::signalling::{
    ErrorCode, LeaveReason, Mode, ParticipantId, RESUME_SECONDS, ServerMessage,
};

#[test]
fn two_meet_and_only_one_is_polite() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.join("tea");
    let bob = bench.join("tea");
    assert!(!ada.welcome.polite && bob.welcome.polite);
    assert_eq!(bob.welcome.participants[0].id, ada.welcome.id);
    let [ServerMessage::ParticipantJoined { participant }] = &bench.take(ada.connection)[..] else {
        panic!("Ada hears of Bob")
    };
    assert_eq!(participant.id, bob.welcome.id);
    bench.text(bob.connection, r#"{"type":"leave"}"#);
    let eve = bench.join("tea");
    assert!(eve.welcome.polite);
    bench.text(ada.connection, r#"{"type":"leave"}"#);
    let ada = bench.join("tea");
    assert!(!ada.welcome.polite, "Eve kept her role, the newcomer takes the other");
}

#[test]
fn descriptions_and_candidates_reach_the_other_with_their_origin() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.join("tea");
    let bob = bench.join("tea");
    bench.take(ada.connection);
    bench.text(ada.connection, &description(&bob.welcome.id, "v=0"));
    bench.text(ada.connection, &candidate(&bob.welcome.id.0, "candidate:1"));
    let messages = bench.take(bob.connection);
    let [ServerMessage::Description(d), ServerMessage::Candidate(c)] = &messages[..] else {
        panic!("both arrive in order, got {messages:?}")
    };
    assert_eq!((&d.peer, d.description.sdp.as_str()), (&ada.welcome.id, "v=0"));
    assert_eq!(c.peer, ada.welcome.id);
}

#[test]
fn a_third_finds_a_direct_room_full_unless_someone_is_away() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.join("tea");
    let bob = bench.join("tea");
    let eve = bench.open("tea", None);
    bench.text(eve, r#"{"type":"join","version":1,"name":"Eve"}"#);
    assert_eq!(bench.error(eve), ErrorCode::RoomFull);
    assert!(bench.is_closed(eve));
    bench.lose(bob.connection);
    bench.take(ada.connection);
    let eve = bench.join("tea");
    assert_eq!(eve.welcome.participants.len(), 1);
    let messages = bench.take_but_presence(ada.connection);
    let gone = ServerMessage::ParticipantLeft { id: bob.welcome.id, reason: LeaveReason::Lost };
    assert_eq!(messages[0], gone);
    assert_eq!(messages.len(), 2);
}

#[test]
fn a_forwarding_room_holds_twelve_who_talk_only_to_the_server() {
    let mut bench = Bench::new(Mode::Forward);
    let all: Vec<Joined> = (0..12).map(|_| bench.join("hall")).collect();
    assert!(all.iter().all(|j| j.welcome.polite && j.welcome.limits.participants == 12));
    let late = bench.open("hall", None);
    bench.text(late, r#"{"type":"join","version":1,"name":"Late"}"#);
    assert_eq!(bench.error(late), ErrorCode::RoomFull);
    let (ada, bob) = (&all[0], &all[1]);
    bench.take(ada.connection);
    bench.text(ada.connection, &description(&bob.welcome.id, "v=0"));
    assert_eq!(bench.error(ada.connection), ErrorCode::UnknownParticipant);
    bench.text(ada.connection, &description(&ParticipantId::server(), "v=0"));
    let Some(Command::Description(d)) = bench.commands.pop() else { panic!("the engine gets it") };
    assert_eq!(d.peer, ada.welcome.id);
    bench.hub.notice(Notice::Description(d), bench.now);
    bench.drain();
    let [ServerMessage::Description(d)] = &bench.take(ada.connection)[..] else {
        panic!("Ada gets the server's")
    };
    assert!(d.peer.is_server());
    bench.hub.notice(Notice::Failed { id: ada.welcome.id.clone() }, bench.now);
    bench.drain();
    assert!(bench.is_closed(ada.connection));
    assert_eq!(bench.commands.pop(), Some(Command::Leave { id: ada.welcome.id.clone() }));
}

#[test]
fn the_first_chooses_the_mode_and_direct_is_all_there_is_without_an_engine() {
    let mut bench = Bench::new(Mode::Forward);
    let ada = bench.join_with("tea", Some(Mode::Direct), None);
    let bob = bench.join_with("tea", Some(Mode::Forward), None);
    assert_eq!((ada.welcome.mode, bob.welcome.mode), (Mode::Direct, Mode::Direct));
    bench.hub.config.can_forward = false;
    assert_eq!(bench.join_with("hall", Some(Mode::Forward), None).welcome.mode, Mode::Direct);
}

#[test]
fn a_lost_client_comes_back_and_gets_its_mail() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.join("tea");
    let bob = bench.join("tea");
    bench.take(ada.connection);
    bench.lose(bob.connection);
    bench.text(ada.connection, &description(&bob.welcome.id, "v=0"));
    bench.pass(RESUME_SECONDS - 1);
    let lost = ServerMessage::ParticipantPresence { id: bob.welcome.id.clone(), present: false };
    assert_eq!(bench.take(ada.connection), [lost], "the seat is kept");
    let again = bench.join_with("tea", None, Some(&bob.welcome.resume));
    assert!(again.welcome.resumed && again.welcome.polite);
    assert_eq!(again.welcome.id, bob.welcome.id);
    assert_ne!(again.welcome.resume, bob.welcome.resume);
    let is_mail = |m: &&ServerMessage| !matches!(m, ServerMessage::ParticipantPresence { .. });
    let mail: Vec<_> = again.after.iter().filter(is_mail).collect();
    assert!(matches!(&mail[..], [ServerMessage::Description(_)]), "{mail:?}");
    let stale = bench.open("tea", None);
    let join =
        format!(r#"{{"type":"join","version":1,"name":"Bob","resume":"{}"}}"#, bob.welcome.resume);
    bench.text(stale, &join);
    assert_eq!(bench.error(stale), ErrorCode::RoomFull, "a token is good once");
}

#[test]
fn who_does_not_come_back_is_gone() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.join("tea");
    let bob = bench.join("tea");
    bench.take(ada.connection);
    bench.lose(bob.connection);
    bench.pass(RESUME_SECONDS);
    let gone = ServerMessage::ParticipantLeft { id: bob.welcome.id, reason: LeaveReason::Lost };
    assert_eq!(bench.take_but_presence(ada.connection), [gone]);
    let again = bench.join_with("tea", None, Some(&bob.welcome.resume));
    assert!(!again.welcome.resumed);
}

#[test]
fn the_later_of_two_sockets_has_the_seat() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.join("tea");
    let again = bench.join_with("tea", None, Some(&ada.welcome.resume));
    assert_eq!(again.welcome.id, ada.welcome.id);
    assert_eq!(bench.error(ada.connection), ErrorCode::Replaced);
    assert!(bench.is_closed(ada.connection));
    bench.lose(ada.connection);
    bench.pass(RESUME_SECONDS + 1);
    bench.text(again.connection, r#"{"type":"ping","n":4}"#);
    assert_eq!(bench.take(again.connection), [ServerMessage::Pong { n: 4 }]);
}

#[test]
fn everyone_is_told_when_the_server_goes_down() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.join("tea");
    bench.hub.shut_down();
    bench.drain();
    assert_eq!(bench.error(ada.connection), ErrorCode::ShuttingDown);
    assert_eq!(bench.closed, [(ada.connection, 1001)]);
}
