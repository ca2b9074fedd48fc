//! The receiver of sound beside Chromium's, on the same packets: the same speech, encoded once, the
//! same losses and delays, and the same judge. It takes minutes, as a browser listens in real time.
//!
//! ```sh
//! cargo run -p lapwing-conformance --example hearing_beside_chromium                # the table
//! cargo run -p lapwing-conformance --example hearing_beside_chromium -- --write     # keeps it
//! cargo run -p lapwing-conformance --example hearing_beside_chromium -- --only clean
//! ```
//!
//! Networks and seeds are those of the example `hearing` of `lapwing-media`. To Chromium a
//! connection of the engine sends over loopback, and what it plays is taken from the track
//! (`MediaStreamTrackProcessor`). Ours hears the same packets in virtual time, each at the time at
//! which it left for Chromium: a busy machine is a network of its own. `late` is by how much the
//! worst packet left later than it should have.

#![expect(clippy::unwrap_used, reason = "what it shares with tests may fail")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

mod chromium;
mod clips;
#[path = "../../../media/tests/it/hearing/line.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod line;
#[path = "../../../media/examples/hearing/network.rs"]
#[expect(dead_code, reason = "the other table uses more of it")]
mod network;
#[path = "../../../media/tests/it/hearing/redundant.rs"]
#[expect(dead_code, reason = "the other table uses more of it")]
mod redundant;
#[path = "../../../media/examples/hearing/score.rs"]
#[expect(dead_code, reason = "the other table uses more of it")]
mod score;
mod talker;

use chromium::Chromium;
use lapwing_engine::{Codec, CopyDistances, EncodedFrame};
use lapwing_media::{AudioSettings, Samples, audio_encoder, resample};
use network::Network;
use redundant::{Copies, carry_redundant};
use score::{Scored, Scorer};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=3;

/// Silence after the clip: what is lost last is heard in it, and nothing is concealed at the end.
const TAIL_SAMPLES: usize = 72_000;

/// Frames that ours hears: the clip and half a second.
const FRAMES: usize = 525;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let only = args.iter().position(|it| it == "--only").and_then(|at| args.get(at + 1));
    match table(only.map(String::as_str)) {
        Ok(table) if args.iter().any(|it| it == "--write") => {
            let kept = "../media/tables/hearing-beside-chromium.txt";
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(kept);
            std::fs::write(path, table).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hearing_beside_chromium: {error}");
            ExitCode::FAILURE
        }
    }
}

fn table(only: Option<&str>) -> Result<String, Box<dyn Error>> {
    let speech = clips::speech();
    let scorer = Scorer::new(&speech);
    let frames = encode(&speech);
    let mut chromium = Chromium::launch()?;
    let mut table = format!(
        "{}, FEC, mean of {} seeds\n\n\
         network                 RED   PESQ-WB ours  Chromium  concealed % ours  Chromium  \
         delay ms ours  Chromium  late ms\n",
        chromium.version,
        SEEDS.count()
    );
    print!("{table}");
    for network in Network::ALL {
        if only.is_some_and(|name| !network.name().contains(name)) {
            continue;
        }
        let lossy = matches!(network, Network::Loss(_) | Network::Bursts(_));
        let spread = lossy.then_some(CopyDistances::SPREAD);
        for copies in [CopyDistances::NONE].into_iter().chain(spread) {
            let row = row(&scorer, &mut chromium, network, copies, &frames)?;
            print!("{row}");
            table += &row;
        }
    }
    Ok(table)
}

fn encode(speech: &Samples) -> Vec<EncodedFrame> {
    let mut data = resample(speech, 48_000).expect("speech has a rate").into_data();
    data.resize(data.len() + TAIL_SAMPLES, 0.0);
    let at_48k = Samples::new(data, 48_000, 1, speech.time()).expect("mono is a format");
    let mut encoder = audio_encoder(Codec::Opus, &AudioSettings::SPEECH).expect("Opus is built in");
    encoder.encode(&at_48k).expect("the clip is good")
}

fn row(
    scorer: &Scorer,
    chromium: &mut Chromium,
    network: Network,
    copies: CopyDistances,
    frames: &[EncodedFrame],
) -> Result<String, Box<dyn Error>> {
    let (mut ours, mut theirs, mut late) = (Vec::new(), Vec::new(), Duration::ZERO);
    for seed in SEEDS {
        let told = chromium.hear(copies, frames, Box::new(network.delays(seed)))?;
        late = late.max(told.late);
        theirs.push(scorer.score(&told.heard));
        // Ours has the packets when Chromium had them.
        let delay = |place: usize| {
            let said = Duration::from_millis(20) * (place as u32 + 1);
            let left = (*told.left.get(place)?)?;
            Some(left.saturating_sub(said).as_secs_f64() * 1_000.0)
        };
        let head = frames[..FRAMES.min(frames.len())].to_vec();
        let carried = carry_redundant(head, Copies::Fixed(copies), delay);
        ours.push(scorer.score(&score::adaptive(carried.arrivals)));
        let [a, b] = [&ours, &theirs].map(|it| it[it.len() - 1].pesq);
        eprintln!("{} {seed} {copies:?}: {a:.2} {b:.2}", network.name());
    }
    let mean = |of: &[Scored], figure: fn(&Scored) -> f64| {
        of.iter().map(figure).sum::<f64>() / of.len() as f64
    };
    let both = |figure| [mean(&ours, figure), mean(&theirs, figure)];
    let [pesq, concealed, delay] =
        [both(|it| it.pesq), both(|it| it.concealed_percent), both(|it| it.delay_ms)];
    let copies = match copies.is_empty() {
        true => "none".to_owned(),
        false => copies.iter().map(|it| it.to_string()).collect::<Vec<_>>().join(","),
    };
    let mut row = String::new();
    writeln!(
        row,
        "{:<22}  {:<4}  {:>12.2}  {:>8.2}  {:>16.2}  {:>8.2}  {:>13.1}  {:>8.1}  {:>7.0}",
        network.name(),
        copies,
        pesq[0],
        pesq[1],
        concealed[0],
        concealed[1],
        delay[0],
        delay[1],
        late.as_secs_f64() * 1e3,
    )?;
    Ok(row)
}
