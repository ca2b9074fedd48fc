//! A program inside one of the namespaces.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::session::Live;
use super::sides::addresses;

/// Between two looks at a program that is to end.
const LOOK: Duration = Duration::from_millis(10);

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
            if Instant::now() >= until {
                self.signal(Signal::KILL);
                // It cannot refuse; waited for, so that nothing of it is left.
                let _ = self.0.wait();
                return;
            }
            std::thread::sleep(LOOK);
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(process) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
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
