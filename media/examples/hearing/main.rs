//! How well speech is heard over bad networks: the receiver of sound beside a buffer of 60 ms that
//! never adapts, on the same packets, as a table.
//!
//! ```sh
//! cargo run -p lapwing-media --example hearing              # prints the table
//! cargo run -p lapwing-media --example hearing -- --write   # and keeps it
//! cargo run -p lapwing-media --example hearing -- --check   # compares with the one that is kept
//! cargo run -p lapwing-media --example hearing -- --clip FILE   # other speech: WAV, 16 kHz, mono
//! ```
//!
//! With RED (RFC 2198) each frame is sent again with those after it that the column names. Packets
//! are made and taken apart as sessions of the engine do; `losses` is their adaptive rule, told
//! what came every 100 ms.
//!
//! The speech is `media/assets/speech-16k.wav` in Opus at 32 kbit/s. PESQ-WB is ITU-T P.862.2 as
//! the crate `pesq` has it. A figure is the mean of five seeds.

#![expect(clippy::unwrap_used, reason = "what it shares with tests may fail")]

use std::fmt::Write as _;
use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[path = "../../tests/it/clips.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod clips;
mod fixed;
#[path = "../../tests/it/hearing/line.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod line;
mod network;
#[path = "../../tests/it/hearing/redundant.rs"]
mod redundant;
mod score;

use lapwing_engine::{Codec, CopyDistances, EncodedFrame};
use lapwing_media::files::WavReader;
use lapwing_media::{AudioSettings, Samples, audio_encoder, resample};
use network::Network;
use redundant::{Carried, Copies, carry_redundant};
use score::{Scored, Scorer};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;

/// Figures of PESQ may differ by this from machine to machine: libopus has code for each.
const TOLERANCE: f64 = 0.05;

fn main() -> ExitCode {
    let wish = std::env::args().nth(1);
    let speech = match (wish.as_deref(), std::env::args().nth(2)) {
        (Some("--clip"), Some(path)) => clips::join(
            WavReader::new(File::open(path).expect("the file is there")).expect("it is WAV"),
        ),
        (Some("--clip"), None) => return fail("--clip: which file?"),
        _ => clips::speech(),
    };
    let table = table(&speech);
    print!("{table}");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tables/hearing.txt");
    match wish.as_deref() {
        None | Some("--clip") => ExitCode::SUCCESS,
        Some("--write") => match std::fs::write(&path, &table) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&format!("{}: {error}", path.display())),
        },
        Some("--check") => match std::fs::read_to_string(&path) {
            Ok(kept) if is_near(&kept, &table) => ExitCode::SUCCESS,
            Ok(_) => fail("the table is not the one that is kept: look at it, and --write it"),
            Err(error) => fail(&format!("{}: {error}", path.display())),
        },
        Some(other) => fail(&format!("{other:?}: --write, --check, --clip FILE or nothing")),
    }
}

fn fail(why: &str) -> ExitCode {
    eprintln!("hearing: {why}");
    ExitCode::FAILURE
}

fn table(speech: &Samples) -> String {
    let scorer = Scorer::new(speech);
    // Packets go on after the last word, so that nothing is concealed there.
    let mut data = resample(speech, 48_000).expect("speech has a rate").into_data();
    data.resize(data.len() + 24_000, 0.0);
    let at_48k = Samples::new(data, 48_000, 1, speech.time()).expect("mono is a format");
    let mut table = String::from(
        "network                 receiver      FEC  RED      kbit/s  PESQ-WB  concealed %  \
         delay ms  interruptions\n",
    );
    for network in Network::ALL {
        for fec in [true, false] {
            let settings = AudioSettings { fec, ..AudioSettings::SPEECH };
            let mut encoder = audio_encoder(Codec::Opus, &settings).expect("Opus is built in");
            let frames = encoder.encode(&at_48k).expect("the clip is good");
            let case = Case { name: FIXED, copies: Copies::Fixed(CopyDistances::NONE), fec };
            row(&mut table, &scorer, network, &case, &frames);
            for copies in network.copies() {
                let case = Case { name: ADAPTIVE, copies, fec };
                row(&mut table, &scorer, network, &case, &frames);
            }
        }
    }
    table
}

const FIXED: &str = "fixed 60 ms";
const ADAPTIVE: &str = "adaptive";

/// Who listens, and what the sender does against losses.
struct Case {
    name: &'static str,
    /// With which of the frames after it each is sent again.
    copies: Copies,
    fec: bool,
}

fn row(
    table: &mut String,
    scorer: &Scorer,
    network: Network,
    case: &Case,
    frames: &[EncodedFrame],
) {
    let listen = if case.name == FIXED { fixed::listen } else { score::adaptive };
    let hear = |seed| {
        let delays = network.delays(seed);
        let Carried { arrivals, bytes } = carry_redundant(frames.to_vec(), case.copies, delays);
        Scored { kbps: kbit_per_second(bytes, frames.len()), ..scorer.score(&listen(arrivals)) }
    };
    let scored: Vec<Scored> = SEEDS.map(hear).collect();
    let mean =
        |figure: fn(&Scored) -> f64| scored.iter().map(figure).sum::<f64>() / scored.len() as f64;
    let copies = match case.copies {
        Copies::Adaptive => "losses".to_owned(),
        Copies::Fixed(CopyDistances::NONE) => "none".to_owned(),
        Copies::Fixed(copies) => {
            copies.iter().map(|it| it.to_string()).collect::<Vec<_>>().join(",")
        }
    };
    writeln!(
        table,
        "{:<22}  {:<12}  {:<3}  {:<7}  {:>6.0}  {:>7.2}  {:>11.2}  {:>8.1}  {:>13.1}",
        network.name(),
        case.name,
        if case.fec { "yes" } else { "no" },
        copies,
        mean(|scored| scored.kbps),
        mean(|scored| scored.pesq),
        mean(|scored| scored.concealed_percent),
        mean(|scored| scored.delay_ms),
        mean(|scored| scored.interruptions),
    )
    .expect("a string takes all");
}

/// What so many bytes for frames of 20 ms take, without headers of packets.
fn kbit_per_second(bytes: usize, frames: usize) -> f64 {
    let spoken = Duration::from_millis(20) * frames as u32;
    bytes as f64 * 8.0 / spoken.as_secs_f64() / 1_000.0
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
