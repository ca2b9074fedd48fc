//! Finds a scenario by its name or in a file.

use std::io;
use std::path::Path;

use lapwing_simnet::scenario::{BadScenario, Scenario, built_in};

use super::SimError;

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

/// Larger files are no traces.
const TRACE_BYTES_MAX: u64 = 32_000_000;

/// The scenario in the text of a file, with the traces that lie beside it.
pub(super) fn parse(file: &str, text: &str) -> Result<Scenario, BadScenario> {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    Scenario::parse_with(file, text, &|name| trace(&folder.join(name)))
}

fn trace(path: &Path) -> Result<String, String> {
    let bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if bytes > TRACE_BYTES_MAX {
        return Err(format!("a trace has at most {TRACE_BYTES_MAX} bytes, this file has {bytes}"));
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

/// The scenario that the program carries under this name, or that a file holds.
pub(super) fn scenario(name: &str) -> Result<Scenario, SimError> {
    let parse = |file: &str, text: &str| parse(file, text).map_err(|bad| SimError::Bad(vec![bad]));
    if let Some(found) = built_in(name) {
        return parse(found.name, found.text);
    }
    let path = Path::new(name);
    if !path.exists() && path.extension().is_none() {
        return Err(SimError::Unknown(name.to_owned()));
    }
    parse(name, &read(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_files_are_told_apart() {
        assert_eq!(scenario("rfc8867-5.4").expect("it is built in").meta.name, "rfc8867-5.4");
        assert!(matches!(scenario("rfc8867-9.9z"), Err(SimError::File(..) | SimError::Unknown(_))));
        assert!(matches!(scenario("nothing"), Err(SimError::Unknown(_))));
        assert!(matches!(scenario("nothing.toml"), Err(SimError::File(..))));
    }
}
