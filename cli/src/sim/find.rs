//! Finds a scenario by its name or in a file.

use std::io;
use std::path::Path;

use lapwing_simnet::scenario::{
    BUILT_IN, Change, Reading, Scenario, ScenarioSource, Warnings, built_in,
};

use super::similar::similar;
use super::{SimError, own, show};

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
    let path = Path::new(name);
    match carried(name) {
        Ok(text) => Ok(text.to_owned()),
        // Names have dots, so it takes more than one to mean a file.
        Err(unknown) if !path.exists() && !is_path(path) => Err(unknown),
        Err(_) => read(path),
    }
}

/// The text of the scenario that the program carries under this name.
pub(super) fn carried(name: &str) -> Result<&'static str, SimError> {
    built_in(name).map(|found| found.text).ok_or_else(|| {
        let similar = similar(name, BUILT_IN.iter().map(|scenario| scenario.name));
        SimError::Unknown { name: name.to_owned(), similar }
    })
}

/// Whether a text is meant as a path.
fn is_path(path: &Path) -> bool {
    path.components().count() > 1 || path.extension().is_some_and(|extension| extension == "toml")
}

/// Tells on the error output what is odd in a scenario.
pub(super) fn warn(warnings: &Warnings) {
    warnings.to_string().lines().for_each(show::tell);
}

/// A scenario that was found, and what is different in it.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) changes: &'a [Change],
}

impl Found<'_> {
    /// The scenario, whose faults name the file. What is odd in it is told.
    pub(super) fn read(&self) -> Result<Scenario, SimError> {
        let reading = self.reading()?;
        warn(&reading.warnings);
        Ok(reading.scenario)
    }

    fn reading(&self) -> Result<Reading, SimError> {
        self.with_source(|source| source.read()).map_err(|bad| SimError::Bad(vec![bad]))
    }

    /// A combination of its sweep.
    pub(super) fn point(&self, scenario: &Scenario, point: usize) -> Result<Scenario, SimError> {
        let found = self.with_source(|source| source.point(scenario, point));
        let found = found.map_err(|bad| SimError::Bad(vec![bad]))?;
        found.ok_or_else(|| SimError::NoPoint(point, scenario.points()))
    }

    /// All that it follows from but traces, as a text: that of the file if nothing is different.
    pub(super) fn whole(&self) -> String {
        let changes = self.changes.iter().map(|change| format!("\n# {}", change.toml()));
        [self.text.to_owned()].into_iter().chain(changes).collect()
    }

    fn with_source<T>(&self, with: impl FnOnce(&ScenarioSource<'_>) -> T) -> T {
        let Found { name, text, changes } = *self;
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        with(&ScenarioSource {
            file: name,
            text,
            changes,
            files: &|name: &str| trace(&folder.join(name)),
            parts: own::parts(),
        })
    }
}

/// The scenario in the text of a file, with the traces that lie beside it.
pub(super) fn read_scenario(file: &str, text: &str) -> Result<Reading, SimError> {
    Found { name: file, text, changes: &[] }.reading()
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
        let found = text("rfc8867-5.4").and_then(|text| read_scenario("rfc8867-5.4", &text));
        assert_eq!(found.expect("it is built in").scenario.meta.name, "rfc8867-5.4");
        for name in ["rfc8867-9.9z", "nothing", ""] {
            assert!(matches!(text(name), Err(SimError::Unknown { .. })), "{name:?}");
        }
        for path in ["nothing.toml", "./nothing", "no/rfc8867-5.4"] {
            assert!(matches!(text(path), Err(SimError::File(..))), "{path}");
        }
    }

    #[test]
    fn names_cut_short_or_mistyped_are_guessed() {
        let said = |name| text(name).expect_err("there is none").to_string();
        assert!(said("rfc8868").ends_with("did you mean rfc8868-sweep?"), "{}", said("rfc8868"));
        assert!(said("traversal-ofice").ends_with("did you mean traversal-office?"));
        let owd = "did you mean rfc8867-5.1-owd50 or rfc8867-5.1-owd50-udpbg?";
        assert!(said("rfc8867-5.1-owd5").ends_with(owd), "{}", said("rfc8867-5.1-owd5"));
        assert!(said("rfc8867").ends_with("see `lapwing sim list`"));
    }
}
