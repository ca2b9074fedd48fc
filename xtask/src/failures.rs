//! Which tests failed, and what they printed, kept for the end of a run.

use std::fmt;

/// Lines that are kept of what a failed test printed.
const LINES_MAX: usize = 30;

/// Failed tests whose output is kept. Of those after them the run's own output tells.
const TESTS_MAX: usize = 20;

/// Failed tests, as libtest reports them at the end of a binary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failures {
    tests: Vec<Failure>,
    /// Whether the lines that come belong to the last of them.
    open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Failure {
    name: String,
    lines: Vec<String>,
}

impl Failures {
    /// Takes a line of what `cargo test` prints.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(name) = heading(line) {
            self.open = self.tests.len() < TESTS_MAX;
            if self.open {
                self.tests.push(Failure { name: name.to_owned(), lines: Vec::new() });
            }
        } else if line == "failures:" {
            self.open = false;
        } else if let (true, Some(failure)) = (self.open, self.tests.last_mut())
            && failure.lines.len() < LINES_MAX
            && !line.is_empty()
        {
            failure.lines.push(line.to_owned());
        }
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Failure { name, lines } in &self.tests {
            writeln!(f, "\nfailed: {name}")?;
            for line in lines {
                writeln!(f, "    {line}")?;
            }
        }
        Ok(())
    }
}

/// The test's name in `---- name stdout ----`.
fn heading(line: &str) -> Option<&str> {
    line.strip_prefix("---- ")?.strip_suffix(" stdout ----")
}

#[cfg(test)]
mod tests {
    use super::{Failures, LINES_MAX, TESTS_MAX};

    #[test]
    fn what_failed_tests_printed_is_kept() {
        let mut failures = Failures::default();
        for line in [
            "test ice::holds ... ok",
            "failures:",
            "",
            "---- ice::fails stdout ----",
            "left: 1",
            "",
            "---- sctp::fails stdout ----",
            "right: 2",
            "",
            "failures:",
            "    ice::fails",
            "    sctp::fails",
            "test result: FAILED. 1 passed; 2 failed",
        ] {
            failures.read(line);
        }
        let expected = "\nfailed: ice::fails\n    left: 1\n\nfailed: sctp::fails\n    right: 2\n";
        assert_eq!(failures.to_string(), expected);
    }

    #[test]
    fn no_more_than_a_screenful_of_each_is_kept() {
        let mut failures = Failures::default();
        for number in 0..2 * TESTS_MAX {
            failures.read(&format!("---- test{number} stdout ----"));
            (0..2 * LINES_MAX).for_each(|line| failures.read(&format!("line {line}")));
        }
        let text = failures.to_string();
        assert_eq!(text.lines().count(), TESTS_MAX * (LINES_MAX + 2), "{text}");
    }
}
