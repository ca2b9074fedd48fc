//! What speakers play, for microphones to take out of what they hear.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use lapwing_media::Samples;

/// Blocks of 10 ms that wait for a microphone that is not read; then the oldest go.
const MAX_WAITING: usize = 100;

type Queue = Mutex<VecDeque<Samples>>;

/// All speakers' sound, to each microphone that listens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Echo(Arc<Mutex<Vec<Weak<Queue>>>>);

/// What was played since it was last asked.
#[derive(Debug)]
pub(crate) struct Ear(Arc<Queue>);

impl Echo {
    /// Sound that is played.
    pub(crate) fn played(&self, sound: &Samples) {
        let mut ears = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ears.retain(|ear| {
            let Some(queue) = ear.upgrade() else { return false };
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            if queue.len() == MAX_WAITING {
                queue.pop_front();
            }
            queue.push_back(sound.clone());
            true
        });
    }

    /// Listens from now on, until it is dropped.
    pub(crate) fn listen(&self) -> Ear {
        let queue = Arc::new(Queue::default());
        let mut ears = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ears.push(Arc::downgrade(&queue));
        Ear(queue)
    }
}

impl Ear {
    pub(crate) fn take(&self) -> VecDeque<Samples> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
