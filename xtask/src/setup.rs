//! Set-up: installs what is missing and says so; does nothing when nothing is missing.

use crate::needs::{CARGO_DENY_VERSION, NEEDS, Need, Purpose, Source, on_path};
use crate::process::{cargo, program, shown, succeeds};
use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, ExitCode, Stdio};

/// Other programs may hold the package database for a while after a machine starts.
const DPKG_LOCK_TIMEOUT: &str = "DPkg::Lock::Timeout=120";

/// `cargo xtask setup`.
pub(crate) fn command(check_only: bool) -> ExitCode {
    let purposes = [Purpose::Build, Purpose::Peers, Purpose::Lints];
    let well = if check_only {
        let missing = missing(&purposes);
        list("missing", &missing);
        missing.is_empty()
    } else {
        run(&purposes)
    };
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Installs what is missing for these purposes. True when afterwards all that [`Purpose::Build`] and
/// [`Purpose::Lints`] ask for is there: tests that need a peer say themselves that they were skipped.
pub(crate) fn run(purposes: &[Purpose]) -> bool {
    let wanted = missing(purposes);
    if wanted.is_empty() {
        println!("set-up: nothing is missing");
        return true;
    }
    list("installing", &wanted);
    install_packages(&wanted);
    install_components(&wanted);
    if wanted.iter().any(|need| need.source == Source::CargoDeny) {
        install_cargo_deny();
    }
    let still = missing(purposes);
    if still.is_empty() {
        println!("set-up: all is there");
    } else {
        list("STILL MISSING, install it by hand:", &still);
    }
    still.iter().all(|need| need.purpose == Purpose::Peers)
}

fn missing(purposes: &[Purpose]) -> Vec<Need> {
    let asked = NEEDS.iter().filter(|need| purposes.contains(&need.purpose));
    asked.filter(|need| !need.is_met()).copied().collect()
}

fn list(what: &str, needs: &[Need]) {
    if needs.is_empty() {
        println!("set-up: nothing is missing");
    }
    for need in needs {
        println!("set-up: {what} {} ({})", need.name(), need.why);
    }
}

fn install_packages(wanted: &[Need]) {
    let packages: Vec<&str> = wanted
        .iter()
        .filter_map(|need| if let Source::Apt(name) = need.source { Some(name) } else { None })
        .collect();
    if packages.is_empty() {
        return;
    }
    if !on_path("apt-get") {
        println!("set-up: no apt-get here; these are the Debian names of what is needed");
        return;
    }
    let Some(become_root) = Root::find() else {
        println!("set-up: neither root nor sudo; run this and come back:");
        println!("  apt-get install -y --no-install-recommends {}", packages.join(" "));
        return;
    };
    let mut lists_are_fresh = false;
    if !has_package_lists() {
        lists_are_fresh = shown(&mut become_root.apt_get(&["update"]));
    }
    if install(become_root, &packages) {
        return;
    }
    // A list from last month names files that the mirror no longer has.
    if !lists_are_fresh
        && shown(&mut become_root.apt_get(&["update"]))
        && install(become_root, &packages)
    {
        return;
    }
    // One unknown name makes apt-get refuse all of them.
    for package in packages {
        install(become_root, &[package]);
    }
}

fn install(become_root: Root, packages: &[&str]) -> bool {
    let mut command = become_root.apt_get(&["install", "-y", "--no-install-recommends"]);
    shown(command.args(packages))
}

/// Whether `apt-get update` was ever run here.
fn has_package_lists() -> bool {
    std::fs::read_dir("/var/lib/apt/lists").is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
    })
}

/// A way to act as root.
#[derive(Clone, Copy)]
enum Root {
    /// We are root.
    Already,
    /// Through sudo, which does not ask.
    Sudo,
    /// Through sudo, which may ask the person at the terminal for a password.
    SudoAsks,
}

impl Root {
    fn find() -> Option<Self> {
        let user = std::fs::metadata("/proc/self").map(|process| process.uid());
        if user.is_ok_and(|id| id == 0) {
            Some(Self::Already)
        } else if !on_path("sudo") {
            None
        } else if succeeds(program("sudo").args(["-n", "true"])) {
            Some(Self::Sudo)
        } else if std::io::stdin().is_terminal() {
            Some(Self::SudoAsks)
        } else {
            None
        }
    }

    fn apt_get(self, words: &[&str]) -> Command {
        let mut command = match self {
            Self::Already => program("env"),
            Self::Sudo => program("sudo"),
            Self::SudoAsks => {
                let mut command = program("sudo");
                command.stdin(Stdio::inherit());
                command
            }
        };
        if matches!(self, Self::Sudo) {
            command.args(["-n", "env"]);
        } else if matches!(self, Self::SudoAsks) {
            command.arg("env");
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", DPKG_LOCK_TIMEOUT]);
        command.args(words);
        command
    }
}

fn install_components(wanted: &[Need]) {
    for need in wanted {
        if let Source::Rustup(component) = need.source {
            shown(program("rustup").args(["component", "add", component]));
        }
    }
}

/// Unoptimised and without the features that fetch: a minute and a half on two cores instead of eight.
fn install_cargo_deny() {
    let words = ["install", "cargo-deny", "--version", CARGO_DENY_VERSION, "--locked"];
    shown(cargo(&words).args(["--debug", "--no-default-features"]));
}
