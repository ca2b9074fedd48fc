//! Figures over seeds: a line, and what is around it.

use lapwing_simnet::run::{FlowSeries, Outcome};

use super::super::rows;
use super::kind::{Around, PaperKind};
use super::over_seeds::over;
use super::subject::{
    PANELS_MAX, PaperFigure, Subject, blank, capacity, delay, goodput, mean, sum, together,
};
use crate::plot::{Lines, Panels, Series, Unit};

/// Points of a run over time.
type Row<'f> = &'f dyn Fn(&Outcome) -> Option<Vec<(f64, f64)>>;

/// A line for each subject, with what is around it where there are several seeds.
pub(super) fn lines(chart: Lines, subjects: &[Subject<'_>], around: Around, row: Row<'_>) -> Lines {
    subjects.iter().enumerate().fold(chart, |chart, (number, subject)| {
        let rows: Vec<Vec<(f64, f64)>> = subject.runs.iter().filter_map(row).collect();
        let several = rows.len() > 1;
        let (line, ends) = over(&rows, around);
        let series = Series::line(subject.name, line).coloured(number);
        chart.series(if several { series.band(ends) } else { series })
    })
}

/// Goodput and one-way delay of each flow; `None` without two seeds.
pub(super) fn bands(
    scenario: &str,
    subjects: &[Subject<'_>],
    around: Around,
) -> Option<PaperFigure> {
    let seeds = subjects.iter().map(|subject| subject.runs.len()).max().unwrap_or(0);
    let runs = subjects.first()?.runs;
    if seeds < 2 {
        return None;
    }
    let flows = runs.iter().map(|run| run.series.flows.len()).max().unwrap_or(0);
    let mut figure =
        Panels::new(format!("{scenario}: over {seeds} seeds")).columns(2).own_heights();
    for index in 0..flows.min(PANELS_MAX / 2) {
        let id = runs.iter().find_map(|run| run.series.flows.get(index)).map(|flow| flow.id);
        let name =
            if flows > 1 { format!("flow {}", id.unwrap_or_default()) } else { String::new() };
        let of = |pick: fn(&Outcome, &FlowSeries) -> Vec<(f64, f64)>| {
            move |run: &Outcome| Some(pick(run, run.series.flows.get(index)?))
        };
        let rate = blank(&name, "goodput", Unit::BitsPerSecond, runs);
        let rate = capacity(rate, runs.first(), index);
        let late = blank(&name, "one-way delay", Unit::Seconds, runs);
        figure = figure.panel(lines(rate, subjects, around, &of(goodput))).panel(lines(
            late,
            subjects,
            around,
            &of(delay),
        ));
    }
    let caption = format!(
        "Goodput (means of a second) and one-way delay (means of 200 ms) in {scenario}: {}, {seeds} \
         seeds.",
        around.words()
    );
    Some(PaperFigure::new(PaperKind::Bands, caption, &figure))
}

/// Goodput, delay and loss of all flows together; `None` without two subjects.
pub(super) fn compare(
    scenario: &str,
    subjects: &[Subject<'_>],
    around: Around,
) -> Option<PaperFigure> {
    let runs = subjects.first().filter(|_| subjects.len() > 1)?.runs;
    let rate = blank("", "goodput of all flows", Unit::BitsPerSecond, runs);
    let late = blank("", "one-way delay, mean of flows", Unit::Seconds, runs);
    let lost = blank("", "loss, mean of flows", Unit::Share, runs);
    let goodputs = |run: &Outcome| Some(all(run, goodput, sum));
    let delays = |run: &Outcome| Some(all(run, delay, mean));
    let losses = |run: &Outcome| Some(all(run, |run, flow| rows::losses(&run.series, flow), mean));
    let figure = Panels::new(format!("{scenario}: compared"))
        .own_heights()
        .panel(lines(rate, subjects, around, &goodputs))
        .panel(lines(late, subjects, around, &delays))
        .panel(lines(lost, subjects, around, &losses));
    let names: Vec<&str> = subjects.iter().map(|subject| subject.name).collect();
    let seeds = subjects.iter().map(|subject| subject.runs.len()).max().unwrap_or(0);
    let over = if seeds > 1 { format!(": {}", around.words()) } else { String::new() };
    let caption = format!("{} in {scenario}{over}.", names.join(" and "));
    Some(PaperFigure::new(PaperKind::Compare, caption, &figure))
}

/// All flows of a run together.
pub(super) fn all(
    run: &Outcome,
    row: fn(&Outcome, &FlowSeries) -> Vec<(f64, f64)>,
    join: fn(&[f64]) -> f64,
) -> Vec<(f64, f64)> {
    together(run.series.flows.iter().map(|flow| row(run, flow)), join)
}
