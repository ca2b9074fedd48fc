//! All tables, as they are committed.

use std::fmt::Write;

use super::cell::Reached;
use super::change::{Change, Outage};
use super::help::Help;
use super::matrix::Matrix;
use super::special::Special;

/// The seed of the committed tables.
pub const SEED: u64 = 1;

/// All that is tabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The seed of the runs.
    pub seed: u64,
    /// All pairs, with each help of [`Help::ALL`].
    pub matrices: Vec<Matrix>,
    /// Other networks.
    pub specials: Vec<(Special, Reached)>,
    /// What happens to calls.
    pub changes: Vec<(Change, Outage)>,
}

impl Report {
    /// Runs all of it. The same seed gives the same.
    pub fn run(seed: u64) -> Report {
        Report {
            seed,
            matrices: Help::ALL.map(|help| Matrix::run(help, seed)).into(),
            specials: Special::ALL.map(|special| (special, special.run(seed))).into(),
            changes: Change::ALL.map(|change| (change, change.run(seed))).into(),
        }
    }

    /// The tables, in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!(
            "# Who reaches whom\n\nTwo engines with 100 ms between them, the servers as far away; seed {}. \
             Rows offer, columns answer. NATs are named\nby what mappings and filters depend on: ei \
             nothing, ad the address, apd address and port. A cell has the kinds of\nboth candidates in \
             use, and the milliseconds from the offer until both are connected, DTLS included.\n\
             Made by `cargo run --release -p lapwing-simnet --example reach -- --write`.\n",
            self.seed,
        );
        for matrix in &self.matrices {
            let _ = write!(text, "\n## {}\n\n{}\n", matrix.help.title(), summary(matrix));
            text.push_str(&matrix.markdown());
        }
        text.push_str("\n## Other networks, with a relay\n\n");
        text.push_str("| what | candidates in use | to connect |\n|---|---|---|\n");
        for (special, reached) in &self.specials {
            let (kinds, time) = of_special(reached);
            let _ = writeln!(text, "| {special} | {kinds} | {time} |");
        }
        text.push_str("\n## What happens to calls\n\n");
        text.push_str("| what | longest time without sound | limit |\n|---|---|---|\n");
        for (change, outage) in &self.changes {
            let (longest, limit) = (outage.longest.as_millis(), change.limit().as_millis());
            let _ = writeln!(text, "| {change} | {longest} ms | {limit} ms |");
        }
        text
    }
}

fn of_special(reached: &Reached) -> (String, String) {
    let kinds = reached.kinds.map(|[a, b]| format!("{a}-{b}"));
    let time = reached.connected.map(|time| format!("{} ms", time.as_millis()));
    (kinds.unwrap_or_else(|| "-".to_owned()), time.unwrap_or_else(|| "-".to_owned()))
}

fn summary(matrix: &Matrix) -> String {
    let mut times: Vec<u128> = matrix.times().map(|time| time.as_millis()).collect();
    times.sort_unstable();
    let at = |percent: usize| times.get((times.len() * percent).div_ceil(100).saturating_sub(1));
    let text = |time: Option<&u128>| time.map_or_else(|| "-".to_owned(), u128::to_string);
    format!(
        "{} of {} connect; median {} ms, slowest {} ms.\n",
        times.len(),
        matrix.reached.len(),
        text(at(50)),
        text(times.last()),
    )
}
