//! What is wrong with a scenario file, and where.

use std::fmt;

use crate::rates::BadTrace;
use crate::scenario::Extent;
use crate::scenario::StatementFault;

/// What is odd in a scenario file, and may be meant so.
#[derive(Clone, Debug, PartialEq)]
pub struct Warnings {
    /// The file's name, as it was given.
    pub file: String,
    /// In the order of the file.
    pub all: Vec<Fault>,
}

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
    /// The number has a fraction.
    NotWhole(f64),
    /// There must be two numbers, the smaller one first.
    NotAPair,
    /// There are more than there may be.
    TooMany {
        /// So many there are.
        count: usize,
        /// So many there may be.
        most: usize,
    },
    /// With this one, the scenario makes more than a run can bear.
    TooMuch {
        /// Of what.
        what: Extent,
        /// So much there is.
        amount: f64,
    },
    /// The name is empty or too long.
    BadName {
        /// Its length in bytes.
        bytes: usize,
        /// The greatest.
        most: usize,
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
    /// A path comes to this place twice.
    PathReturns(String),
    /// A path has this link, which is a medium that many share: it joins no two places.
    MediumOnPath(String),
    /// A second shared medium: there can be one.
    SecondMedium,
    /// A shared medium without a link whose beginning is its access point.
    NoAccessPoint,
    /// This other link joins the same places in the same direction.
    Parallel(String),
    /// The link closes a ring: routes here follow a tree.
    Ring,
    /// The link's places are joined to none of those that links before it join.
    Apart,
    /// Traffic that always has something to send crosses this link, which has no capacity, or one
    /// above that of any link that it can cross.
    Unbounded {
        /// The link.
        link: String,
        /// The greatest capacity, in bits per second.
        most: f64,
    },
    /// The action changes nothing.
    NothingChanges,
    /// Nothing on the way takes time, so that what always sends would never come to an end.
    TimelessPath,
    /// The flow that this one forwards ends at another place: this.
    Elsewhere(String),
    /// The link has no such parameter.
    NotOnLink,
    /// A warning: nothing else names this place.
    NamedOnce,
    /// A statement of `[[expect]]` is wrong.
    Statement(StatementFault),
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
            Problem::WrongType { expected, found } => {
                write!(f, "must be {expected}, but is {found}")
            }
            Problem::OutOfRange { value, min, max } => out_of_range(f, *value, *min, *max),
            Problem::NotWhole(value) => write!(f, "{} is not a whole number", Plain(*value)),
            Problem::TooMany { count, most } => {
                write!(f, "there are {count}, but at most {most} are allowed")
            }
            Problem::TooMuch { what, amount } => too_much(f, *what, *amount),
            Problem::BadName { bytes: 0, .. } => f.write_str("the name is empty"),
            Problem::BadName { bytes, most } => {
                write!(f, "the name has {bytes} bytes, but at most {most} are allowed")
            }
            Problem::NotOneOf { value, allowed } if allowed.is_empty() => {
                write!(f, "{value:?} names nothing: there is none")
            }
            Problem::NotOneOf { value, allowed } => {
                write!(f, "{value:?} is none of {}", allowed.join(", "))
            }
            Problem::Duplicate(value) => write!(f, "{value:?} occurs twice"),
            Problem::Excludes(other) => write!(f, "cannot be given together with {other}"),
            Problem::NotAscending(value) => {
                write!(f, "times must go up, but {value} does not come after the one before it")
            }
            Problem::BadPattern(text) => {
                write!(f, "{text:?} is not a pattern of '-' (passes) and 'x' (lost)")
            }
            Problem::BadUser(text) => {
                write!(f, "{text:?} is not a letter with letters, digits, '-', '_', '.' and '@'")
            }
            Problem::Statement(fault) => fault.fmt(f),
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
            _ => self.of_network(f),
        }
    }
}

impl Problem {
    /// The text of those on links and the ways over them.
    fn of_network(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::ShorterThanPath(path) => {
                write!(f, "the links on the path alone take {path} ms")
            }
            Problem::BrokenPath(link) => {
                write!(f, "link {link:?} does not begin where the one before it ends")
            }
            Problem::PathReturns(place) => write!(f, "the path comes to {place:?} twice"),
            Problem::MediumOnPath(link) => {
                write!(f, "{link:?} is a shared medium, a path has links between two places only")
            }
            Problem::Elsewhere(place) => {
                write!(f, "that flow ends at {place:?}, where this one does not begin")
            }
            Problem::Parallel(link) => {
                write!(f, "link {link:?} joins the same places in the same direction")
            }
            Problem::Unbounded { link, most } => write!(
                f,
                "what always sends needs a capacity in its way: link {link:?} must have one of at \
                 most {} bit/s",
                Plain(*most)
            ),
            _ => f.write_str(self.fixed()),
        }
    }

    /// The text of those that name no value.
    const fn fixed(&self) -> &'static str {
        match self {
            Problem::Missing => "the field is missing",
            Problem::NotAPair => "must be two numbers, the smaller one first",
            Problem::Empty => "the list is empty",
            Problem::EndsBeforeStart => "the end must come after the beginning",
            Problem::NotOnLink => "the link has no such parameter",
            Problem::NoPath => "no link leads that way; name the path",
            Problem::SecondMedium => "there can be one shared medium only",
            Problem::NoAccessPoint => {
                "a shared medium needs a link that begins at its access point"
            }
            Problem::Ring => "the link closes a ring, but routes follow a tree",
            Problem::Apart => "the link is apart from those before it",
            Problem::NothingChanges => "the action changes nothing",
            Problem::TimelessPath => {
                "what always sends needs a capacity or a delay in the way of its flow, there and \
                 back"
            }
            Problem::NamedOnce => "nothing else names this place: the way back is a perfect wire",
            _ => "it is wrong",
        }
    }
}

fn too_much(f: &mut fmt::Formatter<'_>, what: Extent, amount: f64) -> fmt::Result {
    let (amount, name, most) = (Plain(amount), what.name(), Plain(what.most()));
    write!(f, "with this, the scenario has {amount} {name}, but a run bears {most}")
}

fn out_of_range(f: &mut fmt::Formatter<'_>, value: f64, min: f64, max: f64) -> fmt::Result {
    let [value, least, greatest] = [value, min, max].map(Plain);
    if min == max {
        write!(f, "{value} is not {least}")
    } else {
        write!(f, "{value} is not within {least} and {greatest}")
    }
}

/// A number as people write it.
struct Plain(f64);

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.abs() {
            1e-9..1e16 => self.0.fmt(f),
            size if size == 0.0 || size.is_infinite() => self.0.fmt(f),
            _ => write!(f, "{:e}", self.0),
        }
    }
}

impl fmt::Display for BadScenario {
    /// A line for each fault: `FILE:LINE: FIELD: PROBLEM`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        lines(f, &self.file, "", &self.faults)
    }
}

impl fmt::Display for Warnings {
    /// A line for each: `FILE:LINE: FIELD: warning: PROBLEM`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        lines(f, &self.file, "warning: ", &self.all)
    }
}

fn lines(f: &mut fmt::Formatter<'_>, file: &str, word: &str, faults: &[Fault]) -> fmt::Result {
    for (i, fault) in faults.iter().enumerate() {
        if i > 0 {
            f.write_str("\n")?;
        }
        match fault.line {
            0 => write!(f, "{file}: ")?,
            line => write!(f, "{file}:{line}: ")?,
        }
        if !fault.field.is_empty() {
            write!(f, "{}: ", fault.field)?;
        }
        write!(f, "{word}{}", fault.problem)?;
    }
    Ok(())
}

impl std::error::Error for BadScenario {}
