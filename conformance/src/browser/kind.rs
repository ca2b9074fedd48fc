//! Which browsers there are, and whether this machine has them.

use crate::netns;
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
    /// Firefox gathers no candidates without a route and an address that is not loopback, so it needs a namespace.
    NoNamespace(netns::Unavailable),
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled(kind) => {
                write!(out, "{kind} is not installed (looked for {})", kind.programs().join(", "))
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
    find_program(kind.programs()).ok_or(Reason::NotInstalled(kind))?;
    if kind == Kind::Firefox {
        netns::Namespace::create().map_err(Reason::NoNamespace)?;
    }
    Ok(())
}

/// The first of these programs on the path, or in the folders that only root has on its path.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin".into(), "/sbin".into()]);
    let candidates =
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}
