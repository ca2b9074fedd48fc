//! The parts of a demonstration that run as programs of their own: this one, with other arguments.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use lapwing_rooms::disk::{self, Secrecy};
use serde_json::Value;

use super::error::DemoError;

/// A part that does not end when asked to is ended after this long.
const END_WITHIN: Duration = Duration::from_secs(20);

/// Lines of a part kept for the report.
const LINES_MAX: usize = 10_000;

/// A part at work. It is ended when this is dropped.
pub(super) struct Part {
    what: &'static str,
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Part {
    /// Starts `lapwing` with these arguments.
    pub(super) fn start<S: AsRef<OsStr>>(
        what: &'static str,
        arguments: impl IntoIterator<Item = S>,
        errors: &Path,
    ) -> Result<Self, DemoError> {
        let start = |error| DemoError::Start(what, error);
        let log = disk::replace(errors, Secrecy::Open);
        let log = log.map_err(|error| DemoError::File(errors.to_owned(), error))?;
        let mut child = Command::new(std::env::current_exe().map_err(start)?)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(start)?;
        let output = child.stdout.take().expect("its output is a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Part { what, child, lines, said: Vec::new() })
    }

    /// Waits for a line of JSON that `pick` knows.
    pub(super) fn await_line<T>(
        &mut self,
        awaited: &'static str,
        within: Duration,
        mut pick: impl FnMut(&Value) -> Option<T>,
    ) -> Result<T, DemoError> {
        let end = Instant::now() + within;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    let value = serde_json::from_str(&line).unwrap_or(Value::Null);
                    self.keep(line);
                    if let Some(picked) = pick(&value) {
                        return Ok(picked);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(DemoError::Silent(self.what, awaited));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(DemoError::Ended(self.what, self.said.join("\n")));
                }
            }
        }
    }

    fn keep(&mut self, line: String) {
        if self.said.len() < LINES_MAX {
            self.said.push(line);
        }
    }

    /// Asks it to end and gives all that it printed.
    pub(super) fn finish(mut self) -> Result<Vec<String>, DemoError> {
        self.ask_to_end();
        let end = Instant::now() + END_WITHIN;
        // The pipe closes when the program ends.
        while let Ok(line) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            self.keep(line);
        }
        Ok(std::mem::take(&mut self.said))
    }

    fn ask_to_end(&self) {
        let pid = self.child.id().to_string();
        // Without `kill` the drop ends it, less politely.
        let _ = Command::new("kill").args(["-INT", &pid]).status();
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
