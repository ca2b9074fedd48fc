//! Pictures in the terminal.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use lapwing_engine::Mid;
use lapwing_media::{Picture, ascii};
use lapwing_rooms::call::Screen;

use crate::join::{BOARD_LINES, Board};

/// Pictures shown as text per second: a terminal takes no more.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// Terminal size when nobody says, less a line for the cursor.
const COLUMNS: u32 = 80;
/// See [`COLUMNS`].
const ROWS: u32 = 23;

/// Shows the first video that comes in as text, with a board's lines below it.
pub(super) struct TextScreen {
    board: Board,
    mid: Option<Mid>,
    last: Option<Instant>,
}

impl TextScreen {
    pub(super) fn new(board: Board) -> Self {
        TextScreen { board, mid: None, last: None }
    }
}

impl Screen for TextScreen {
    /// Shows a picture of the first video that came, now and then.
    fn show(&mut self, mid: Mid, picture: &Picture, now: Instant) {
        let clear = self.mid.is_none();
        if *self.mid.get_or_insert(mid) != mid
            || self.last.is_some_and(|last| now < last + SHOWN_EVERY)
        {
            return;
        }
        self.last = Some(now);
        let (columns, rows) = terminal_size();
        let below = (BOARD_LINES as u32).min(rows / 2);
        let text = ascii(picture, columns, rows - below);
        let mut out = io::stdout().lock();
        // Away with what stood there the first time, then always from the upper left corner.
        let home = if clear { "\u{1b}[2J\u{1b}[H" } else { "\u{1b}[H" };
        let text = format!("{home}{}", text.trim_end_matches('\n'));
        let lines = self.board.draw(now);
        let said = under(&lines[lines.len().saturating_sub(below as usize)..], columns);
        let _ = writeln!(out, "{text}{said}").and_then(|()| out.flush());
    }
}

/// Lines under a picture, cut to the terminal's width, in place of those that stood there.
fn under(lines: &[String], columns: u32) -> String {
    let cut = |line: &String| -> String { line.chars().take(columns as usize).collect() };
    lines.iter().map(|line| format!("\n\u{1b}[K{}", cut(line))).collect()
}

fn terminal_size() -> (u32, u32) {
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 1 && size.ws_row > 2 => {
            (u32::from(size.ws_col), u32::from(size.ws_row) - 1)
        }
        _ => (COLUMNS, ROWS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_under_the_picture() {
        let lines = ["Ada: hello".to_owned(), "ä".repeat(100)];
        let text = under(&lines, 20);
        let shown: Vec<&str> = text.split("\n\u{1b}[K").skip(1).collect();
        assert_eq!(shown, ["Ada: hello".to_owned(), "ä".repeat(20)]);
    }
}
