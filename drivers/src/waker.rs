//! Waking a driver that waits, from any thread.

use std::fmt;
use std::sync::Arc;
use std::task::Wake;

/// Ends the turn that a driver is in, or the next one if it is in none. Clones wake the same
/// driver.
#[derive(Clone)]
pub struct Waker(std::task::Waker);

impl Waker {
    pub(crate) fn new(wake: Arc<impl Wake + Send + Sync + 'static>) -> Self {
        Waker(wake.into())
    }

    /// Wakes the driver. Any number of calls before it wakes up count as one.
    pub fn wake(&self) {
        self.0.wake_by_ref();
    }
}

/// Wakes a loop of one's own.
impl From<std::task::Waker> for Waker {
    fn from(waker: std::task::Waker) -> Self {
        Waker(waker)
    }
}

/// For code that takes the standard type.
impl From<Waker> for std::task::Waker {
    fn from(waker: Waker) -> Self {
        waker.0
    }
}

impl fmt::Debug for Waker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waker")
    }
}
