//! Why a command of the laboratory fails.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use lapwing_rooms::text::count;
use lapwing_simnet::scenario::{BadScenario, BuildError};
use lapwing_simnet::suite::BadKnown;

/// Why a command of the laboratory fails.
#[derive(Debug)]
pub enum SimError {
    /// A file or folder cannot be used.
    File(PathBuf, io::Error),
    /// There is no scenario of this name, and no such file.
    Unknown {
        /// The name.
        name: String,
        /// Those that may be meant.
        similar: Vec<&'static str>,
    },
    /// Scenarios are wrong.
    Bad(Vec<BadScenario>),
    /// A scenario is right but cannot be built.
    Build(String, BuildError),
    /// The list of known failures is wrong.
    Known(BadKnown),
    /// The second process did not do its part; what it said.
    Child(String),
    /// So many expectations are not met.
    Unmet(usize),
    /// So many judgements of a suite are not as known.
    NotAsKnown(usize),
    /// The run does not repeat; the event and both contexts.
    Diverged(String),
    /// A stored file is cut, or is something else.
    Stored {
        /// The file.
        path: PathBuf,
        /// The field, as far as it is known.
        field: String,
        /// What is wrong with it.
        what: String,
    },
    /// The sweep has no combination of this number, but so many.
    NoPoint(usize, usize),
    /// So many runs of a sweep failed, or were not begun after others had.
    RunsMissing(usize),
    /// No crate was begun.
    New(NewError),
}

/// Why no crate is begun.
#[derive(Debug)]
pub enum NewError {
    /// The folder's name is none of a crate.
    Name(String),
    /// The folder is there already.
    Exists(PathBuf),
    /// Lapwing's sources are not in this folder.
    NoSources(PathBuf),
}

impl fmt::Display for NewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NewError::Name(name) => {
                write!(
                    f,
                    "{name:?} cannot be the name of a crate: a letter, then letters, digits, '-' and '_'"
                )
            }
            NewError::Exists(folder) => {
                write!(f, "{} is there already; name another folder", folder.display())
            }
            NewError::NoSources(folder) => {
                write!(
                    f,
                    "Lapwing's sources are not in {}; name them: --lapwing FOLDER",
                    folder.display()
                )
            }
        }
    }
}

impl SimError {
    /// What the program ends with.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.status())
    }

    /// 2 for a wrong command or scenario, 3 for a run that does not repeat, 1 for all else that is
    /// not as it should be.
    pub fn status(&self) -> u8 {
        match self {
            SimError::File(..)
            | SimError::Unknown { .. }
            | SimError::Bad(_)
            | SimError::Build(..)
            | SimError::Known(_)
            | SimError::Stored { .. }
            | SimError::New(_)
            | SimError::NoPoint(..) => 2,
            SimError::Child(_)
            | SimError::Unmet(_)
            | SimError::NotAsKnown(_)
            | SimError::RunsMissing(_) => 1,
            SimError::Diverged(_) => 3,
        }
    }
}

impl fmt::Display for SimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SimError::File(path, _) => write!(f, "{} cannot be used", path.display()),
            SimError::Unknown { name, similar } => {
                write!(f, "there is no scenario {name:?} and no such file; ")?;
                match &similar[..] {
                    [] => f.write_str("see `lapwing sim list`"),
                    [one] => write!(f, "did you mean {one}?"),
                    [others @ .., last] => {
                        write!(f, "did you mean {} or {last}?", others.join(", "))
                    }
                }
            }
            SimError::Bad(bad) => {
                let faults: usize = bad.iter().map(|bad| bad.faults.len()).sum();
                writeln!(f, "{}", count(faults, "fault"))?;
                let texts: Vec<String> = bad.iter().map(ToString::to_string).collect();
                f.write_str(&texts.join("\n"))
            }
            SimError::Build(name, _) => write!(f, "scenario {name} cannot be built"),
            SimError::Known(error) => error.fmt(f),
            SimError::Child(said) => write!(f, "the second process failed: {said}"),
            SimError::Unmet(1) => f.write_str("1 expectation is not met"),
            SimError::Unmet(count) => write!(f, "{count} expectations are not met"),
            SimError::NotAsKnown(1) => f.write_str("1 judgement is not as known"),
            SimError::NotAsKnown(count) => write!(f, "{count} judgements are not as known"),
            SimError::Diverged(text) => write!(f, "the run does not repeat: {text}"),
            SimError::Stored { path, field, what } if field.is_empty() => {
                write!(f, "{}: {what}", path.display())
            }
            SimError::Stored { path, field, what } => {
                write!(f, "{}: {field}: {what}", path.display())
            }
            SimError::NoPoint(point, points) => {
                write!(f, "there is no combination {point}: the sweep has {points}, from 0 on")
            }
            SimError::RunsMissing(1) => f.write_str("1 run is missing"),
            SimError::New(error) => error.fmt(f),
            SimError::RunsMissing(count) => write!(f, "{count} runs are missing"),
        }
    }
}

impl Error for SimError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            SimError::File(_, error) => Some(error),
            SimError::Build(_, error) => Some(error),
            SimError::Unknown { .. }
            | SimError::Bad(_)
            | SimError::Known(_)
            | SimError::Child(_)
            | SimError::Unmet(_)
            | SimError::NotAsKnown(_)
            | SimError::Diverged(_)
            | SimError::Stored { .. }
            | SimError::New(_)
            | SimError::NoPoint(..)
            | SimError::RunsMissing(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_tell_apart_what_failed() {
        let unknown = SimError::Unknown { name: "x".to_owned(), similar: Vec::new() };
        assert_eq!(SimError::Unmet(2).status(), 1);
        assert_eq!(unknown.status(), 2);
        assert_eq!(SimError::Diverged("event 7".to_owned()).status(), 3);
    }
}
