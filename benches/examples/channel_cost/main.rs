//! What data channels cost the processor.
//!
//! ```text
//! cargo run --release -p lapwing-benches --example channel_cost
//! ```
//!
//! 1. Instructions for a packet of the association, both ends together, by the bytes that are on
//!    the way and the channels that share them. Counted by valgrind, so the same on every machine.
//! 2. Bits of messages in a second of the processor, both ends together with all that is around the
//!    association: DTLS, ICE, the engine. Beside it str0m alone. A ratio of one run.

#[path = "../../benches/raw/mod.rs"]
mod raw;

mod association;
mod goodput;

use std::error::Error;
use std::process::ExitCode;

use lapwing_benches::measure::{Counted, FOLDER};
use lapwing_benches::plot::Table;

/// Bytes on the way, channels, and bytes of a message.
const CASES: [[usize; 3]; 8] = [
    [64 << 10, 1, 8 << 10],
    [1 << 20, 1, 8 << 10],
    [8 << 20, 1, 8 << 10],
    [32 << 20, 1, 8 << 10],
    [1 << 20, 1, 1_000],
    [1 << 20, 100, 1_000],
    [1 << 20, 1_000, 1_000],
    [1 << 20, 10_000, 1_000],
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["run", bytes, channels, message] => run([bytes, channels, message]),
        _ => association_table().map(|()| goodput::print_table()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("channel_cost: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What runs inside valgrind: prints how many packets there were.
fn run([bytes, channels, message]: [&str; 3]) -> Result<(), Box<dyn Error>> {
    let packets = association::run(bytes.parse()?, channels.parse()?, message.parse()?)?;
    println!("{packets}");
    Ok(())
}

fn association_table() -> Result<(), Box<dyn Error>> {
    let header = ["KiB on the way", "channels", "bytes of a message", "instructions per packet"];
    let mut table = Table::new(header);
    for case in CASES {
        let [bytes, channels, message] = case.map(|number| number.to_string());
        let name = format!("channels-{bytes}-{channels}-{message}");
        let functions = ["*11association*4Pair*7counted*"];
        let counted = Counted::run(&name, &functions, &["run", &bytes, &channels, &message])?;
        let packets: u64 = counted.printed.trim().parse()?;
        let each = counted.profile.total() / packets;
        table.push([(case[0] >> 10).to_string(), channels, message, each.to_string()]);
    }
    println!("{table}\nProfiles for callgrind_annotate are in {FOLDER}.\n");
    Ok(())
}
