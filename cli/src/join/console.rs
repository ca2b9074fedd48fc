//! What a program tells while it runs: words for people, or one JSON object a line.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use lapwing_rooms::text;
use serde::Serialize;

use super::board::Board;

/// How often progress is shown where it does not scroll away: on a terminal.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// How often progress is told in JSON.
const PROGRESS_EVERY_JSON: Duration = Duration::from_secs(1);

/// Tells what happens. Words go to the standard error, JSON to the standard output.
#[derive(Debug)]
pub struct Console {
    mode: Mode,
    started: Instant,
    last_progress: Option<Instant>,
    /// The cursor stands on a line of progress.
    on_progress: bool,
    /// Pictures are on the screen, and words go where they leave room for them.
    board: Option<Board>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Words { terminal: bool },
    Json,
    Silent,
}

#[derive(Serialize)]
struct Line<'a, N> {
    /// Seconds since the program started.
    at: f64,
    #[serde(flatten)]
    note: &'a N,
}

impl Console {
    /// Tells in JSON, or in words.
    pub fn new(json: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        Console::with_mode(if json { Mode::Json } else { Mode::Words { terminal } })
    }

    /// Tells nothing.
    pub fn silent() -> Self {
        Console::with_mode(Mode::Silent)
    }

    fn with_mode(mode: Mode) -> Self {
        Console {
            mode,
            started: Instant::now(),
            last_progress: None,
            on_progress: false,
            board: None,
        }
    }

    /// From now on words go onto this board, whose owner draws the screen; with `None`, to the
    /// terminal as before.
    pub fn set_board(&mut self, board: Option<Board>) {
        self.board = board;
    }

    /// Whether a program reads along.
    pub fn is_json(&self) -> bool {
        self.mode == Mode::Json
    }

    /// Tells something. An output that is closed is nobody's loss.
    pub fn tell(&mut self, note: &(impl Serialize + Display)) {
        match self.mode {
            Mode::Json => self.write_json(note),
            Mode::Words { .. } => {
                let words = text::lines(&note.to_string());
                if !self.is_drawn(&words) {
                    self.end_progress();
                    let _ = writeln!(io::stderr(), "{words}");
                }
            }
            Mode::Silent => {}
        }
    }

    /// Tells how far something is, now and then.
    pub fn progress(&mut self, note: &(impl Serialize + Display), now: Instant) {
        let every = match self.mode {
            Mode::Json => PROGRESS_EVERY_JSON,
            Mode::Words { terminal: true } if self.board.is_none() => PROGRESS_EVERY,
            _ => return,
        };
        if self.last_progress.is_some_and(|last| now < last + every) {
            return;
        }
        self.last_progress = Some(now);
        match self.mode {
            Mode::Json => self.write_json(note),
            _ => {
                self.on_progress = true;
                // Back to the line's beginning, and away with what stood there.
                let words = text::line(&note.to_string());
                let _ = write!(io::stderr(), "\r\u{1b}[K{words}");
            }
        }
    }

    /// Prints what the program is for, such as a chat line; in JSON it was told already.
    pub fn print(&mut self, text: &str) {
        if let Mode::Words { .. } = self.mode {
            let words = text::lines(text);
            if !self.is_drawn(&words) {
                self.end_progress();
                let _ = writeln!(io::stdout(), "{words}");
            }
        }
    }

    /// Puts words onto the board. False when there is none, or nobody draws it.
    fn is_drawn(&self, words: &str) -> bool {
        self.board.as_ref().is_some_and(|board| board.add(words, Instant::now()))
    }

    fn write_json(&self, note: &impl Serialize) {
        let at = (self.started.elapsed().as_secs_f64() * 1e3).round() / 1e3;
        let line = serde_json::to_string(&Line { at, note });
        let line = text::json(&line.expect("a note can be written as JSON"));
        let mut out = io::stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }

    fn end_progress(&mut self) {
        if std::mem::take(&mut self.on_progress) {
            let _ = writeln!(io::stderr());
        }
    }
}
