//! The thread between two devices.

use super::path::Paths;
use super::tun::Tun;
use crate::wall::Side;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Packets read from one side before the other has its turn.
const TURN: usize = 32;
/// Longer than the MTU of the devices.
const BUFFER: usize = 2_048;
/// Packets of the case before that may wait in a device's queue: more than it holds.
const STALE_MAX: usize = 8_192;

/// A running relay, which ends on drop.
#[derive(Debug)]
pub(super) struct Relay {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    devices: [Tun; 2],
    paths: Mutex<Paths>,
    /// Written to when something else is due than the thread waits for.
    wake: OwnedFd,
    over: AtomicBool,
}

impl Relay {
    pub(super) fn start(name: &str, devices: [Tun; 2]) -> io::Result<Self> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let (paths, over) = (Mutex::new(Paths::idle()), AtomicBool::new(false));
        let shared = Arc::new(Shared { devices, paths, wake, over });
        let relay = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name(format!("relay {name}"));
        let thread = thread.spawn(move || relay.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Other paths instead; those that were there until now.
    pub(super) fn exchange(&self, paths: Paths) -> Paths {
        let mut current = self.shared.lock();
        // What the case before has left must not open the next one.
        self.shared.devices.iter().for_each(drain);
        let before = std::mem::replace(&mut *current, paths);
        drop(current);
        self.shared.wake();
        before
    }

    /// Changes the paths.
    pub(super) fn change(&self, change: impl FnOnce(&mut Paths)) {
        change(&mut self.shared.lock());
        self.shared.wake();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
        self.shared.wake();
        // A panic in the thread has been printed; there is nothing more to do about it here.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Paths> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        // Full means that the thread has not yet seen earlier ones, and will wake.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }

    fn run(&self) {
        let mut buffer = [0; BUFFER];
        while !self.over.load(Ordering::Acquire) {
            let wait = self.lock().wait();
            if !self.wait(wait) {
                return;
            }
            let mut paths = self.lock();
            for (device, side) in self.devices.iter().zip(Side::BOTH) {
                for _ in 0..TURN {
                    let Some(length) = device.read(&mut buffer) else { break };
                    paths.enter(side, &buffer[..length]);
                }
                // What the kernel does not take at this end is lost there, as it would be in any
                // network card.
                paths.release(|to, bytes| {
                    self.devices[to.index()].write(bytes);
                });
            }
        }
    }

    /// Waits until there is something to do; false when a device is gone.
    fn wait(&self, wait: Option<std::time::Duration>) -> bool {
        let limit = wait.and_then(|wait| Timespec::try_from(wait).ok());
        let [a, b] = self
            .devices
            .each_ref()
            .map(|device| PollFd::from_borrowed_fd(device.as_fd(), PollFlags::IN));
        let mut waits = [a, b, PollFd::new(&self.wake, PollFlags::IN)];
        // Interrupted is as good as woken: the caller looks at everything.
        if poll(&mut waits, limit.as_ref()).is_err() {
            return true;
        }
        if waits[2].revents().contains(PollFlags::IN) {
            let _ = rustix::io::read(&self.wake, &mut [0; 8]);
        }
        let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        !waits[..2].iter().any(|wait| wait.revents().intersects(gone))
    }
}

fn drain(device: &Tun) {
    let mut buffer = [0; BUFFER];
    for _ in 0..STALE_MAX {
        if device.read(&mut buffer).is_none() {
            return;
        }
    }
}
