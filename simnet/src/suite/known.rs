//! What is known to fail, each with its reason.

use std::fmt;

use serde::Deserialize;

use crate::sessions::Sessions;

/// An expectation of a scenario that is known to fail with some seed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownFailure {
    /// The scenario.
    pub scenario: String,
    /// What carries the calls.
    #[serde(default)]
    pub sessions: Sessions,
    /// The names of its expectations.
    pub expect: Vec<String>,
    /// Why they fail.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    fail: Vec<KnownFailure>,
}

/// A list of known failures that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadKnown(String);

impl fmt::Display for BadKnown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the list of known failures: {}", self.0)
    }
}

impl std::error::Error for BadKnown {}

/// The known failures of the scenarios that the crate carries.
const BUILT_IN: &str = include_str!("../../expectations.toml");

/// Reads a list of known failures; without a text, that of the crate.
///
/// ```
/// use lapwing_simnet::suite::known_failures;
/// assert!(known_failures(None).is_ok());
/// let text = "[[fail]]\nscenario = 'a'\nexpect = ['loss_max']\nreason = ''";
/// assert!(known_failures(Some(text)).unwrap_err().to_string().contains("reason"));
/// ```
pub fn known_failures(text: Option<&str>) -> Result<Vec<KnownFailure>, BadKnown> {
    let file: File = toml::from_str(text.unwrap_or(BUILT_IN))
        .map_err(|error| BadKnown(error.to_string().trim().to_owned()))?;
    for failure in &file.fail {
        if failure.reason.trim().is_empty() {
            let scenario = &failure.scenario;
            return Err(BadKnown(format!("{scenario}: each failure needs a reason")));
        }
    }
    Ok(file.fail)
}
