//! What figures are of, and what they come to.

use lapwing_simnet::run::{FlowSeries, Outcome};

use super::super::rows::{self, LOSS_S, RATE_S};
use super::kind::PaperKind;
use crate::plot::{Chart, Lines, Panels, Unit};

/// Charts of a figure at most: a page has no room for more.
pub(super) const PANELS_MAX: usize = 8;
/// Lines of a chart at most: more could not be told apart.
pub(super) const LINES_MAX: usize = 6;

/// Runs of one scenario that differ in their seed alone, and the name by which they are told from
/// others.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its name: a session, a program, a setting.
    pub name: &'a str,
    /// The runs, by seed.
    pub runs: &'a [Outcome],
}

/// A figure with its data.
#[derive(Clone, Debug)]
pub struct PaperFigure {
    /// Its kind.
    pub kind: PaperKind,
    /// What it shows.
    pub caption: String,
    /// The picture.
    pub chart: Chart,
    /// What is drawn, as CSV with a header: panel, series, quantity, where, value, and the ends
    /// around it.
    pub csv: String,
}

impl PaperFigure {
    pub(super) fn new(kind: PaperKind, caption: String, panels: &Panels) -> PaperFigure {
        PaperFigure { kind, caption, chart: panels.chart(), csv: panels.csv() }
    }
}

/// A chart over the time of runs.
pub(super) fn blank(title: &str, quantity: &str, unit: Unit, runs: &[Outcome]) -> Lines {
    let end = runs.iter().map(|run| run.duration_s).fold(0.0, f64::max);
    Lines::new(title).y_name(quantity).y(unit).x_range(0.0, end)
}

/// Adds what the path of the flow with this place can carry.
pub(super) fn capacity(chart: Lines, run: Option<&Outcome>, flow: usize) -> Lines {
    let capacity = run.and_then(|run| Some((run, rows::path_capacity(run, flow)?)));
    let Some((run, capacity)) = capacity else { return chart };
    let most = run.series.flows.get(flow).map_or(0.0, |flow| rows::greatest(&flow.sent_bps));
    rows::with_capacity(chart, &run.series, &capacity, most)
}

/// Goodput of a flow over time; not a number before it begins and after it has ended.
pub(super) fn goodput(outcome: &Outcome, flow: &FlowSeries) -> Vec<(f64, f64)> {
    let first = flow.active.iter().position(|active| *active).unwrap_or(0);
    let last = flow.active.iter().rposition(|active| *active).unwrap_or(0);
    let lives = |bin: usize| (first..=last).contains(&bin);
    let row = flow.goodput_bps.iter().enumerate();
    let row: Vec<Option<f64>> = row.map(|(bin, rate)| lives(bin).then_some(*rate)).collect();
    rows::means_of_some(&outcome.series, &row, LOSS_S)
}

/// One-way delay of a flow's packets over time, in seconds.
pub(super) fn delay(outcome: &Outcome, flow: &FlowSeries) -> Vec<(f64, f64)> {
    let points = rows::means_of_some(&outcome.series, &flow.one_way_delay_ms, RATE_S);
    points.into_iter().map(|(at, ms)| (at, ms / 1e3)).collect()
}

/// Values of all flows at the same times, made one.
pub(super) fn together(
    rows: impl IntoIterator<Item = Vec<(f64, f64)>>,
    join: fn(&[f64]) -> f64,
) -> Vec<(f64, f64)> {
    let rows: Vec<_> = rows.into_iter().collect();
    let longest = rows.iter().max_by_key(|row| row.len()).cloned().unwrap_or_default();
    let points = longest.into_iter().enumerate().map(|(index, (at, _))| {
        let values = rows.iter().filter_map(|row| row.get(index)).map(|(_, value)| *value);
        let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        (at, if values.is_empty() { f64::NAN } else { join(&values) })
    });
    points.collect()
}

/// For [`together`].
pub(super) fn sum(values: &[f64]) -> f64 {
    values.iter().sum()
}

/// For [`together`].
pub(super) fn mean(values: &[f64]) -> f64 {
    sum(values) / values.len() as f64
}
