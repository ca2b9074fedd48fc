//! Lines for whoever draws the screen, when pictures are on it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Lines that are kept: as many as stand under a picture.
pub const BOARD_LINES: usize = 5;

/// A board that was not drawn for so long shows nothing new: no pictures come in.
const DRAWN_EVERY: Duration = Duration::from_secs(2);

/// The last lines of what was told. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    lines: VecDeque<String>,
    drawn: Option<Instant>,
}

impl Board {
    /// Adds the lines of a text; the oldest go. False when nobody draws them at present.
    pub fn add(&self, text: &str, now: Instant) -> bool {
        let mut board = self.lock();
        for line in text.lines() {
            if board.lines.len() == BOARD_LINES {
                board.lines.pop_front();
            }
            board.lines.push_back(line.to_owned());
        }
        board.drawn.is_some_and(|drawn| now < drawn + DRAWN_EVERY)
    }

    /// The lines, oldest first, which are drawn now.
    pub fn draw(&self, now: Instant) -> Vec<String> {
        let mut board = self.lock();
        board.drawn = Some(now);
        board.lines.iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_stay() {
        let (board, now) = (Board::default(), Instant::now());
        for number in 0..7 {
            assert!(!board.clone().add(&format!("line {number}"), now), "nobody draws it yet");
        }
        assert_eq!(board.draw(now).len(), BOARD_LINES);
        assert!(board.add("two\nlines", now), "the next picture brings it");
        assert_eq!(board.draw(now)[2..], ["line 6", "two", "lines"]);
        assert!(!board.add("late", now + DRAWN_EVERY), "no pictures come any more");
    }
}
