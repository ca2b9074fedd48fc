//! The frame around each test with browsers: skipped with a reason, one at a time, in a namespace.

use super::{Kind, Reason, available};
use crate::netns::Namespace;
use crate::skip;
use std::error::Error;
use std::sync::{Mutex, PoisonError};

/// Browsers are heavy: two at work beside each other on a small machine make each other time out.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs `play` in a network namespace of its own, while no other test with browsers runs in this process. If one of the browsers cannot run
/// here, the test is skipped with the reason. On a machine without namespaces, tests of Chromium alone run in the machine's own network, on
/// loopback.
///
/// # Panics
/// If `play` panics or returns an error, whose text then is the panic's.
pub fn stage(
    test: &str,
    browsers: &[Kind],
    play: impl FnOnce() -> Result<(), Box<dyn Error>> + Send,
) {
    if let Some(reason) = browsers.iter().find_map(|kind| available(*kind).err()) {
        skip::note(test, &reason);
        return;
    }
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // An error may not be fit to leave the thread; its text is.
    let told = || play().map_err(|error| error.to_string());
    let outcome = match Namespace::create() {
        Ok(namespace) => namespace.run(told),
        Err(why) if browsers.contains(&Kind::Firefox) => {
            skip::note(test, &Reason::NoNamespace(why));
            return;
        }
        Err(_) => told(),
    };
    if let Err(error) = outcome {
        panic!("{test}: {error}");
    }
}
