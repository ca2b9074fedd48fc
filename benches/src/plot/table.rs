//! Tables for terminals and reports.

use std::fmt;

/// To which side a column leans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Figures.
    Right,
}

/// Rows under a heading. Its `Display` is aligned plain text.
///
/// ```
/// use lapwing_benches::plot::Table;
/// let table = Table::new(["path", "ratio"]).row(["frames out", "1.04"]).row(["in", "1.10"]);
/// assert_eq!(table.to_string(), "path        ratio\n\
///                                ──────────  ─────\n\
///                                frames out   1.04\n\
///                                in           1.10\n");
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    header: Vec<String>,
    align: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns: the first leans left, all others right.
    pub fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        let header: Vec<String> = header.into_iter().map(Into::into).collect();
        let first = |index| if index == 0 { Align::Left } else { Align::Right };
        Table { align: (0..header.len()).map(first).collect(), header, rows: Vec::new() }
    }

    /// Which way the columns lean, first column first.
    #[must_use]
    pub fn align(mut self, align: impl IntoIterator<Item = Align>) -> Self {
        self.align.iter_mut().zip(align).for_each(|(old, new)| *old = new);
        self
    }

    /// Adds a row. Missing cells are empty, cells without a column are left out.
    #[must_use]
    pub fn row<S: Into<String>>(mut self, cells: impl IntoIterator<Item = S>) -> Self {
        self.push(cells);
        self
    }

    /// As [`Self::row`], for loops.
    pub fn push<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let mut cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        cells.resize(self.header.len(), String::new());
        self.rows.push(cells);
    }

    /// The header, the alignments and the rows; every row is as long as the header.
    pub(super) fn parts(&self) -> (&[String], &[Align], &[Vec<String>]) {
        (&self.header, &self.align, &self.rows)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = || std::iter::once(&self.header).chain(&self.rows);
        let width = |column: usize| {
            let cells = lines().map(|line| line[column].chars().count());
            cells.max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.header.len()).map(width).collect();
        for (number, line) in lines().enumerate() {
            let cells =
                line.iter().zip(&self.align).zip(&widths).map(
                    |((cell, align), width)| match align {
                        Align::Left => format!("{cell:<width$}"),
                        Align::Right => format!("{cell:>width$}"),
                    },
                );
            writeln!(f, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
            if number == 0 {
                let rules = widths.iter().map(|width| "─".repeat(*width));
                writeln!(f, "{}", rules.collect::<Vec<_>>().join("  "))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_as_many_cells_as_the_header() {
        let table = Table::new(["a", "b"]).row(["1"]).row(["1", "2", "3"]);
        let (_, _, rows) = table.parts();
        assert_eq!(rows, [["1", ""], ["1", "2"]]);
    }

    #[test]
    fn columns_lean_as_asked() {
        let table = Table::new(["k", "v"]).align([Align::Right, Align::Left]).row(["key", "µs"]);
        assert_eq!(table.to_string(), "  k  v\n───  ──\nkey  µs\n");
    }
}
