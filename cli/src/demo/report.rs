//! The table at the terminal and the report as a file.

use std::fmt::Write as _;
use std::path::Path;

use lapwing_benches::plot::{Align, Lines, Report, Series, Table, Tone, Unit};
use lapwing_rooms::disk::{self, Secrecy};

use super::error::DemoError;
use super::model::{TrackView, View};

/// Columns of the table of tracks.
const TRACK_COLUMNS: [&str; 10] = [
    "participant",
    "track",
    "codec",
    "size",
    "frames",
    "decoded",
    "freezes",
    "bitrate",
    "level",
    "round trip",
];

/// What goes into the report beside what the participants saw.
pub(super) struct Extras<'a> {
    /// Why there is no browser, if there is none.
    pub(super) without_browser: Option<&'a str>,
    /// What is missing; empty when all is well.
    pub(super) faults: &'a [String],
    /// What the browser's page showed, as PNG.
    pub(super) picture: Option<&'a Path>,
    /// Recordings, as names in the report's folder.
    pub(super) recordings: &'a [String],
    /// Texts to be folded away: a title and lines.
    pub(super) logs: &'a [(String, String)],
}

/// The tables as text.
pub(super) fn terminal(views: &[View]) -> String {
    let mut text = String::new();
    let heads = ["participant", "set-up", "pair", "DTLS", "SRTP", "echo"];
    let rows: Vec<Vec<String>> = views.iter().map(connection_row).collect();
    write_table(&mut text, &heads, &rows);
    text.push('\n');
    let rows: Vec<Vec<String>> = views.iter().flat_map(track_rows).collect();
    write_table(&mut text, &TRACK_COLUMNS, &rows);
    text
}

fn write_table(text: &mut String, heads: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([heads[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    for row in std::iter::once(&heads).chain(rows) {
        for (cell, width) in row.iter().zip(&widths) {
            write!(text, "{cell:width$}  ").expect("a string takes everything");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
}

fn connection_row(view: &View) -> Vec<String> {
    let tls = view.tls_version.as_deref().map(|version| match version {
        // As on the wire (RFC 9147 section 5.3, RFC 6347 section 4.1).
        "FEFC" => "1.3".to_owned(),
        "FEFD" => "1.2".to_owned(),
        other => other.to_owned(),
    });
    vec![
        view.name.clone(),
        view.setup_ms.map_or("-".to_owned(), |ms| format!("{ms:.0} ms")),
        view.pair.clone().unwrap_or_else(|| "-".to_owned()),
        tls.unwrap_or_else(|| "-".to_owned()),
        view.srtp_cipher.clone().unwrap_or_else(|| "-".to_owned()),
        view.echo_ms.map_or("-".to_owned(), |ms| format!("{ms:.1} ms")),
    ]
}

fn track_rows(view: &View) -> Vec<Vec<String>> {
    view.tracks.iter().map(|track| track_row(&view.name, track)).collect()
}

fn track_row(name: &str, track: &TrackView) -> Vec<String> {
    let number = |value: Option<u64>| value.map_or("-".to_owned(), |value| value.to_string());
    vec![
        name.to_owned(),
        format!("{} {}", track.kind, if track.outgoing { "out" } else { "in" }),
        track.codec.clone(),
        track.size.map_or("-".to_owned(), |(width, height)| format!("{width}x{height}")),
        track.frames.to_string(),
        number(track.decoded),
        number(track.freezes),
        track.bitrate.map_or("-".to_owned(), |rate| Unit::BitsPerSecond.write(rate)),
        track.level_dbfs.map_or("-".to_owned(), |level| format!("{level:.0} dBFS")),
        track.rtt_ms.map_or("-".to_owned(), |ms| format!("{ms:.1} ms")),
    ]
}

/// Writes the report.
pub(super) fn write(path: &Path, views: &[View], extras: &Extras<'_>) -> Result<(), DemoError> {
    let mut report = Report::new("Lapwing: a call");
    report = match (extras.faults, extras.without_browser) {
        ([], None) => report.verdict(Tone::Good, "Every track flowed both ways."),
        ([], Some(why)) => {
            let text = format!("Every track flowed both ways, between native peers only: {why}.");
            report.verdict(Tone::Warn, &text)
        }
        (faults, _) => report.verdict(Tone::Bad, &faults.join("; ")),
    };
    report = connections(report.section("Connections"), views);
    report = tracks(report.section("Tracks"), views);
    if let Some(picture) = extras.picture
        && let Ok(png) = std::fs::read(picture)
    {
        report = report.section("What the browser saw").image_png("the page after the call", &png);
    }
    report = charts(report.section("Over time"), views);
    if !extras.recordings.is_empty() {
        let names = extras.recordings.join(", ");
        let text = format!("What the native peers received, beside this file: {names}");
        report = report.section("Recordings").text(&text);
    }
    for (title, text) in extras.logs {
        report = report.log(title, text);
    }
    let written = disk::write(path, report.html().as_bytes(), Secrecy::Open);
    written.map_err(|error| DemoError::File(path.to_owned(), error))
}

fn connections(report: Report, views: &[View]) -> Report {
    let mut table = Table::new(["participant", "set-up", "pair", "DTLS", "SRTP", "echo"]);
    views.iter().for_each(|view| table.push(connection_row(view)));
    report.table(&table)
}

fn tracks(report: Report, views: &[View]) -> Report {
    let right = [Align::Right; 6];
    let align = [Align::Left; 4].into_iter().chain(right);
    let mut table = Table::new(TRACK_COLUMNS).align(align);
    views.iter().flat_map(track_rows).for_each(|row| table.push(row));
    report.table(&table)
}

fn charts(mut report: Report, views: &[View]) -> Report {
    for view in views.iter().filter(|view| view.samples.len() > 1) {
        let points = |pick: fn(&super::model::Sample) -> Option<f64>| {
            let points = view.samples.iter().map(move |s| (s.at, pick(s).unwrap_or(f64::NAN)));
            points.collect::<Vec<_>>()
        };
        let rates = Lines::new(format!("{}: bitrate", view.name))
            .x("time", Unit::Seconds)
            .y(Unit::BitsPerSecond)
            .series(Series::line("received", points(|s| Some(s.in_bps))))
            .series(Series::line("sent", points(|s| Some(s.out_bps))));
        report = report.chart(&rates.chart());
        if view.samples.iter().any(|sample| sample.rtt_ms.is_some()) {
            let trips = Lines::new(format!("{}: round trip", view.name))
                .x("time", Unit::Seconds)
                .y(Unit::Seconds)
                .series(Series::line("checks", points(|s| s.rtt_ms.map(|ms| ms / 1000.0))));
            report = report.chart(&trips.chart());
        }
    }
    report
}
