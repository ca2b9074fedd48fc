//! The thread between the two devices and the scenario's network.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use lapwing_simnet::Time;
use lapwing_simnet::passage::{Between, Departure, Exit, NoPassage, Passage, Way};
use lapwing_simnet::run::Outcome;
use lapwing_simnet::scenario::Scenario;

use super::priority;
use super::sides::addresses;
use super::tape::Tape;
use super::timing::Timing;
use crate::network::{BUFFER, Devices, TURN, Tun, too_big};

/// A thread that waited so long had nothing to read until it woke.
const SLEPT: Duration = Duration::from_micros(50);

/// The network that is to stand between the sides.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its scenario.
    pub scenario: Scenario,
    /// Where in it the sides are.
    pub between: Between,
    /// The seed of all that is random in it.
    pub seed: u64,
}

impl Plan {
    /// The network before anything has passed.
    ///
    /// # Errors
    /// [`NoPassage`].
    pub fn passage(&self) -> Result<Passage, NoPassage> {
        Passage::new(&self.scenario, &self.between, [addresses(0), addresses(1)], self.seed)
    }
}

/// What there is when it is over.
#[derive(Clone, Debug)]
pub struct Carried {
    /// What links did, over the time that passed.
    pub outcome: Outcome,
    /// What became of the packets from the near side to the far one, and of those back.
    pub ways: [Way; 2],
    /// Packets that were refused because too many were under way.
    pub refused: u64,
    /// Packets that were not from one side to the other.
    pub elsewhere: u64,
    /// What the machine did to time.
    pub timing: Timing,
}

/// A running bridge, which ends on drop.
#[derive(Debug)]
pub(super) struct Bridge {
    devices: Arc<Devices>,
    thread: Option<JoinHandle<Option<Carried>>>,
}

impl Bridge {
    /// Packets pass from now on, which is the scenario's time zero.
    pub(super) fn start(devices: [Tun; 2], plan: Plan, tape: Option<Tape>) -> io::Result<Self> {
        let devices = Arc::new(Devices::new(devices)?);
        let own = Arc::clone(&devices);
        let thread = std::thread::Builder::new().name("live".to_owned());
        let (tell, told) = sync_channel(1);
        let thread = thread.spawn(move || {
            let passage = plan.passage().ok()?;
            let ordinary = priority::raise().err().map(|error| error.to_string());
            own.drain();
            let timing = Timing { ordinary, ..Timing::default() };
            let (begun, empty) = (Instant::now(), [Time::ZERO; 2]);
            let carrier = Carrier { devices: own, begun, passage, tape, timing, empty };
            // Who started it waits for this.
            let _ = tell.send(());
            Some(carrier.run())
        })?;
        // Nothing comes where the thread has ended, which shows.
        let _ = told.recv();
        Ok(Self { devices, thread: Some(thread) })
    }

    /// Whether the thread has ended though nobody asked it to.
    pub(super) fn is_broken(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Ends it. A panic of the thread goes on in the caller.
    pub(super) fn finish(mut self) -> Option<Carried> {
        self.devices.end();
        let over = self.thread.take()?.join();
        over.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.devices.end();
        // A panic in the thread has been printed; there is nothing more to do about it here.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// What the thread holds.
struct Carrier {
    devices: Arc<Devices>,
    begun: Instant,
    passage: Passage,
    tape: Option<Tape>,
    timing: Timing,
    /// When nothing waited at each device, as far as is known.
    empty: [Time; 2],
}

impl Carrier {
    fn now(&self) -> Time {
        Time::ZERO + self.begun.elapsed()
    }

    fn run(mut self) -> Carried {
        let mut buffer = [0; BUFFER];
        while !self.devices.is_over() {
            let before = self.now();
            let wait = self.passage.next_at().map(|due| due.since(before));
            if !self.devices.wait(wait) {
                break;
            }
            let woke = self.now();
            if woke.since(before) > SLEPT {
                self.empty = [woke; 2];
            }
            for side in 0..2 {
                self.take_in(side, &mut buffer);
                self.give_out();
            }
        }
        let left_out = self.tape.map_or(Ok(0), Tape::finish);
        self.timing.left_out = left_out.unwrap_or(u64::MAX);
        Carried {
            outcome: self.passage.outcome(),
            ways: self.passage.ways(),
            refused: self.passage.refused(),
            elsewhere: self.passage.elsewhere(),
            timing: self.timing,
        }
    }

    fn take_in(&mut self, side: usize, buffer: &mut [u8]) {
        for _ in 0..TURN {
            let length = self.devices.of(side).read(buffer);
            let now = self.now();
            let Some(length) = length else {
                self.empty[side] = now;
                return;
            };
            self.timing.read.add(now.since(self.empty[side]));
            if let Some(tape) = &mut self.tape {
                tape.packet(side, now, &buffer[..length]);
            }
            self.passage.enter(side, &buffer[..length], now);
        }
    }

    fn give_out(&mut self) {
        self.passage.advance(self.now());
        while let Some(departure) = self.passage.pop() {
            self.settle(departure);
        }
    }

    fn settle(&mut self, departure: Departure) {
        let Departure { at, from, exit, bytes } = departure;
        let (to, bytes) = match exit {
            Exit::Arrived => (1 - from, bytes),
            Exit::TooBig(mtu) => match too_big(mtu, &bytes) {
                Some(report) => (from, report),
                None => return,
            },
            Exit::Dropped(reason) => {
                if let Some(tape) = &mut self.tape {
                    tape.dropped(at, bytes, format!("dropped: {reason:?}"));
                }
                return;
            }
        };
        let taken = self.devices.of(to).write(&bytes);
        let now = self.now();
        self.timing.unwritten += u64::from(!taken);
        self.timing.released.add(now.since(at));
        if let Some(tape) = &mut self.tape {
            tape.packet(to, now, &bytes);
        }
    }
}
