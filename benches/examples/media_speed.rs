//! What codecs take of a processor, as tables and pictures: pictures per second of its time, and
//! instructions for speech by the complexity of the encoder, beside how well it is heard.
//!
//! ```text
//! cargo run --release -p lapwing-benches --example media_speed             # prints the tables
//! cargo run --release -p lapwing-benches --example media_speed -- --write  # keeps, draws them
//! cargo run -p lapwing-benches --example media_speed -- --check    # whether they are drawn so
//! ```
//!
//! It needs valgrind. The feature `lapwing-media/av1-aom` adds libaom. The tables are
//! `benches/tables/media-*.txt`, the pictures `docs/codec-speed.svg` and
//! `docs/opus-complexity.svg`; PESQ is from `media/tables/hearing-effort.txt`, which
//! `media/examples/hearing` measures.

#[path = "../benches/media/pictures.rs"]
#[expect(dead_code, reason = "the benchmark uses more of it")]
mod pictures;
#[path = "../benches/media/streams.rs"]
#[expect(dead_code, reason = "the benchmark uses more of it")]
mod streams;

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lapwing_benches::measure::Counted;
use lapwing_benches::plot::{Bars, Lines, Panels, Series, Table, Unit};
use lapwing_media::Samples;
use streams::Effort;

const PICTURES: u32 = 600;

/// Complexities of libopus that are tried, of ten.
const COMPLEXITIES: std::ops::RangeInclusive<u8> = 1..=10;

/// Times 10 ms that are encoded.
const STEPS: usize = 400;

/// What runs inside valgrind.
const RUN: &str = "run";

const CODECS: &str = "benches/tables/media-codecs.txt";
const OPUS: &str = "benches/tables/media-opus.txt";
const HEARD: &str = "media/tables/hearing-effort.txt";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        [] => tables().map(drop),
        ["--write"] => keep(),
        ["--check"] => check(),
        [RUN, complexity, fec, bitrate] => run(complexity, fec, bitrate),
        _ => Err("--write, --check or nothing".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("media_speed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Both tables, printed.
fn tables() -> Result<[(&'static str, Table); 2], Box<dyn Error>> {
    let tables = [(CODECS, pictures::table(PICTURES)), (OPUS, said()?)];
    tables.iter().for_each(|(_, table)| println!("{table}"));
    Ok(tables)
}

fn keep() -> Result<(), Box<dyn Error>> {
    for (path, table) in tables()? {
        std::fs::write(at(path), table.to_string())?;
    }
    for (path, drawn) in drawn()? {
        std::fs::write(at(path), drawn)?;
    }
    Ok(())
}

fn check() -> Result<(), Box<dyn Error>> {
    for (path, drawn) in drawn()? {
        if std::fs::read_to_string(at(path))? != drawn {
            return Err(format!("{path} is not what its table says").into());
        }
    }
    Ok(())
}

/// Instructions that a second of speech takes, in millions.
fn said() -> Result<Table, Box<dyn Error>> {
    let heads = ["complexity", "32 kbit/s, FEC", "without", "48 kbit/s, FEC", "without"];
    let mut table = Table::new(heads);
    for complexity in COMPLEXITIES {
        let millions = |bitrate: u32, fec: bool| -> Result<String, Box<dyn Error>> {
            let words = [RUN, &complexity.to_string(), &fec.to_string(), &bitrate.to_string()];
            let name = format!("opus-{complexity}-{fec}-{bitrate}");
            let found = Counted::run(&name, &["*11media_speed*7counted*"], &words)?;
            let seconds = STEPS as f64 / 100.0;
            Ok(format!("{:.1}", found.profile.total() as f64 / seconds / 1e6))
        };
        table.push([
            complexity.to_string(),
            millions(32_000, true)?,
            millions(32_000, false)?,
            millions(48_000, true)?,
            millions(48_000, false)?,
        ]);
    }
    Ok(table)
}

/// What is counted, inside valgrind.
fn run(complexity: &str, fec: &str, bitrate: &str) -> Result<(), Box<dyn Error>> {
    let (complexity, bitrate_bps) = (complexity.parse()?, bitrate.parse()?);
    counted(&streams::clip(), Effort { complexity, fec: fec == "true", bitrate_bps });
    Ok(())
}

/// A function of its own, so that valgrind can tell it.
#[inline(never)]
fn counted(clip: &Samples, effort: Effort) {
    streams::say(clip, effort, 1, STEPS);
}

/// Rows of cells of a table that is kept.
fn rows(path: &str) -> io::Result<Vec<Vec<String>>> {
    let text = std::fs::read_to_string(at(path))?;
    let lines = text.lines().filter(|line| !line.starts_with('─'));
    let rows = lines.map(|line| line.split_whitespace().map(str::to_owned).collect());
    Ok(rows.skip(1).collect())
}

fn figure(row: &[String], place: usize) -> f64 {
    row.get(place).and_then(|cell| cell.parse().ok()).unwrap_or(f64::NAN)
}

fn drawn() -> io::Result<[(&'static str, String); 2]> {
    let codecs = rows(CODECS)?;
    let named = |row: &Vec<String>| format!("{}, {}", row[0], row[1]);
    let bars = Bars::new("Pictures of 640x360 per second of processor time", Unit::Count);
    let bars = codecs.iter().fold(bars.series(["encoded", "decoded"]), |bars, row| {
        bars.group(named(row), [figure(row, 2), figure(row, 3)])
    });
    let (said, heard) = (rows(OPUS)?, rows(HEARD)?);
    let cost = |column| said.iter().map(move |row| (figure(row, 0), figure(row, column)));
    let fec = [("with FEC", 1, "yes"), ("without", 2, "no")];
    let mut speed = Lines::new("Instructions for a second, in millions")
        .x("complexity", Unit::Count)
        .y_range(0.0, 130.0)
        .y_name("millions");
    let mut quality = Lines::new("Heard without losses")
        .x("complexity", Unit::Count)
        .y_range(4.0, 4.6)
        .y_name("PESQ-WB");
    for (name, column, word) in fec {
        speed = speed.series(Series::line(name, cost(column)));
        let own = heard.iter().filter(|row| row.get(1..3).is_some_and(|it| it == [word, "32"]));
        let points = own.map(|row| (figure(row, 0), figure(row, 3)));
        quality = quality.series(Series::line(name, points));
    }
    let panels = Panels::new("Opus, 48 kHz mono, 32 kbit/s").columns(2);
    let panels = panels.panel(speed).panel(quality).chart();
    Ok([("docs/codec-speed.svg", bars.chart().svg()), ("docs/opus-complexity.svg", panels.svg())])
}
