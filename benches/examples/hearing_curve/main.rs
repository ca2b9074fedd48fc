//! How well speech is heard by how much is lost, as a table and a picture: with nothing against
//! losses, with FEC of Opus, with copies as losses ask for (RED), and with both.
//!
//! ```sh
//! cargo run -p lapwing-benches --example hearing_curve              # prints the table
//! cargo run -p lapwing-benches --example hearing_curve -- --write   # keeps it, and draws it
//! cargo run -p lapwing-benches --example hearing_curve -- --check   # compares with what is kept
//! ```
//!
//! Speech, networks, seeds and judge are those of the example `hearing` of `lapwing-media`: losses
//! in bursts of three packets on average.

#![expect(clippy::unwrap_used, reason = "what it shares with tests may fail")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod clips;
#[path = "../../../media/tests/it/hearing/line.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod line;
#[path = "../../../media/examples/hearing/network.rs"]
#[expect(dead_code, reason = "the table uses more of it")]
mod network;
#[path = "../../../media/tests/it/hearing/redundant.rs"]
mod redundant;
#[path = "../../../media/examples/hearing/score.rs"]
#[expect(dead_code, reason = "the table uses more of it")]
mod score;

use lapwing_benches::plot::{Lines, Series, Unit};
use lapwing_engine::{Codec, CopyDistances, EncodedFrame};
use lapwing_media::{AudioSettings, Samples, audio_encoder, resample};
use network::Network;
use redundant::{Copies, carry_redundant};
use score::Scorer;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;

const LOSSES_PERCENT: [u32; 8] = [0, 1, 2, 5, 10, 15, 20, 30];

/// What is done against losses: whether with FEC, and with copies.
const WAYS: [(&str, bool, bool); 4] =
    [("nothing", false, false), ("FEC", true, false), ("RED", false, true), ("both", true, true)];

/// Figures may differ by this from machine to machine: libopus has code for each.
const TOLERANCE: f64 = 0.05;

fn main() -> ExitCode {
    let wish = std::env::args().nth(1);
    let (table, picture) = (kept("media/tables/hearing-curve.txt"), kept("docs/hearing-curve.svg"));
    let points = points();
    let text = text(&points);
    print!("{text}");
    let outcome = match wish.as_deref() {
        None => Ok(()),
        Some("--write") => std::fs::write(&table, &text)
            .and_then(|()| std::fs::write(&picture, drawn(&text)))
            .map_err(|error| error.to_string()),
        Some("--check") => check(&table, &picture, &text),
        Some(other) => Err(format!("{other:?}: --write, --check or nothing")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hearing_curve: {error}");
            ExitCode::FAILURE
        }
    }
}

fn kept(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The table is near the one that is kept, and the picture is drawn from that.
fn check(table: &Path, picture: &Path, text: &str) -> Result<(), String> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let before = read(table)?;
    let figures = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (figures(&before), figures(text));
    let is_near = |a: &str, b: &str| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= TOLERANCE,
        _ => a == b,
    };
    if a.len() != b.len() || !a.iter().zip(&b).all(|(a, b)| is_near(a, b)) {
        return Err("the table is not the one that is kept: look at it, and --write it".to_owned());
    }
    match read(picture)? == drawn(&before) {
        true => Ok(()),
        false => Err("the picture is not that of the table: --write it".to_owned()),
    }
}

/// PESQ-WB for each share of losses and each way.
fn points() -> Vec<(u32, [f64; WAYS.len()])> {
    let speech = clips::speech();
    let scorer = Scorer::new(&speech);
    let encoded = [false, true].map(|fec| encode(&speech, fec));
    let score = |percent: u32, (_, fec, red): (&str, bool, bool)| {
        let network = match percent {
            0 => Network::Clean,
            percent => Network::Bursts(f64::from(percent) / 100.0),
        };
        let copies = if red { Copies::Adaptive } else { Copies::Fixed(CopyDistances::NONE) };
        let frames = &encoded[usize::from(fec)];
        let pesq = SEEDS.map(|seed| {
            let carried = carry_redundant(frames.clone(), copies, network.delays(seed));
            scorer.score(&score::adaptive(carried.arrivals)).pesq
        });
        pesq.sum::<f64>() / SEEDS.count() as f64
    };
    LOSSES_PERCENT.map(|percent| (percent, WAYS.map(|way| score(percent, way)))).to_vec()
}

fn encode(speech: &Samples, fec: bool) -> Vec<EncodedFrame> {
    // Packets go on after the last word, so that nothing is concealed there.
    let mut data = resample(speech, 48_000).expect("speech has a rate").into_data();
    data.resize(data.len() + 24_000, 0.0);
    let at_48k = Samples::new(data, 48_000, 1, speech.time()).expect("mono is a format");
    let settings = AudioSettings { fec, ..AudioSettings::SPEECH };
    let mut encoder = audio_encoder(Codec::Opus, &settings).expect("Opus is built in");
    encoder.encode(&at_48k).expect("the clip is good")
}

fn text(points: &[(u32, [f64; WAYS.len()])]) -> String {
    let mut text = String::from("loss-%");
    for (name, ..) in WAYS {
        write!(text, "  {name:>8}").expect("a string takes all");
    }
    text.push('\n');
    for (percent, figures) in points {
        write!(text, "{percent:>6}").expect("a string takes all");
        for figure in figures {
            write!(text, "  {figure:>8.2}").expect("a string takes all");
        }
        text.push('\n');
    }
    text
}

/// The picture of a table.
fn drawn(text: &str) -> String {
    let rows: Vec<Vec<f64>> = text
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().filter_map(|it| it.parse().ok()).collect())
        .collect();
    let series = WAYS.iter().enumerate().map(|(column, (name, ..))| {
        let points = rows.iter().filter_map(|row| Some((row[0] / 100.0, *row.get(column + 1)?)));
        Series::line(*name, points.collect::<Vec<_>>())
    });
    let lines = Lines::new("Speech by losses in bursts of three (PESQ-WB)")
        .x("packets lost", Unit::Share)
        .y(Unit::named("PESQ"))
        .y_range(1.0, 4.5);
    series.fold(lines, Lines::series).chart().svg()
}
