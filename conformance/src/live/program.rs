//! A program inside one of the namespaces.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use super::session::Live;
use super::sides::addresses;

/// A program that runs on a side. It ends on drop.
#[derive(Debug)]
pub struct Program(Child);

impl Program {
    /// Starts a program on a side of `live`. The environment tells it who it is and where its peer
    /// is: `LAPWING_LIVE_LOCAL`, `LAPWING_LIVE_PEER` and the same with `6` behind, for IPv6;
    /// `LAPWING_LIVE_NS` and `LAPWING_LIVE_PEER_NS`, the namespaces. `quiet` takes its standard
    /// input away.
    ///
    /// # Errors
    /// The system's, as when there is no such program.
    pub fn start(live: &Live, side: usize, words: &[OsString], quiet: bool) -> io::Result<Self> {
        let none = || io::Error::new(io::ErrorKind::InvalidInput, "no program is named");
        let (program, arguments) = words.split_first().ok_or_else(none)?;
        let mut command = Command::new(program);
        command.args(arguments);
        for (end, name) in [(side, "LOCAL"), (1 - side, "PEER")] {
            let of = addresses(end);
            command.env(format!("LAPWING_LIVE_{name}"), of.v4.to_string());
            command.env(format!("LAPWING_LIVE_{name}6"), of.v6.to_string());
        }
        command.env("LAPWING_LIVE_NS", live.namespace(side).name());
        command.env("LAPWING_LIVE_PEER_NS", live.namespace(1 - side).name());
        if quiet {
            command.stdin(Stdio::null());
        }
        live.namespace(side).run(move || command.spawn()).map(Program)
    }

    /// How it has ended; nothing while it runs.
    ///
    /// # Errors
    /// The system's.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.0.try_wait()
    }

    /// Asks it to end (SIGTERM), and after `patience` makes it (SIGKILL).
    pub fn end(&mut self, patience: Duration) {
        if !matches!(self.0.try_wait(), Ok(None)) {
            return;
        }
        self.signal(Signal::TERM);
        let until = Instant::now() + patience;
        while matches!(self.0.try_wait(), Ok(None)) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.wait(left) {
                self.signal(Signal::KILL);
                // It cannot refuse; waited for, so that nothing of it is left.
                let _ = self.0.wait();
                return;
            }
        }
    }

    /// Waits for its end, so long; false where the system cannot.
    fn wait(&self, most: Duration) -> bool {
        let process = self.pid().map(|process| pidfd_open(process, PidfdFlags::empty()));
        let (Some(Ok(file)), Ok(limit)) = (process, Timespec::try_from(most)) else { return false };
        let done = poll(&mut [PollFd::new(&file, PollFlags::IN)], Some(&limit));
        matches!(done, Ok(_) | Err(Errno::INTR))
    }

    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.0.id()).ok().and_then(Pid::from_raw)
    }

    fn signal(&self, signal: Signal) {
        if let Some(process) = self.pid() {
            // Until it is waited for, its number is its own.
            let _ = kill_process(process, signal);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}
