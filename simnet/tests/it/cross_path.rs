//! A path for cross traffic, and figures of it.

use std::net::SocketAddr;

use lapwing_simnet::cross::{CongestionControl, TcpSink, TcpSource, Workload};
use lapwing_simnet::{Connection, Handle, LinkSpec, MachineId, Sim, Time};

/// Two hosts.
pub(crate) struct Path {
    pub(crate) hosts: [MachineId; 2],
    pub(crate) link: Connection,
}

impl Path {
    /// Sources send over `path` and hear over `back`.
    pub(crate) fn new(sim: &mut Sim, path: &LinkSpec, back: &LinkSpec) -> Path {
        let hosts = [sim.host("a"), sim.host("b")];
        let (core, wire) = (sim.router("core"), LinkSpec::new());
        let [a, b] = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse().expect("an address"));
        let link = sim.connect(hosts[0], core, &[a], path, back);
        sim.connect(hosts[1], core, &[b], &wire, &wire);
        Path { hosts, link }
    }
}

/// A source and a sink on a port of their own, from the beginning of the run.
pub(crate) fn join(
    sim: &mut Sim,
    path: &Path,
    port: u16,
    congestion: impl CongestionControl,
    workload: Workload,
) -> (Handle<TcpSource>, Handle<TcpSink>) {
    let end = |ip: &str, port| SocketAddr::new(ip.parse().expect("an address"), port);
    let ends = (end("10.0.0.1", 0), end("10.0.0.2", port));
    let source = TcpSource::new(ends, congestion, workload, (Time::ZERO, Time::NEVER));
    (sim.attach(path.hosts[0], source), sim.attach(path.hosts[1], TcpSink::new(ends.1)))
}
