//! How well speech is heard against the share of packets that get lost, as curves: the table
//! `media/tables/hearing-curve.txt`, which `media/examples/hearing` measures.
//!
//! ```text
//! cargo run -p lapwing-media --example hearing -- --curve --write
//! cargo run -p lapwing-benches --example hearing_chart           # draws docs/hearing-curves.svg
//! cargo run -p lapwing-benches --example hearing_chart -- --check # whether it is that
//! ```

use std::path::Path;
use std::process::ExitCode;

use lapwing_benches::plot::{Lines, Panels, Series, Unit};

/// How packets get lost, by the first word of a row.
const KINDS: [(&str, &str); 2] =
    [("alone", "Each packet for itself"), ("bursts", "In bursts of three")];

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let svg = root.join("docs/hearing-curves.svg");
    let table = std::fs::read_to_string(root.join("media/tables/hearing-curve.txt"));
    let drawn = table.map(|table| curves(&table).chart().svg());
    let done = match std::env::args().nth(1).as_deref() {
        None => drawn.and_then(|drawn| std::fs::write(&svg, drawn)),
        Some("--check") => drawn.and_then(|drawn| match std::fs::read_to_string(&svg)? == drawn {
            true => Ok(()),
            false => Err(std::io::Error::other("the curves are not those of the table")),
        }),
        Some(_) => Err(std::io::Error::other("--check or nothing")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hearing_chart: {error}");
            ExitCode::FAILURE
        }
    }
}

fn curves(table: &str) -> Panels {
    let rows: Vec<Vec<&str>> =
        table.lines().map(|line| line.split_whitespace().collect()).collect();
    // The kind, the share, and then a figure and its bits for each way.
    let names: Vec<&str> = rows
        .first()
        .map(|head| head.iter().skip(2).step_by(2).copied().collect())
        .unwrap_or_default();
    let mut panels = Panels::new("Speech against losses").columns(2);
    for (kind, title) in KINDS {
        let mut lines = Lines::new(title)
            .x("packets lost", Unit::Share)
            .x_range(0.0, 0.3)
            .y_name("PESQ-WB")
            .y_range(1.0, 4.6);
        for (way, name) in names.iter().enumerate() {
            let own = rows.iter().filter(|row| row.first() == Some(&kind));
            let point = |row: &Vec<&str>| {
                let figure = |place: usize| row.get(place)?.parse::<f64>().ok();
                Some((figure(1)? / 100.0, figure(2 + 2 * way)?))
            };
            lines = lines.series(Series::line(*name, own.filter_map(point)));
        }
        panels = panels.panel(lines);
    }
    panels
}
