//! A sweep's data for other programs: `sweep.csv` has a row for each run, `series.csv` one for each
//! flow of a run in each tenth of a second in which it is to send.

use std::io::{self, Write};
use std::path::Path;

use lapwing_benches::lab::Figure;
use lapwing_simnet::run::{FlowSeries, Outcome};
use serde_json::Value;

use super::super::SimError;
use super::super::stored::{self, Summary};
use super::table::{Run, Stored};

/// Figures.
pub(super) const RUNS: &str = "sweep.csv";
/// Series.
pub(super) const SERIES: &str = "series.csv";

/// Writes the figures of all runs.
pub(super) fn write_runs(out: &Path, sweep: &Stored) -> Result<(), SimError> {
    stored::write_parts(&out.join(RUNS), |file| {
        let axes = sweep.axes.iter().map(|axis| cell(&axis.name));
        let figures = Figure::ALL.iter().map(|figure| figure.name().to_owned());
        let names = ["run", "point", "seed"].map(str::to_owned);
        line(file, names.into_iter().chain(axes).chain(figures))?;
        for (number, run) in sweep.runs.iter().enumerate() {
            let numbers = [number.to_string(), run.point.to_string(), run.seed.to_string()];
            let point = sweep.points.get(run.point);
            let values = point.into_iter().flat_map(|point| &point.values);
            let values = values.map(|value| cell(&value.to_string()));
            let figure =
                |figure: &Figure| number_of(run.figures.get(figure.name()).copied().flatten());
            line(file, numbers.into_iter().chain(values).chain(Figure::ALL.iter().map(figure)))?;
        }
        Ok(())
    })
}

/// Writes the series of all runs, one run in memory at a time.
pub(super) fn write_series(out: &Path, sweep: &Stored) -> Result<(), SimError> {
    stored::write_parts(&out.join(SERIES), |file| {
        let metrics = metrics();
        let names = ["run", "point", "seed", "flow", "time_s"].map(str::to_owned);
        line(file, names.into_iter().chain(metrics.iter().cloned()))?;
        for (number, run) in sweep.runs.iter().enumerate() {
            let summary = Summary::read(&out.join(&run.folder));
            let summary = summary.map_err(|error| io::Error::other(error.to_string()))?;
            write_run(file, (number, run), &summary.outcome, &metrics)?;
        }
        Ok(())
    })
}

/// Takes away series of earlier runs, which would not belong to the figures beside them.
pub(super) fn forget_series(out: &Path) -> Result<(), SimError> {
    let path = out.join(SERIES);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(SimError::File(path, error)),
        _ => Ok(()),
    }
}

/// What a flow has over time: the fields of its series that have a value for each bin.
fn metrics() -> Vec<String> {
    let value = serde_json::to_value(FlowSeries::default()).expect("a series is JSON");
    let fields = value.as_object().into_iter().flatten();
    let no_metrics = ["active", "path", "marks", "freezes"];
    let lists = fields.filter(|(name, value)| value.is_array() && !no_metrics.contains(&&***name));
    lists.map(|(name, _)| name.clone()).collect()
}

fn write_run(
    file: &mut dyn Write,
    (number, run): (usize, &Run),
    outcome: &Outcome,
    metrics: &[String],
) -> io::Result<()> {
    for flow in &outcome.series.flows {
        let value = serde_json::to_value(flow).expect("a series is JSON");
        for (bin, _) in flow.active.iter().enumerate().filter(|(_, active)| **active) {
            // To the microsecond: the product has more digits than the width of a bin.
            let time = (bin as f64 * outcome.series.bin_s * 1e6).round() / 1e6;
            let cells = metrics.iter().map(|name| match &value[name][bin] {
                Value::Number(number) => number.to_string(),
                _ => String::new(),
            });
            let row = [number.to_string(), run.point.to_string(), run.seed.to_string()];
            let row = row.into_iter().chain([flow.id.to_string(), time.to_string()]);
            line(file, row.chain(cells))?;
        }
    }
    Ok(())
}

fn line(file: &mut dyn Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    let cells: Vec<String> = cells.collect();
    writeln!(file, "{}", cells.join(","))
}

fn number_of(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A text as a cell (RFC 4180).
fn cell(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must() {
        assert_eq!(cell("tail-drop"), "tail-drop");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
    }

    #[test]
    fn a_flow_has_metrics() {
        let metrics = metrics();
        for name in ["sent_bps", "received_bps", "estimate_bps", "queueing_delay_ms"] {
            assert!(metrics.iter().any(|metric| metric == name), "{name} in {metrics:?}");
        }
        assert!(!metrics.iter().any(|metric| metric == "active" || metric == "id"));
    }
}
