//! Finds a scenario by its name or in a file.

use std::io;
use std::path::Path;

use lapwing_simnet::scenario::{BadScenario, Reading, Scenario, Warnings, built_in};

use super::{SimError, show};

/// Larger files are no scenarios.
const BYTES_MAX: u64 = 1_000_000;

/// The text of a scenario file.
pub(super) fn read(path: &Path) -> Result<String, SimError> {
    let fault = |error| SimError::File(path.to_owned(), error);
    let bytes = std::fs::metadata(path).map_err(fault)?.len();
    if bytes > BYTES_MAX {
        let text = format!("a scenario has at most {BYTES_MAX} bytes, this file has {bytes}");
        return Err(fault(io::Error::new(io::ErrorKind::InvalidData, text)));
    }
    std::fs::read_to_string(path).map_err(fault)
}

/// The text of the scenario that the program carries under this name, or of a file.
pub(super) fn text(name: &str) -> Result<String, SimError> {
    if let Some(found) = built_in(name) {
        return Ok(found.text.to_owned());
    }
    let path = Path::new(name);
    if !path.exists() && path.extension().is_none() {
        return Err(SimError::Unknown(name.to_owned()));
    }
    read(path)
}

/// The scenario of a text, whose faults name the file. What is odd in it is told.
pub(super) fn parse(name: &str, text: &str) -> Result<Scenario, SimError> {
    let reading = read_scenario(name, text).map_err(|bad| SimError::Bad(vec![bad]))?;
    warn(&reading.warnings);
    Ok(reading.scenario)
}

/// Tells on the error output what is odd in a scenario.
pub(super) fn warn(warnings: &Warnings) {
    warnings.to_string().lines().for_each(show::tell);
}

/// The scenario in the text of a file, with the traces that lie beside it.
pub(super) fn read_scenario(file: &str, text: &str) -> Result<Reading, BadScenario> {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    Scenario::read(file, text, &|name| trace(&folder.join(name)))
}

/// Larger files are no traces.
const TRACE_BYTES_MAX: u64 = 32_000_000;

fn trace(path: &Path) -> Result<String, String> {
    let bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if bytes > TRACE_BYTES_MAX {
        return Err(format!("a trace has at most {TRACE_BYTES_MAX} bytes, this file has {bytes}"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_files_are_told_apart() {
        let found = text("rfc8867-5.4").and_then(|text| parse("rfc8867-5.4", &text));
        assert_eq!(found.expect("it is built in").meta.name, "rfc8867-5.4");
        assert!(matches!(text("rfc8867-9.9z"), Err(SimError::File(..) | SimError::Unknown(_))));
        assert!(matches!(text("nothing"), Err(SimError::Unknown(_))));
        assert!(matches!(text("nothing.toml"), Err(SimError::File(..))));
    }
}
