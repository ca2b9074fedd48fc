//! The frame around each test with browsers: skipped with a reason, one at a time, in a namespace.

use super::turn::Turn;
use super::version::version;
use super::{Kind, Reason, available};
use crate::netns::Namespace;
use crate::skip;
use std::error::Error;

/// Runs `play` in a network namespace of its own, while no other test with browsers runs on this
/// machine. If one of the browsers cannot run here, the test is skipped with the reason. On a
/// machine without namespaces, tests of Chromium alone run in the machine's own network, on
/// loopback.
///
/// # Panics
/// If `play` panics or returns an error, whose text then is the panic's, with the browsers'
/// versions. If somebody chose a browser that is not there ([`Kind::variable`]).
pub fn stage(
    test: &str,
    browsers: &[Kind],
    play: impl FnOnce() -> Result<(), Box<dyn Error>> + Send,
) {
    if let Some(reason) = browsers.iter().find_map(|kind| available(*kind).err()) {
        assert!(!reason.is_mistake(), "{test}: {reason}");
        skip::note(test, &reason);
        return;
    }
    let turn = Turn::take();
    if let Err(error) = &turn {
        eprintln!("{test}: tests in other processes may disturb this one, without a lock: {error}");
    }
    let versions: Vec<&str> = browsers.iter().map(|kind| version(*kind)).collect();
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
        panic!("{test}, with {}: {error}", versions.join(" and "));
    }
}
