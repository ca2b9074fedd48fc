//! Plain connections.

use std::io::{Read, Write};
use std::net::SocketAddr;

use lapwing_engine::stream::StreamCodec;
use lapwing_engine::{Framing, Protocol, SocketFault, SocketReply, SocketRequest};

use super::script::{ID, to};
use super::servers::{closed_port, echo, serve};
use super::{Driver, Script, each_runtime};

each_runtime!(
    datagrams_come_back_in_order,
    a_closed_port_refuses,
    an_end_is_told,
    what_is_no_stun_ends_the_connection,
    what_the_other_end_does_not_read_is_dropped_whole,
    closing_is_heard,
    an_address_of_others_cannot_be_had,
);

/// A STUN message without attributes.
const MESSAGE: &[u8] = b"\x00\x01\x00\x00\x21\x12\xa4\x42twelve-bytes";

fn datagrams_come_back_in_order<D: Driver>() {
    let channel_data = b"\x40\x00\x00\x05hello".as_slice();
    for (framing, sent) in [
        (Framing::Rfc4571, [b"a".to_vec(), vec![7; 1_400], MESSAGE.to_vec()]),
        (Framing::Stun, [MESSAGE.to_vec(), channel_data.to_vec(), MESSAGE.to_vec()]),
    ] {
        let (server, thread) = serve(1, echo);
        let mut driver = D::start();
        let mut script = Script::connecting(to(server, framing));
        let local = script.connect(&mut driver);
        assert_ne!(local.port(), 0);
        for datagram in &sent {
            script.send(Protocol::Tcp, (local, server), datagram);
        }
        script.until(&mut driver, |script| script.came.len() == sent.len());
        for (datagram, came) in sent.iter().zip(&script.came) {
            assert_eq!(*came, (Protocol::Tcp, server, local, datagram.clone()));
        }
        let counters = driver.counters();
        assert_eq!((counters.sent, counters.received, counters.send_blocked), (3, 3, 0));
        assert_eq!(counters.sourceless, 0);
        drop(driver);
        thread.join().expect("the end was heard");
    }
}

fn a_closed_port_refuses<D: Driver>() {
    let mut script = Script::connecting(to(closed_port(), Framing::Stun));
    assert_eq!(script.fault(&mut D::start()), SocketFault::Refused);
}

fn an_end_is_told<D: Driver>() {
    let (server, thread) = serve(1, drop);
    let (mut driver, mut script) = (D::start(), Script::connecting(to(server, Framing::Rfc4571)));
    assert_eq!(script.fault(&mut driver), SocketFault::Closed);
    thread.join().expect("it served");
    // What is sent behind its end has nowhere to go.
    script.send(Protocol::Tcp, (server, server), b"late");
    driver.turn(&mut script);
    assert_eq!(driver.counters().sourceless, 1);
}

fn what_is_no_stun_ends_the_connection<D: Driver>() {
    let (server, thread) = serve(1, |mut stream| {
        stream.write_all(b"\x40\x00\x00\x01a\0\0\0\x15\x03\x03\0\x02\x02\x32\0").expect("open");
        stream.read(&mut [0; 16]).expect("it is closed well")
    });
    let mut script = Script::connecting(to(server, Framing::Stun));
    let mut driver = D::start();
    assert_eq!(script.fault(&mut driver), SocketFault::Closed);
    assert_eq!(script.came.len(), 1, "what was well-formed counts");
    assert_eq!(thread.join().expect("it served"), [0]);
}

fn what_the_other_end_does_not_read_is_dropped_whole<D: Driver>() {
    const SENT: u32 = 8_000;
    const LAST: &[u8] = b"\0\x05after";
    let (begin, begins) = std::sync::mpsc::channel::<()>();
    let (server, thread) = serve(1, move |mut stream| {
        begins.recv().expect("told when to read");
        let (mut bytes, mut buffer) = (Vec::new(), [0; 65_536]);
        while !bytes.ends_with(LAST) {
            let count = stream.read(&mut buffer).expect("the last one comes");
            bytes.extend_from_slice(&buffer[..count]);
        }
        bytes
    });
    let (mut driver, mut script) = (D::start(), Script::connecting(to(server, Framing::Rfc4571)));
    let local = script.connect(&mut driver);
    script.hurries = true;
    for number in 0..SENT {
        let datagram = [&number.to_be_bytes()[..], &[0; 1_200]].concat();
        script.send(Protocol::Tcp, (local, server), &datagram);
        if number % 100 == 99 {
            driver.turn(&mut script);
        }
    }
    let before = driver.counters();
    assert!(before.send_blocked > 0, "{before:?}");
    assert_eq!(before.sent + before.send_blocked, u64::from(SENT));
    script.hurries = false;
    begin.send(()).expect("it waits");
    // What waits leaves as soon as there is room, and makes room.
    while driver.counters().sent == before.sent {
        script.send(Protocol::Tcp, (local, server), &LAST[2..]);
        driver.turn(&mut script);
    }
    assert_eq!(script.fault(&mut driver), SocketFault::Closed);
    let bytes = thread.join().expect("it served").remove(0);
    let (mut codec, mut came) = (StreamCodec::new(Framing::Rfc4571), Vec::new());
    codec.received(&bytes, |datagram| came.push(datagram.to_vec())).expect("any bytes are valid");
    assert_eq!((codec.pending(), came.pop()), (0, Some(LAST[2..].to_vec())));
    let number = |datagram: &Vec<u8>| {
        let (number, rest) = datagram.split_first_chunk().expect("it is longer");
        assert_eq!(rest.len(), 1_200);
        u32::from_be_bytes(*number)
    };
    assert_eq!(came.len() as u64, before.sent);
    assert!(came.iter().map(number).is_sorted_by(|a, b| a < b));
}

fn closing_is_heard<D: Driver>() {
    let (server, thread) = serve(1, |mut stream| {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("it is closed well");
        bytes
    });
    let (mut driver, mut script) = (D::start(), Script::connecting(to(server, Framing::Rfc4571)));
    let local = script.connect(&mut driver);
    script.send(Protocol::Tcp, (local, server), b"bye");
    script.requests.push(SocketRequest::Close { id: ID });
    driver.turn(&mut script);
    assert_eq!(thread.join().expect("it served"), [b"\0\x03bye".to_vec()]);
    assert!(!script.replies.iter().any(|reply| matches!(reply, SocketReply::Failed { .. })));
}

fn an_address_of_others_cannot_be_had<D: Driver>() {
    let mut request = to(closed_port(), Framing::Stun);
    request.local = SocketAddr::from(([192, 0, 2, 1], 0));
    let mut script = Script::connecting(request);
    assert_eq!(script.fault(&mut D::start()), SocketFault::AddressUnavailable);
}
