//! Messages that stay until they are asked for: a channel that is paused, or read in parts.
//!
//! 1. What is not of the application (announcements, what nobody knows) leaves all the same.
//! 2. Ordered messages are read in their order, then unordered ones, each to its end.
//! 3. With the reset of a stream nothing more comes. What is there can still be read, and the
//!    stream is over with the last of it.

use super::assembly::{Assembly, Key, Mode};
use super::run::{Part, RUN_BYTES, Run};
use crate::sctp::message::Message;

impl Assembly {
    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// Gives the bytes that are free: those of what nobody wants any more.
    pub(super) fn set_mode(&mut self, mode: Mode) -> usize {
        self.mode = mode;
        if mode != Mode::Drop {
            return 0;
        }
        let free = self.weight();
        self.ordered.clear();
        self.unordered.clear();
        free
    }

    /// The stream was reset. Gives the bytes that are free: those of messages that never come.
    pub(super) fn finish(&mut self) -> usize {
        self.is_over = true;
        self.drop_parts()
    }

    /// It was reset, and nothing of it waits.
    pub(super) fn is_finished(&self) -> bool {
        self.is_over && self.ordered.is_empty() && self.unordered.is_empty()
    }

    /// A message was read in part.
    pub(super) fn is_read_in_part(&self) -> bool {
        let ordered = self.ordered.first_key_value().map(|(_, run)| run);
        let unordered = self.current.and_then(|key| self.unordered.get(&key));
        ordered.into_iter().chain(unordered).any(Run::is_read_in_part)
    }

    /// Something waits for nothing but to be asked for.
    pub(super) fn has_readable(&self) -> bool {
        match self.mode {
            Mode::Deliver | Mode::Drop => false,
            Mode::Keep => {
                self.ordered_head().is_some_and(Run::is_whole)
                    || self.unordered.values().any(Run::is_whole)
            }
            Mode::Read { .. } => {
                self.ordered_head().is_some_and(Run::is_readable) || self.unordered_head().is_some()
            }
        }
    }

    /// The begin of the ordered message that has its turn.
    fn ordered_head(&self) -> Option<&Run> {
        let (key, run) = self.ordered.first_key_value()?;
        (key.0 <= self.next && run.has_first).then_some(run)
    }

    /// The unordered message that is read, or one that can be. What is looked through is bounded
    /// by the window.
    fn unordered_head(&self) -> Option<Key> {
        let current = self.current.and_then(|key| Some((key, self.unordered.get(&key)?)));
        if let Some((key, run)) = current {
            return run.is_readable().then_some(key);
        }
        self.unordered.iter().find(|(_, run)| run.is_readable()).map(|(key, _)| *key)
    }

    /// The next part, of at most so many bytes, and how many bytes are free.
    pub(super) fn read(&mut self, bytes_max: usize) -> Option<(Part, usize)> {
        if !matches!(self.mode, Mode::Read { .. }) {
            return None;
        }
        if self.ordered_head().is_some_and(Run::is_readable) {
            let mut first = self.ordered.first_entry().expect("it was just found");
            let (part, free) = read_run(first.get_mut(), bytes_max);
            if part.is_last {
                self.next = self.next.max(first.key().0 + 1);
                first.remove();
            }
            return Some((part, free));
        }
        let key = self.unordered_head()?;
        let run = self.unordered.get_mut(&key).expect("it was just found");
        let (part, free) = read_run(run, bytes_max);
        self.current = Some(key);
        if part.is_last {
            self.unordered.remove(&key);
            self.current = None;
        }
        Some((part, free))
    }

    /// Nothing more can be read at this time: when something can, it is told.
    pub(super) fn note_empty(&mut self) {
        if let Mode::Read { is_told } = &mut self.mode {
            *is_told = false;
        }
    }

    /// Something can be read, and this was not told.
    pub(super) fn is_news(&mut self) -> bool {
        if self.mode != (Mode::Read { is_told: false }) || !self.has_readable() {
            return false;
        }
        self.mode = Mode::Read { is_told: true };
        true
    }

    /// Unordered messages that stayed and are whole.
    pub(super) fn take_kept_unordered(&mut self, stream: u16) -> Vec<(Message, usize)> {
        let whole = self.unordered.iter().filter(|(_, run)| run.is_whole());
        let whole: Vec<Key> = whole.map(|(key, _)| *key).collect();
        let runs = whole.iter().filter_map(|key| self.unordered.remove(key));
        runs.map(|run| (run.weight(), run))
            .map(|(weight, run)| (run.into_message(stream), weight))
            .collect()
    }
}

fn read_run(run: &mut Run, bytes_max: usize) -> (Part, usize) {
    let before = run.weight();
    let part = run.read(bytes_max);
    let rest = if part.is_last { 0 } else { run.weight() };
    debug_assert!(before - rest >= if part.is_last { RUN_BYTES } else { 0 });
    (part, before - rest)
}
