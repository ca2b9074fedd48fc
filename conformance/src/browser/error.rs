//! What can go wrong with a browser.

use super::{Kind, Reason};
use std::fmt;
use std::time::Duration;

/// Why a browser did not start.
#[derive(Debug)]
pub enum LaunchError {
    /// It cannot run on this machine.
    Unavailable(Reason),
    /// The test asked for something that this browser does not know.
    UnknownOption {
        /// The browser.
        kind: Kind,
        /// The name of the field of [`Options`](super::Options).
        option: &'static str,
    },
    /// The operating system refused a folder, a process or a socket.
    System(std::io::Error),
    /// It started, but its page did not open the control channel.
    NoPage(ControlError),
}

impl fmt::Display for LaunchError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(reason) => write!(out, "{reason}"),
            Self::UnknownOption { kind, option } => write!(out, "{kind} has no option {option}"),
            Self::System(error) => write!(out, "the browser could not be started: {error}"),
            Self::NoPage(error) => write!(out, "the page did not report: {error}"),
        }
    }
}

impl std::error::Error for LaunchError {}

impl From<std::io::Error> for LaunchError {
    fn from(error: std::io::Error) -> Self {
        Self::System(error)
    }
}

/// Why an order to a page was not carried out. Every variant but `Unsupported` ends with the
/// browser's last lines of output.
#[derive(Debug)]
pub enum ControlError {
    /// Something did not come in time.
    TimedOut {
        /// What was waited for.
        waiting_for: String,
        /// For how long.
        timeout: Duration,
        /// The last lines of output.
        log: String,
    },
    /// The script threw.
    Script {
        /// The script.
        js: String,
        /// The exception's text.
        error: String,
        /// The last lines of output.
        log: String,
    },
    /// The control channel broke: the page navigated away, or the browser ended.
    Broken {
        /// What was waited for.
        waiting_for: String,
        /// What broke.
        error: String,
        /// The last lines of output.
        log: String,
    },
    /// This browser cannot do that.
    Unsupported {
        /// The browser.
        kind: Kind,
        /// What it cannot do.
        what: &'static str,
    },
}

impl fmt::Display for ControlError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut { waiting_for, timeout, log } => {
                write!(out, "waited {timeout:?} for {waiting_for}\n{log}")
            }
            Self::Script { js, error, log } => write!(out, "`{js}` threw {error}\n{log}"),
            Self::Broken { waiting_for, error, log } => {
                write!(
                    out,
                    "the control channel broke while waiting for {waiting_for}: {error}\n{log}"
                )
            }
            Self::Unsupported { kind, what } => write!(out, "{kind} cannot {what}"),
        }
    }
}

impl std::error::Error for ControlError {}
