//! Listeners, and what peers do to them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use lapwing_engine::{Protocol, SocketReply, SocketRequest};

use super::script::ID;
use super::servers::patient;
use super::{Driver, Script, each_runtime};

each_runtime!(peers_come_and_are_answered, a_full_listener_refuses, nobody_listens_by_tls);

fn listening(driver: &mut impl Driver) -> (Script, SocketAddr) {
    let (id, local) = (ID, SocketAddr::from(([127, 0, 0, 1], 0)));
    let request = SocketRequest::Bind { id, protocol: Protocol::Tcp, local };
    let mut script = Script { requests: vec![request], ..Script::default() };
    script.until(driver, |script| !script.replies.is_empty());
    match script.replies[..] {
        [SocketReply::Bound { id: ID, local }] => (script, local),
        _ => panic!("not bound: {:?}", script.replies),
    }
}

fn peer(listener: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(listener).expect("somebody listens");
    patient(&stream);
    stream
}

fn peers_come_and_are_answered<D: Driver>() {
    let mut driver = D::start();
    let (mut script, listener) = listening(&mut driver);
    let mut peers = [peer(listener), peer(listener)];
    let addresses = peers.each_ref().map(|peer| peer.local_addr().expect("it is open"));
    for (number, stream) in peers.iter_mut().enumerate() {
        stream.write_all(&[0, 2, b'h', number as u8]).expect("it is open");
    }
    script.until(&mut driver, |script| script.came.len() == 2);
    script.came.sort_by_key(|(.., contents)| contents[1]);
    for (number, came) in script.came.iter().enumerate() {
        let expected = (Protocol::Tcp, addresses[number], listener, vec![b'h', number as u8]);
        assert_eq!(*came, expected);
    }
    // Each is answered over the connection that it made.
    script.send(Protocol::Tcp, (listener, addresses[1]), b"one");
    script.send(Protocol::Tcp, (listener, addresses[0]), b"zero");
    driver.turn(&mut script);
    let [first, second] = &mut peers;
    let mut bytes = [0; 6];
    first.read_exact(&mut bytes).expect("an answer");
    assert_eq!(bytes, *b"\0\x04zero");
    second.read_exact(&mut bytes[..5]).expect("an answer");
    assert_eq!(bytes[..5], *b"\0\x03one");
    // The listener takes with it what it accepted.
    script.requests.push(SocketRequest::Close { id: ID });
    driver.turn(&mut script);
    assert_eq!(first.read(&mut bytes).expect("it is closed well"), 0);
    assert_eq!(second.read(&mut bytes).expect("it is closed well"), 0);
    assert!(TcpStream::connect(listener).is_err());
    assert_eq!(driver.counters().sourceless, 0);
}

fn a_full_listener_refuses<D: Driver>() {
    const ROOM: usize = 32;
    let mut driver = D::start();
    let (mut script, listener) = listening(&mut driver);
    let mut peers: Vec<TcpStream> = (0..ROOM).map(|_| peer(listener)).collect();
    for stream in &mut peers {
        stream.write_all(b"\0\x01a").expect("it is open");
    }
    script.until(&mut driver, |script| script.came.len() == ROOM);
    let mut more = peer(listener);
    while driver.counters().refused_connections == 0 {
        driver.turn(&mut script);
    }
    assert_eq!(more.read(&mut [0; 1]).expect("it is closed well"), 0);
    // A place that becomes free is given away.
    drop(peers.pop());
    let mut one = peer(listener);
    one.write_all(b"\0\x01b").expect("it is open");
    script.until(&mut driver, |script| script.came.len() == ROOM + 1);
    assert_eq!(driver.counters().refused_connections, 1);
}

fn nobody_listens_by_tls<D: Driver>() {
    let (id, local) = (ID, SocketAddr::from(([127, 0, 0, 1], 0)));
    let request = SocketRequest::Bind { id, protocol: Protocol::Tls, local };
    let mut script = Script { requests: vec![request], ..Script::default() };
    let fault = script.fault(&mut D::start());
    assert_eq!(fault, lapwing_engine::SocketFault::Unsupported);
}
