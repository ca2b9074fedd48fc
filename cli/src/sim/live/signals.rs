//! Ctrl-C and the polite kill, looked at instead of dying of them: namespaces want to be removed.

use std::io;

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// The signals that ask the program to end.
#[derive(Debug)]
pub(super) struct Signals(SignalFd);

impl Signals {
    /// Takes the signals of the whole program from now on: before other threads start, which
    /// inherit what is blocked. Programs that are started do not.
    pub(super) fn take() -> io::Result<Self> {
        let all = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP];
        let signals: SigSet = all.into_iter().collect();
        signals.thread_block()?;
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        Ok(Signals(SignalFd::with_flags(&signals, flags)?))
    }

    /// Whether one has come since the last time.
    pub(super) fn came(&self) -> bool {
        matches!(self.0.read_signal(), Ok(Some(_)))
    }
}
