//! The command line: one word for what to do, few options.

use std::fmt;

/// What `cargo xtask --help` prints.
pub(crate) const HELP: &str = "\
Set-up and checks of Lapwing

Usage: cargo xtask <COMMAND> [OPTIONS]

Commands:
  demo [ARGS]   set up, build, then run `lapwing demo --report target/demo ARGS`
  test          every test: unit, integration, browsers, tidy, benches once, doc tests, the package for Python
  ci            lock file, fmt, clippy, docs and licences, then everything that `test` and `laboratory` run
  laboratory    all simulated suites against their committed tables, optimised and not; a search for faults
  setup         install what is missing and say what; do nothing when nothing is missing
  peers [NAME..]  install the stacks that the interop wall tries Lapwing with; `peers --help` has more
  python        only the package for Python: builds and tests it in target/python
  tidy          only the house rules: who may import whom, lengths, no sleeping in tests
  advisories    check dependencies against the RustSec database (fetches it: needs the internet)

Options:
  --no-setup    with test, laboratory and ci: install nothing, go on with what there is
  --check       with setup: only list what is missing
  -h, --help    print this

Examples:
  cargo xtask demo
  cargo xtask demo --seed 7 --report target/demo-7
  cargo xtask test
  cargo xtask ci --no-setup
  cargo xtask setup --check
  cargo xtask peers --list

Exit codes:
  0  all is well
  1  a check failed, or something needed is missing
  2  the command line is wrong
  demo exits with the code of the program it ran";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Print [`HELP`].
    Help,
    /// Install what is missing, or only list it.
    Setup { check_only: bool },
    /// Build and run the demonstration; the arguments go to it untouched.
    Demo { arguments: Vec<String> },
    /// The peers of the wall; the words are theirs to read.
    Peers { words: Vec<String> },
    /// The package for Python alone.
    Python,
    /// The house rules alone.
    Tidy,
    /// Every test.
    Test { set_up: bool },
    /// Every check.
    Ci { set_up: bool },
    /// Suites and search of the simulator.
    Laboratory { set_up: bool },
    /// The RustSec database.
    Advisories,
}

/// Why a command line was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum UsageError {
    /// No command was given.
    NoCommand,
    /// The command is not one of ours.
    UnknownCommand(String),
    /// The command does not know this option.
    UnknownOption { command: &'static str, option: String },
}

impl fmt::Display for UsageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCommand => out.write_str("a command is missing"),
            Self::UnknownCommand(word) => write!(out, "there is no command `{word}`"),
            Self::UnknownOption { command, option } => {
                write!(out, "`{command}` has no option `{option}`")
            }
        }
    }
}

/// Reads the words after `cargo xtask`.
pub(crate) fn parse(words: &[String]) -> Result<Command, UsageError> {
    let (command, rest) = words.split_first().ok_or(UsageError::NoCommand)?;
    match command.as_str() {
        "-h" | "--help" | "help" => Ok(Command::Help),
        "demo" => Ok(Command::Demo { arguments: rest.to_vec() }),
        "peers" => Ok(Command::Peers { words: rest.to_vec() }),
        "setup" => Ok(Command::Setup { check_only: flag("setup", rest, "--check")? }),
        "test" => Ok(Command::Test { set_up: !flag("test", rest, "--no-setup")? }),
        "ci" => Ok(Command::Ci { set_up: !flag("ci", rest, "--no-setup")? }),
        "laboratory" => {
            Ok(Command::Laboratory { set_up: !flag("laboratory", rest, "--no-setup")? })
        }
        "python" => nothing_more("python", rest).map(|()| Command::Python),
        "tidy" => nothing_more("tidy", rest).map(|()| Command::Tidy),
        "advisories" => nothing_more("advisories", rest).map(|()| Command::Advisories),
        _ => Err(UsageError::UnknownCommand(command.clone())),
    }
}

/// Whether the one option that `command` knows was given.
fn flag(command: &'static str, rest: &[String], known: &str) -> Result<bool, UsageError> {
    match rest.iter().find(|word| *word != known) {
        Some(option) => Err(UsageError::UnknownOption { command, option: option.clone() }),
        None => Ok(!rest.is_empty()),
    }
}

fn nothing_more(command: &'static str, rest: &[String]) -> Result<(), UsageError> {
    match rest.first() {
        Some(option) => Err(UsageError::UnknownOption { command, option: option.clone() }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Command, UsageError, parse};

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn commands_and_their_options_are_read() {
        assert_eq!(parse(&words("--help")), Ok(Command::Help));
        assert_eq!(parse(&words("test")), Ok(Command::Test { set_up: true }));
        assert_eq!(parse(&words("ci --no-setup")), Ok(Command::Ci { set_up: false }));
        assert_eq!(parse(&words("setup --check")), Ok(Command::Setup { check_only: true }));
        assert_eq!(parse(&words("tidy")), Ok(Command::Tidy));
        assert_eq!(parse(&words("python")), Ok(Command::Python));
    }

    #[test]
    fn the_demo_gets_its_arguments_untouched() {
        let arguments = words("--seed 7 --help");
        assert_eq!(parse(&words("demo --seed 7 --help")), Ok(Command::Demo { arguments }));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parse(&[]), Err(UsageError::NoCommand));
        assert_eq!(parse(&words("tset")), Err(UsageError::UnknownCommand("tset".into())));
        let unknown = UsageError::UnknownOption { command: "ci", option: "--fast".into() };
        assert_eq!(parse(&words("ci --fast")), Err(unknown));
    }
}
