//! What takes time, at times that are made up.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use ::mio::{Poll, Registry};
use lapwing_engine::{
    ConnectRequest, Framing, Protocol, SocketFault, SocketId, SocketReply, Transmit, Tunnel,
};

use super::listener::{ACCEPTED_MAX, SILENT_MAX, UNANSWERED_MAX};
use super::{Arrival, Streams};
use crate::counters::Counters;
use crate::sockets::Read;

const ID: SocketId = SocketId::new(1);

type Table = Streams<std::os::fd::OwnedFd, u8>;

/// Reads all there is; replies that came.
fn read(
    table: &mut Table,
    now: Instant,
    registry: &Registry,
    n: &mut Counters,
) -> Vec<SocketReply> {
    let mut replies = Vec::new();
    loop {
        let read = table.read(now, registry, n, |arrival| {
            if let Arrival::Reply(7, reply) = arrival {
                replies.push(reply);
            }
        });
        if read == Read::Idle {
            return replies;
        }
    }
}

#[test]
fn what_does_not_open_in_time_is_given_up() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let remote = server.local_addr().unwrap();
    let tunnel = Some(Tunnel { authority: "192.0.2.1:1".to_owned(), credentials: None });
    let local = SocketAddr::new(remote.ip(), 0);
    let request =
        ConnectRequest { id: ID, local, remote, framing: Framing::Stun, tunnel, tls: None };
    let (mut table, mut n, now) = (Table::new(), Counters::default(), Instant::now());
    let poll = Poll::new().unwrap();
    table.connect(7, &request, now, poll.registry()).unwrap();
    // The kernel answers for the server, which says nothing.
    let (_peer, _) = server.accept().unwrap();
    assert_eq!(read(&mut table, now, poll.registry(), &mut n), []);
    let end = now + Duration::from_secs(10);
    assert_eq!(table.next_deadline(), Some(end));
    table.expire(end - Duration::from_millis(1), |_| panic!("there is time left"));
    let mut replies = Vec::new();
    table.expire(end, |arrival| match arrival {
        Arrival::Reply(7, reply) => replies.push(reply),
        other => panic!("{other:?}"),
    });
    let fault = SocketFault::TimedOut;
    assert_eq!(replies, [SocketReply::Failed { id: ID, fault }]);
    assert_eq!((table.next_deadline(), table.any_ready()), (None, false));
}

#[test]
fn a_full_listener_makes_room_where_nobody_was_answered_or_all_is_silent() {
    let (mut table, mut n, start) = (Table::new(), Counters::default(), Instant::now());
    let poll = Poll::new().unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = table.listen(7, ID, any, poll.registry()).unwrap();
    let connect = |table: &mut Table, now: Instant, n: &mut Counters| {
        let stream = TcpStream::connect(listener).unwrap();
        table.mark(0, true, false);
        read(table, now, poll.registry(), n);
        stream
    };
    let known = |table: &Table, peer: &TcpStream| {
        table.paths.contains_key(&(Protocol::Tcp, listener, peer.local_addr().unwrap()))
    };
    let mut peers: Vec<TcpStream> =
        (0..ACCEPTED_MAX).map(|_| connect(&mut table, start, &mut n)).collect();
    assert!(peers.iter().all(|peer| known(&table, peer)));
    for peer in &peers[1..] {
        let (source, destination) = (listener, peer.local_addr().unwrap());
        let (protocol, ecn, contents) = (Protocol::Tcp, None, b"hello".to_vec());
        table.send(&[Transmit { protocol, source, destination, ecn, contents }], &mut n);
    }
    let soon = start + UNANSWERED_MAX - Duration::from_millis(1);
    let refused = connect(&mut table, soon, &mut n);
    assert!(!known(&table, &refused));
    assert_eq!(n.refused_connections, 1);
    // The one that was not answered makes way, and no other.
    peers.push(connect(&mut table, start + UNANSWERED_MAX, &mut n));
    assert!(!known(&table, &peers[0]));
    assert!(peers[1..].iter().all(|peer| known(&table, peer)));
    peers.push(connect(&mut table, start + SILENT_MAX, &mut n));
    assert_eq!(table.paths.len(), ACCEPTED_MAX);
    assert_eq!(n.refused_connections, 1);
    table.close(7, ID);
    assert!(table.paths.is_empty());
    assert!(table.slots.iter().all(Option::is_none));
}
