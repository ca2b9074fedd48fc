//! What a program tells while it runs: words for people, or one JSON object a line.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use lapwing_rooms::text;
use serde::Serialize;

use super::board::Board;
use super::status;

/// How often progress is shown where it does not scroll away: on a terminal.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// Progress that was shown so long ago is over: the status may stand in its place.
const PROGRESS_LASTS: Duration = Duration::from_secs(1);

/// How often progress is told in JSON.
const PROGRESS_EVERY_JSON: Duration = Duration::from_secs(1);

/// Tells what happens. Words go to the standard error, JSON to the standard output.
#[derive(Debug)]
pub struct Console {
    mode: Mode,
    started: Instant,
    last_progress: Option<Instant>,
    last_status: Option<Instant>,
    standing: Standing,
    /// What is typed is seen.
    echoes: bool,
    /// Pictures are on the screen, and words go where they leave room for them.
    board: Option<Board>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Words { terminal: bool },
    Json,
    Silent,
}

/// What stands on the terminal for a while only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    #[default]
    Nothing,
    /// A line of progress, on which the cursor is.
    Progress,
    /// The status, above the cursor.
    Status,
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
            last_status: None,
            standing: Standing::Nothing,
            echoes: io::stdin().is_terminal(),
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
                    self.clear();
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
                if self.standing == Standing::Status {
                    self.clear();
                }
                self.standing = Standing::Progress;
                // Back to the line's beginning, and away with what stood there.
                let words = text::line(&note.to_string());
                let _ = write!(io::stderr(), "\r\u{1b}[K{words}");
            }
        }
    }

    /// Shows how things are, now and then, in a line that is rewritten: on a terminal without
    /// pictures, and where no progress is shown. `line` is asked for nowhere else, and may say that
    /// there is nothing to be shown.
    pub fn status<L: Display>(&mut self, line: impl FnOnce() -> Option<L>, now: Instant) {
        let shows = self.mode == Mode::Words { terminal: true } && self.board.is_none();
        let lasts = |last: Option<Instant>, span| last.is_some_and(|last| now < last + span);
        if !shows
            || lasts(self.last_status, PROGRESS_EVERY)
            || (self.standing == Standing::Progress && lasts(self.last_progress, PROGRESS_LASTS))
        {
            return;
        }
        self.last_status = Some(now);
        let Some(line) = line() else { return self.end_status() };
        let words = text::line(&line.to_string());
        let shown = match self.standing {
            Standing::Status => status::rewrite(&words),
            Standing::Nothing | Standing::Progress => {
                self.clear();
                status::begin(&words)
            }
        };
        self.standing = Standing::Status;
        let _ = write!(io::stderr(), "{shown}");
    }

    /// Takes the status away, if it is shown.
    pub fn end_status(&mut self) {
        if self.standing == Standing::Status {
            self.clear();
        }
    }

    /// Somebody typed a line: what is told next stands below it.
    pub fn typed(&mut self, line: &str) {
        if self.echoes && self.standing == Standing::Status {
            self.standing = Standing::Nothing;
            let columns = rustix::termios::tcgetwinsize(io::stderr());
            let columns = columns.map_or(0, |size| usize::from(size.ws_col));
            let _ = write!(io::stderr(), "{}", status::end_above(status::rows(line, columns)));
        }
    }

    /// Prints what the program is for, such as a chat line; in JSON it was told already.
    pub fn print(&mut self, text: &str) {
        if let Mode::Words { .. } = self.mode {
            let words = text::lines(text);
            if !self.is_drawn(&words) {
                self.clear();
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

    /// Makes room for a line: progress stays as it is, the status goes.
    fn clear(&mut self) {
        let _ = match std::mem::take(&mut self.standing) {
            Standing::Nothing => Ok(()),
            Standing::Progress => writeln!(io::stderr()),
            Standing::Status => write!(io::stderr(), "{}", status::end()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_terminal_is_not_asked_for_a_status() {
        let words = Mode::Words { terminal: false };
        for mode in [words, Mode::Json, Mode::Silent] {
            let mut console = Console::with_mode(mode);
            let asked = || -> Option<String> { panic!("{mode:?}: nobody would see it") };
            console.status(asked, Instant::now());
            assert_eq!(console.standing, Standing::Nothing);
        }
        let mut console = Console::with_mode(Mode::Words { terminal: true });
        console.set_board(Some(Board::default()));
        console.status(|| -> Option<String> { panic!("pictures are there") }, Instant::now());
    }

    #[test]
    fn a_status_comes_five_times_a_second_and_lets_progress_end() {
        let mut console = Console::with_mode(Mode::Words { terminal: true });
        let (start, mut asked) = (Instant::now(), 0);
        for ms in (0..1_000).step_by(10) {
            let nothing = || -> Option<String> {
                asked += 1;
                None
            };
            console.status(nothing, start + Duration::from_millis(ms));
        }
        assert_eq!(asked, 5);
        (console.standing, console.last_progress) = (Standing::Progress, Some(start));
        let early = start + Duration::from_millis(999);
        console.status(|| -> Option<String> { panic!("progress is shown") }, early);
        assert_eq!(console.standing, Standing::Progress);
    }
}
