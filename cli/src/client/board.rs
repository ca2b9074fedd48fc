//! Lines for whoever draws the screen, when pictures are on it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Lines that are kept: as many as stand under a picture.
pub const BOARD_LINES: usize = 5;

/// The last lines of what was told. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<VecDeque<String>>>);

impl Board {
    /// Adds the lines of a text; the oldest go.
    pub fn add(&self, text: &str) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for line in text.lines() {
            if lines.len() == BOARD_LINES {
                lines.pop_front();
            }
            lines.push_back(line.to_owned());
        }
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_stay() {
        let board = Board::default();
        (0..7).for_each(|number| board.clone().add(&format!("line {number}")));
        assert_eq!(board.lines().len(), BOARD_LINES);
        board.add("two\nlines");
        assert_eq!(board.lines()[2..], ["line 6", "two", "lines"]);
    }
}
