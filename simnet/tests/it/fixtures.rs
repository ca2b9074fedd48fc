//! Endpoints that send by a list and remember what arrives, and the two-host network most tests
//! need.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use lapwing_engine::{ChannelConfig, ConnectionState};
use lapwing_simnet::{
    Connection, Endpoint, Handle, HostCx, IpProtocol, LinkSpec, Packet, PacketSpec, RtcHost, Sim,
    Time, connect_peers,
};

/// The port of every endpoint here.
pub(crate) const PORT: u16 = 5_000;

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Has the first of two engines call the other, with signals that take so long, and gives the time
/// until both are connected; `None` where they are not in time.
pub(crate) fn call(
    sim: &mut Sim,
    peers: [Handle<RtcHost>; 2],
    signalling: Duration,
    patience: Duration,
) -> Option<Duration> {
    let began = sim.now();
    connect_peers(sim, peers[0], peers[1], signalling);
    let channel = ChannelConfig::new("call");
    let asked =
        sim.with(peers[0], |host, cx| host.act(cx, |rtc, _, _| rtc.create_channel(channel)));
    asked.expect("a channel can be asked for");
    while sim.now() - began <= patience {
        sim.run_until(sim.now() + ms(1));
        let states = peers.map(|peer| sim.endpoint(peer).rtc().map(|rtc| rtc.connection_state()));
        if states == [Some(ConnectionState::Connected); 2] {
            return Some(sim.now() - began);
        }
    }
    None
}

/// Address of a host's endpoint.
pub(crate) fn at(ip: &str) -> SocketAddr {
    SocketAddr::new(ip.parse().unwrap(), PORT)
}

/// Sends packets at given times, in order, and keeps all that arrives.
#[derive(Default)]
pub(crate) struct Script {
    plan: std::collections::VecDeque<(Time, PacketSpec)>,
    pub(crate) arrived: Vec<(Time, Packet)>,
    pub(crate) interface_changes: usize,
}

impl Script {
    pub(crate) fn new(plan: impl IntoIterator<Item = (Time, PacketSpec)>) -> Self {
        Script { plan: plan.into_iter().collect(), ..Script::default() }
    }

    /// `count` datagrams of `bytes` on the wire, one every `interval`.
    pub(crate) fn steady(
        from: SocketAddr,
        to: SocketAddr,
        count: u64,
        interval: Duration,
        bytes: usize,
    ) -> Self {
        let transmit = PacketSpec::udp(from, to, vec![0; bytes - 28]);
        let at = |i| Time::from_nanos(i * interval.as_nanos() as u64);
        Script::new((0..count).map(|i| (at(i), transmit.clone())))
    }

    /// Time from sending to arrival of each packet.
    pub(crate) fn delays(&self) -> Vec<Duration> {
        self.arrived.iter().map(|(at, packet)| *at - packet.sent_at()).collect()
    }

    /// Numbers of the packets in the order of arrival.
    pub(crate) fn ids(&self) -> Vec<u64> {
        self.arrived.iter().map(|(_, packet)| packet.id()).collect()
    }
}

impl Endpoint for Script {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(IpProtocol::Udp, PORT).unwrap();
        self.wake(cx);
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        self.arrived.push((cx.now(), packet));
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        while let Some((at, transmit)) = self.plan.pop_front() {
            if at > cx.now() {
                self.plan.push_front((at, transmit));
                return cx.wake_at(at);
            }
            cx.send(transmit);
        }
    }

    fn interfaces_changed(&mut self, _: &mut HostCx<'_>) {
        self.interface_changes += 1;
    }
}

/// Host `a` (10.0.0.1) joined to host `b` (10.0.0.2) directly.
pub(crate) struct Pair {
    pub(crate) sim: Sim,
    pub(crate) a: Handle<Script>,
    pub(crate) b: Handle<Script>,
    pub(crate) link: Connection,
}

pub(crate) const A: &str = "10.0.0.1";
pub(crate) const B: &str = "10.0.0.2";

/// `script` runs on `a`; its packets go over `link`, answers over a perfect wire.
pub(crate) fn pair(seed: u64, link: &LinkSpec, script: Script) -> Pair {
    let mut sim = Sim::new(seed);
    let (a, b, core) = (sim.host("a"), sim.host("b"), sim.router("core"));
    let wire = LinkSpec::new();
    let link = sim.connect(a, core, &[A.parse().unwrap()], link, &wire);
    sim.connect(b, core, &[B.parse().unwrap()], &wire, &wire);
    let (a, b) = (sim.attach(a, script), sim.attach(b, Script::default()));
    Pair { sim, a, b, link }
}

/// Runs `count` packets of `bytes`, one every `interval`, over `link`, and gives back what arrived.
pub(crate) fn send(
    link: &LinkSpec,
    count: u64,
    interval: Duration,
    bytes: usize,
) -> Vec<(Time, Packet)> {
    let mut pair = pair(1, link, Script::steady(at(A), at(B), count, interval, bytes));
    pair.sim.run_until(Time::ZERO + interval * count as u32 + Duration::from_secs(60));
    pair.sim.with(pair.b, |b, _| std::mem::take(&mut b.arrived))
}
