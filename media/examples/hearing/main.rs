//! How well speech is heard over bad networks: the receiver of sound beside a buffer of 60 ms that
//! never adapts, on the same packets, as a table.
//!
//! ```sh
//! cargo run -p lapwing-media --example hearing              # prints the table
//! cargo run -p lapwing-media --example hearing -- --write   # and keeps it
//! cargo run -p lapwing-media --example hearing -- --check   # compares with the one that is kept
//! cargo run -p lapwing-media --example hearing -- --clip FILE   # other speech: WAV, 16 kHz, mono
//! cargo run -p lapwing-media --example hearing -- --curve   # against losses; --write, --check too
//! cargo run -p lapwing-media --example hearing -- --curve --wav DIR   # and what was heard
//! cargo run -p lapwing-media --example hearing -- --effort  # by complexity; --write, --check too
//! ```
//!
//! With RED (RFC 2198) each frame is sent again with those after it that the column names. Packets
//! are made and taken apart as sessions of the engine do; `losses` is their adaptive rule, told
//! what came every 100 ms.
//!
//! Rows with DRED, and those of its kind without, have an encoder that knows the share of losses;
//! all others reckon with 10 %. `not deep` makes up what is lost as the codec alone would, all
//! others by libopus's network.
//!
//! The speech is `media/assets/speech-16k.wav` in Opus at 32 kbit/s. PESQ-WB is ITU-T P.862.2 as
//! the crate `pesq` has it. A figure is the mean of five seeds.

#![expect(clippy::unwrap_used, reason = "what it shares with tests may fail")]

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

#[path = "../../tests/it/clips.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod clips;
mod curve;
mod effort;
mod fixed;
#[path = "../../tests/it/hearing/line.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod line;
mod network;
#[path = "../../tests/it/hearing/redundant.rs"]
mod redundant;
mod score;
mod sender;
mod ways;

use lapwing_engine::{CopyDistances, EncodedFrame};
use lapwing_media::Samples;
use lapwing_media::files::WavReader;
use network::Network;
use redundant::{Carried, Copies, carry_redundant};
use score::{Scored, Scorer};
use sender::{Sender, kbit_per_second};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;

/// Figures of PESQ may differ by this from machine to machine: libopus has code for each.
const TOLERANCE: f64 = 0.05;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["--curve", ref wish @ ..] => curves(wish),
        ["--effort", ref wish @ ..] => {
            done(wish, &effort::table(&clips::speech()), "hearing-effort.txt")
        }
        ["--clip", path] => {
            let file = File::open(path).expect("the file is there");
            print!("{}", table(&clips::join(WavReader::new(file).expect("it is WAV"))));
            ExitCode::SUCCESS
        }
        ref wish => done(wish, &table(&clips::speech()), "hearing.txt"),
    }
}

fn curves(wish: &[&str]) -> ExitCode {
    let speech = clips::speech();
    match wish {
        ["--wav", folder] => {
            print!("{}", curve::table(&speech, Some(Path::new(folder))));
            ExitCode::SUCCESS
        }
        _ => done(wish, &curve::table(&speech, None), "hearing-curve.txt"),
    }
}

/// Prints, keeps or checks a table.
fn done(wish: &[&str], table: &str, name: &str) -> ExitCode {
    print!("{table}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tables").join(name);
    match wish {
        [] => ExitCode::SUCCESS,
        ["--write"] => match std::fs::write(&path, table) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&format!("{}: {error}", path.display())),
        },
        ["--check"] => match std::fs::read_to_string(&path) {
            Ok(kept) if is_near(&kept, table) => ExitCode::SUCCESS,
            Ok(_) => fail("the table is not the one that is kept: look at it, and --write it"),
            Err(error) => fail(&format!("{}: {error}", path.display())),
        },
        _ => fail("--write, --check, --clip FILE, --curve, --effort or nothing"),
    }
}

fn fail(why: &str) -> ExitCode {
    eprintln!("hearing: {why}");
    ExitCode::FAILURE
}

fn table(speech: &Samples) -> String {
    let scorer = Scorer::new(speech);
    let mut table = String::from(
        "network                 receiver      FEC  RED      DRED ms  kbit/s  PESQ-WB  concealed %  \
         delay ms  interruptions\n",
    );
    let mut encoded = Vec::new();
    for network in Network::ALL {
        for case in cases(network) {
            // Few settings are many rows' own.
            let settings = case.sender.encoder();
            let place = encoded.iter().position(|(known, _)| *known == settings);
            let place = place.unwrap_or_else(|| {
                encoded.push((settings, case.sender.encode(speech)));
                encoded.len() - 1
            });
            row(&mut table, &scorer, network, &case, &encoded[place].1);
        }
    }
    table
}

/// Who listens, and what the sender does against losses.
struct Case {
    receiver: Receiver,
    sender: Sender,
}

#[derive(Clone, Copy)]
enum Receiver {
    Fixed,
    Adaptive,
    /// Makes up what is lost as the codec alone would.
    Shallow,
}

impl Receiver {
    fn name(self) -> &'static str {
        match self {
            Receiver::Fixed => "fixed 60 ms",
            Receiver::Adaptive => "adaptive",
            Receiver::Shallow => "not deep",
        }
    }

    fn listen(self, arrivals: Vec<line::Arrival>) -> score::Heard {
        match self {
            Receiver::Fixed => fixed::listen(arrivals),
            Receiver::Adaptive => score::adaptive(arrivals),
            Receiver::Shallow => score::shallow(arrivals),
        }
    }
}

fn cases(network: Network) -> Vec<Case> {
    let mut cases = Vec::new();
    for fec in [true, false] {
        let plain = Sender::plain(fec);
        cases.extend(
            [Receiver::Fixed, Receiver::Shallow].map(|receiver| Case { receiver, sender: plain }),
        );
        let copies = network.copies().into_iter();
        let with =
            |copies| Case { receiver: Receiver::Adaptive, sender: Sender { copies, ..plain } };
        cases.extend(copies.map(with));
    }
    let senders = deep_senders(network).into_iter();
    cases.extend(senders.map(|sender| Case { receiver: Receiver::Adaptive, sender }));
    cases
}

/// Senders that know the share of losses, with what they tell of the past and without: at the bits
/// of all others, and at half as many again.
fn deep_senders(network: Network) -> Vec<Sender> {
    let (Network::Loss(share) | Network::Bursts(share)) = network else { return Vec::new() };
    let expected_loss_percent = (share * 100.0).round().min(25.0) as u8;
    let told = |fec| Sender { expected_loss_percent, ..Sender::plain(fec) };
    let dred = Duration::from_millis(300);
    let more = Sender { bitrate_bps: 48_000, copies: Copies::Adaptive, ..told(true) };
    vec![
        told(true),
        Sender { dred, ..told(false) },
        Sender { dred, copies: Copies::Adaptive, ..told(false) },
        more,
        Sender { dred, ..more },
    ]
}

fn row(
    table: &mut String,
    scorer: &Scorer,
    network: Network,
    case: &Case,
    frames: &[EncodedFrame],
) {
    let copies = case.sender.copies;
    let hear = |seed| {
        let delays = network.delays(seed);
        let Carried { arrivals, bytes } = carry_redundant(frames.to_vec(), copies, delays);
        let heard = case.receiver.listen(arrivals);
        Scored { kbps: kbit_per_second(bytes, frames.len()), ..scorer.score(&heard) }
    };
    let scored: Vec<Scored> = SEEDS.map(hear).collect();
    let mean =
        |figure: fn(&Scored) -> f64| scored.iter().map(figure).sum::<f64>() / scored.len() as f64;
    let copies = match copies {
        Copies::Adaptive => "losses".to_owned(),
        Copies::Fixed(CopyDistances::NONE) => "none".to_owned(),
        Copies::Fixed(copies) => {
            copies.iter().map(|it| it.to_string()).collect::<Vec<_>>().join(",")
        }
    };
    writeln!(
        table,
        "{:<22}  {:<12}  {:<3}  {:<7}  {:>7}  {:>6.0}  {:>7.2}  {:>11.2}  {:>8.1}  {:>13.1}",
        network.name(),
        case.receiver.name(),
        if case.sender.fec { "yes" } else { "no" },
        copies,
        case.sender.dred.as_millis(),
        mean(|scored| scored.kbps),
        mean(|scored| scored.pesq),
        mean(|scored| scored.concealed_percent),
        mean(|scored| scored.delay_ms),
        mean(|scored| scored.interruptions),
    )
    .expect("a string takes all");
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
