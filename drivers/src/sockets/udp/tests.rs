//! Two sockets on the loopback interface: trains, batches and marks.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use super::*;
use crate::sockets::open;

/// Loopback delivers at once; a minute means that it does not.
const DEADLINE: Duration = Duration::from_secs(60);

impl Socket for UdpSocket {
    fn try_read<T>(&self, read: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        read()
    }
}

/// A mark and contents.
type Arrived = (Option<Ecn>, Vec<u8>);

struct Pair {
    a: Udp<UdpSocket>,
    b: Udp<UdpSocket>,
}

impl Pair {
    /// `None` where the machine has no such address.
    fn new(address: &str) -> Option<Self> {
        let socket = || {
            let io = open(address.parse().expect("an address"), false).ok()?;
            let local = io.local_addr().expect("it is bound");
            Some(Udp::new(io, local).expect("options of every kernel"))
        };
        Some(Pair { a: socket()?, b: socket()? })
    }

    fn transmit(&self, ecn: Option<Ecn>, contents: Vec<u8>) -> Transmit {
        let (source, destination) = (self.a.local(), self.b.local());
        Transmit { protocol: Protocol::Udp, source, destination, ecn, contents }
    }

    /// Sends all, and receives as many; gives marks and contents, and the count of both ends.
    fn carry(&self, transmits: &[Transmit]) -> (Vec<Arrived>, Counters) {
        let mut n = Counters::default();
        self.a.send_all(transmits, &mut Vec::new(), &mut n);
        let (mut arrived, mut buffers) = (Vec::new(), Buffers::new());
        let deadline = Instant::now() + DEADLINE;
        while arrived.len() < transmits.len() {
            assert!(Instant::now() < deadline, "{} of {} came", arrived.len(), transmits.len());
            let received = self.b.receive(&mut buffers, |datagram| {
                let at = (datagram.source, datagram.destination);
                assert_eq!(at, (self.a.local(), self.b.local()));
                arrived.push((datagram.ecn, datagram.contents.to_vec()));
            });
            match received {
                Ok(_) => n.receive_calls += 1,
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        }
        n.received = arrived.len() as u64;
        (arrived, n)
    }
}

fn numbered(count: u8, size: usize) -> impl Iterator<Item = Vec<u8>> {
    (0..count).map(move |number| vec![number; size])
}

#[test]
fn a_train_takes_few_calls_and_arrives_whole() {
    let pair = Pair::new("127.0.0.1:0").expect("loopback");
    let mut contents: Vec<Vec<u8>> = numbered(40, 1_200).collect();
    contents.push(vec![99; 17]);
    let transmits: Vec<Transmit> =
        contents.iter().map(|contents| pair.transmit(None, contents.clone())).collect();
    let (arrived, n) = pair.carry(&transmits);
    assert_eq!(arrived.into_iter().map(|(_, contents)| contents).collect::<Vec<_>>(), contents);
    assert_eq!((n.sent, n.received), (41, 41));
    assert_eq!((n.send_calls, n.receive_calls), (1, 1), "one train");
}

#[test]
fn datagrams_of_any_size_leave_together() {
    let pair = Pair::new("127.0.0.1:0").expect("loopback");
    let growing = (1..=30_usize).map(|size| pair.transmit(None, vec![7; size]));
    let (arrived, n) = pair.carry(&growing.collect::<Vec<_>>());
    let sizes: Vec<usize> = arrived.iter().map(|(_, contents)| contents.len()).collect();
    assert_eq!(sizes, (1..=30).collect::<Vec<_>>());
    assert_eq!(n.send_calls, 1, "one sendmmsg");
    assert_eq!(n.receive_calls, 2, "two batches of recvmmsg");
}

#[test]
fn marks_arrive_on_single_datagrams_and_on_trains() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let Some(pair) = Pair::new(address) else { continue };
        for ecn in [Some(Ecn::Ect0), Some(Ecn::Ect1), Some(Ecn::Ce), None] {
            for count in [1, 10] {
                let train = numbered(count, 1_000).map(|contents| pair.transmit(ecn, contents));
                let (arrived, n) = pair.carry(&train.collect::<Vec<_>>());
                let marks: Vec<Option<Ecn>> = arrived.iter().map(|(mark, _)| *mark).collect();
                assert_eq!(marks, vec![ecn; usize::from(count)], "{address}, {count} at once");
                assert_eq!(n.receive_calls, 1);
            }
        }
    }
}

#[test]
fn what_cannot_be_sent_is_counted_and_the_rest_is_sent() {
    let pair = Pair::new("127.0.0.1:0").expect("loopback");
    let mut transmits: Vec<Transmit> =
        numbered(4, 100).map(|contents| pair.transmit(None, contents)).collect();
    // Larger than UDP can carry, and a port that does not exist.
    transmits[1].contents = vec![0; 70_000];
    transmits[2].destination.set_port(0);
    let mut n = Counters::default();
    pair.a.send_all(&transmits, &mut Vec::new(), &mut n);
    assert_eq!((n.sent, n.send_errors, n.send_blocked), (2, 2, 0), "{n:?}");
    let (arrived, _) = pair.carry(&[]);
    assert!(arrived.is_empty());
}
