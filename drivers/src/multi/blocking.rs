//! Turns that block.

use std::hash::Hash;
use std::io;
use std::time::{Duration, Instant};

use lapwing_engine::Event;

use crate::mio::{MultiDriver, Wait};

/// Under mio.
impl<K: Clone + Eq + Hash> MultiDriver<K> {
    /// A driver without sockets and connections.
    pub fn new() -> io::Result<Self> {
        let wait = Wait::new()?;
        let waker = wait.waker();
        Ok(MultiDriver::with(wait, waker))
    }

    /// Carries out commands given since the last turn, waits until something happens but no longer
    /// than `max_wait`, feeds it to the connections it is for, and hands back the events, oldest
    /// first. It may hand back none: time passed, or [`Waker::wake`](crate::Waker::wake) was
    /// called. Errors are those of the machine, never of the network.
    pub fn turn(&mut self, max_wait: Duration) -> io::Result<Vec<(K, Event)>> {
        let now = Instant::now();
        let idle = self.begin(now, max_wait).saturating_duration_since(now);
        self.wait.wait(idle, &mut self.network)?;
        self.finish(Instant::now())
    }
}
