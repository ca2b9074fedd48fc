//! Which browsers there are, and whether this machine has them.

use crate::netns;
use crate::programs::{can_run, find_program};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// A browser that tests can be run with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Chromium or Chrome.
    Chromium,
    /// Firefox.
    Firefox,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Chromium, Self::Firefox];

    /// The environment variable by which a person chooses its program: a path from the root, or a
    /// name on the path.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Chromium => "LAPWING_CHROMIUM",
            Self::Firefox => "LAPWING_FIREFOX",
        }
    }

    /// Names that its program goes by, the one that Debian gives first.
    pub(super) const fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium", "chromium-browser", "google-chrome"],
            Self::Firefox => &["firefox-esr", "firefox"],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
        })
    }
}

/// Why tests with a browser cannot run here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// None of its programs is on the path.
    NotInstalled(Kind),
    /// Somebody chose a program by [`Kind::variable`], and it is not there: the value.
    NoSuchProgram(Kind, OsString),
    /// Firefox gathers no candidates without a route and an address that is not loopback, so it
    /// needs a namespace.
    NoNamespace(netns::Unavailable),
}

impl Reason {
    /// Whether somebody asked for something that cannot be, which is no reason to skip a test.
    pub fn is_mistake(&self) -> bool {
        matches!(self, Self::NoSuchProgram(..))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled(kind) => {
                write!(out, "{kind} is not installed (looked for {})", kind.programs().join(", "))
            }
            Self::NoSuchProgram(kind, value) => {
                let variable = kind.variable();
                write!(out, "{variable} names no program that can be run: {}", value.display())
            }
            Self::NoNamespace(why) => write!(out, "{why}"),
        }
    }
}

impl std::error::Error for Reason {}

/// Whether the browser is installed, and the machine gives it the network that it needs.
///
/// # Errors
/// The [`Reason`] why not.
pub fn available(kind: Kind) -> Result<(), Reason> {
    program(kind)?;
    if kind == Kind::Firefox {
        netns::Namespace::create().map_err(Reason::NoNamespace)?;
    }
    Ok(())
}

/// The browser's program: the one that its variable names, or else the first one on the path.
pub(super) fn program(kind: Kind) -> Result<PathBuf, Reason> {
    choose(kind, std::env::var_os(kind.variable()))
}

fn choose(kind: Kind, chosen: Option<OsString>) -> Result<PathBuf, Reason> {
    let Some(chosen) = chosen else {
        return find_program(kind.programs()).ok_or(Reason::NotInstalled(kind));
    };
    let path = PathBuf::from(&chosen);
    let found = if path.is_absolute() {
        Some(path).filter(|path| can_run(path))
    } else {
        chosen.to_str().and_then(|name| find_program(&[name]))
    };
    found.ok_or(Reason::NoSuchProgram(kind, chosen))
}

#[cfg(test)]
mod tests {
    use super::{Kind, Reason, choose};
    use std::path::Path;

    #[test]
    fn a_chosen_program_is_taken_by_path_or_by_name() {
        let chosen = |value: &str| choose(Kind::Firefox, Some(value.into()));
        assert_eq!(chosen("/bin/sh").as_deref(), Ok(Path::new("/bin/sh")));
        assert!(chosen("sh").is_ok_and(|path| path.ends_with("sh")));
    }

    #[test]
    fn a_chosen_program_that_cannot_be_run_is_a_mistake_and_never_replaced() {
        for value in ["", "no-such-program", "/etc/passwd", "/no/such/file", "/bin"] {
            let refused = choose(Kind::Chromium, Some(value.into()));
            let reason = refused.expect_err("it is no program");
            assert!(reason.is_mistake(), "{reason}");
            let text = reason.to_string();
            assert!(text.starts_with("LAPWING_CHROMIUM names no program"), "{text}");
            assert!(text.ends_with(value), "{text}");
        }
        assert!(!Reason::NotInstalled(Kind::Chromium).is_mistake());
    }
}
