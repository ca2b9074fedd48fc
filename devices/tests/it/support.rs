//! What tests of devices have in common.

use std::fs::OpenOptions;
use std::io::Write;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use lapwing_media::{Polled, Source};

/// A bound on everything that is waited for here.
const LONG: Duration = Duration::from_secs(60);

/// Tells that a test could not run on this machine, and why: on standard error, and in the file
/// that `cargo xtask test` reads.
pub(crate) fn skipped(test: &str, why: &str) {
    let line = format!("SKIPPED {test}: {why}\n");
    // What cannot be told to a closed standard error stands in the file, and the other way round.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("LAPWING_TEST_NOTES") {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let _ = file.and_then(|mut file| file.write_all(line.as_bytes()));
    }
}

/// Polls a source until an item is as wanted; the item, or `None` when it ends before.
pub(crate) fn await_item<S: Source>(
    source: &mut S,
    is_wanted: impl Fn(&S::Output) -> bool,
) -> Option<S::Output> {
    let end = Instant::now() + LONG;
    loop {
        let now = Instant::now();
        assert!(now < end, "nothing wanted came within a minute");
        match source.poll(now) {
            Polled::Item(item) if is_wanted(&item) => return Some(item),
            Polled::Item(_) => {}
            Polled::Wait(at) => park_timeout(at.saturating_duration_since(now)),
            Polled::Empty => return None,
        }
    }
}
