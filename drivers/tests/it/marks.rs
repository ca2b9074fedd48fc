//! Marks of ECN on their way through each driver: media leaves marked ECT(1), a router between the
//! two ends turns some of the marks into CE, and each end tells the other what came.

use std::io::IoSliceMut;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use lapwing_engine::{CandidateAddress, IceCandidate, Rtc};
use quinn_udp::{EcnCodepoint, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

use crate::line::{Line, lines_through};
use crate::program::Signal;

/// Of so many packets of pictures in each direction, one comes to a queue that is too long. Each
/// takes the estimate down, so there are few.
const CONGESTED: u64 = 30;

/// How long a thread of the router waits before it looks whether it is to end.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A router with a socket for each end, which is what the other end takes for it.
pub(crate) struct Router {
    sockets: [UdpSocket; 2],
    /// Where the ends are.
    ends: Mutex<[Option<SocketAddr>; 2]>,
    over: AtomicBool,
}

impl Router {
    fn new() -> Arc<Router> {
        let interfaces = lapwing_drivers::interfaces().expect("the system tells them");
        let usable = interfaces.iter().filter(|it| it.is_usable() && it.address.is_ipv4());
        let outside = usable.map(|it| it.address).find(|address| !address.is_loopback());
        let ip = outside.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let socket = || {
            let socket = UdpSocket::bind((ip, 0)).expect("a free port");
            socket.set_read_timeout(Some(LOOK_EVERY)).expect("a timeout that is not zero");
            socket
        };
        Arc::new(Router {
            sockets: [socket(), socket()],
            ends: Mutex::default(),
            over: AtomicBool::new(false),
        })
    }

    /// What an end says, as the other is to hear it: none of its addresses but one of ours.
    pub(crate) fn carry(&self, from: usize, signal: Signal) -> Option<Signal> {
        match signal {
            Signal::Description(mut description) => {
                let lines = description.sdp.split_inclusive("\r\n");
                description.sdp = lines.filter(|line| !line.starts_with("a=candidate:")).collect();
                Some(Signal::Description(description))
            }
            // An empty one says that there are no more.
            Signal::Candidate(text) if !text.is_empty() => {
                let mut candidate = IceCandidate::parse(&text).expect("one of ours");
                let CandidateAddress::Address(address) = candidate.address else { return None };
                let ours = self.sockets[from].local_addr().expect("it is bound");
                if address.ip() != ours.ip() {
                    return None;
                }
                self.ends.lock().expect("no panic")[from].get_or_insert(address);
                candidate.address = CandidateAddress::Address(ours);
                Some(Signal::Candidate(candidate.to_string()))
            }
            other => Some(other),
        }
    }

    /// Carries what one end sends, until it is over.
    fn work(&self, from: usize) {
        // An end sends to what it takes for the other.
        let (inner, outer) = (&self.sockets[1 - from], &self.sockets[from]);
        let [reads, writes] = [inner, outer].map(|socket| {
            let state = UdpSocketState::new(UdpSockRef::from(socket)).expect("a socket of UDP");
            socket.set_nonblocking(false).expect("it waits");
            without_timestamps(socket);
            state
        });
        let (mut pictures, mut marked) = (None, 0_u64);
        let (mut bytes, mut meta) = (vec![0; 65_535], [RecvMeta::default()]);
        while !self.over.load(Ordering::Relaxed) {
            let mut slices = [IoSliceMut::new(&mut bytes)];
            if reads.recv(UdpSockRef::from(inner), &mut slices, &mut meta).is_err() {
                continue;
            }
            let Some(destination) = self.ends.lock().expect("no panic")[1 - from] else { continue };
            for contents in bytes[..meta[0].len].chunks(meta[0].stride.max(1)) {
                let mut ecn = meta[0].ecn;
                if ecn == Some(EcnCodepoint::Ect1) {
                    // The first that is marked is of pictures; probes have another payload type.
                    let kind = contents[1] & 0x7f;
                    let is_picture = *pictures.get_or_insert(kind) == kind;
                    marked += u64::from(is_picture);
                    if is_picture && marked.is_multiple_of(CONGESTED) {
                        ecn = Some(EcnCodepoint::Ce);
                    }
                }
                let transmit =
                    Transmit { destination, ecn, contents, segment_size: None, src_ip: None };
                writes.try_send(UdpSockRef::from(outer), &transmit).expect("loopback takes it");
            }
        }
    }
}

/// With arrival timestamps, marks of trains would be cut off, as the drivers know.
fn without_timestamps(socket: &UdpSocket) {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::socket::{setsockopt, sockopt::ReceiveTimestampns};
        setsockopt(socket, ReceiveTimestampns, &false).expect("an option of Linux");
    }
}

/// Runs a call through a router and checks what came of the marks.
fn call(run: impl FnOnce(Arc<Router>) -> [Line; 2]) {
    let router = Router::new();
    let workers = [0, 1].map(|from| {
        let router = Arc::clone(&router);
        thread::spawn(move || router.work(from))
    });
    let [caller, callee] = run(Arc::clone(&router));
    router.over.store(true, Ordering::Relaxed);
    workers.into_iter().for_each(|worker| worker.join().expect("no panic"));
    check(&caller.rtc, &callee.rtc);
    check(&callee.rtc, &caller.rtc);
}

/// What one end sent, and the other told of it.
fn check(sender: &Rtc, receiver: &Rtc) {
    let (sent, came) = (sender.stats(), receiver.stats());
    let (sent, told) = (&sent.outbound_rtp[0], &sent.remote_inbound_rtp[0]);
    let came = &came.inbound_rtp[0];
    assert_eq!(sent.packets_sent_with_ect1, Some(sent.packets_sent), "all media is marked");
    let counts = [
        came.packets_received_with_ect1,
        came.packets_received_with_ce,
        told.packets_received_with_ect1,
        told.packets_received_with_ce,
    ];
    let counts = counts.map(|count| count.expect("RFC 8888 is in use"));
    let [ect1, ce, told_ect1, told_ce] = counts;
    let media = came.packets_received - came.retransmitted_packets_received.expect("counted");
    assert_eq!(ect1 + ce, media, "each arrives with its mark, or the router's: {came:?}");
    assert!(ce > 0 && told_ce > 0 && told_ect1 > told_ce, "{told:?}");
    // What is told last may not have come before the call was over.
    assert!(told_ect1 <= ect1 && told_ce <= ce, "{told:?}");
    assert_eq!(told.packets_with_bleached_ect1_marking, Some(0), "{told:?}");
}

#[cfg(feature = "mio")]
#[test]
fn marks_go_through_the_blocking_driver() {
    use lapwing_drivers::mio::Driver;
    call(|router| {
        let (a, b) = (Driver::new().expect("a poll"), Driver::new().expect("a poll"));
        let (caller, callee) = lines_through(a.waker(), b.waker(), router);
        thread::scope(|scope| {
            let ends = [(caller, a), (callee, b)];
            let ends = ends.map(|(line, driver)| scope.spawn(|| crate::mio::run(line, driver)));
            ends.map(|end| end.join().expect("no panic").0)
        })
    });
}

#[cfg(feature = "smol")]
#[test]
fn marks_go_through_the_driver_under_smol() {
    use lapwing_drivers::smol::Driver;
    call(|router| {
        let (a, b) = (Driver::new(), Driver::new());
        let (caller, callee) = lines_through(a.waker(), b.waker(), router);
        let both = smol::future::zip(crate::smol::run(caller, a), crate::smol::run(callee, b));
        let ((caller, _), (callee, _)) = smol::block_on(both);
        [caller, callee]
    });
}

#[cfg(feature = "tokio")]
#[test]
fn marks_go_through_the_driver_under_tokio() {
    use lapwing_drivers::tokio::Driver;
    call(|router| {
        let (a, b) = (Driver::new(), Driver::new());
        let (caller, callee) = lines_through(a.waker(), b.waker(), router);
        crate::tokio::runtime().block_on(async {
            let (caller, callee) =
                tokio::join!(crate::tokio::run(caller, a), crate::tokio::run(callee, b));
            [caller.0, callee.0]
        })
    });
}
