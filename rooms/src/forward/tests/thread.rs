//! The forwarder's thread on loopback: its end and its new beginning.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::mpsc::channel;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::forward::{ForwardHandle, PreparedForwarder};
use crate::hub::{Command, Notice};
use crate::protocol::signalling::{
    Description, ParticipantId, SdpType, SessionDescription, Source, TrackLabel,
};

/// A bound on everything that is waited for here.
const LONG: Duration = Duration::from_secs(60);

fn id(name: &str) -> ParticipantId {
    ParticipantId(name.to_owned())
}

struct Running {
    forward: ForwardHandle,
    notices: std::sync::mpsc::Receiver<Notice>,
    ended: oneshot::Receiver<String>,
}

fn start() -> Running {
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST)];
    let prepared = PreparedForwarder::bind(&loopback, 0, Vec::new()).expect("loopback is there");
    let (sender, notices) = channel();
    let (end, ended) = oneshot::channel();
    // After the test nobody listens.
    let tell = move |notice| sender.send(notice).unwrap_or_default();
    let forward = prepared.start(tell, end).expect("a thread starts");
    Running { forward, notices, ended }
}

/// Whether the forwarder works: it refuses an answer to nothing.
fn answers(running: &Running, name: &str) {
    let join = Command::Join { room: "tea".to_owned(), id: id(name) };
    running.forward.command(join, None);
    let label = TrackLabel { participant: None, source: Source::Camera };
    let description = SessionDescription { kind: SdpType::Answer, sdp: "v=0".to_owned() };
    let tracks = [("0".to_owned(), label)].into();
    let description = Description { peer: id(name), description, tracks };
    running.forward.command(Command::Description(description), None);
    let notice = running.notices.recv_timeout(LONG).expect("it answers");
    assert!(matches!(&notice, Notice::Refused { id: of, .. } if *of == id(name)), "{notice:?}");
}

#[test]
fn a_panic_begins_anew_and_names_whom_it_worked_for() {
    let mut running = start();
    answers(&running, "ada");
    for name in ["eve", "mallory"] {
        running.forward.break_down(id(name));
        let notice = running.notices.recv_timeout(LONG).expect("the rooms are told");
        assert_eq!(notice, Notice::Restarted { culprit: Some(id(name)) });
        answers(&running, "ada");
    }
    assert!(running.ended.try_recv().is_err(), "it goes on");
}

#[test]
fn what_panics_all_the_time_ends_with_a_reason() {
    let running = start();
    // More than begin anew at once, and none after the last: orders behind a panic are forgotten.
    for _ in 0..1_000 {
        running.forward.break_down(id("eve"));
        match running.notices.recv_timeout(LONG) {
            Ok(notice) => assert_eq!(notice, Notice::Restarted { culprit: Some(id("eve")) }),
            Err(_) => break,
        }
    }
    let reason = running.ended.blocking_recv().expect("it says why");
    assert!(reason.contains("a fault in the forwarder"), "{reason}");
}
