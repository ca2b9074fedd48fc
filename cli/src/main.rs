//! The `lapwing` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    lapwing::args::main()
}
