//! What a browser printed: the page's own lines apart from the browser's.
//!
//! 1. Each line is the page's, the browser's, or known and harmless ([`Speaker`]).
//! 2. The last ones of the page and of the browser are kept apart, so that a talkative browser does
//!    not push the page's lines out.
//! 3. With an error, the page's lines are shown first, then a short tail of the browser's.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Lines kept of each speaker. A browser that logs every packet must not fill the memory.
const LINES_MAX: usize = 2_000;

/// Characters kept of a line; some browsers print whole objects.
const LINE_MAX: usize = 400;

/// Lines of the page shown with an error.
const PAGE_TAIL: usize = 30;

/// Lines of the browser shown with an error, below those of its page.
const BROWSER_TAIL: usize = 12;

/// Lines with one of these in them tell that there is no desktop, no sound card and no graphics
/// card here, or that a site of others is treated in a special way.
const HARMLESS: &[&str] = &[
    "/alsa/",
    "ALSA lib ",
    "D-Bus",
    "DevTools listening on ",
    "GraphicsCriticalError",
    "InitializeSandbox() called with multiple threads",
    "PHONE_REGISTRATION_ERROR",
    "Sandbox: CanCreateUserNamespace()",
    "UA override",
    "You are running in headless mode",
    "cannot find card '0'",
    "content scripts for ",
    "dbus/",
    "glxtest",
    "unexpected operator",
    "vaapi_wrapper",
];

/// Who printed a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaker {
    /// A message of the page's console, or an exception that nobody caught there.
    Page,
    Browser,
    /// The browser, with what it says on every machine without a screen.
    Harmless,
}

impl Speaker {
    /// Who printed `line`, after a line of `previous`.
    fn of(line: &str, previous: Self) -> Self {
        if line.trim().is_empty() || HARMLESS.iter().any(|known| line.contains(known)) {
            Self::Harmless
        } else if line.starts_with(' ') {
            // The rest of a message or a way through the code.
            previous
        } else if is_chromium_console(line) || is_firefox_console(line) {
            Self::Page
        } else {
            Self::Browser
        }
    }
}

/// As `[12:12:1126/210557.547765:INFO:CONSOLE:1] "text", source: http://127.0.0.1:4000/page.js
/// (1)`, with `CONSOLE(1)` in older ones.
fn is_chromium_console(line: &str) -> bool {
    let head = line.strip_prefix('[').and_then(|rest| rest.split(']').next());
    head.is_some_and(|head| head.contains(":CONSOLE"))
}

/// As `console.log: "text"` or `JavaScript error: http://127.0.0.1:4000/page.js, line 3: text`.
fn is_firefox_console(line: &str) -> bool {
    ["console.", "JavaScript error: http", "JavaScript warning: http"]
        .iter()
        .any(|head| line.starts_with(head))
}

/// The last lines of each speaker.
#[derive(Debug, Default)]
struct Kept {
    page: VecDeque<String>,
    browser: VecDeque<String>,
    left_out: u64,
}

impl Kept {
    fn keep(&mut self, speaker: Speaker, line: &str) {
        let lines = match speaker {
            Speaker::Page => &mut self.page,
            Speaker::Browser => &mut self.browser,
            Speaker::Harmless => {
                self.left_out += 1;
                return;
            }
        };
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(line.chars().take(LINE_MAX).collect());
    }

    /// What matters, for an error.
    fn tail(&self) -> String {
        let mut text = last("page", &self.page, PAGE_TAIL);
        text += &last("browser", &self.browser, BROWSER_TAIL);
        text + &format!("and {} lines that every browser prints here", self.left_out)
    }
}

/// The last `count` lines below a heading; one line that says so if there are none.
fn last(speaker: &str, lines: &VecDeque<String>, count: usize) -> String {
    if lines.is_empty() {
        return format!("the {speaker} printed nothing\n");
    }
    let mut text = format!("the {speaker}'s last lines, of {}:\n", lines.len());
    for line in lines.range(lines.len().saturating_sub(count)..) {
        text += &format!("  {line}\n");
    }
    text
}

/// Reads a pipe to its end on a thread of its own and keeps the last lines.
#[derive(Debug)]
pub(super) struct Log {
    kept: Arc<Mutex<Kept>>,
    /// Never sent to: it disconnects when the last process that holds the other end of the pipe is
    /// gone.
    end: Receiver<()>,
}

impl Log {
    pub(super) fn follow(pipe: impl Read + Send + 'static) -> Self {
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let (until_end, end) = channel();
        let log = Self { kept: Arc::clone(&kept), end };
        std::thread::spawn(move || {
            let mut reader = BufReader::new(pipe);
            let mut line = Vec::new();
            let mut speaker = Speaker::Browser;
            while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                let text = String::from_utf8_lossy(&line);
                speaker = Speaker::of(text.trim_end(), speaker);
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.keep(speaker, text.trim_end());
                line.clear();
            }
            drop(until_end);
        });
        log
    }

    /// Lines of the page kept so far.
    pub(super) fn page(&self) -> Vec<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).page.iter().cloned().collect()
    }

    /// Lines of the browser kept so far.
    pub(super) fn browser(&self) -> Vec<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).browser.iter().cloned().collect()
    }

    /// The last lines, for an error.
    pub(super) fn tail(&self) -> String {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).tail()
    }

    /// Waits until no process holds the pipe any more, so none of the browser's is left. False if
    /// that takes too long.
    pub(super) fn wait_for_end(&self, timeout: Duration) -> bool {
        matches!(self.end.recv_timeout(timeout), Err(RecvTimeoutError::Disconnected))
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, LINES_MAX, Log, Speaker};
    use std::io::Cursor;
    use std::time::Duration;

    fn speaker(line: &str) -> Speaker {
        Speaker::of(line, Speaker::Browser)
    }

    #[test]
    fn the_page_is_told_from_its_browser() {
        for line in [
            r#"[12:12:1126/210557.547765:INFO:CONSOLE:1] "a word", source: http://127.0.0.1/ (1)"#,
            r#"[12:12:0601/120000.000001:INFO:CONSOLE(1)] "a word", source: http://127.0.0.1/ (1)"#,
            r#"console.log: "a word""#,
            "JavaScript error: http://127.0.0.1:4000/, line 3: TypeError: x is undefined",
        ] {
            assert_eq!(speaker(line), Speaker::Page, "{line}");
        }
        for line in [
            "[12:12:1126/210557.547765:ERROR:content/browser/network.cc:66] it crashed",
            "JavaScript error: resource://gre/modules/Services.sys.mjs, line 3: nobody",
            "Segmentation fault",
        ] {
            assert_eq!(speaker(line), Speaker::Browser, "{line}");
        }
        for line in [
            "",
            "[12:12:1126/210556.540:ERROR:dbus/bus.cc:405] Failed to connect to the bus",
            "*** You are running in headless mode.",
            r#"console.info: "Enabled UA override for example.com""#,
            r#"console.info: "Registered still-not-active content scripts for example.com" []"#,
        ] {
            assert_eq!(speaker(line), Speaker::Harmless, "{line}");
        }
        assert_eq!(Speaker::of("    at call (page.js:3)", Speaker::Page), Speaker::Page);
    }

    #[test]
    fn a_talkative_browser_does_not_push_the_pages_lines_out() {
        let mut kept = Kept::default();
        kept.keep(Speaker::Page, r#"console.error: "no camera""#);
        for number in 0..2 * LINES_MAX {
            kept.keep(Speaker::Browser, &format!("noise {number}"));
            kept.keep(Speaker::Harmless, "glxtest");
        }
        assert_eq!(kept.browser.len(), LINES_MAX);
        let tail = kept.tail();
        assert!(tail.starts_with("the page's last lines, of 1:\n  console.error: \"no camera\"\n"));
        assert!(tail.contains("noise 3999") && !tail.contains("glxtest"), "{tail}");
        assert!(tail.lines().count() < 20, "{tail}");
        assert!(tail.ends_with("and 4000 lines that every browser prints here"), "{tail}");
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let log = Log::follow(Cursor::new("x".repeat(100_000)));
        assert!(log.wait_for_end(Duration::from_secs(10)));
        assert_eq!(log.browser()[0].len(), super::LINE_MAX);
        assert!(log.page().is_empty());
        assert!(log.tail().starts_with("the page printed nothing\n"));
    }
}
