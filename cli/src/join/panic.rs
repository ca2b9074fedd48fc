//! The end of a program with a broken part. A thread that panics ends the whole program: what it
//! did would not be done any more, and nobody would be told.

use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// With this status, which is Rust's own, the program ends after a panic.
pub(crate) const PANICKED_STATUS: u8 = 101;

/// A thread has panicked: the program may come to its end by itself before it is ended.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// From now on a panic in any thread, also in those of libraries, ends the program with words and
/// status 101.
pub fn end_on_panic() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        PANICKED.store(true, Ordering::SeqCst);
        before(info);
        let thread = thread::current();
        eprintln!(
            "lapwing: this is a fault of the program: its part {:?} broke, and it cannot go on",
            thread.name().unwrap_or("without a name")
        );
        std::process::exit(PANICKED_STATUS.into());
    }));
}

/// Whether a thread has panicked since [`end_on_panic`].
pub(crate) fn has_panicked() -> bool {
    PANICKED.load(Ordering::SeqCst)
}
