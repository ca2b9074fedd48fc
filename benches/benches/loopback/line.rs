//! Two ends over real sockets, and bursts from one to the other.

use std::io;
use std::time::Duration;

use lapwing_benches::load::{Carried, Cost, Kind, Load, exchange};
use lapwing_benches::measure::cpu;
use lapwing_engine::{Config, Delivery};

/// Items written before the sender takes its turn: what a forwarder has at hand when a burst
/// arrived, and well below what a socket buffers.
const BURST: u64 = 32;

/// The workloads, each with its name and the items of a burst. Both make 30 datagrams or so.
pub(crate) const LOADS: [(&str, Load, u64); 2] = [
    ("32 packets", Load::new(Kind::Packets, 1_100), BURST),
    ("3 frames of ten packets", Load::new(Kind::Frames, 10_600), 3),
];

/// Turns within which a connection must be up, or a burst arrive, each of a millisecond at most.
const TURNS_MAX: usize = 20_000;

const TURN: Duration = Duration::from_millis(1);

/// What passed through an end's sockets.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Passed {
    /// Datagrams sent.
    pub(crate) sent: u64,
    /// System calls for them.
    pub(crate) send_calls: u64,
    /// Datagrams received.
    pub(crate) received: u64,
    /// System calls for them.
    pub(crate) receive_calls: u64,
}

/// One end with its socket.
pub(crate) trait End: Carried + Sized {
    /// Makes an end for a workload.
    fn open(load: Load) -> io::Result<Self>;

    /// Writes an item; it may leave with the next turn only.
    fn write(&mut self, number: u64);

    /// Takes what arrived and sends what is to be sent, waiting no longer than this.
    fn turn(&mut self, wait: Duration) -> io::Result<()>;

    /// Items that arrived.
    fn delivered(&self) -> u64;

    /// The path is up.
    fn ready(&self) -> bool;

    /// What passed so far.
    fn passed(&self) -> Passed;
}

/// Settings that both kinds of end share.
pub(crate) fn config(load: Load) -> io::Result<Config> {
    let mut config = lapwing_drivers::config()?.with_loopback();
    config.initial_bitrate = None;
    if load.kind == Kind::Packets {
        config.delivery = Delivery::Packets;
    }
    Ok(config)
}

/// Two connected ends.
pub(crate) struct Line<E> {
    a: E,
    b: E,
    number: u64,
    items: u64,
}

impl<E: End> Line<E> {
    /// Opens two ends and connects them; each batch will have so many items.
    pub(crate) fn connect(load: Load, items: u64) -> io::Result<Self> {
        let (mut a, mut b) = (E::open(load)?, E::open(load)?);
        exchange(load, &mut a, &mut b);
        for _ in 0..TURNS_MAX {
            if a.ready() && b.ready() {
                return Ok(Line { a, b, number: 0, items });
            }
            a.turn(TURN)?;
            b.turn(TURN)?;
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the ends do not connect"))
    }

    /// Sends a burst and waits until it has arrived.
    pub(crate) fn batch(&mut self) -> io::Result<Cost> {
        let Line { a, b, number, items } = self;
        let (goal, before) = (b.delivered() + *items, a.passed().sent);
        let (turned, mut sender) = cpu(|| {
            for _ in 0..*items {
                a.write(*number);
                *number += 1;
            }
            a.turn(Duration::ZERO)
        });
        turned?;
        let mut receiver = Duration::ZERO;
        for turn in 0.. {
            let (turned, time) = cpu(|| b.turn(Duration::ZERO));
            turned?;
            receiver += time;
            let (turned, time) = cpu(|| a.turn(Duration::ZERO));
            turned?;
            sender += time;
            if b.delivered() >= goal {
                break;
            }
            if turn == TURNS_MAX {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "a burst does not arrive"));
            }
        }
        let datagrams = a.passed().sent - before;
        Ok(Cost { sender, receiver, items: *items, datagrams, bytes: 0 })
    }

    /// Datagrams per system call so far: sent by the first end, received by the second.
    pub(crate) fn per_call(&self) -> (f64, f64) {
        let (a, b) = (self.a.passed(), self.b.passed());
        let share = |datagrams: u64, calls: u64| datagrams as f64 / calls.max(1) as f64;
        (share(a.sent, a.send_calls), share(b.received, b.receive_calls))
    }
}
