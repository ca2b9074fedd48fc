//! All pairs, and their table.

use std::fmt::Write;
use std::time::Duration;

use super::behind::Behind;
use super::cell::{Cell, Reached};
use super::help::Help;

/// All ordered pairs with the same help: 121.
pub fn cells(help: Help) -> Vec<Cell> {
    let all = Behind::all();
    let pairs = all.iter().flat_map(|a| all.iter().map(|b| (*a, *b)));
    pairs.map(|(a, b)| Cell { a, b, help }).collect()
}

/// What came of all pairs with the same help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// The help.
    pub help: Help,
    /// Row by row.
    pub reached: Vec<(Cell, Reached)>,
}

impl Matrix {
    /// Runs all pairs.
    pub fn run(help: Help, seed: u64) -> Matrix {
        let reached = cells(help).into_iter().map(|cell| (cell, cell.run(seed))).collect();
        Matrix { help, reached }
    }

    /// Times of those that connect.
    pub fn times(&self) -> impl Iterator<Item = Duration> {
        self.reached.iter().filter_map(|(_, reached)| reached.connected)
    }

    /// As a table in Markdown: a row for each offering side, a column for each answering side; the
    /// kinds of both candidates in use, and the time to connect in milliseconds.
    pub fn markdown(&self) -> String {
        let all = Behind::all();
        let mut text = String::from("| offers \\ answers |");
        for b in &all {
            let _ = write!(text, " {b} |");
        }
        text.push('\n');
        text.push_str(&"|---".repeat(all.len() + 1));
        text.push_str("|\n");
        for row in self.reached.chunks(all.len()) {
            let Some((first, _)) = row.first() else { continue };
            let _ = write!(text, "| {} |", first.a);
            for (_, reached) in row {
                let _ = write!(text, " {} |", short(reached));
            }
            text.push('\n');
        }
        text
    }
}

fn short(reached: &Reached) -> String {
    match (reached.connected, reached.kinds) {
        (Some(time), Some([a, b])) => format!("{a}-{b} {}", time.as_millis()),
        _ => "-".to_owned(),
    }
}
