//! Why there is no laboratory.

use std::fmt;

use crate::netns::Unavailable;

/// Why the laboratory could not be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NatError {
    /// This machine gives no namespaces.
    Namespace(Unavailable),
    /// A program that is not here: its name and its package.
    Missing(&'static str, &'static str),
    /// A program of the system failed: what was run, and its words.
    Failed(String, String),
}

impl NatError {
    /// Nothing is wrong but that this machine lacks something: a test is skipped.
    pub fn is_lack(&self) -> bool {
        matches!(self, NatError::Namespace(_) | NatError::Missing(..))
    }
}

impl fmt::Display for NatError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NatError::Namespace(why) => why.fmt(out),
            NatError::Missing(program, package) => {
                write!(out, "the program {program} (package {package}) is missing")
            }
            NatError::Failed(what, words) => write!(out, "{what}: {words}"),
        }
    }
}

impl std::error::Error for NatError {}

impl From<Unavailable> for NatError {
    fn from(why: Unavailable) -> Self {
        NatError::Namespace(why)
    }
}
