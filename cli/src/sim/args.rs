//! What `lapwing sim` takes.

use std::ops::Range;
use std::path::PathBuf;

use lapwing_simnet::suite::Suite;

use crate::explore::ExploreArgs;

const EXAMPLES: &str = "Examples:
  lapwing sim list
      The scenarios that the program carries.
  lapwing sim run rfc8867-5.1-owd50 --seed 7 --out target/run
      One of them, with its figures in target/run.
  lapwing sim check my.toml && lapwing sim run my.toml --verify
      A scenario of your own, run twice to see that it repeats.
  lapwing sim suite rfc8867
      All cases of RFC 8867 over five seeds.
  lapwing sim explore --universes 100
      Random networks and faults, held against what must always be true.

Exit status: 0 when all is as expected, 1 when an expectation is not met or a run does not repeat,
2 when the command or a scenario is wrong.";

const RUN_EXAMPLES: &str = "Examples:
  lapwing sim run rfc8867-5.4
      Prints the figures of each flow and link, and the verdicts on what the scenario expects.
  lapwing sim run rfc8867-5.4 --seed 3 --json
      The same as JSON, without the series.
  lapwing sim run my.toml --out target/run
      Keeps all figures and series in summary.json and the hash chain in chain.bin.
  lapwing sim run rfc8867-5.4 --verify
      Runs a second time in another process and names the first event that differs.

The hash chain covers all events with their time and place, and every byte of every packet. (Elsewhere than on
Linux it leaves out wake-ups and payload, which depend on the system's clock and randomness.)

Exit status: 0 when every expectation is met and, with --verify, the run repeats; 1 otherwise;
2 when the command or the scenario is wrong.";

const SUITE_EXAMPLES: &str = "Examples:
  lapwing sim suite rfc8867
      24 scenarios, 5 seeds, a process for each core; then the table.
  lapwing sim suite rfc8869 --seeds 1 --out target/board
      Only seed 1; the table lands in target/board/rfc8869.md, each run beside it.

What is known to fail is listed with its reason in simnet/expectations.toml.

Exit status: 0 when all fails that is known to fail and nothing else; 1 otherwise; 2 when the command is
wrong. With fewer than 5 seeds, a known failure that passes is no fault.";

/// Run calls in a simulated network: scenarios, suites, proofs that runs repeat.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands of the laboratory.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Check scenario files: every fault with its line, field and what is allowed.
    Check(CheckArgs),
    /// List the scenarios that the program carries.
    List(ListArgs),
    /// Run a scenario.
    Run(RunArgs),
    /// Run all cases of an RFC over several seeds.
    Suite(SuiteArgs),
    /// Search for faults in random networks.
    Explore(ExploreArgs),
}

/// What `lapwing sim check` takes.
#[derive(Clone, Debug, clap::Args)]
pub struct CheckArgs {
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// What `lapwing sim list` takes.
#[derive(Clone, Debug, clap::Args)]
pub struct ListArgs {
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What `lapwing sim run` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = RUN_EXAMPLES)]
pub struct RunArgs {
    /// A scenario by its name, or a file.
    #[arg(value_name = "NAME|FILE")]
    pub scenario: String,
    /// The seed of everything random; without it, the scenario's first.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Run a second time in another process and compare.
    #[arg(long)]
    pub verify: bool,
    /// Folder for summary.json and chain.bin; it is made.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print figures and verdicts as JSON instead of tables.
    #[arg(long)]
    pub json: bool,
    /// For the program itself: print the events of these numbers and nothing else.
    #[arg(long, hide = true, value_name = "FIRST..END", value_parser = range)]
    pub events: Option<Range<u64>>,
}

/// What `lapwing sim suite` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = SUITE_EXAMPLES)]
pub struct SuiteArgs {
    /// rfc8867 or rfc8869.
    #[arg(value_name = "SUITE")]
    pub suite: Suite,
    /// Run each scenario with the seeds 1 to N.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub seeds: u64,
    /// Folder for the table and for a folder of each run; it is made.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print all figures and judgements as JSON instead of the table.
    #[arg(long)]
    pub json: bool,
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let bounds = text.split_once("..").map(|(first, end)| (first.parse(), end.parse()));
    match bounds {
        Some((Ok(first), Ok(end))) => Ok(first..end),
        _ => Err(format!("{text:?} is no range FIRST..END")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_two_ends() {
        assert_eq!(range("3..7"), Ok(3..7));
        assert!(range("3").is_err());
        assert!(range("a..b").is_err());
    }
}
