//! Who reaches whom: two engines behind every kind of box, with every kind of help.
//!
//! ```text
//! # The tables:
//! cargo run --release -p lapwing-simnet --example reach
//! # Into simnet/snapshots/reach.md:
//! cargo run --release -p lapwing-simnet --example reach -- --write
//! # Whether they are as committed:
//! cargo run --release -p lapwing-simnet --example reach -- --check
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use lapwing_simnet::reach;

fn main() -> ExitCode {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("snapshots/reach.md");
    let wish = std::env::args().nth(1);
    let text = reach::Report::run(reach::SEED).markdown();
    match wish.as_deref() {
        None => print!("{text}"),
        Some("--write") => {
            if let Err(error) = std::fs::write(&file, text) {
                eprintln!("reach: {}: {error}", file.display());
                return ExitCode::FAILURE;
            }
        }
        Some("--check") => match std::fs::read_to_string(&file) {
            Ok(committed) if committed == text => println!("as committed"),
            Ok(_) => {
                eprintln!("reach: {} is not what comes out: run it with --write", file.display());
                return ExitCode::FAILURE;
            }
            Err(error) => {
                eprintln!("reach: {}: {error}", file.display());
                return ExitCode::FAILURE;
            }
        },
        Some(other) => {
            eprintln!("reach: {other:?}: --write, --check or nothing");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
