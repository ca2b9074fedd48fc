//! The `lapwing` program with the controller of `tests/forty`:
//! `cargo run --example forty -- sim --help`.

use std::process::ExitCode;

#[path = "../tests/forty/arrival_rate.rs"]
mod arrival_rate;

fn main() -> ExitCode {
    lapwing::args::main_with(arrival_rate::parts())
}
