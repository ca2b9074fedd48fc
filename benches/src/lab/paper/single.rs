//! Figures of the first seed: a chart a flow.

use lapwing_simnet::run::{FlowSeries, Outcome};

use super::super::rows::{self, RATE_S};
use super::kind::PaperKind;
use super::subject::{PANELS_MAX, PaperFigure, Subject, blank, capacity, delay, goodput};
use crate::plot::{Lines, Panels, Series, Unit};

/// Points of a flow over time.
type Row = fn(&Outcome, &FlowSeries) -> Vec<(f64, f64)>;

/// A chart for each flow that any subject has, with a line for each subject.
fn by_flow(
    title: &str,
    subjects: &[Subject<'_>],
    mut chart: impl FnMut(usize, &str) -> Lines,
    row: Row,
) -> Panels {
    let firsts: Vec<(&str, &Outcome)> =
        subjects.iter().filter_map(|subject| Some((subject.name, subject.runs.first()?))).collect();
    let flows = firsts.iter().map(|(_, run)| run.series.flows.len()).max().unwrap_or(0);
    (0..flows.min(PANELS_MAX)).fold(Panels::new(title), |figure, index| {
        let id = firsts.iter().find_map(|(_, run)| run.series.flows.get(index)).map(|flow| flow.id);
        let name =
            if flows > 1 { format!("flow {}", id.unwrap_or_default()) } else { String::new() };
        let mut panel = chart(index, &name);
        for (number, (name, run)) in firsts.iter().enumerate() {
            if let Some(flow) = run.series.flows.get(index) {
                panel = panel.series(Series::line(*name, row(run, flow)).coloured(number));
            }
        }
        figure.panel(panel)
    })
}

/// Whose runs a figure is of.
fn first_seed(subjects: &[Subject<'_>]) -> String {
    let seed = subjects.iter().find_map(|subject| subject.runs.first()).map_or(0, |run| run.seed);
    format!("seed {seed}")
}

fn runs<'a>(subjects: &[Subject<'a>]) -> &'a [Outcome] {
    subjects.first().map_or(&[], |subject| subject.runs)
}

/// One-way delay over time.
pub(super) fn delays(scenario: &str, subjects: &[Subject<'_>]) -> PaperFigure {
    let runs = runs(subjects);
    let blank = |_, name: &str| blank(name, "one-way delay", Unit::Seconds, runs);
    let panels = by_flow(&format!("{scenario}: one-way delay"), subjects, blank, delay);
    let caption = format!(
        "One-way delay of all packets to a flow's receiver in {scenario}, {}: means of 200 ms.",
        first_seed(subjects)
    );
    PaperFigure::new(PaperKind::Delay, caption, &panels)
}

/// Goodput over time, and what the path could carry.
pub(super) fn goodputs(scenario: &str, subjects: &[Subject<'_>]) -> PaperFigure {
    let runs = runs(subjects);
    let blank = |index: usize, name: &str| {
        let chart = blank(name, "goodput", Unit::BitsPerSecond, runs);
        capacity(chart, runs.first(), index)
    };
    let panels = by_flow(&format!("{scenario}: goodput"), subjects, blank, goodput);
    let caption = format!(
        "Goodput (encoded media that were whole at the receiver) in {scenario}, {}: means of a \
         second. The capacity is that of the path for all traffic, with headers.",
        first_seed(subjects)
    );
    PaperFigure::new(PaperKind::Goodput, caption, &panels)
}

/// What each flow's controller says, and what TCP connections hold.
pub(super) fn windows(scenario: &str, subjects: &[Subject<'_>]) -> PaperFigure {
    let mut figure = Panels::new(format!("{scenario}: state of controllers")).own_heights();
    let mut left = PANELS_MAX;
    for subject in subjects {
        let Some(run) = subject.runs.first() else { continue };
        let prefix = if subjects.len() > 1 { format!("{}, ", subject.name) } else { String::new() };
        for flow in run.series.flows.iter().take(left) {
            let name = format!("{prefix}flow {}", flow.id);
            figure = figure.panel(controller(&name, run, flow));
            left -= 1;
        }
        let tcp = run.series.cross.iter().enumerate();
        let tcp = tcp.filter(|(_, cross)| cross.window_segments.iter().any(Option::is_some));
        for (index, cross) in tcp.take(left) {
            let name = format!("{prefix}{} {}", cross.kind, index + 1);
            let row = |row: &[Option<f64>]| rows::means_of_some(&run.series, row, RATE_S);
            let threshold = row(&cross.threshold_segments);
            let panel = blank(&name, "window", Unit::named("segments"), subject.runs)
                .series(Series::line("congestion window", row(&cross.window_segments)).coloured(0));
            figure = figure
                .panel(panel.series(Series::line("slow-start threshold", threshold).coloured(1)));
            left -= 1;
        }
    }
    let caption = format!(
        "What a flow's congestion controller estimates and its video is encoded at, beside what is \
         sent, and windows of TCP connections, in {scenario}, {}: means of 200 ms.",
        first_seed(subjects)
    );
    PaperFigure::new(PaperKind::Window, caption, &figure)
}

fn controller(name: &str, run: &Outcome, flow: &FlowSeries) -> Lines {
    let series = &run.series;
    let chart = blank(name, "rate", Unit::BitsPerSecond, std::slice::from_ref(run));
    let target = rows::means(series, &flow.target_bps, RATE_S);
    let estimate = rows::means_of_some(series, &flow.estimate_bps, RATE_S);
    let sent = rows::means(series, &flow.sent_bps, RATE_S);
    chart
        .series(Series::line("sent", sent).coloured(3))
        .series(Series::line("estimate", estimate).coloured(0))
        .series(Series::line("encoder's target", target).coloured(1))
}

/// Goodput of each flow on axes that all share, beside each other; `None` of a single one.
pub(super) fn multiples(scenario: &str, subjects: &[Subject<'_>]) -> Option<PaperFigure> {
    let runs = runs(subjects);
    if runs.first().is_none_or(|run| run.series.flows.len() < 2) {
        return None;
    }
    let blank = |index: usize, name: &str| {
        capacity(blank(name, "goodput", Unit::BitsPerSecond, runs), runs.first(), index)
    };
    let panels = by_flow(&format!("{scenario}: goodput by flow"), subjects, blank, goodput);
    let caption = format!(
        "Goodput of each flow in {scenario}, {}: means of a second, on the same axes.",
        first_seed(subjects)
    );
    Some(PaperFigure::new(PaperKind::Multiples, caption, &panels.columns(2)))
}
