//! Set-up: installs what is missing and says so; does nothing when nothing is missing.

use crate::needs::{CARGO_DENY_VERSION, NEEDS, Need, Purpose, Source};
use crate::packages;
use crate::process::{cargo, program, shown};
use std::process::ExitCode;

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

/// Installs what is missing for these purposes. True when afterwards all that [`Purpose::Build`]
/// and [`Purpose::Lints`] ask for is there: tests that need a peer say themselves that they were
/// skipped.
pub(crate) fn run(purposes: &[Purpose]) -> bool {
    let wanted = missing(purposes);
    if wanted.is_empty() {
        println!("set-up: nothing is missing");
        return true;
    }
    list("installing", &wanted);
    packages::install(&packages_of(&wanted));
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

fn packages_of(wanted: &[Need]) -> Vec<&'static str> {
    let names = wanted.iter().map(|need| match need.source {
        Source::Apt(name) => Some(name),
        Source::Rustup(_) | Source::CargoDeny => None,
    });
    names.flatten().collect()
}

fn install_components(wanted: &[Need]) {
    for need in wanted {
        if let Source::Rustup(component) = need.source {
            shown(program("rustup").args(["component", "add", component]));
        }
    }
}

/// Unoptimised and without the features that fetch: a minute and a half on two cores instead of
/// eight.
fn install_cargo_deny() {
    let words = ["install", "cargo-deny", "--version", CARGO_DENY_VERSION, "--locked"];
    shown(cargo(&words).args(["--debug", "--no-default-features"]));
}
