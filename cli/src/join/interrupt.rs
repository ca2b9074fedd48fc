//! Ctrl-C and the polite kill, heard instead of dying of them: files want their end written, the
//! room wants to be left.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lapwing_rooms::client::{Bell, spawn};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::SignalFd;

/// What a shell calls a program that Ctrl-C ended.
const INTERRUPTED_STATUS: i32 = 130;

/// Whether the program was asked to end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Takes the signals of the whole program from now on: call it before other threads start,
    /// which inherit what is blocked. The first signal rings `bell`, the second ends the program.
    ///
    /// # Errors
    /// The system's.
    pub fn install(bell: &Bell) -> io::Result<Self> {
        let interrupt = Interrupt::default();
        let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM].into_iter().collect();
        signals.thread_block()?;
        let file = SignalFd::new(&signals)?;
        let (flag, bell) = (Arc::clone(&interrupt.0), bell.clone());
        let wait = move || {
            while let Ok(Some(_)) = file.read_signal() {
                if flag.swap(true, Ordering::Relaxed) {
                    std::process::exit(INTERRUPTED_STATUS);
                }
                bell.ring();
            }
        };
        spawn("signals", wait)?;
        Ok(interrupt)
    }

    /// As if a signal had come.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether one came.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
