//! Two devices, and how the thread that carries packets between them waits, is woken and ends.

use super::tun::Tun;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Packets read from one side before the other has its turn.
pub(crate) const TURN: usize = 32;
/// Longer than the MTU of the devices.
pub(crate) const BUFFER: usize = 2_048;
/// Packets from before that may wait in a device's queue: more than it holds.
const STALE_MAX: usize = 8_192;

/// The devices of two sides.
#[derive(Debug)]
pub(crate) struct Devices {
    both: [Tun; 2],
    /// Written to when there is something else to do than the thread waits for.
    wake: OwnedFd,
    over: AtomicBool,
}

impl Devices {
    pub(crate) fn new(both: [Tun; 2]) -> io::Result<Self> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { both, wake, over: AtomicBool::new(false) })
    }

    /// That of a side.
    pub(crate) fn of(&self, side: usize) -> &Tun {
        &self.both[side]
    }

    /// Forgets what waits at either.
    pub(crate) fn drain(&self) {
        let mut buffer = [0; BUFFER];
        for device in &self.both {
            for _ in 0..STALE_MAX {
                if device.read(&mut buffer).is_none() {
                    break;
                }
            }
        }
    }

    /// The thread is to look again at what it waits for.
    pub(crate) fn wake(&self) {
        // Full means that the thread has not yet seen earlier ones, and will wake.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }

    /// The thread is to end.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Release);
        self.wake();
    }

    /// Whether it is to end.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Waits until there is something to do; false when a device is gone.
    pub(crate) fn wait(&self, wait: Option<Duration>) -> bool {
        let limit = wait.and_then(|wait| Timespec::try_from(wait).ok());
        let [a, b] = self
            .both
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
