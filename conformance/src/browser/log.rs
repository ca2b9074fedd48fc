//! The last lines that a browser printed.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Lines kept. A browser that logs every packet must not fill the memory.
const LINES_MAX: usize = 2_000;

/// Lines shown with an error.
const TAIL: usize = 30;

/// Reads a pipe to its end on a thread of its own and keeps the last lines.
#[derive(Debug)]
pub(super) struct Log {
    lines: Arc<Mutex<VecDeque<String>>>,
    /// Never sent to: it disconnects when the last process that holds the other end of the pipe is gone.
    end: Receiver<()>,
}

impl Log {
    pub(super) fn follow(pipe: impl Read + Send + 'static) -> Self {
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let (until_end, end) = channel();
        let kept = Arc::clone(&lines);
        std::thread::spawn(move || {
            let mut reader = BufReader::new(pipe);
            let mut line = Vec::new();
            while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() == LINES_MAX {
                    kept.pop_front();
                }
                kept.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
                line.clear();
            }
            drop(until_end);
        });
        Self { lines, end }
    }

    /// All lines kept so far.
    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The last lines, for an error.
    pub(super) fn tail(&self) -> String {
        let lines = self.lines();
        let tail = &lines[lines.len().saturating_sub(TAIL)..];
        format!("the browser's last {} lines:\n  {}", tail.len(), tail.join("\n  "))
    }

    /// Waits until no process holds the pipe any more, so none of the browser's is left. False if that takes too long.
    pub(super) fn wait_for_end(&self, timeout: Duration) -> bool {
        matches!(self.end.recv_timeout(timeout), Err(RecvTimeoutError::Disconnected))
    }
}
