//! Lines in, read by a thread, and lines out.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use lapwing_drivers::Waker;
use serde_json::Value;

/// Standard input and output.
pub(super) struct Stdio {
    lines: Receiver<Option<String>>,
    waker: Arc<Mutex<Option<Waker>>>,
}

impl Stdio {
    /// Begins to read.
    pub(super) fn start() -> io::Result<Stdio> {
        let (sender, lines) = channel();
        let waker: Arc<Mutex<Option<Waker>>> = Arc::default();
        let bell = Arc::clone(&waker);
        let read = move || {
            let ring = || {
                let waker = bell.lock().unwrap_or_else(PoisonError::into_inner);
                waker.iter().for_each(Waker::wake);
            };
            for line in io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                if sender.send(Some(line)).is_err() {
                    return;
                }
                ring();
            }
            // Nobody listens any more where this fails.
            let _ = sender.send(None);
            ring();
        };
        thread::Builder::new().name("stdin".to_owned()).spawn(read)?;
        Ok(Stdio { lines, waker })
    }

    /// From now on a line ends the turns of this driver.
    pub(super) fn wakes(&self, waker: Waker) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker);
    }

    /// A line that came, or `None` within for their end.
    pub(super) fn poll(&self) -> Option<Option<String>> {
        self.lines.try_recv().ok()
    }

    /// Waits for a line, or their end.
    pub(super) fn wait(&self) -> Option<String> {
        self.lines.recv().ok().flatten()
    }

    pub(super) fn write(&self, lines: &[Value]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        for line in lines {
            writeln!(out, "{line}")?;
        }
        out.flush()
    }
}
