//! Running checks one after another, and the table at the end.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::failures::Failures;

/// How many tests ran, summed over all test binaries, and what the failed ones printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    pub(crate) failures: Failures,
}

impl Counts {
    /// Adds what a line of `cargo test` or of criterion's test mode says; other lines add nothing.
    pub(crate) fn read(&mut self, line: &str) {
        self.failures.read(line);
        if let Some(rest) = line.strip_prefix("test result: ") {
            self.passed += number_before(rest, " passed");
            self.failed += number_before(rest, " failed");
            self.skipped += number_before(rest, " ignored");
        } else if line == "Success" {
            self.passed += 1;
        }
    }
}

/// The number in front of `word`, as in `17 passed`.
fn number_before(text: &str, word: &str) -> u64 {
    let digits = text.split(word).next().and_then(|front| front.rsplit(' ').next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

struct Row {
    name: &'static str,
    passed: bool,
    took: Duration,
}

impl Row {
    fn result(&self) -> &'static str {
        if self.passed { "ok" } else { "FAILED" }
    }
}

/// The steps that ran so far.
#[derive(Default)]
pub(crate) struct Steps {
    rows: Vec<Row>,
    counts: Counts,
    skipped: Vec<String>,
    browsers: BTreeSet<String>,
    /// What the quick part of the interop wall came to.
    wall: Vec<String>,
}

impl Steps {
    /// Runs one step. A failed one does not stop those after it: one run shows all that is wrong.
    pub(crate) fn run(&mut self, name: &'static str, step: impl FnOnce(&mut Counts) -> bool) {
        let before: Duration = self.rows.iter().map(|row| row.took).sum();
        println!("\n== {name}, {:.0} s after the start", before.as_secs_f64());
        let start = Instant::now();
        let passed = step(&mut self.counts);
        let row = Row { name, passed, took: start.elapsed() };
        println!("== {name}: {} after {:.1} s", row.result(), row.took.as_secs_f64());
        self.rows.push(row);
    }

    /// Reads what tests noted, a line each: `SKIPPED` and a test that could not run on this machine
    /// with the reason, `BROWSERS` and the version of one that tests ran with, which each test
    /// binary notes again, or `WALL` and what its quick part came to.
    pub(crate) fn read_notes(&mut self, notes: &str) {
        for line in notes.lines() {
            if let Some(reason) = line.strip_prefix("SKIPPED ") {
                self.skipped.push(reason.to_owned());
            } else if let Some(version) = line.strip_prefix("BROWSERS ") {
                self.browsers.insert(version.to_owned());
            } else if let Some(outcome) = line.strip_prefix("WALL ") {
                self.wall.push(outcome.to_owned());
            }
        }
    }

    /// Prints the table and says how it went.
    pub(crate) fn finish(self) -> ExitCode {
        print!("{}", self.report());
        if self.rows.iter().all(|row| row.passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn report(&self) -> String {
        // Again, as a log that is cut keeps its end.
        let mut text = self.counts.failures.to_string();
        text.push_str("\nstep                    result      time\n");
        for row in &self.rows {
            let result = row.result();
            let seconds = row.took.as_secs_f64();
            let _ = writeln!(text, "{:<24}{result:<8}{seconds:>6.1} s", row.name);
        }
        let total: Duration = self.rows.iter().map(|row| row.took).sum();
        let _ = writeln!(text, "{:<32}{:>6.1} s", "total", total.as_secs_f64());
        if !self.browsers.is_empty() {
            let versions: Vec<&str> = self.browsers.iter().map(String::as_str).collect();
            let _ = writeln!(text, "BROWSERS {}", versions.join(", "));
        }
        for outcome in &self.wall {
            let _ = writeln!(text, "WALL {outcome}");
        }
        for reason in &self.skipped {
            let _ = writeln!(text, "SKIPPED {reason}");
        }
        let Counts { passed, failed, skipped, .. } = self.counts;
        // A skipped test returns early and libtest counts it as passed.
        let not_run = self.skipped.len() as u64;
        let passed = passed.saturating_sub(not_run);
        let skipped = skipped + not_run;
        if passed + failed + skipped > 0 {
            let _ = writeln!(text, "{passed} passed, {failed} failed, {skipped} skipped");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, Steps};

    #[test]
    fn counts_are_summed_over_binaries() {
        let mut counts = Counts::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.00s",
            "Success",
        ] {
            counts.read(line);
        }
        assert_eq!(counts, Counts { passed: 9, failed: 2, skipped: 1, ..Counts::default() });
    }

    #[test]
    fn the_report_ends_with_a_line_of_counts_and_names_browsers_and_what_was_skipped() {
        let mut steps = Steps::default();
        steps.run("tests", |counts| {
            counts.passed = 4;
            true
        });
        steps.run("fmt", |counts| {
            counts.read("---- ice::holds stdout ----");
            counts.read("left: 1");
            false
        });
        steps.read_notes(
            "BROWSERS Firefox 140.10.2esr\nSKIPPED browser::firefox: no firefox-esr\n\
             BROWSERS Chromium 148.0.7778.167\nBROWSERS Chromium 148.0.7778.167\n\
             WALL 7 pass; not installed: pion\n",
        );
        let report = steps.report();
        assert!(report.starts_with("\nfailed: ice::holds\n    left: 1\n"), "{report}");
        assert!(report.contains("fmt                     FAILED"), "{report}");
        let browsers = "\nBROWSERS Chromium 148.0.7778.167, Firefox 140.10.2esr\n";
        assert!(report.contains(browsers), "{report}");
        assert!(report.contains("WALL 7 pass; not installed: pion\n"), "{report}");
        assert!(report.contains("SKIPPED browser::firefox: no firefox-esr\n"), "{report}");
        assert!(report.ends_with("\n3 passed, 0 failed, 1 skipped\n"), "{report}");
    }
}
