//! Streams of a connection among many.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use lapwing_engine::{ConnectRequest, Framing, Protocol, Rtc, SocketId, SocketRequest, Transmit};

use crate::mio::MultiDriver;

/// A turn of this test takes no longer.
const TURN: Duration = Duration::from_millis(50);

#[test]
fn a_connection_among_many_has_streams_of_its_own() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let remote = listener.local_addr().unwrap();
    let mut driver: MultiDriver<&str> = MultiDriver::new().unwrap();
    driver.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    for key in ["ada", "bob"] {
        driver.insert(key, Rtc::new(driver.config().unwrap(), Instant::now()));
    }
    let slots = ["ada", "bob"].map(|key| driver.carried.entries.slot_of(&key).unwrap());
    let mut streams = slots.map(|slot| {
        let (id, local) = (SocketId::new(900), SocketAddr::new(remote.ip(), 0));
        let framing = Framing::Rfc4571;
        let request = ConnectRequest { id, local, remote, framing, tunnel: None, tls: None };
        driver.carried.requests.push((slot, SocketRequest::Connect(request)));
        driver.turn(TURN).unwrap();
        let (stream, source) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        (stream, source)
    });
    for (stream, source) in &mut streams {
        let (source, destination, protocol) = (*source, remote, Protocol::Tcp);
        let contents = b"hello".to_vec();
        let transmit = Transmit { protocol, source, destination, ecn: None, contents };
        let before = driver.counters();
        driver.carried.outputs.transmits.push(transmit);
        driver.turn(TURN).unwrap();
        assert_eq!(driver.counters().sent, before.sent + 1);
        let mut bytes = [0; 7];
        stream.read_exact(&mut bytes).unwrap();
        assert_eq!(bytes, *b"\0\x05hello");
        stream.write_all(&bytes).unwrap();
        let received = before.received + 1;
        while driver.counters().received < received {
            driver.turn(TURN).unwrap();
        }
        assert_eq!(driver.counters().unrouted, 0, "it is its owner's, whoever sent it");
    }
    // Who leaves takes theirs along, and no others; what they still wanted is not opened.
    let (id, local) = (SocketId::new(902), SocketAddr::new(remote.ip(), 0));
    let framing = Framing::Stun;
    let late = ConnectRequest { id, local, remote, framing, tunnel: None, tls: None };
    driver.carried.requests.push((slots[0], SocketRequest::Connect(late)));
    driver.remove(&"ada");
    driver.turn(TURN).unwrap();
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
    let [(ada, _), (bob, _)] = &mut streams;
    assert_eq!(ada.read(&mut [0; 1]).unwrap(), 0);
    driver.carried.requests.push((slots[1], SocketRequest::Close { id: SocketId::new(901) }));
    driver.turn(TURN).unwrap();
    bob.set_nonblocking(true).unwrap();
    assert!(bob.read(&mut [0; 1]).is_err(), "it is open");
    bob.set_nonblocking(false).unwrap();
    driver.carried.requests.push((slots[1], SocketRequest::Close { id: SocketId::new(900) }));
    driver.turn(TURN).unwrap();
    assert_eq!(bob.read(&mut [0; 1]).unwrap(), 0);
}
