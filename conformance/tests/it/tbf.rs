//! The laboratory's rate and tail drop against the kernel's token bucket filter.
//!
//! Two namespaces are joined by a pair of virtual Ethernet devices, and `tbf` with a bucket of one
//! packet stands before one of them. A burst is sent into it; the kernel stamps what comes out, so
//! that it does not matter when this process gets to read.

use lapwing_conformance::netns::Namespace;
use lapwing_conformance::skip;
use lapwing_simnet::{
    Bitrate, EcnField, Endpoint, HostCx, IpProtocol, Limit, LinkSpec, Packet, PacketSpec,
    QueueSpec, Sim, Time,
};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use std::io::IoSliceMut;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::process::Command;
use std::time::Duration;

const RATE_BPS: u64 = 5_000_000;
/// Headers of Ethernet, IP and UDP, which the kernel counts.
const HEADERS: usize = 14 + 20 + 8;
const FRAME: usize = 1_042;
/// What the queue holds.
const QUEUE_FRAMES: usize = 40;
const BURST: u64 = 120;
const ENDS: [&str; 2] = ["10.9.8.1", "10.9.8.2"];
const PORT: u16 = 9;

/// Which of the burst came through, in order, and when.
type Arrivals = Vec<(u64, Duration)>;

fn number(payload: &[u8]) -> u64 {
    u64::from_be_bytes(*payload.first_chunk().expect("a number was sent"))
}

/// Runs a program of the system; its words if it fails.
fn run(words: &str) -> Result<(), String> {
    let mut words = words.split(' ');
    let program = words.next().unwrap_or_default();
    let output =
        Command::new(program).args(words).output().map_err(|e| format!("{program}: {e}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{program}: {}", said.trim())) }
}

/// Joins two namespaces, with the filter where the first sends.
fn join(first: &Namespace, second: &Namespace) -> Result<(), String> {
    let burst = FRAME + 16;
    let limit = QUEUE_FRAMES * FRAME;
    let (a, b) = (ENDS[0], ENDS[1]);
    let other = second.name();
    first.run(|| {
        run(&format!("ip link add va type veth peer name vb netns {other}"))?;
        run(&format!("ip address add {a}/24 dev va"))?;
        run("ip link set va up")?;
        run(&format!("tc qdisc add dev va root tbf rate {RATE_BPS}bit burst {burst} limit {limit}"))
    })?;
    second.run(|| {
        run(&format!("ip address add {b}/24 dev vb"))?;
        run("ip link set vb up")
    })
}

/// Sends the burst through the kernel, and reads what comes out with the kernel's stamps.
fn through_the_kernel(first: &Namespace, second: &Namespace) -> Arrivals {
    let receiver = second.run(|| UdpSocket::bind((ENDS[1], PORT))).expect("the address is there");
    setsockopt(&receiver, sockopt::ReceiveTimestampns, &true).expect("the kernel stamps");
    let timeout = Duration::from_secs(2);
    receiver.set_read_timeout(Some(timeout)).expect("a timeout can be set");
    let sender = first.run(|| UdpSocket::bind((ENDS[0], PORT))).expect("the address is there");
    sender.connect((ENDS[1], PORT)).expect("there is a route");
    // Neighbours are found by the first packet; the burst comes when that is through.
    sender.send(&u64::MAX.to_be_bytes()).expect("it is sent");
    assert_eq!(receive(&receiver).map(|(number, _)| number), Some(u64::MAX));
    let mut payload = [0; FRAME - HEADERS];
    for number in 0..BURST {
        payload[..8].copy_from_slice(&number.to_be_bytes());
        // What the queue drops is told by some kernels as an error.
        let _ = sender.send(&payload);
    }
    std::iter::from_fn(|| receive(&receiver)).collect()
}

/// The next datagram, or none within the timeout.
fn receive(socket: &UdpSocket) -> Option<(u64, Duration)> {
    let mut payload = [0; 2_048];
    let mut parts = [IoSliceMut::new(&mut payload)];
    let mut space = nix::cmsg_space!(nix::sys::time::TimeSpec);
    let fd = socket.as_raw_fd();
    let message = recvmsg::<()>(fd, &mut parts, Some(&mut space), MsgFlags::empty()).ok()?;
    let stamp = message.cmsgs().ok()?.find_map(|cmsg| match cmsg {
        ControlMessageOwned::ScmTimestampns(stamp) => Some(Duration::from(stamp)),
        _ => None,
    })?;
    Some((number(&payload), stamp))
}

struct Burst(SocketAddr, SocketAddr);

impl Endpoint for Burst {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(IpProtocol::Udp, PORT).expect("the port is free");
        for number in 0..BURST {
            cx.send(PacketSpec {
                source: self.0,
                destination: self.1,
                protocol: IpProtocol::Udp,
                ecn: EcnField::NotEct,
                payload: number.to_be_bytes().to_vec(),
                // The laboratory counts from the IP header on.
                padding: (FRAME - 8 - 28) as u32,
            });
        }
    }

    fn receive(&mut self, _: Packet, _: &mut HostCx<'_>) {}
}

#[derive(Default)]
struct Target(Arrivals);

impl Endpoint for Target {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(IpProtocol::Udp, PORT).expect("the port is free");
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        self.0.push((number(packet.payload()), cx.now() - Time::ZERO));
    }
}

fn through_the_laboratory() -> Arrivals {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let queue = QueueSpec::TailDrop(Limit::Bytes((QUEUE_FRAMES * FRAME) as u64));
    let narrow = LinkSpec::new().rate(Bitrate::bps(RATE_BPS), queue);
    let wire = LinkSpec::new();
    let [a, b] = ENDS.map(|address| address.parse::<IpAddr>().expect("an address"));
    let (first, second) = (sim.host("a"), sim.host("b"));
    sim.connect(first, core, &[a], &narrow, &wire);
    sim.connect(second, core, &[b], &wire, &wire);
    let target = sim.attach(second, Target::default());
    sim.attach(first, Burst(SocketAddr::new(a, PORT), SocketAddr::new(b, PORT)));
    sim.run_until(Time::from_secs(5));
    sim.with(target, |target, _| std::mem::take(&mut target.0))
}

/// The middle one of the times between arrivals: a few late stamps do not move it.
fn spacing(arrivals: &Arrivals) -> Duration {
    let mut gaps: Vec<Duration> = arrivals.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
    gaps.sort();
    gaps[gaps.len() / 2]
}

#[test]
fn rate_and_tail_drop_are_those_of_the_kernel() {
    let test = "tbf::rate_and_tail_drop_are_those_of_the_kernel";
    let namespaces = Namespace::create().and_then(|one| Ok((one, Namespace::create()?)));
    let (first, second) = match namespaces {
        Ok(both) => both,
        Err(why) => return skip::note(test, &why),
    };
    if let Err(why) = join(&first, &second) {
        return skip::note(test, &why);
    }
    let ours = through_the_laboratory();
    let kernels = through_the_kernel(&first, &second);
    // One is being sent while forty wait; the kernel's bucket may hold a part of one more, and some
    // leave while the burst is written.
    assert_eq!(ours.len(), QUEUE_FRAMES + 1);
    let more = kernels.len() as i64 - ours.len() as i64;
    assert!((-1..=12).contains(&more), "{} there, {} here", kernels.len(), ours.len());
    // The queue drops what comes last: those that were first are all there, in order.
    let numbers = |arrivals: &Arrivals| arrivals.iter().map(|(n, _)| *n).collect::<Vec<_>>();
    let whole = QUEUE_FRAMES.min(kernels.len());
    assert_eq!(numbers(&ours)[..whole], numbers(&kernels)[..whole]);
    let ratio = spacing(&kernels).as_secs_f64() / spacing(&ours).as_secs_f64();
    assert!((0.98..1.02).contains(&ratio), "the kernel's spacing is {ratio} of ours");
}
