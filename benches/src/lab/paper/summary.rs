//! The table of a paper: figures of subjects in scenarios, over seeds.

use lapwing_simnet::run::Figures;

use super::super::Figure;
use super::kind::Around;
use super::over_seeds::Spread;
use crate::plot::csv_cell;

/// The columns: a figure, its heading, what its values are divided by, and digits behind the point.
const COLUMNS: [(Figure, &str, f64, usize); 8] = [
    (Figure::MediaGoodput, "goodput Mbit/s", 1e6, 3),
    (Figure::GoodputShare, "of capacity %", 0.01, 1),
    (Figure::Loss, "loss %", 0.01, 2),
    (Figure::QueueP50, "queue p50 ms", 1.0, 0),
    (Figure::QueueP95, "queue p95 ms", 1.0, 0),
    (Figure::OneWayP95, "one-way p95 ms", 1.0, 0),
    (Figure::FrameP95, "frame p95 ms", 1.0, 0),
    (Figure::Frozen, "frozen s", 1.0, 1),
];

/// A row for each subject in each scenario: the mean over seeds of each figure, with half of its
/// interval of 95 % confidence (Student's t) where there are several seeds.
///
/// ```
/// use lapwing_benches::lab::PaperTable;
/// use lapwing_simnet::run::{Figures, FlowFigures};
/// let of = |loss| {
///     let flow = FlowFigures { loss, goodput_bps: 1e6, ..FlowFigures::default() };
///     Figures { flows: vec![flow], ..Figures::default() }
/// };
/// let mut table = PaperTable::default();
/// table.add("5_1", "own & ours", [&of(0.01), &of(0.02)]);
/// let row = "| 5_1 | own & ours | 2 | 1.000 ± 0.000 | – | 1.50 ± 6.35 |";
/// assert!(table.markdown().contains(row));
/// assert!(table.latex().contains(r"5\_1 & own \& ours & 2 & $1.000 \pm 0.000$ & -- &"));
/// assert!(table.csv().contains("5_1,own & ours,2,loss,0.015,"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct PaperTable {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    scenario: String,
    subject: String,
    seeds: usize,
    values: Vec<Option<Spread>>,
}

impl PaperTable {
    /// Adds the runs of a subject in a scenario.
    pub fn add<'f>(
        &mut self,
        scenario: &str,
        subject: &str,
        runs: impl IntoIterator<Item = &'f Figures>,
    ) {
        let runs: Vec<&Figures> = runs.into_iter().collect();
        let values = COLUMNS.iter().map(|(figure, ..)| {
            Spread::of(runs.iter().filter_map(|run| figure.of(run)), Around::Mean)
        });
        self.rows.push(Row {
            scenario: scenario.to_owned(),
            subject: subject.to_owned(),
            seeds: runs.len(),
            values: values.collect(),
        });
    }

    /// As a table of Markdown.
    pub fn markdown(&self) -> String {
        let heads = COLUMNS.map(|(_, head, ..)| head).join(" | ");
        let mut text = format!("| scenario | of | seeds | {heads} |\n|---|---|---|");
        text += &"---|".repeat(COLUMNS.len());
        text.push('\n');
        for row in &self.rows {
            let cells = row.cells(" ± ", "–").join(" | ");
            text += &format!("| {} | {} | {} | {cells} |\n", row.scenario, row.subject, row.seeds);
        }
        text
    }

    /// As a `tabular` of LaTeX, with the rules of the package `booktabs`.
    pub fn latex(&self) -> String {
        let heads = COLUMNS.map(|(_, head, ..)| escape(head)).join(" & ");
        let mut text = format!(
            "% Needs \\usepackage{{booktabs}}.\n\\begin{{tabular}}{{llr{}}}\n\\toprule\n\
             scenario & of & seeds & {heads} \\\\\n\\midrule\n",
            "r".repeat(COLUMNS.len())
        );
        for row in &self.rows {
            let cells = row.cells(r" \pm ", "--").into_iter().map(|cell| match cell.as_str() {
                "--" => cell,
                _ => format!("${cell}$"),
            });
            let cells = cells.collect::<Vec<_>>().join(" & ");
            let [scenario, subject] = [&row.scenario, &row.subject].map(|text| escape(text));
            text += &format!("{scenario} & {subject} & {} & {cells} \\\\\n", row.seeds);
        }
        text + "\\bottomrule\n\\end{tabular}\n"
    }

    /// All values unrounded, in the units of the figures' names.
    pub fn csv(&self) -> String {
        let mut text = "scenario,of,seeds,figure,mean,low,high\n".to_owned();
        for row in &self.rows {
            for ((figure, ..), value) in COLUMNS.iter().zip(&row.values) {
                let Some(Spread { middle, low, high }) = value else { continue };
                let [scenario, subject] = [&row.scenario, &row.subject].map(|name| csv_cell(name));
                let seeds = row.seeds;
                text += &format!("{scenario},{subject},{seeds},{figure},{middle},{low},{high}\n");
            }
        }
        text
    }
}

impl Row {
    fn cells(&self, between: &str, nothing: &str) -> Vec<String> {
        let cells = COLUMNS.iter().zip(&self.values).map(|((_, _, divisor, digits), value)| {
            let Some(Spread { middle, high, .. }) = value else { return nothing.to_owned() };
            let write = |value: f64| format!("{:.*}", *digits, value / divisor);
            match self.seeds {
                1 => write(*middle),
                _ => format!("{}{between}{}", write(*middle), write(high - middle)),
            }
        });
        cells.collect()
    }
}

/// A text as LaTeX takes it.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', character]),
            '\\' => escaped.push_str("\\textbackslash{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_commands_of_latex() {
        assert_eq!(escape(r"50% of $x_1\y"), r"50\% of \$x\_1\textbackslash{}y");
    }

    #[test]
    fn a_single_seed_has_no_confidence() {
        let mut table = PaperTable::default();
        let figures = Figures { goodput_utilisation: Some(0.5), ..Figures::default() };
        table.add("a", "own", [&figures]);
        assert!(table.markdown().contains("| – | 50.0 | – |"), "{}", table.markdown());
        assert!(!table.latex().contains(r"\pm"));
    }
}
