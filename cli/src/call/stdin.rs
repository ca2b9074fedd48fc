//! Lines that are typed.

use std::io::{self, BufRead};
use std::sync::mpsc::{Receiver, channel};

use lapwing_rooms::client::{Bell, spawn};

/// Lines of the standard input, as they come.
#[derive(Debug)]
pub(super) struct Lines(Option<Receiver<String>>);

impl Lines {
    /// Reads them by a thread, which rings `bell` for each.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn read(bell: Bell) -> io::Result<Self> {
        let (sender, lines) = channel();
        let read = move || {
            for line in io::stdin().lock().lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
                bell.ring();
            }
        };
        spawn("stdin", read)?;
        Ok(Lines(Some(lines)))
    }

    /// No lines.
    pub(super) fn none() -> Self {
        Lines(None)
    }

    /// The next line that is there.
    pub(super) fn poll(&self) -> Option<String> {
        self.0.as_ref()?.try_recv().ok()
    }
}
