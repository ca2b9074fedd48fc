//! How many packets a second of CPU time moves through the simulator's core, and how much memory that takes.
//!
//! `cargo run --release -p lapwing-simnet --example core_speed [SECONDS]` runs two hosts that send 1,200-byte
//! datagrams both ways over a bottleneck with a queue, delay, jitter and loss, for so many virtual seconds.

use std::net::SocketAddr;
use std::time::Duration;

use lapwing_simnet::nodes::JitterConfig;
use lapwing_simnet::{
    Basis, Bitrate, Endpoint, HostCx, Limit, LinkSpec, Packet, Protocol, QueueSpec, Sim, Time,
    Transmit,
};

const PORT: u16 = 5_000;
const PAYLOAD: usize = 1_200;
/// 1,228 bytes every 100 us are 98 Mbit/s, over a bottleneck of 100.
const INTERVAL: Duration = Duration::from_micros(100);

struct Peer {
    local: SocketAddr,
    remote: SocketAddr,
    next: Time,
    received: u64,
}

impl Endpoint for Peer {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(Protocol::Udp, PORT).expect("the host has one endpoint");
        cx.wake_at(self.next);
    }

    fn receive(&mut self, _: Packet, _: &mut HostCx<'_>) {
        self.received += 1;
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        cx.send(Transmit::udp(self.local, self.remote, vec![0x5a; PAYLOAD]));
        self.next += INTERVAL;
        cx.wake_at(self.next);
    }
}

fn main() {
    let seconds = std::env::args().nth(1).and_then(|arg| arg.parse().ok()).unwrap_or(60);
    let mut sim = Sim::new(1);
    let (a, b, core) = (sim.host("a"), sim.host("b"), sim.router("core"));
    let queue = QueueSpec::TailDrop(Limit::Time(Duration::from_millis(300), Basis::Current));
    let access = LinkSpec::new().rate(Bitrate::from_mbps(100), queue);
    let path = LinkSpec::new()
        .delay(Duration::from_millis(25))
        .jitter(JitterConfig::default(), Some(Bitrate::from_mbps(100).into()))
        .loss(0.01);
    let addresses = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().expect("an address"));
    sim.connect(a, core, &addresses[..1], &access, &path);
    sim.connect(b, core, &addresses[1..], &access, &path);
    let peers = [(a, 0, 1), (b, 1, 0)].map(|(host, local, remote)| {
        let [local, remote] = [local, remote].map(|i: usize| SocketAddr::new(addresses[i], PORT));
        sim.attach(host, Peer { local, remote, next: Time::ZERO, received: 0 })
    });
    println!("virtual s    packets     events  CPU s  packets/CPU-s  resident KiB");
    let before = cpu_seconds();
    for second in [seconds / 4, seconds / 2, seconds] {
        sim.run_until(Time::from_secs(second));
        let packets: u64 = peers.iter().map(|&peer| sim.endpoint(peer).received).sum();
        let cpu = cpu_seconds() - before;
        let (events, rate, memory) = (sim.events(), packets as f64 / cpu, resident_kib());
        println!("{second:9} {packets:10} {events:10} {cpu:6.2} {rate:14.0} {memory:13}");
    }
    println!("chain {:016x}", sim.chain());
}

/// CPU time of this process, from the kernel; zero where it does not tell.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    nanos.unwrap_or(0.0) / 1e9
}

fn resident_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text.split_whitespace().nth(1).and_then(|word| word.parse::<u64>().ok());
    pages.unwrap_or(0) * 4
}
