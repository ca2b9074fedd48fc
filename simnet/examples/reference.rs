//! The reference of scenario files, made from the table of their keys.
//!
//! ```text
//! # The reference:
//! cargo run -p lapwing-simnet --example reference
//! # Into docs/simnet-reference.md, between its markers:
//! cargo run -p lapwing-simnet --example reference -- --write
//! # Whether it is as committed:
//! cargo run -p lapwing-simnet --example reference -- --check
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use lapwing_simnet::scenario::reference;

/// Before and after what is made.
const MARKERS: [&str; 2] = ["<!-- keys of scenarios: made -->\n", "<!-- end of what is made -->\n"];

fn main() -> ExitCode {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/simnet-reference.md");
    let wish = std::env::args().nth(1);
    if wish.is_none() {
        print!("{}", reference());
        return ExitCode::SUCCESS;
    }
    let page = match std::fs::read_to_string(&file) {
        Ok(page) => page,
        Err(error) => return fail(&format!("{}: {error}", file.display())),
    };
    let Some(made) = with_reference(&page) else {
        return fail(&format!("{} has no markers", file.display()));
    };
    match wish.as_deref() {
        Some("--write") => match std::fs::write(&file, made) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&format!("{}: {error}", file.display())),
        },
        Some("--check") if made == page => {
            println!("as committed");
            ExitCode::SUCCESS
        }
        Some("--check") => fail("the reference is not what comes out: run it with --write"),
        other => fail(&format!("{other:?}: --write, --check or nothing")),
    }
}

fn with_reference(page: &str) -> Option<String> {
    let (before, rest) = page.split_once(MARKERS[0])?;
    let (_, after) = rest.split_once(MARKERS[1])?;
    Some(format!("{before}{}\n{}{}{after}", MARKERS[0], reference(), MARKERS[1]))
}

fn fail(text: &str) -> ExitCode {
    eprintln!("reference: {text}");
    ExitCode::FAILURE
}
