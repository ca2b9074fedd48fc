//! The thread of a device, and the queue to those who poll.
//!
//! The thread opens the device, puts what it gives into a bounded queue, and says at the end why it
//! ended. If it panics, that is the reason. Dropping the worker tells it to stop, and waits for it.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use lapwing_media::{Polled, Source};

use crate::backend::Feed;
use crate::error::{DeviceError, EndReason};

/// How a worker is set up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// Name of the thread.
    pub(crate) name: &'static str,
    /// Most items that wait; then the oldest go.
    pub(crate) limit: usize,
    /// How long to wait when there is nothing: how late items are at most.
    pub(crate) poll_every: Duration,
}

/// What the thread puts in and looks at.
pub(crate) struct Outbox<T> {
    waiting: Mutex<VecDeque<T>>,
    limit: usize,
    dropped: AtomicU64,
    is_muted: AtomicBool,
    is_stopped: AtomicBool,
    ended: Mutex<Option<EndReason>>,
}

impl<T> Outbox<T> {
    fn new(limit: usize) -> Self {
        Outbox {
            waiting: Mutex::new(VecDeque::new()),
            limit,
            dropped: AtomicU64::new(0),
            is_muted: AtomicBool::new(false),
            is_stopped: AtomicBool::new(false),
            ended: Mutex::new(None),
        }
    }

    pub(crate) fn push(&self, item: T) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == self.limit {
            waiting.pop_front();
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        waiting.push_back(item);
    }

    /// Counts what the device itself lost.
    #[cfg(any(feature = "alsa", feature = "v4l2"))]
    pub(crate) fn count_dropped(&self, items: u64) {
        self.dropped.fetch_add(items, Ordering::Relaxed);
    }

    /// Whether what is pushed is real.
    /// Whether what is pushed is nothing real.
    #[cfg(feature = "x11")]
    pub(crate) fn set_muted(&self, is_muted: bool) {
        self.is_muted.store(is_muted, Ordering::Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    fn ended(&self) -> Option<EndReason> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn end(&self, reason: EndReason) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.get_or_insert(reason);
    }
}

/// A device that a thread serves.
pub(crate) struct Worker<T> {
    outbox: Arc<Outbox<T>>,
    poll_every: Duration,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Worker<T> {
    /// Starts a thread that opens a device and serves it until it is stopped.
    ///
    /// # Errors
    /// What opening comes to; no thread.
    pub(crate) fn start<D>(
        setup: Setup,
        open: impl FnOnce() -> Result<D, DeviceError> + Send + 'static,
        serve: impl FnOnce(D, &Outbox<T>) -> EndReason + Send + 'static,
    ) -> Result<Self, DeviceError> {
        let outbox = Arc::new(Outbox::new(setup.limit));
        let (opened, answer) = channel();
        let inner = outbox.clone();
        let body = move || {
            let run = || match open() {
                Ok(device) => {
                    // Whoever waits for the answer is gone only with all the rest.
                    let _ = opened.send(Ok(()));
                    serve(device, &inner)
                }
                Err(error) => {
                    let _ = opened.send(Err(error.clone()));
                    EndReason::Failed(error)
                }
            };
            let reason = catch_unwind(AssertUnwindSafe(run));
            inner.end(reason.unwrap_or_else(|words| EndReason::WorkerDied(text(words.as_ref()))));
        };
        let thread = Builder::new().name(setup.name.to_owned()).spawn(body)?;
        let worker = Worker { outbox, poll_every: setup.poll_every, thread: Some(thread) };
        match answer.recv() {
            Ok(Ok(())) => Ok(worker),
            Ok(Err(error)) => Err(error),
            // It panicked before it could answer.
            Err(_) => Err(DeviceError::System("the thread of the device died".to_owned())),
        }
    }
}

/// What a panic said.
fn text(words: &(dyn Any + Send)) -> String {
    let text = words.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| words.downcast_ref::<String>().cloned()).unwrap_or_default()
}

impl<T> Source for Worker<T> {
    type Output = T;

    fn poll(&mut self, now: Instant) -> Polled<T> {
        // Asked first: what came before the end is still given.
        let has_ended = self.outbox.ended().is_some();
        let mut waiting = self.outbox.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match waiting.pop_front() {
            Some(item) => Polled::Item(item),
            None if has_ended => Polled::Empty,
            None => Polled::Wait(now + self.poll_every),
        }
    }
}

impl<T: Send> Feed<T> for Worker<T> {
    fn ended(&self) -> Option<EndReason> {
        self.outbox.ended()
    }

    fn is_muted(&self) -> bool {
        self.outbox.is_muted.load(Ordering::Relaxed)
    }

    fn dropped(&self) -> u64 {
        self.outbox.dropped.load(Ordering::Relaxed)
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        self.outbox.is_stopped.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Its panics are caught, and told as the reason of the end.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETUP: Setup = Setup { name: "test", limit: 3, poll_every: Duration::from_millis(5) };

    fn all(worker: &mut Worker<u32>) -> Vec<u32> {
        let mut items = Vec::new();
        let now = Instant::now();
        loop {
            match worker.poll(now) {
                Polled::Item(item) => items.push(item),
                Polled::Wait(_) => std::thread::yield_now(),
                Polled::Empty => return items,
            }
        }
    }

    #[test]
    fn the_oldest_go_when_nobody_takes_them() {
        let serve = |count: u32, outbox: &Outbox<u32>| {
            (0..count).for_each(|item| outbox.push(item));
            EndReason::Finished
        };
        let mut worker = Worker::start(SETUP, || Ok(7), serve).unwrap();
        while worker.ended().is_none() {
            std::thread::yield_now();
        }
        assert_eq!(all(&mut worker), [4, 5, 6]);
        assert_eq!((worker.dropped(), worker.ended()), (4, Some(EndReason::Finished)));
    }

    #[test]
    fn what_opening_comes_to_is_told() {
        let open = || Err::<(), _>(DeviceError::Busy);
        let worker = Worker::<u32>::start(SETUP, open, |(), _| EndReason::Finished);
        assert_eq!(worker.err(), Some(DeviceError::Busy));
    }

    #[test]
    fn a_thread_that_panics_says_so() {
        let serve = |(), _: &Outbox<u32>| panic!("no such register");
        let mut worker = Worker::start(SETUP, || Ok(()), serve).unwrap();
        assert_eq!(all(&mut worker), []);
        let reason = EndReason::WorkerDied("no such register".to_owned());
        assert_eq!(worker.ended(), Some(reason));
    }

    #[test]
    fn dropping_it_stops_the_thread() {
        let (done, answer) = channel();
        let serve = move |(), outbox: &Outbox<u32>| {
            while !outbox.is_stopped() {
                std::thread::yield_now();
            }
            done.send(()).expect("the test waits");
            EndReason::Stopped
        };
        drop(Worker::start(SETUP, || Ok(()), serve).unwrap());
        assert_eq!(answer.recv(), Ok(()));
    }
}
