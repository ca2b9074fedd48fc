//! Turns that await.

use std::hash::Hash;
use std::io;
use std::time::{Duration, Instant};

use lapwing_engine::Event;

use super::driver::MultiDriver;
use crate::asynchronous::{Runtime, Wait};

/// Under smol and tokio.
impl<K: Clone + Eq + Hash, R: Runtime> MultiDriver<K, Wait<R>> {
    /// A driver without sockets and connections. Needs no runtime yet.
    #[expect(clippy::new_without_default, reason = "it opens descriptors: not a value of a type")]
    pub fn new() -> Self {
        let wait = Wait::new();
        let waker = wait.waker();
        MultiDriver::with(wait, waker)
    }

    /// Carries out commands given since the last turn, waits until something happens but no longer
    /// than `max_wait`, feeds it to the connections it is for, and hands back the events, oldest
    /// first. It may hand back none: time passed, or [`Waker::wake`](crate::Waker::wake) was
    /// called. Errors are those of the machine, never of the network.
    ///
    /// Dropping the future while it waits loses nothing, so it may race against others, such as in
    /// `select!`.
    pub async fn turn(&mut self, max_wait: Duration) -> io::Result<Vec<(K, Event)>> {
        let now = Instant::now();
        let until = self.begin(now, max_wait);
        self.wait.prepare(None, now)?;
        self.wait.wait(&mut self.network, now, until).await;
        self.finish(Instant::now())
    }
}
