//! What is wrong with a scenario file, and where.

use std::fmt;

use crate::rates::BadTrace;

/// A scenario file with faults: all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct BadScenario {
    /// The file's name, as it was given.
    pub file: String,
    /// In the order of the file.
    pub faults: Vec<Fault>,
}

/// One fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The line, counted from 1; 0 for what stands in no file, but was given with it.
    pub line: usize,
    /// The field, like `link[0].queue.type`; empty for the file as a whole.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field. Text in it comes from the file, or from the TOML parser.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// The file is not TOML; the parser's words.
    Syntax(String),
    /// There is no such field here.
    Unknown {
        /// The fields there are.
        allowed: Vec<&'static str>,
    },
    /// The field must be there.
    Missing,
    /// The value is of another type.
    WrongType {
        /// What it must be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// The number is too small or too large.
    OutOfRange {
        /// The number.
        value: f64,
        /// The least allowed.
        min: f64,
        /// The greatest allowed.
        max: f64,
    },
    /// The text is none of those allowed.
    NotOneOf {
        /// The text.
        value: String,
        /// Those allowed.
        allowed: Vec<String>,
    },
    /// Another one has the name or number already.
    Duplicate(String),
    /// Two fields exclude each other.
    Excludes(&'static str),
    /// The list must not be empty.
    Empty,
    /// Times must go up: this one does not.
    NotAscending(f64),
    /// The end does not come after the beginning.
    EndsBeforeStart,
    /// The text is not a pattern of `-` (passes) and `x` (lost).
    BadPattern(String),
    /// The text is no name of a user: a letter, then letters, digits, `-`, `_`, `.` and `@`.
    BadUser(String),
    /// The flow's own delay is less than that of the links on its path, in milliseconds.
    ShorterThanPath(f64),
    /// The links do not follow each other: this one does not begin where the one before it ends.
    BrokenPath(String),
    /// No link leads the flow's way.
    NoPath,
    /// The scenario is wrong with this value of a sweep.
    With {
        /// The value, or those of all axes.
        value: String,
        /// The field that is wrong.
        field: String,
        /// What is wrong with it.
        problem: Box<Problem>,
    },
    /// The text is no name of a file beside the scenario or below.
    NotBeside(String),
    /// The file cannot be had.
    NoFile {
        /// Its name.
        file: String,
        /// The words of the system, or of the caller who reads files.
        why: String,
    },
    /// The file is no trace.
    BadTrace {
        /// Its name.
        file: String,
        /// What is wrong with it, and where.
        trace: BadTrace,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Syntax(words) => f.write_str(words),
            Problem::Unknown { allowed } => {
                write!(f, "there is no such field; there are {}", allowed.join(", "))
            }
            Problem::Missing => f.write_str("the field is missing"),
            Problem::WrongType { expected, found } => {
                write!(f, "must be {expected}, but is {found}")
            }
            Problem::OutOfRange { value, min, max } => {
                write!(f, "{value} is not within {min} and {max}")
            }
            Problem::NotOneOf { value, allowed } if allowed.is_empty() => {
                write!(f, "{value:?} names nothing: there is none")
            }
            Problem::NotOneOf { value, allowed } => {
                write!(f, "{value:?} is none of {}", allowed.join(", "))
            }
            Problem::Duplicate(value) => write!(f, "{value:?} occurs twice"),
            Problem::Excludes(other) => write!(f, "cannot be given together with {other}"),
            Problem::Empty => f.write_str("the list is empty"),
            Problem::NotAscending(value) => {
                write!(f, "times must go up, but {value} does not come after the one before it")
            }
            Problem::EndsBeforeStart => f.write_str("the end must come after the beginning"),
            Problem::BadPattern(text) => {
                write!(f, "{text:?} is not a pattern of '-' (passes) and 'x' (lost)")
            }
            Problem::BadUser(text) => {
                write!(f, "{text:?} is not a letter with letters, digits, '-', '_', '.' and '@'")
            }
            Problem::ShorterThanPath(path) => {
                write!(f, "the links on the path alone take {path} ms")
            }
            Problem::BrokenPath(link) => {
                write!(f, "link {link:?} does not begin where the one before it ends")
            }
            Problem::With { value, field, problem } if field.is_empty() => {
                write!(f, "with {value}: {problem}")
            }
            Problem::With { value, field, problem } => {
                write!(f, "with {value}: {field}: {problem}")
            }
            Problem::NotBeside(name) => {
                write!(f, "{name:?} is not the name of a file beside the scenario or below")
            }
            Problem::NoFile { file, why } => write!(f, "cannot read {file:?}: {why}"),
            Problem::BadTrace { file, trace } => write!(f, "{file}:{trace}"),
            Problem::NoPath => f.write_str("no link leads that way; name the path"),
        }
    }
}

impl fmt::Display for BadScenario {
    /// A line for each fault: `FILE:LINE: FIELD: PROBLEM`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            match fault.line {
                0 => write!(f, "{}: ", self.file)?,
                line => write!(f, "{}:{line}: ", self.file)?,
            }
            if !fault.field.is_empty() {
                write!(f, "{}: ", fault.field)?;
            }
            write!(f, "{}", fault.problem)?;
        }
        Ok(())
    }
}

impl std::error::Error for BadScenario {}
