//! The `lapwing` program with this crate's parts: `cargo run --release -- sim run FILE`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lapwing::args::main_with(lapwing_template::parts())
}
