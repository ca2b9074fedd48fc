//! The laboratory's models of TCP against the kernel's TCP, over the same link of the laboratory.
//!
//! 1. Two namespaces are joined by a link with a rate, a queue, a delay and random loss, in real
//!    time. The bottleneck is that link and no queue of the sender's: its kernel would hold back
//!    what waits there.
//! 2. The kernel's TCP sends with each controller that it has. Goodput is counted where it arrives;
//!    `ss` says what was sent again and how long a round trip takes.
//! 3. The same link is crossed by the model in virtual time.
//!
//! With `--nocapture` the test prints the table.

use lapwing_conformance::netns::Namespace;
use lapwing_conformance::network::Network;
use lapwing_conformance::skip;
use lapwing_conformance::wall::Side;
use lapwing_simnet::cross::{Bbr1, CongestionControl, Cubic, Reno, TcpSink, TcpSource, Workload};
use lapwing_simnet::{Basis, Bitrate, Limit, LinkSpec, QueueSpec, Sim, Time};
use nix::sys::socket::{setsockopt, sockopt};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

const RATE_BPS: u64 = 10_000_000;
const ONE_WAY: Duration = Duration::from_millis(20);
/// Until it is measured, and while.
const BEFORE: Duration = Duration::from_secs(5);
const MEASURED: Duration = Duration::from_secs(20);
/// Between two looks at a connection.
const STEP: Duration = Duration::from_millis(500);
/// How long an end waits for the other.
const PATIENCE: Duration = Duration::from_secs(5);
const PORT: u16 = 5_001;
/// Paths that are measured at once: more would keep the relays waiting for each other.
const AT_ONCE: usize = 6;
/// A relay that is later than this with one packet in a hundred changes what is measured.
const LATENESS_MAX: Duration = Duration::from_millis(4);
/// Seeds over which a model's figures are the mean where there is chance.
const SEEDS: u64 = 5;

/// A path and a controller.
#[derive(Clone, Copy, Debug)]
struct Cell {
    controller: &'static str,
    queue_ms: u64,
    loss: f64,
}

const CONTROLLERS: [&str; 3] = ["reno", "cubic", "bbr"];
const PATHS: [(u64, f64); 4] = [(40, 0.0), (200, 0.0), (40, 0.01), (200, 0.01)];

/// One look at a connection: all since it opened, but for the round-trip time.
#[derive(Clone, Copy, Debug)]
struct Look {
    at: Duration,
    received: u64,
    sent: u64,
    again: u64,
    rtt_ms: f64,
}

/// What was measured.
#[derive(Clone, Copy, Debug)]
struct Figures {
    /// Data that arrived, as a share of the path's capacity.
    goodput: f64,
    /// Of what was sent, the share that was sent before.
    again: f64,
    /// The mean of the smoothed round-trip time above that of the empty path.
    queue_ms: f64,
}

impl Figures {
    fn of(looks: &[Look]) -> Result<Figures, String> {
        let [first, .., last] = looks else { return Err("it ended too soon".to_owned()) };
        let bits = (last.received - first.received) as f64 * 8.0;
        let goodput = bits / (last.at - first.at).as_secs_f64() / RATE_BPS as f64;
        let again = (last.again - first.again) as f64 / (last.sent - first.sent).max(1) as f64;
        let rtt_ms = looks.iter().map(|look| look.rtt_ms).sum::<f64>() / looks.len() as f64;
        Ok(Figures { goodput, again, queue_ms: rtt_ms - 2e3 * ONE_WAY.as_secs_f64() })
    }

    fn mean(all: &[Figures]) -> Figures {
        let mean = |of: fn(&Figures) -> f64| all.iter().map(of).sum::<f64>() / all.len() as f64;
        Figures {
            goodput: mean(|one| one.goodput),
            again: mean(|one| one.again),
            queue_ms: mean(|one| one.queue_ms),
        }
    }
}

impl Cell {
    fn link(&self) -> LinkSpec {
        let queue = Limit::Time(Duration::from_millis(self.queue_ms), Basis::Current);
        let rate = Bitrate::bps(RATE_BPS);
        LinkSpec::new().loss(self.loss).rate(rate, QueueSpec::TailDrop(queue)).delay(ONE_WAY)
    }

    fn model(&self) -> Box<dyn CongestionControl> {
        match self.controller {
            "reno" => Box::new(Reno::default()),
            "cubic" => Box::new(Cubic::with_hystart()),
            _ => Box::new(Bbr1::default()),
        }
    }

    fn in_the_laboratory(&self, seed: u64) -> Result<Figures, String> {
        let mut sim = Sim::new(seed);
        let (a, b, core) = (sim.host("a"), sim.host("b"), sim.router("core"));
        let [from, to] = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse().expect("an address"));
        sim.connect(a, core, &[from], &self.link(), &LinkSpec::new().delay(ONE_WAY));
        sim.connect(b, core, &[to], &LinkSpec::new(), &LinkSpec::new());
        let ends = (SocketAddr::new(from, 0), SocketAddr::new(to, PORT));
        let times = (Time::ZERO, Time::NEVER);
        let source = TcpSource::new(ends, self.model(), Workload::Endless, times);
        let (source, sink) = (sim.attach(a, source), sim.attach(b, TcpSink::new(ends.1)));
        let (mut looks, mut at) = (Vec::new(), BEFORE);
        while at <= BEFORE + MEASURED {
            sim.run_until(Time::ZERO + at);
            let (stats, rtt) = (sim.endpoint(source).stats(), sim.endpoint(source).smoothed_rtt());
            looks.push(Look {
                at,
                received: sim.endpoint(sink).received(),
                sent: stats.segments,
                again: stats.retransmissions,
                rtt_ms: rtt.unwrap_or_default().as_secs_f64() * 1e3,
            });
            at += STEP;
        }
        Figures::of(&looks)
    }

    fn mean_in_the_laboratory(&self) -> Result<Figures, String> {
        let seeds = if self.loss > 0.0 { SEEDS } else { 1 };
        let runs: Result<Vec<_>, _> =
            (1..=seeds).map(|seed| self.in_the_laboratory(seed)).collect();
        Ok(Figures::mean(&runs?))
    }

    fn through_the_kernel(&self) -> Result<Figures, String> {
        let network = Network::create("tcp").map_err(|why| why.to_string())?;
        let way_back = LinkSpec::new().delay(ONE_WAY);
        network.begin([self.link(), way_back], 1);
        let looks = self.transfer(&network).map_err(|error| error.to_string())?;
        let captured = network.finish(&[]);
        let late = captured.lateness.quantile(0.99);
        let overruns: u64 = captured.overruns.iter().sum();
        if late > LATENESS_MAX || overruns > 0 {
            return Err(format!("the machine is busy: {late:?} late, {overruns} packets lost"));
        }
        Figures::of(&looks)
    }

    fn transfer(&self, network: &Network) -> std::io::Result<Vec<Look>> {
        let (sender, receiver) = (network.namespace(Side::Subject), network.namespace(Side::Peer));
        let address = SocketAddr::new(network.address(Side::Peer), PORT);
        let listener = receiver.run(|| TcpListener::bind(address))?;
        let outgoing = sender.run(|| TcpStream::connect_timeout(&address, PATIENCE))?;
        setsockopt(&outgoing, sockopt::TcpCongestion, &OsString::from(self.controller))?;
        outgoing.set_write_timeout(Some(PATIENCE))?;
        let (incoming, _) = listener.accept()?;
        incoming.set_read_timeout(Some(PATIENCE))?;
        std::thread::scope(|scope| {
            scope.spawn(move || write_until_refused(outgoing));
            watch(incoming, sender)
        })
    }

    /// What of the model is too far from the kernel.
    ///
    /// With chance the kernel has a single draw of some fifty losses. Its BBR paces by a clock that
    /// here wakes late, and so holds a longer queue than the model.
    fn faults(&self, kernel: &Figures, model: &Figures) -> Vec<&'static str> {
        let goodput_off = if self.loss > 0.0 { 0.12 } else { 0.04 };
        let queue_off_ms = if self.controller == "bbr" { 45.0 } else { 15.0 };
        let off = |of: fn(&Figures) -> f64| (of(kernel) - of(model)).abs();
        let held = [
            ("goodput", off(|one| one.goodput) < goodput_off),
            ("sent again", off(|one| one.again) < 0.015),
            ("queue", off(|one| one.queue_ms) < queue_off_ms),
        ];
        held.iter().filter(|(_, holds)| !holds).map(|(what, _)| *what).collect()
    }
}

/// The other side goes when it has seen enough.
fn write_until_refused(mut stream: TcpStream) {
    let block = [0; 16_384];
    while stream.write(&block).is_ok() {}
}

/// Reads, and looks at the connection from time to time.
fn watch(mut stream: TcpStream, sender: &Namespace) -> std::io::Result<Vec<Look>> {
    let (start, mut buffer) = (Instant::now(), vec![0; 65_536]);
    let (mut looks, mut received) = (Vec::new(), 0);
    while start.elapsed() < BEFORE + MEASURED {
        received += stream.read(&mut buffer)? as u64;
        if start.elapsed() >= BEFORE + STEP * looks.len() as u32 {
            let said = sender.run(|| {
                let words = ["-tinH", "dport", "=", &format!(":{PORT}")];
                Command::new("ss").args(words).output()
            })?;
            let said = String::from_utf8_lossy(&said.stdout).into_owned();
            let number = |name: &str| {
                let value = said.split_whitespace().find_map(|word| word.strip_prefix(name));
                value.and_then(|value| value.split('/').next()?.parse::<f64>().ok())
            };
            let missing = || std::io::Error::other(format!("ss says: {said}"));
            looks.push(Look {
                at: start.elapsed(),
                received,
                sent: number("bytes_sent:").ok_or_else(missing)? as u64,
                again: number("bytes_retrans:").unwrap_or_default() as u64,
                rtt_ms: number("rtt:").ok_or_else(missing)?,
            });
        }
    }
    Ok(looks)
}

/// The cells whose controllers this kernel has.
fn cells() -> Vec<Cell> {
    let known = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_available_congestion_control");
    let known = known.unwrap_or_default();
    let known: Vec<&str> = known.split_whitespace().collect();
    let controllers = CONTROLLERS.into_iter().filter(|controller| known.contains(controller));
    let cell = |controller| PATHS.map(|(queue_ms, loss)| Cell { controller, queue_ms, loss });
    controllers.flat_map(cell).collect()
}

/// The kernel's figures of all cells, some at once.
fn kernels(cells: &[Cell]) -> Result<Vec<Figures>, String> {
    let mut all = Vec::new();
    for together in cells.chunks(AT_ONCE) {
        let figures: Result<Vec<_>, _> = std::thread::scope(|scope| {
            let run = |cell: &'_ Cell| {
                let cell = *cell;
                scope.spawn(move || cell.through_the_kernel())
            };
            let runs: Vec<_> = together.iter().map(run).collect();
            runs.into_iter().map(|run| run.join().expect("no run panics")).collect()
        });
        all.extend(figures?);
    }
    Ok(all)
}

#[test]
fn models_send_as_the_kernel_does() {
    let test = "kernel_tcp::models_send_as_the_kernel_does";
    let cells = cells();
    let kernels = match kernels(&cells) {
        Ok(kernels) if !kernels.is_empty() => kernels,
        Ok(_) => return skip::note(test, &"the kernel has none of the controllers"),
        Err(why) => return skip::note(test, &why),
    };
    let (mut table, mut faults) = (String::new(), String::new());
    for (cell, kernel) in cells.iter().zip(&kernels) {
        let model = cell.mean_in_the_laboratory().expect("virtual time goes on");
        let Cell { controller, queue_ms, loss } = cell;
        let line = format!(
            "| {controller} | {queue_ms} ms, {} % | {:.3} / {:.3} | {:.2} / {:.2} % | \
             {:.0} / {:.0} ms |",
            loss * 100.0,
            kernel.goodput,
            model.goodput,
            kernel.again * 100.0,
            model.again * 100.0,
            kernel.queue_ms,
            model.queue_ms,
        );
        for fault in cell.faults(kernel, &model) {
            let _ = writeln!(faults, "{fault}: {line}");
        }
        let _ = writeln!(table, "{line}");
    }
    println!("| controller | path | goodput | sent again | queue | (kernel / model)\n{table}");
    assert!(faults.is_empty(), "beyond the bounds:\n{faults}");
}
