//! Several runs beside each other.

use lapwing_simnet::run::{FlowSeries, Outcome};

use super::Figure;
use super::rows::{self, GUTTER, LOSS_S, RATE_S, WIDTH};
use crate::plot::{Lines, Report, Series, Table, Tone, Unit};

/// What is drawn of a flow.
type Picked = dyn Fn(&Outcome, &FlowSeries) -> Vec<(f64, f64)>;

/// A run and the name by which it is told from the others.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it came to.
    pub outcome: &'a Outcome,
}

/// A row for each figure that any run has: its value in each, and how far the later ones are from
/// the first.
///
/// ```
/// use lapwing_benches::lab::{Compared, compare_table};
/// use lapwing_simnet::run::Outcome;
/// let outcome = |utilisation| -> Outcome {
///     let text = format!(r#"{{
///         "scenario": "a", "reference": "", "seed": 1, "duration_s": 1, "events": 1, "chain": 1,
///         "figures": {{ "flows": [], "links": [], "cross": [], "utilisation": {utilisation} }},
///         "verdicts": [],
///         "series": {{ "bin_s": 0.1, "flows": [], "links": [], "cross": [] }} }}"#);
///     serde_json::from_str(&text).unwrap()
/// };
/// let (a, b) = (outcome(0.5), outcome(0.75));
/// let [a, b] = [("a", &a), ("b", &b)].map(|(name, outcome)| Compared { name, outcome });
/// let table = compare_table(&[a, b]);
/// assert!(table.to_string().contains("+25 points"));
/// ```
pub fn compare_table(runs: &[Compared<'_>]) -> Table {
    let first = runs.first().map_or("", |run| run.name);
    let mut heads = vec!["figure".to_owned()];
    for (index, run) in runs.iter().enumerate() {
        heads.push(run.name.to_owned());
        if index > 0 {
            heads.push(format!("against {first}"));
        }
    }
    let mut table = Table::new(heads);
    for figure in Figure::ALL {
        let values: Vec<Option<f64>> =
            runs.iter().map(|run| figure.of(&run.outcome.figures)).collect();
        if values.iter().all(Option::is_none) {
            continue;
        }
        let mut cells = vec![figure.title().to_owned()];
        for (index, value) in values.iter().enumerate() {
            cells.push(figure.write(*value));
            if index > 0 {
                cells.push(difference(*figure, values[0], *value));
            }
        }
        table.push(cells);
    }
    table
}

/// How far a value is from another, with its sign, and its share of the other.
fn difference(figure: Figure, from: Option<f64>, to: Option<f64>) -> String {
    let (Some(from), Some(to)) = (from, to) else {
        return "–".to_owned();
    };
    let change = to - from;
    if change == 0.0 {
        return "=".to_owned();
    }
    let sign = if change > 0.0 { '+' } else { '−' };
    if figure.unit() == Unit::Share {
        let points = Unit::named("points").write((change * 1e4).round().abs() / 1e2);
        return format!("{sign}{points}");
    }
    let size = figure.write(Some(change.abs()));
    match change / from {
        share if share.is_finite() => format!("{sign}{size} ({:+.1} %)", share * 100.0),
        _ => format!("{sign}{size}"),
    }
}

/// The page of several runs: the table, and each flow's series over each other.
pub fn compare_page(runs: &[Compared<'_>]) -> Report {
    let names: Vec<&str> = runs.iter().map(|run| run.name).collect();
    let mut report = Report::new(names.join(" against "));
    report = said(report, runs).section("Figures").table(&compare_table(runs));
    let flows = runs.iter().map(|run| run.outcome.series.flows.len()).max().unwrap_or(0);
    for index in 0..flows {
        let heading = match flows {
            1 => "Over time".to_owned(),
            _ => format!("Flow {}", index + 1),
        };
        report = flow_charts(report.section(&heading), runs, index);
    }
    report
}

/// Whether the runs can be compared, and what each is.
fn said(mut report: Report, runs: &[Compared<'_>]) -> Report {
    let mut scenarios: Vec<&str> = runs.iter().map(|run| run.outcome.scenario.as_str()).collect();
    scenarios.dedup();
    if scenarios.len() > 1 {
        report = report.verdict(Tone::Warn, "The runs are of different scenarios.");
    }
    let chains = || runs.iter().map(|run| run.outcome.chain);
    if runs.len() > 1 && chains().all(|chain| Some(chain) == chains().next()) {
        report = report.verdict(Tone::Plain, "The runs are equal, event by event.");
    }
    for Compared { name, outcome } in runs {
        let (Outcome { scenario, seed, duration_s, chain, .. }, passed) =
            (outcome, outcome.verdicts.iter().filter(|verdict| verdict.pass).count());
        report = report.text(&format!(
            "{name}: {scenario}, seed {seed}, {duration_s} s, {passed} of {} expectations met, chain {chain:016x}",
            outcome.verdicts.len()
        ));
    }
    report
}

fn flow_charts(report: Report, runs: &[Compared<'_>], index: usize) -> Report {
    let end = runs.iter().map(|run| run.outcome.duration_s).fold(0.0, f64::max);
    let blank = |title: &str, unit| {
        Lines::new(title).size(WIDTH, 240).gutter(GUTTER).x_range(0.0, end).y(unit)
    };
    let overlay = |chart: Lines, points: &Picked| {
        let flows = runs.iter().enumerate().filter_map(|(number, run)| {
            let flow = run.outcome.series.flows.get(index)?;
            Some(Series::line(run.name, points(run.outcome, flow)).coloured(number))
        });
        flows.fold(chart, Lines::series).chart()
    };
    let mut rates = blank("Rate sent", Unit::BitsPerSecond);
    if let Some(run) = runs.first()
        && let Some(capacity) = rows::path_capacity(run.outcome, index)
    {
        let levels = rows::changes(&run.outcome.series, &capacity);
        let name = format!("capacity of {}", run.name);
        rates = rates.series(Series::step(name, levels).muted());
    }
    report
        .chart(&overlay(rates, &|outcome, flow| {
            rows::means(&outcome.series, &flow.sent_bps, RATE_S)
        }))
        .chart(&overlay(blank("Estimate", Unit::BitsPerSecond), &|outcome, flow| {
            rows::means_of_some(&outcome.series, &flow.estimate_bps, RATE_S)
        }))
        .chart(&overlay(blank("Queueing delay of packets", Unit::Seconds), &|outcome, flow| {
            seconds(rows::means_of_some(&outcome.series, &flow.queueing_delay_ms, RATE_S))
        }))
        .chart(&overlay(blank("Frame delay", Unit::Seconds), &|outcome, flow| {
            seconds(rows::means_of_some(&outcome.series, &flow.frame_delay_ms, LOSS_S))
        }))
        .chart(&overlay(blank("Loss by the second", Unit::Share), &|outcome, flow| {
            rows::losses(&outcome.series, flow)
        }))
}

fn seconds(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    points.into_iter().map(|(at, ms)| (at, ms / 1e3)).collect()
}

#[cfg(test)]
mod tests {
    use lapwing_simnet::run::{Figures, FlowFigures, Series as Rows};

    use super::super::page::tests::outcome;
    use super::*;

    fn with_delay(delay: Option<f64>) -> Outcome {
        let flow = FlowSeries { sent_bps: vec![1e6; 4], ..FlowSeries::default() };
        let series = Rows { bin_s: 1.0, flows: vec![flow], ..Rows::default() };
        let flow = FlowFigures { queueing_delay_p95_ms: delay, ..FlowFigures::default() };
        let figures = Figures { flows: vec![flow], ..Figures::default() };
        Outcome { figures, ..outcome(series) }
    }

    #[test]
    fn differences_have_signs() {
        let of = |from, to| difference(Figure::QueueP95, from, to);
        assert_eq!(of(Some(100.0), Some(150.0)), "+50 ms (+50.0 %)");
        assert_eq!(of(Some(100.0), Some(75.0)), "−25 ms (-25.0 %)");
        assert_eq!(of(Some(0.0), Some(5.0)), "+5 ms");
        assert_eq!(of(Some(3.0), Some(3.0)), "=");
        assert_eq!(of(None, Some(3.0)), "–");
        assert_eq!(difference(Figure::Loss, Some(0.01), Some(0.035)), "+2.50 points");
    }

    #[test]
    fn a_late_flow_connects_as_fast_as_an_early_one() {
        let at = |start_s: f64| {
            let flow = FlowFigures {
                connected_s: Some(start_s + 0.5),
                connect_ms: Some(500.0),
                ..FlowFigures::default()
            };
            Figures { flows: vec![flow], ..Figures::default() }
        };
        let figure = Figure::Connected;
        assert_eq!(figure.of(&at(0.0)), Some(0.5));
        assert_eq!(difference(figure, figure.of(&at(0.0)), figure.of(&at(30.0))), "=");
    }

    #[test]
    fn three_runs_are_drawn_over_each_other() {
        let outcomes = [with_delay(Some(10.0)), with_delay(None), with_delay(Some(30.0))];
        let names = ["a", "b", "c"];
        let runs: Vec<_> =
            names.iter().zip(&outcomes).map(|(name, outcome)| Compared { name, outcome }).collect();
        let html = compare_page(&runs).html();
        assert_eq!(html.matches("<svg").count(), 5);
        assert!(html.contains("a against b against c") && html.contains("+20 ms (+200.0 %)"));
        let text = compare_table(&runs).to_string();
        assert!(text.contains("Queueing delay, 95th percentile"), "{text}");
        assert!(!text.contains("Jain"), "{text}");
    }
}
