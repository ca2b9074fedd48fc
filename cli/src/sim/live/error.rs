//! How a live run ends badly.

use std::error::Error;
use std::fmt;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, ExitStatus};

use lapwing_conformance::netns::Unavailable;
use lapwing_simnet::passage::NoPassage;

/// How a live run ends badly.
#[derive(Debug)]
pub enum LiveError {
    /// This machine does not let us.
    Machine(Unavailable),
    /// The scenario has no such passage.
    Scenario(NoPassage),
    /// Something of the system failed before the command ran, and what.
    System(&'static str, io::Error),
    /// A program could not be started.
    Program(String, io::Error),
    /// The network between the programs came to an end under them.
    Broken,
    /// The command failed.
    Command(ExitStatus),
    /// Somebody ended it.
    Interrupted,
    /// The command succeeded, and packets were late; how.
    Inconclusive(Vec<String>),
}

/// What a shell adds to the number of the signal that ended a program.
const SIGNALLED: i32 = 128;
/// What a shell calls a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

impl LiveError {
    /// The command's own; 2 where it did not run, 3 where the network broke, 4 where the run is
    /// inconclusive, 130 where it was interrupted.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            LiveError::Machine(_)
            | LiveError::Scenario(_)
            | LiveError::System(..)
            | LiveError::Program(..) => ExitCode::from(2),
            LiveError::Broken => ExitCode::from(3),
            LiveError::Command(status) => {
                let signal = status.signal().map(|signal| SIGNALLED + signal);
                let code = status.code().or(signal).and_then(|code| u8::try_from(code).ok());
                code.map_or(ExitCode::FAILURE, ExitCode::from)
            }
            LiveError::Interrupted => ExitCode::from(INTERRUPTED),
            LiveError::Inconclusive(_) => ExitCode::from(4),
        }
    }
}

impl fmt::Display for LiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LiveError::Machine(_) => f.write_str("this machine cannot run a scenario live"),
            LiveError::Scenario(_) => f.write_str("the scenario cannot be run live so"),
            LiveError::System(what, _) => f.write_str(what),
            LiveError::Program(program, _) => write!(f, "{program} cannot be run"),
            LiveError::Broken => f.write_str("the network between the programs broke"),
            LiveError::Command(status) => write!(f, "the command ended with {status}"),
            LiveError::Interrupted => f.write_str("interrupted"),
            LiveError::Inconclusive(faults) => {
                write!(f, "inconclusive: {}", faults.join("; "))
            }
        }
    }
}

impl Error for LiveError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            LiveError::Machine(error) => Some(error),
            LiveError::Scenario(error) => Some(error),
            LiveError::System(_, error) | LiveError::Program(_, error) => Some(error),
            LiveError::Broken
            | LiveError::Command(_)
            | LiveError::Interrupted
            | LiveError::Inconclusive(_) => None,
        }
    }
}
