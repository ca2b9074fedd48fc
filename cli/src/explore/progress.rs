//! How far a search is, on the error output: in one line of a terminal, or in a line now and then.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use lapwing_rooms::text;
use lapwing_simnet::explore::Played;

/// How often it is told.
const ON_TERMINAL: Duration = Duration::from_millis(500);
const ELSEWHERE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Progress {
    universes: u64,
    done: u64,
    failures: usize,
    began: Instant,
    told: Instant,
    is_terminal: bool,
    /// There is a line to be wiped.
    is_shown: bool,
}

impl Progress {
    pub(super) fn new(universes: u64, began: Instant) -> Self {
        let is_terminal = io::stderr().is_terminal();
        Progress {
            universes,
            done: 0,
            failures: 0,
            began,
            told: began,
            is_terminal,
            is_shown: false,
        }
    }

    pub(super) fn count(&mut self, played: &Played) {
        self.done += 1;
        self.failures += usize::from(played.failure.is_some());
    }

    /// Tells it where it is time to. An error output that is closed is no fault of the search.
    pub(super) fn show(&mut self) {
        let now = Instant::now();
        let interval = if self.is_terminal { ON_TERMINAL } else { ELSEWHERE };
        if now < self.told + interval {
            return;
        }
        self.told = now;
        let line = line(self.done, self.universes, self.failures, now - self.began);
        let mut out = io::stderr().lock();
        if self.is_terminal {
            self.is_shown = true;
            let _ = write!(out, "\r\x1b[K{line}").and_then(|()| out.flush());
        } else {
            let _ = writeln!(out, "{line}");
        }
    }

    /// Wipes the line, so that something else can be written.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            let mut out = io::stderr().lock();
            let _ = write!(out, "\r\x1b[K").and_then(|()| out.flush());
        }
    }
}

fn line(done: u64, universes: u64, failures: usize, elapsed: Duration) -> String {
    let rate = done as f64 / elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
    let left = match done {
        0 => String::new(),
        _ => format!(", {:.0} s left", universes.saturating_sub(done) as f64 / rate),
    };
    let failures = text::count(failures, "failure");
    format!("{done} of {universes} universes, {failures}, {rate:.1} a second{left}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_the_rate() {
        let shown = line(50, 200, 1, Duration::from_secs(10));
        assert_eq!(shown, "50 of 200 universes, 1 failure, 5.0 a second, 30 s left");
        let shown = line(0, 200, 0, Duration::from_secs(10));
        assert_eq!(shown, "0 of 200 universes, 0 failures, 0.0 a second");
    }
}
