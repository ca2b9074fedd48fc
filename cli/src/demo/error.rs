//! What can go wrong in a demonstration.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why there is no report, or a bad one.
#[derive(Debug)]
#[non_exhaustive]
pub enum DemoError {
    /// A file or folder cannot be written.
    File(PathBuf, io::Error),
    /// A part of the demonstration did not start; its name and what the system says.
    Start(&'static str, io::Error),
    /// A part ended before its time; its name and its last words.
    Ended(&'static str, String),
    /// A part said nothing of what was awaited; its name and what was awaited.
    Silent(&'static str, &'static str),
    /// The browser did not do as told.
    Browser(String),
    /// What a part printed is not what it should print; its name and the fault.
    Unreadable(&'static str, serde_json::Error),
    /// The call was bad: what did not flow.
    NotFlowing(Vec<String>),
}

impl fmt::Display for DemoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DemoError::File(path, _) => write!(f, "cannot write {}", path.display()),
            DemoError::Start(what, _) => write!(f, "{what} does not start"),
            DemoError::Ended(what, words) => write!(f, "{what} ended early; it said:\n{words}"),
            DemoError::Silent(what, awaited) => write!(f, "{what} did not tell {awaited}"),
            DemoError::Browser(text) => write!(f, "the browser: {text}"),
            DemoError::Unreadable(what, _) => write!(f, "the report of {what} cannot be read"),
            DemoError::NotFlowing(faults) => {
                write!(f, "not every track flowed:\n  {}", faults.join("\n  "))
            }
        }
    }
}

impl std::error::Error for DemoError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DemoError::File(_, error) | DemoError::Start(_, error) => Some(error),
            DemoError::Unreadable(_, error) => Some(error),
            _ => None,
        }
    }
}
