//! Wakes the loop that drives a connection, from other threads.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

type Call = Arc<dyn Fn() + Send + Sync>;

/// A bell that threads ring when they have something for the loop. What it does can be exchanged,
/// because a loop gets a new driver with each new connection.
#[derive(Clone, Default)]
pub struct Bell(Arc<Mutex<Option<Call>>>);

impl Bell {
    /// From now on ringing does this.
    pub fn connect(&self, call: impl Fn() + Send + Sync + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(call));
    }

    /// Wakes the loop. Nothing happens when none is connected.
    pub fn ring(&self) {
        let call = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(call) = call {
            call();
        }
    }
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bell")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn the_last_connected_is_called() {
        let (first, second) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let bell = Bell::default();
        bell.ring();
        for count in [&first, &second] {
            let count = Arc::clone(count);
            bell.connect(move || {
                count.fetch_add(1, Ordering::Relaxed);
            });
            bell.clone().ring();
        }
        assert_eq!((first.load(Ordering::Relaxed), second.load(Ordering::Relaxed)), (1, 1));
    }
}
