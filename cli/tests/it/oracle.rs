//! What the laboratory and `turmoil` can both express, they tell the same of: latency and
//! partitions.
//!
//! A datagram every ten milliseconds for three seconds; which arrive, and when. `turmoil` has a
//! tick of a millisecond, so arrivals may be that far apart and a tick more for the receiver's
//! turn.

use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use lapwing_simnet::{
    EcnField, Endpoint, HostCx, IpProtocol, LinkSpec, Packet, PacketSpec, Sim, Time,
};
use tokio::time::{MissedTickBehavior, interval};
use turmoil::net::UdpSocket;

const DATAGRAMS: u64 = 300;
const SPACING: Duration = Duration::from_millis(10);
const PORT: u16 = 9;
const TICK: Duration = Duration::from_millis(1);

/// What both are told: the way takes `latency`, and is cut from `partition.0` to `partition.1`.
struct Plan {
    latency: Duration,
    partition: Option<(Duration, Duration)>,
}

/// Numbers of datagrams, with the time of their arrival since the first was sent.
type Arrivals = Vec<(u64, Duration)>;

struct Source {
    path: (SocketAddr, SocketAddr),
    sent: u64,
}

impl Endpoint for Source {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(IpProtocol::Udp, PORT).expect("the port is free");
        cx.wake_at(Time::ZERO);
    }

    fn receive(&mut self, _: Packet, _: &mut HostCx<'_>) {}

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        cx.send(PacketSpec {
            source: self.path.0,
            destination: self.path.1,
            protocol: IpProtocol::Udp,
            ecn: EcnField::NotEct,
            payload: self.sent.to_be_bytes().to_vec(),
            padding: 0,
        });
        self.sent += 1;
        if self.sent < DATAGRAMS {
            cx.wake_at(cx.now() + SPACING);
        }
    }
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

fn number(payload: &[u8]) -> u64 {
    u64::from_be_bytes(payload.try_into().expect("eight bytes were sent"))
}

fn in_the_laboratory(plan: &Plan) -> Arrivals {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let half = LinkSpec::new().delay(plan.latency / 2);
    let addresses: [IpAddr; 2] = [[192, 0, 2, 1], [192, 0, 2, 2]].map(IpAddr::from);
    let [a, b] = [("a", addresses[0]), ("b", addresses[1])].map(|(name, address)| {
        let host = sim.host(name);
        (host, sim.connect(host, core, &[address], &half, &half))
    });
    let path = (SocketAddr::new(addresses[0], PORT), SocketAddr::new(addresses[1], PORT));
    sim.attach(a.0, Source { path, sent: 0 });
    let target = sim.attach(b.0, Target::default());
    // What is under way when a link is cut is lost, in both.
    let (first, second) = (a.1.up, b.1.down);
    let set_way_up = move |sim: &mut Sim, is_up| {
        sim.set_link_up(first, is_up);
        sim.set_link_up(second, is_up);
    };
    if let Some((from, to)) = plan.partition {
        sim.at(Time::ZERO + from, move |sim| set_way_up(sim, false));
        sim.at(Time::ZERO + to, move |sim| set_way_up(sim, true));
    }
    sim.run_until(Time::from_secs(5));
    sim.with(target, |target, _| std::mem::take(&mut target.0))
}

fn in_turmoil(plan: &Plan) -> Arrivals {
    let mut sim = turmoil::Builder::new()
        .tick_duration(TICK)
        .min_message_latency(plan.latency)
        .max_message_latency(plan.latency)
        .simulation_duration(Duration::from_secs(10))
        .build();
    let arrivals = Rc::new(RefCell::new(Vec::new()));
    let began = Rc::new(RefCell::new(None));
    let (log, start) = (Rc::clone(&arrivals), Rc::clone(&began));
    sim.host("b", move || {
        let (log, start) = (Rc::clone(&log), Rc::clone(&start));
        async move {
            let socket = UdpSocket::bind(("0.0.0.0", PORT)).await?;
            let mut payload = [0; 64];
            loop {
                let (length, _) = socket.recv_from(&mut payload).await?;
                let start = start.borrow().expect("it was sent before it arrived");
                log.borrow_mut().push((number(&payload[..length]), now() - start));
            }
        }
    });
    let start = Rc::clone(&began);
    sim.client("a", async move {
        let socket = UdpSocket::bind(("0.0.0.0", PORT)).await?;
        let mut beat = interval(SPACING);
        beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for sent in 0..DATAGRAMS {
            beat.tick().await;
            start.borrow_mut().get_or_insert_with(now);
            socket.send_to(&sent.to_be_bytes(), ("b", PORT)).await?;
        }
        // What is under way arrives.
        for _ in 0..100 {
            beat.tick().await;
        }
        Ok(())
    });
    let mut parted = false;
    while !sim.step().expect("nobody panics") {
        let since = began.borrow().map_or(Duration::ZERO, |start| sim.elapsed() - start);
        let wanted = plan.partition.is_some_and(|(from, to)| (from..to).contains(&since));
        match (parted, wanted) {
            (false, true) => sim.partition("a", "b"),
            (true, false) => sim.repair("a", "b"),
            _ => {}
        }
        parted = wanted;
    }
    drop(sim);
    arrivals.take()
}

fn now() -> Duration {
    turmoil::sim_elapsed().expect("it lives in the simulation")
}

/// Holds the two against each other.
fn compare(plan: &Plan) {
    let (ours, theirs) = (in_the_laboratory(plan), in_turmoil(plan));
    let numbers = |arrivals: &Arrivals| arrivals.iter().map(|(n, _)| *n).collect::<Vec<_>>();
    let whole = |arrivals: &Arrivals| {
        let edge = |at: Duration| {
            plan.partition.is_some_and(|(from, to)| {
                at.abs_diff(from) <= TICK * 2 || at.abs_diff(to) <= TICK * 2
            })
        };
        let sent = |n: &u64| SPACING * u32::try_from(*n).expect("few");
        numbers(arrivals).into_iter().filter(|n| !edge(sent(n))).collect::<Vec<_>>()
    };
    let (left, right) = (whole(&ours), whole(&theirs));
    let only = |one: &[u64], other: &[u64]| {
        one.iter().copied().filter(|number| !other.contains(number)).collect::<Vec<_>>()
    };
    let none: [Vec<u64>; 2] = Default::default();
    assert_eq!([only(&left, &right), only(&right, &left)], none, "only here, only there");
    for (number, at) in &ours {
        let Some((_, there)) = theirs.iter().find(|(n, _)| n == number) else { continue };
        assert!(at.abs_diff(*there) <= TICK * 2, "{number}: {at:?} here, {there:?} there");
    }
}

#[test]
fn latency_is_the_same() {
    for millis in [2, 20, 150] {
        let plan = Plan { latency: Duration::from_millis(millis), partition: None };
        assert_eq!(in_the_laboratory(&plan).len() as u64, DATAGRAMS);
        compare(&plan);
    }
}

#[test]
fn a_partition_loses_the_same() {
    let span = (Duration::from_millis(1_004), Duration::from_millis(1_994));
    let plan = Plan { latency: Duration::from_millis(20), partition: Some(span) };
    let arrived = in_the_laboratory(&plan).len() as u64;
    assert_eq!(arrived, DATAGRAMS - 101);
    compare(&plan);
}
