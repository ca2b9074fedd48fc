//! What the build, the tests and the checks need beside a Rust toolchain, and how to see whether it
//! is there.

use crate::process::{cargo, program, succeeds};

/// The version of cargo-deny that `deny.toml` was written for.
pub(crate) const CARGO_DENY_VERSION: &str = "0.20.2";

/// What a thing is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Nothing builds without it.
    Build,
    /// Tests against real peers; they skip themselves, with the reason, where it is missing.
    Peers,
    /// The lints and the licence check of `cargo xtask ci`.
    Lints,
}

/// How to see whether a thing is there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Probe {
    /// One of these programs is on the path.
    Program(&'static [&'static str]),
    /// pkg-config knows the library in this version or a newer one.
    Library(&'static str, &'static str),
    /// The environment variable names a program of a person's own choice, or else one of these
    /// programs is on the path. Whether the choice is a good one is for the tests to tell.
    Choice(&'static str, &'static [&'static str]),
    /// cargo has this subcommand.
    Subcommand(&'static str),
    /// python3 is on the path and has this module.
    Module(&'static str),
}

/// Where a missing thing comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A package of Debian and Ubuntu.
    Apt(&'static str),
    /// A component of the Rust toolchain.
    Rustup(&'static str),
    /// Built from crates.io.
    CargoDeny,
}

/// One thing that is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    pub(crate) purpose: Purpose,
    pub(crate) source: Source,
    pub(crate) why: &'static str,
    probe: Probe,
}

const fn apt(purpose: Purpose, package: &'static str, probe: Probe, why: &'static str) -> Need {
    Need { purpose, source: Source::Apt(package), why, probe }
}

/// Everything that is needed, in the order in which it is installed.
pub(crate) const NEEDS: &[Need] = &[
    apt(Purpose::Build, "g++", Probe::Program(&["c++", "g++"]), "codecs in C++"),
    apt(Purpose::Build, "make", Probe::Program(&["make"]), "libopus"),
    apt(Purpose::Build, "cmake", Probe::Program(&["cmake"]), "libopus"),
    apt(Purpose::Build, "nasm", Probe::Program(&["nasm"]), "assembly of the AV1 encoder"),
    apt(Purpose::Build, "pkg-config", Probe::Program(&["pkg-config"]), "finding libraries"),
    apt(Purpose::Build, "libssl-dev", Probe::Library("openssl", "3.0"), "ciphers"),
    apt(Purpose::Build, "libdav1d-dev", Probe::Library("dav1d", "1.0"), "decoding AV1"),
    apt(Purpose::Build, "libvpx-dev", Probe::Library("vpx", "1.12"), "VP8 and VP9"),
    apt(Purpose::Build, "libasound2-dev", Probe::Library("alsa", "1.2"), "microphones, speakers"),
    apt(
        Purpose::Peers,
        "chromium",
        Probe::Choice("LAPWING_CHROMIUM", &["chromium", "chromium-browser", "google-chrome"]),
        "tests against Chromium",
    ),
    apt(
        Purpose::Peers,
        "firefox-esr",
        Probe::Choice("LAPWING_FIREFOX", &["firefox-esr", "firefox"]),
        "tests against Firefox",
    ),
    apt(Purpose::Peers, "xvfb", Probe::Program(&["Xvfb"]), "screens and windows to capture"),
    apt(Purpose::Peers, "ffmpeg", Probe::Program(&["ffmpeg"]), "reading what we recorded"),
    apt(
        Purpose::Peers,
        "tshark",
        Probe::Program(&["tshark"]),
        "reading captures of simulated calls",
    ),
    apt(Purpose::Peers, "openssl", Probe::Program(&["openssl"]), "handshakes whose keys it prints"),
    apt(
        Purpose::Peers,
        "gnutls-bin",
        Probe::Program(&["gnutls-cli"]),
        "handshakes whose keys it prints",
    ),
    apt(
        Purpose::Peers,
        "libsrtp2-dev",
        Probe::Library("libsrtp2", "2.5"),
        "media under SRTP, both ways",
    ),
    apt(
        Purpose::Peers,
        "coturn",
        Probe::Program(&["turnutils_uclient"]),
        "clients for our TURN server, and the yardstick beside it",
    ),
    apt(
        Purpose::Peers,
        "python3-venv",
        Probe::Module("ensurepip"),
        "tests of the package for Python",
    ),
    apt(Purpose::Peers, "nftables", Probe::Program(&["nft"]), "translators between namespaces"),
    apt(Purpose::Peers, "iproute2", Probe::Program(&["ip"]), "network namespaces for browsers"),
    Need {
        purpose: Purpose::Lints,
        source: Source::Rustup("rustfmt"),
        why: "the format check",
        probe: Probe::Subcommand("fmt"),
    },
    Need {
        purpose: Purpose::Lints,
        source: Source::Rustup("clippy"),
        why: "the lints",
        probe: Probe::Subcommand("clippy"),
    },
    Need {
        purpose: Purpose::Lints,
        source: Source::CargoDeny,
        why: "licences and sources of dependencies",
        probe: Probe::Subcommand("deny"),
    },
];

impl Need {
    /// The name to show to a person.
    pub(crate) fn name(&self) -> &'static str {
        match self.source {
            Source::Apt(name) | Source::Rustup(name) => name,
            Source::CargoDeny => "cargo-deny",
        }
    }

    /// Looks for it on this machine.
    pub(crate) fn is_met(&self) -> bool {
        match self.probe {
            Probe::Program(names) => names.iter().any(|name| on_path(name)),
            Probe::Library(name, version) => {
                succeeds(program("pkg-config").arg("--print-errors").args([
                    "--atleast-version",
                    version,
                    name,
                ]))
            }
            Probe::Choice(variable, names) => {
                std::env::var_os(variable).is_some() || names.iter().any(|name| on_path(name))
            }
            Probe::Subcommand(word) => succeeds(&mut cargo(&[word, "--version"])),
            Probe::Module(name) => {
                succeeds(program("python3").args(["-c", &format!("import {name}")]))
            }
        }
    }
}

/// Whether a program of this name is on the path, or in the folders that are root's alone.
pub(crate) fn on_path(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path);
    folders.chain(["/usr/sbin".into(), "/sbin".into()]).any(|folder| folder.join(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::{NEEDS, Need, Probe, Purpose, Source, apt, on_path};
    use std::collections::BTreeSet;

    #[test]
    fn probes_tell_what_is_there_from_what_is_not() {
        let need = |probe| apt(Purpose::Build, "anything", probe, "the test").is_met();
        assert!(on_path("sh"));
        assert!(need(Probe::Program(&["no-such-program", "sh"])));
        assert!(!need(Probe::Program(&["no-such-program"])));
        assert!(!need(Probe::Library("no-such-library", "1.0")));
        assert!(need(Probe::Choice("PATH", &["no-such-program"])));
        assert!(need(Probe::Choice("NO_SUCH_VARIABLE", &["sh"])));
        assert!(!need(Probe::Choice("NO_SUCH_VARIABLE", &["no-such-program"])));
        assert!(!need(Probe::Subcommand("no-such-subcommand")));
        assert!(!need(Probe::Module("no_such_module")));
    }

    #[test]
    fn each_need_is_listed_once() {
        let names: BTreeSet<_> = NEEDS.iter().map(Need::name).collect();
        assert_eq!(names.len(), NEEDS.len());
        let lints = NEEDS.iter().filter(|need| need.purpose == Purpose::Lints);
        assert!(lints.into_iter().all(|need| !matches!(need.source, Source::Apt(_))));
    }
}
