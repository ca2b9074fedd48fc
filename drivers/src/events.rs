//! What a turn hands back.

use std::vec;

use lapwing_engine::Event;

/// The events of one turn, oldest first. Often empty: a turn ends also when it was only time that
/// passed.
#[derive(Debug, Default)]
pub struct Events(vec::IntoIter<Event>);

impl Events {
    pub(crate) fn new(events: Vec<Event>) -> Self {
        Events(events.into_iter())
    }

    /// Events not taken yet.
    pub fn as_slice(&self) -> &[Event] {
        self.0.as_slice()
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Events {}
