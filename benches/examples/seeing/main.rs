//! How well pictures are seen over bad networks: an encoder, two engines, a link in virtual time,
//! the receiver of pictures, a decoder; what was shown beside what was captured, as a table.
//!
//! ```sh
//! cargo run -p lapwing-benches --example seeing              # prints the table
//! cargo run -p lapwing-benches --example seeing -- --write   # and keeps it
//! cargo run -p lapwing-benches --example seeing -- --check   # compares with the one that is kept
//! cargo run -p lapwing-benches --example seeing -- --seeds 11 20   # other runs
//! cargo run -p lapwing-benches --example seeing -- --seeds 1 10 "1 % loss"  # of these networks
//! ```
//!
//! The pictures are those of `media/assets/bunny-640x360.vp8.ivf`, 25 per second, to and fro. The
//! link takes 50 ms each way, loses packets in both, and has a queue of 300 ms. A figure is the
//! mean of three seeds. What VP8 makes of a picture may differ from machine to machine.

mod camera;
#[path = "../processing/check.rs"]
mod check;
mod clip;
mod network;
mod rate;
#[path = "../processing/ssim.rs"]
mod ssim;
mod viewer;

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lapwing_benches::plot::Table;
use network::Network;
use viewer::Seen;

const SEEDS: RangeInclusive<u64> = 1..=3;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => println!("{}", table(SEEDS, "")),
        ["--write"] => {
            if let Err(error) = std::fs::write(file(), table(SEEDS, "")) {
                return fail(&format!("{}: {error}", file().display()));
            }
        }
        ["--check"] => {
            let committed = std::fs::read_to_string(file()).unwrap_or_default();
            let differences = check::differences(&committed, &table(SEEDS, ""));
            differences.iter().for_each(|difference| eprintln!("{difference}"));
            if !differences.is_empty() {
                return ExitCode::FAILURE;
            }
            println!("The table is the committed one.");
        }
        ["--seeds", from, to, ref named @ ..] if named.len() <= 1 => {
            let named = named.first().copied().unwrap_or_default();
            match (from.parse(), to.parse()) {
                (Ok(from), Ok(to)) if from <= to => println!("{}", table(from..=to, named)),
                _ => return fail("--seeds: from which to which?"),
            }
        }
        _ => return fail("--write, --check, --seeds FROM TO [NAME] or nothing"),
    }
    ExitCode::SUCCESS
}

fn fail(why: &str) -> ExitCode {
    eprintln!("seeing: {why}");
    ExitCode::FAILURE
}

/// The committed table.
fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tables/seeing.txt")
}

/// The table, of the networks with this in their names.
fn table(seeds: RangeInclusive<u64>, named: &str) -> String {
    let clip = clip::Clip::open();
    let mut table = Table::new([
        "network",
        "kbit/s",
        "PSNR dB",
        "SSIM",
        "shown %",
        "freezes",
        "frozen ms",
        "delay ms",
        "p95 ms",
        "keyframes asked",
    ]);
    for network in Network::all().into_iter().filter(|network| network.name.contains(named)) {
        let seen: Vec<Seen> = seeds.clone().map(|seed| network.run(seed, &clip)).collect();
        let mean = |figure: fn(&Seen) -> f64| {
            seen.iter().map(figure).sum::<f64>() / seen.len().max(1) as f64
        };
        table.push([
            network.name.clone(),
            format!("{:.0}", mean(|seen| seen.kbps)),
            format!("{:.1}", mean(|seen| seen.psnr)),
            format!("{:.3}", mean(|seen| seen.ssim)),
            format!("{:.1}", mean(|seen| seen.shown_percent)),
            format!("{:.1}", mean(|seen| seen.freezes)),
            format!("{:.0}", mean(|seen| seen.frozen_ms)),
            format!("{:.0}", mean(|seen| seen.delay_ms)),
            format!("{:.0}", mean(|seen| seen.delay_p95_ms)),
            format!("{:.1}", mean(|seen| seen.asked)),
        ]);
        eprintln!("{}", network.name);
    }
    table.to_string()
}
