//! Rooms in virtual time: clients are connection ids, the log is what they would receive.

use std::time::{Duration, Instant};

use super::*;
use crate::protocol::signalling::{
    ErrorCode, IDLE_SECONDS, LeaveReason, MESSAGES_BURST, MESSAGES_PER_SECOND, Mode,
    NAME_CHARS_MAX, ParticipantId, RESUME_SECONDS, SDP_BYTES_MAX, ServerMessage, Welcome,
};

struct Bench {
    hub: Hub,
    now: Instant,
    sent: Vec<(ConnectionId, ServerMessage)>,
    closed: Vec<(ConnectionId, u16)>,
    commands: Vec<Command>,
}

impl Bench {
    fn new(mode: Mode) -> Self {
        let mut count = 0u8;
        let entropy = Entropy::new(move |bytes| {
            count = count.wrapping_add(1);
            let high = count >> 5;
            bytes.fill(count);
            bytes[0] = high;
        });
        let config = HubConfig { mode, can_forward: true, ice_servers: Vec::new() };
        Bench {
            hub: Hub::new(config, entropy),
            now: Instant::now(),
            sent: Vec::new(),
            closed: Vec::new(),
            commands: Vec::new(),
        }
    }

    fn drain(&mut self) {
        while let Some(effect) = self.hub.poll() {
            match effect {
                Effect::Send(id, message) => self.sent.push((id, message)),
                Effect::Close(id, code) => self.closed.push((id, code)),
                Effect::Forward(command) => self.commands.push(command),
                Effect::Note(note) => assert!(!note.to_string().is_empty()),
            }
        }
    }

    fn open(&mut self, room: &str, mode: Option<Mode>) -> ConnectionId {
        let id = self.hub.open(room, mode, self.now);
        self.drain();
        id
    }

    fn text(&mut self, id: ConnectionId, text: &str) {
        self.hub.text(id, text, self.now);
        self.drain();
    }

    fn pass(&mut self, seconds: u32) {
        for _ in 0..seconds {
            self.now += Duration::from_secs(1);
            self.hub.tick(self.now);
        }
        self.drain();
    }

    fn lose(&mut self, id: ConnectionId) {
        self.hub.closed(id, self.now);
        self.drain();
    }

    /// What came for `id` since the last call.
    fn take(&mut self, id: ConnectionId) -> Vec<ServerMessage> {
        let (mine, rest) = self.sent.drain(..).partition(|(to, _)| *to == id);
        self.sent = rest;
        mine.into_iter().map(|(_, message): (_, ServerMessage)| message).collect()
    }

    fn error(&mut self, id: ConnectionId) -> ErrorCode {
        let messages = self.take(id);
        let [ServerMessage::Error(error)] = messages.as_slice() else {
            panic!("one error is expected, got {messages:?}")
        };
        error.code
    }

    fn is_closed(&self, id: ConnectionId) -> bool {
        self.closed.iter().any(|(closed, _)| *closed == id)
    }

    fn join_with(&mut self, room: &str, mode: Option<Mode>, resume: Option<&str>) -> Joined {
        let connection = self.open(room, mode);
        let resume = resume.map(|token| format!(r#","resume":"{token}""#)).unwrap_or_default();
        self.text(connection, &format!(r#"{{"type":"join","version":1,"name":"Ada"{resume}}}"#));
        let mut messages = self.take(connection).into_iter();
        let Some(ServerMessage::Welcome(welcome)) = messages.next() else {
            panic!("a welcome comes first")
        };
        Joined { connection, welcome, after: messages.collect() }
    }

    fn join(&mut self, room: &str) -> Joined {
        self.join_with(room, None, None)
    }
}

struct Joined {
    connection: ConnectionId,
    welcome: Welcome,
    /// What came right behind the welcome.
    after: Vec<ServerMessage>,
}

fn description(peer: &ParticipantId, sdp: &str) -> String {
    format!(
        r#"{{"type":"description","peer":"{peer}","description":{{"type":"offer","sdp":"{sdp}"}}}}"#
    )
}

fn candidate(peer: &str, line: &str) -> String {
    format!(r#"{{"type":"candidate","peer":"{peer}","candidate":{{"candidate":"{line}"}}}}"#)
}

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
    let messages = bench.take(ada.connection);
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
    bench.hub.notice(Notice::Description(d));
    bench.drain();
    let [ServerMessage::Description(d)] = &bench.take(ada.connection)[..] else {
        panic!("Ada gets the server's")
    };
    assert!(d.peer.is_server());
    bench.hub.notice(Notice::Failed { id: ada.welcome.id.clone() });
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
    assert_eq!(bench.take(ada.connection), [], "the others are told nothing");
    let again = bench.join_with("tea", None, Some(&bob.welcome.resume));
    assert!(again.welcome.resumed && again.welcome.polite);
    assert_eq!(again.welcome.id, bob.welcome.id);
    assert_ne!(again.welcome.resume, bob.welcome.resume);
    assert!(matches!(&again.after[..], [ServerMessage::Description(_)]));
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
    assert_eq!(bench.take(ada.connection), [gone]);
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
    assert_eq!(bench.take(ada.connection), [gone]);
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
fn everyone_is_told_when_the_server_goes_down() {
    let mut bench = Bench::new(Mode::Direct);
    let ada = bench.join("tea");
    bench.hub.shut_down();
    bench.drain();
    assert_eq!(bench.error(ada.connection), ErrorCode::ShuttingDown);
    assert_eq!(bench.closed, [(ada.connection, 1001)]);
}
