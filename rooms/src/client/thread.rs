//! Threads with names.

use std::io;
use std::thread::{self, JoinHandle};

/// Starts a thread of this name.
///
/// # Errors
/// The system's.
pub fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    let started = name.to_owned();
    let work = move || {
        #[cfg(debug_assertions)]
        break_on_demand(&started);
        work();
        drop(started);
    };
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// Tests of the program break a part of it by this, which release builds do not have.
#[cfg(debug_assertions)]
fn break_on_demand(name: &str) {
    let demanded = std::env::var("LAPWING_TEST_BREAK").is_ok_and(|part| part == name);
    assert!(!demanded, "{name} is to break");
}
