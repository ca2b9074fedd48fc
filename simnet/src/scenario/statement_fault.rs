//! What is wrong with a statement of `[[expect]]`.

use std::fmt;

/// Why a statement cannot be held against a run.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementFault {
    /// The metric is of something, which is not named: one of these.
    NoSubject(Vec<&'static str>),
    /// There is no such metric of that.
    NotOfMetric {
        /// The metric.
        metric: String,
        /// What it can be of.
        allowed: Vec<&'static str>,
    },
    /// The capacity has only so many phases.
    NoPhase(usize),
    /// The flow sends no clip.
    NoClip,
    /// Nothing says what the number is held against.
    NoBound,
    /// Both bounds cannot be met.
    Contradicts {
        /// The other bound.
        name: &'static str,
        /// What it says.
        value: f64,
    },
    /// The text is no name that a table can show.
    NotForTables(String),
}

impl fmt::Display for StatementFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StatementFault::NoSubject(allowed) => {
                write!(f, "of what is not said: {} is missing", allowed.join(" or "))
            }
            StatementFault::NotOfMetric { metric, allowed } => {
                write!(f, "{metric} can only be of: {}", allowed.join(", "))
            }
            StatementFault::NoPhase(0) => f.write_str("no link on the way has a capacity"),
            StatementFault::NoPhase(1) => f.write_str("the link's capacity has one phase"),
            StatementFault::NoPhase(count) => write!(f, "the link's capacity has {count} phases"),
            StatementFault::NoClip => f.write_str("quality is of clips only: media.video.clip"),
            StatementFault::NoBound => f.write_str("there is no at_least, at_most or about"),
            StatementFault::Contradicts { name, value } => {
                write!(f, "contradicts {name}, which is {value}")
            }
            StatementFault::NotForTables(text) => {
                write!(f, "{text:?} is not 1 to 80 letters, digits, blanks and \"-_.,:/%+()\"")
            }
        }
    }
}
