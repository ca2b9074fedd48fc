//! Counts and times of a column.

use crate::wall::{Cell, Outcome, Results};

/// What a column came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) passed: usize,
    pub(super) flaked: usize,
    pub(super) failed: usize,
    pub(super) not_applicable: usize,
    /// Middle of the milliseconds until both ends were connected.
    pub(super) connected_ms: Option<u64>,
    /// Middle of the milliseconds until the first picture.
    pub(super) first_frame_ms: Option<u64>,
}

/// Counts the cells of a column, or of all columns.
pub(super) fn figures(results: &Results, peer: Option<&str>) -> Figures {
    let cells = || results.cells.iter().filter(|cell| peer.is_none_or(|peer| cell.peer == peer));
    let mut figures = Figures::default();
    for cell in cells() {
        *match cell.outcome {
            Outcome::Passed => &mut figures.passed,
            Outcome::Flaked { .. } => &mut figures.flaked,
            Outcome::Failed { .. } => &mut figures.failed,
            Outcome::NotApplicable { .. } => &mut figures.not_applicable,
        } += 1;
    }
    // Links that lose and delay say nothing of a stack's own speed; all cells together have the
    // same of them.
    figures.connected_ms = middle(cells().filter_map(|cell: &Cell| cell.connected_ms));
    figures.first_frame_ms = middle(cells().filter_map(|cell: &Cell| cell.first_frame_ms));
    figures
}

fn middle(values: impl Iterator<Item = u64>) -> Option<u64> {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}
