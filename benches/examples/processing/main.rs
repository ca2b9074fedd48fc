//! What processing makes of sound and pictures: echo, noise, level, light.
//!
//! ```text
//! cargo run --release -p lapwing-benches --example processing             # the tables
//! cargo run --release -p lapwing-benches --example processing -- --write  # .. into the file
//! cargo run --release -p lapwing-benches --example processing -- --check  # .. against it
//! cargo run --release -p lapwing-benches --example processing -- --speed  # processor time
//! cargo run --release -p lapwing-benches --example processing -- --wav DIR  # sound for `mos.py`
//! ```
//!
//! The sound is the speech clip of `media/assets` in a room that is made up, the pictures are its
//! clip with noise that is made up; both come from seeds.

mod check;
mod echo;
mod judged;
mod pictures;
#[path = "../../../media/tests/it/room.rs"]
mod room;
mod sound;
mod speed;
mod ssim;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lapwing_benches::plot::Table;

/// A table, made when it is asked for.
type Make = fn() -> Table;

/// A clip of the media crate.
fn asset(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../media/assets").join(name)
}

/// The committed tables.
fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tables/processing.txt")
}

fn tables() -> String {
    let tables: [(&str, Make); 7] = [
        ("Echo: far end alone", echo::alone),
        ("Echo: both ends speak", echo::both),
        ("Noise suppression", sound::noise),
        ("Gain control", sound::level),
        ("Pictures: noise", pictures::noise),
        ("Pictures: low light", pictures::light),
        ("Pictures: VP8 with and without denoising", pictures::rates),
    ];
    let parts = tables.map(|(title, table)| {
        let part = format!("{title}\n\n{}", table());
        println!("{part}");
        part
    });
    parts.join("\n")
}

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        None => drop(tables()),
        Some("--speed") => println!("{}", speed::table()),
        Some("--write") => {
            if let Err(error) = std::fs::write(file(), tables()) {
                eprintln!("processing: {}: {error}", file().display());
                return ExitCode::FAILURE;
            }
        }
        Some("--wav") => {
            let folder = std::env::args().nth(2).unwrap_or_default();
            if let Err(error) = judged::write(Path::new(&folder)) {
                eprintln!("processing: {folder}: {error}");
                return ExitCode::FAILURE;
            }
        }
        Some("--check") => {
            let committed = std::fs::read_to_string(file()).unwrap_or_default();
            let differences = check::differences(&committed, &tables());
            differences.iter().for_each(|difference| eprintln!("{difference}"));
            if !differences.is_empty() {
                return ExitCode::FAILURE;
            }
            println!("The tables are the committed ones.");
        }
        Some(other) => {
            eprintln!("processing: {other}? It takes --write, --check, --speed or --wav DIR.");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
