//! How well speech is heard over bad networks: the receiver of sound beside a buffer of 60 ms that
//! never adapts, on the same packets, as a table.
//!
//! ```sh
//! cargo run -p lapwing-media --example hearing              # prints the table
//! cargo run -p lapwing-media --example hearing -- --write   # and keeps it
//! cargo run -p lapwing-media --example hearing -- --check   # compares with the one that is kept
//! ```
//!
//! The speech is `media/assets/speech-16k.wav` in Opus at 32 kbit/s. PESQ-WB is ITU-T P.862.2 as
//! the crate `pesq` has it. A figure is the mean of five seeds.

#![expect(clippy::unwrap_used, reason = "what it shares with tests may fail")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

#[path = "../../tests/it/clips.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod clips;
mod fixed;
#[path = "../../tests/it/hearing/line.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod line;
mod network;
mod score;

use lapwing_engine::Codec;
use lapwing_media::{AudioSettings, Samples, audio_encoder, resample};
use line::carry;
use network::Network;
use score::{Scored, Scorer};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;

/// Figures of PESQ may differ by this from machine to machine: libopus has code for each.
const TOLERANCE: f64 = 0.05;

fn main() -> ExitCode {
    let wish = std::env::args().nth(1);
    let table = table();
    print!("{table}");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tables/hearing.txt");
    match wish.as_deref() {
        None => ExitCode::SUCCESS,
        Some("--write") => match std::fs::write(&path, &table) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&format!("{}: {error}", path.display())),
        },
        Some("--check") => match std::fs::read_to_string(&path) {
            Ok(kept) if is_near(&kept, &table) => ExitCode::SUCCESS,
            Ok(_) => fail("the table is not the one that is kept: look at it, and --write it"),
            Err(error) => fail(&format!("{}: {error}", path.display())),
        },
        Some(other) => fail(&format!("{other:?}: --write, --check or nothing")),
    }
}

fn fail(why: &str) -> ExitCode {
    eprintln!("hearing: {why}");
    ExitCode::FAILURE
}

fn table() -> String {
    let speech = clips::speech();
    let scorer = Scorer::new(&speech);
    // Packets go on after the last word, so that nothing is concealed there.
    let mut data = resample(&speech, 48_000).expect("speech has a rate").into_data();
    data.resize(data.len() + 24_000, 0.0);
    let at_48k = Samples::new(data, 48_000, 1, speech.time()).expect("mono is a format");
    let mut table = String::from(
        "network                 receiver      FEC  PESQ-WB  concealed %  delay ms  interruptions\n",
    );
    for network in Network::ALL {
        for fec in [true, false] {
            let settings = AudioSettings { fec, ..AudioSettings::SPEECH };
            let mut encoder = audio_encoder(Codec::Opus, &settings).expect("Opus is built in");
            let frames = encoder.encode(&at_48k).expect("the clip is good");
            for (name, listen) in
                [("fixed 60 ms", fixed::listen as fn(_) -> _), ("adaptive", score::adaptive)]
            {
                let scored: Vec<Scored> = SEEDS
                    .map(|seed| scorer.score(&listen(carry(frames.clone(), network.delays(seed)))))
                    .collect();
                let mean = |figure: fn(&Scored) -> f64| {
                    scored.iter().map(figure).sum::<f64>() / scored.len() as f64
                };
                writeln!(
                    table,
                    "{:<22}  {name:<12}  {:<3}  {:>7.2}  {:>11.2}  {:>8.1}  {:>13.1}",
                    network.name(),
                    if fec { "yes" } else { "no" },
                    mean(|scored| scored.pesq),
                    mean(|scored| scored.concealed_percent),
                    mean(|scored| scored.delay_ms),
                    mean(|scored| scored.interruptions),
                )
                .expect("a string takes all");
            }
        }
    }
    table
}

/// Whether two tables have the same words, and figures that are near.
fn is_near(a: &str, b: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) =
        (a.split_whitespace().collect(), b.split_whitespace().collect());
    let near = |a: &str, b: &str| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(x), Ok(y)) => (x - y).abs() <= TOLERANCE.max(x.abs() * 0.02),
        _ => a == b,
    };
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| near(a, b))
}
