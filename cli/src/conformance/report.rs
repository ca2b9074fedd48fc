//! `lapwing conformance report`.

use std::path::Path;

use lapwing_conformance::cases::rows;
use lapwing_conformance::wall::{Outcome, Results, markdown, page};

use super::{ConformanceError, ReportArgs, scope};

/// The file of a failed cell that is kept beside the page, with its descriptions. The rest is
/// large, and names places on this machine.
const KEPT: &str = "outcome.json";

/// A longer file is not kept.
const KEPT_BYTES_MAX: u64 = 64 << 10;

/// Prints or writes the wall.
pub(super) fn report(args: &ReportArgs) -> Result<(), ConformanceError> {
    let mut results = Results::read(&args.scope.results()).map_err(ConformanceError::Results)?;
    let homes =
        std::fs::canonicalize(&args.scope.homes).unwrap_or_else(|_| args.scope.homes.clone());
    let homes = homes.display().to_string();
    for cell in &mut results.cells {
        if let Outcome::Failed { fault } | Outcome::Flaked { fault } = &mut cell.outcome {
            *fault = without_homes(fault, &homes);
        }
    }
    let expected = scope::expectations(&args.expectations)?;
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&results).expect("results can be written as JSON")
        );
        return Ok(());
    }
    let rows = rows();
    let Some(folder) = &args.write else {
        println!("{}", markdown(&results, &rows, &expected));
        return Ok(());
    };
    write(&folder.join("wall.md"), markdown(&results, &rows, &expected).as_bytes())?;
    write(&folder.join("wall.html"), page(&results, &rows, &expected, "evidence").as_bytes())?;
    keep_evidence(&results, &args.scope.out, &folder.join("evidence"), &homes)
}

/// A text without the folder that stacks are installed in on this machine.
fn without_homes(text: &str, homes: &str) -> String {
    text.replace(homes, "peers")
}

/// Copies what came of the cells that failed, and their descriptions.
fn keep_evidence(
    results: &Results,
    from: &Path,
    to: &Path,
    homes: &str,
) -> Result<(), ConformanceError> {
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |error| ConformanceError::File(path, error)
    };
    if to.exists() {
        std::fs::remove_dir_all(to).map_err(fault(to))?;
    }
    for cell in results.cells.iter().filter(|cell| matches!(cell.outcome, Outcome::Failed { .. })) {
        let (from, to) = (from.join(cell.folder()), to.join(cell.folder()));
        std::fs::create_dir_all(&to).map_err(fault(&to))?;
        for entry in std::fs::read_dir(&from).map_err(fault(&from))? {
            let entry = entry.map_err(fault(&from))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let small = entry.metadata().is_ok_and(|file| file.len() <= KEPT_BYTES_MAX);
            if small && (name == KEPT || name.ends_with(".sdp")) {
                let text = std::fs::read_to_string(entry.path()).map_err(fault(&entry.path()))?;
                write(&to.join(&name), without_homes(&text, homes).as_bytes())?;
            }
        }
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ConformanceError> {
    std::fs::write(path, bytes).map_err(|error| ConformanceError::File(path.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_this_machine_are_left_out() {
        let fault = "at receive (checkout/target/peers/werift/sctp.js:168:43)";
        let told = without_homes(fault, "checkout/target/peers");
        assert_eq!(told, "at receive (peers/werift/sctp.js:168:43)");
    }
}
