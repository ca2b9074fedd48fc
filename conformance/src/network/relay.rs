//! The thread between two devices.

use super::devices::{BUFFER, Devices, TURN};
use super::path::Paths;
use super::tun::Tun;
use crate::wall::Side;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// A running relay, which ends on drop.
#[derive(Debug)]
pub(super) struct Relay {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    devices: Devices,
    paths: Mutex<Paths>,
}

impl Relay {
    pub(super) fn start(name: &str, devices: [Tun; 2]) -> io::Result<Self> {
        let (devices, paths) = (Devices::new(devices)?, Mutex::new(Paths::idle()));
        let shared = Arc::new(Shared { devices, paths });
        let relay = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name(format!("relay {name}"));
        let thread = thread.spawn(move || relay.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Other paths instead; those that were there until now.
    pub(super) fn exchange(&self, paths: Paths) -> Paths {
        let mut current = self.shared.lock();
        // What the case before has left must not open the next one.
        self.shared.devices.drain();
        let before = std::mem::replace(&mut *current, paths);
        drop(current);
        self.shared.devices.wake();
        before
    }

    /// Changes the paths.
    pub(super) fn change(&self, change: impl FnOnce(&mut Paths)) {
        change(&mut self.shared.lock());
        self.shared.devices.wake();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.devices.end();
        // A panic in the thread has been printed; there is nothing more to do about it here.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Paths> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut buffer = [0; BUFFER];
        while !self.devices.is_over() {
            let wait = self.lock().wait();
            if !self.devices.wait(wait) {
                return;
            }
            let mut paths = self.lock();
            for side in Side::BOTH {
                let device = self.devices.of(side.index());
                for _ in 0..TURN {
                    let Some(length) = device.read(&mut buffer) else { break };
                    paths.enter(side, &buffer[..length]);
                }
                // What the kernel does not take at this end is lost there, as it would be in any
                // network card.
                paths.release(|to, bytes| {
                    self.devices.of(to.index()).write(bytes);
                });
            }
        }
    }
}
