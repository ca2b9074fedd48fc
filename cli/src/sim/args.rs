//! What `lapwing sim` takes.

use std::ops::Range;
use std::path::PathBuf;

use lapwing_benches::lab::Figure;
use lapwing_simnet::Sessions;
use lapwing_simnet::scenario::Change;
use lapwing_simnet::suite::Suite;

use super::LiveArgs;
use super::paper::{PaperArgs, PlotCommand};
use crate::explore::ExploreArgs;
use crate::numbers::Numbers;

const EXAMPLES: &str = "Examples:
  lapwing sim list
      The scenarios that the program carries.
  lapwing sim run traversal-homes --seed 7 --out target/run
      One of them, with its figures in target/run.
  lapwing sim check my.toml && lapwing sim run my.toml --verify
      A scenario of your own, run twice to see that it repeats.
  lapwing sim compare target/before target/after --out compare.html
      Two runs beside each other.
  lapwing sim sweep my.toml --out target/sweep
      Every combination of the scenario's [sweep], with heat maps.
  lapwing sim suite rfc8867
      All cases of RFC 8867 over five seeds.
  lapwing sim explore --universes 100
      Random networks and faults, held against what must always be true.
  lapwing sim live my.toml -- ./my-program
      A program of yours over the scenario's links, in real time.

Exit status: 0 when all is as expected, 1 when an expectation is not met, 2 when the command or a scenario is
wrong, 3 when a run does not repeat.";

const SHOW_EXAMPLES: &str = "Examples:
  lapwing sim show rfc8867-5.4 | less
      The scenario as TOML.
  lapwing sim show rfc8867-5.4 --out my.toml && lapwing sim run my.toml
      A copy to be changed. A file that is there is never replaced.

Exit status: 0, or 2 when there is no such scenario or the file cannot be made.";

const RUN_EXAMPLES: &str = "Examples:
  lapwing sim run rfc8867-5.4
      Prints the figures of each flow and link, and the verdicts on what the scenario expects.
  lapwing sim run rfc8867-5.4 --seed 3 --json
      The same as JSON, without the series.
  lapwing sim run rfc8867-5.4 --seeds 101-105,200 --out target/runs --brief
      Six runs one after the other; each leaves its report and its figures in target/runs/seed-N.
  lapwing sim run my.toml --out target/run
      Leaves in target/run:
        report.html    charts, figures and verdicts; `lapwing plot target/run` draws it again
        summary.json   all figures and series
        chain.bin      the hash chain, eight bytes (little-endian) an event
        run.pcapng     what each peer sent and received and what was dropped, for Wireshark
        run.keys       the keys to it
        events.jsonl   what the engines said, and drops
        rfc8868.log    a line for each RTP packet (RFC 8868 section 3.1)
  lapwing sim run my.toml --out target/run --record && lapwing replay target/run/flow-1-sender.log
      What entered each engine, and all of it once more without the network.
  lapwing sim run rfc8868-sweep --point 7 --out target/run
      The combination 7 of the scenario's sweep, counted from 0.
  lapwing sim run rfc8867-5.4 --verify
      Runs a second time in another process and names the first event that differs.

The hash chain covers all events with their time and place, and every byte of every packet. (Elsewhere than on
Linux it leaves out wake-ups and payload, which depend on the system's clock and randomness.)

Exit status: 0 when every expectation is met and, with --verify, the run repeats; 1 when an expectation is not
met; 2 when the command or the scenario is wrong; 3 when, with --verify, the run does not repeat, whatever else.";

const NEW_EXAMPLES: &str = "Examples:
  lapwing sim new my-lab && cd my-lab && cargo test
      A crate with a controller, a queue, three scenarios that name them, and tests.
  cargo run --release -- sim run scenarios/step.toml --out run
      In it: this program with the crate's parts.

Exit status: 0, or 2 when the folder exists, its name is none of a crate, or Lapwing's sources are not found.";

const SUITE_EXAMPLES: &str = "Examples:
  lapwing sim suite rfc8867
      24 scenarios, 5 seeds, a process for each core; then the table.
  lapwing sim suite rfc8869 --seeds 1 --out target/board
      Only seed 1; the table lands in target/board/rfc8869.md, report and summary of each run beside it.
  lapwing sim suite rfc8869 --seeds 1 --out target/board --pcap
      Captures and logs of each run too: some hundred MB.

What is known to fail is listed with its reason in simnet/expectations.toml.

Exit status: 0 when all fails that is known to fail and nothing else; 1 otherwise; 2 when the command is
wrong. Unless all seeds of the committed table are among those given, a known failure that passes is no fault.";

const SWEEP_EXAMPLES: &str = "Examples:
  lapwing sim sweep my.toml --out target/sweep
      Runs every combination of the values in the scenario's [sweep], with each of its seeds, then prints the table.
      Leaves in target/sweep:
        sweep.html     heat maps, means over seeds with their confidence (95 %)
        sweep.json     all figures
        sweep.csv      a row for each run: values of the sweep, seed, figures
        series.csv     a row for each flow of a run in each tenth of a second
        point-N/seed-S/summary.json, of each run
  lapwing sim sweep my.toml --out target/sweep
      Once more after an interruption: what is there is not run again.
  lapwing sim sweep rfc8868-sweep --seeds 1 --jobs 4 --out target/sweep --figure loss --figure freeze_s
      One seed, four processes, and other figures.

  lapwing sim sweep rfc8867-5.4 --axis link.fwd.delay_ms=10..100/10 --axis link.fwd.queue.type=tail-drop,codel \\
      --set meta.duration_s=60 --seeds 1-10 --out target/sweep
      Any field of any scenario, by its path: names of tables, and of a list's tables one by its name or id.
  lapwing sim sweep my.toml --axis media.video.max_bps=5e5..8e6@5:log --point 0-1 --out target/sweep
      Values in equal proportions; of the five the first two alone.

The same as tables in a file:
  [sweep]
  link.fwd.loss.p = [0, 0.01, 0.1]
  link.fwd.delay_ms = { from = 10, to = 100, step = 10 }
  media.video.max_bps = { from = 5e5, to = 8e6, count = 5, scale = \"log\" }

A sweep has 100,000 combinations at most, an axis 10,000 values.

A finished run is a summary.json of the same scenario text, program and seed. Its other files:
`lapwing sim run my.toml --point N --seed S --out DIR`.

Exit status: 0 when there is every run, 1 when runs failed, 2 when the command or the scenario is wrong.";

/// What a sweep shows without `--figure`.
const SWEEP_FIGURES: [&str; 3] = ["utilisation", "queueing_delay_p95_ms", "frame_delay_p95_ms"];

const COMPARE_EXAMPLES: &str = "Examples:
  lapwing sim compare target/before target/after
      Every figure of both, and how far the second is from the first.
  lapwing sim compare target/seed-1 target/seed-2 target/seed-3 --out target/compare.html
      Three runs, and a page with their series over each other.

Exit status: 0, or 2 when a run cannot be read.";

const PLOT_EXAMPLES: &str = "Examples:
  lapwing plot target/run
      Draws target/run/report.html again from target/run/summary.json.
  lapwing plot target/sweep target/board/*/seed-*
      A sweep's sweep.html from its sweep.json, and the reports of many runs.
  lapwing plot figures target/run --out target/figures --format svg,pdf
      Figures of a run for a paper, with their data as CSV.

Exit status: 0, or 2 when a file is missing, cut or something else: it is named with the field.";

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
    /// Begin a crate with a congestion controller and a queue of your own.
    New(NewArgs),
    /// Print a scenario that the program carries, to be edited and run as a file.
    Show(ShowArgs),
    /// Run a scenario, with one seed or several.
    Run(RunArgs),
    /// Run all cases of an RFC over several seeds.
    Suite(SuiteArgs),
    /// Run every combination of a scenario's parameters over several seeds.
    Sweep(SweepArgs),
    /// Show stored runs beside each other.
    Compare(CompareArgs),
    /// Run scenarios and leave all that a paper needs: figures with their data, tables, a README.
    Paper(PaperArgs),
    /// Search for faults in random networks.
    Explore(ExploreArgs),
    /// Run programs of this machine over a scenario's links, in real time.
    Live(Box<LiveArgs>),
}

/// What `lapwing sim check` takes.
#[derive(Clone, Debug, clap::Args)]
pub struct CheckArgs {
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// What `lapwing sim new` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = NEW_EXAMPLES)]
pub struct NewArgs {
    /// The folder to make; its name is the crate's.
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// Lapwing's sources; those that this program was made of, if they are still there.
    #[arg(long, value_name = "FOLDER")]
    pub lapwing: Option<PathBuf>,
}

/// What `lapwing sim list` takes.
#[derive(Clone, Debug, clap::Args)]
pub struct ListArgs {
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// What `lapwing sim show` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub struct ShowArgs {
    /// A scenario by its name.
    #[arg(value_name = "NAME")]
    pub scenario: String,
    /// Leave it in this file, which must not be there yet, and print the file's name.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// What is different from a scenario's file.
#[derive(Clone, Debug, clap::Args)]
pub struct ChangeArgs {
    /// Give a field another value, by its path as in `[sweep]`: media.video.max_bps=2e6; may be
    /// given more than once.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = Change::set)]
    pub sets: Vec<Change>,
    /// Add an axis to the sweep: link.fwd.delay_ms=10..100/10, FROM..TO@COUNT, FROM..TO@COUNT:log
    /// or a list; may be given more than once.
    #[arg(long = "axis", value_name = "KEY=VALUES", value_parser = Change::axis)]
    pub axes: Vec<Change>,
}

impl ChangeArgs {
    /// All changes.
    pub fn all(&self) -> Vec<Change> {
        self.sets.iter().chain(&self.axes).cloned().collect()
    }

    /// As they are given to another process of the program.
    pub fn words(&self) -> Vec<&str> {
        let of = |change: &'_ Change| if change.is_axis() { "--axis" } else { "--set" };
        self.sets.iter().chain(&self.axes).flat_map(|one| [of(one), one.words()]).collect()
    }
}

/// What `lapwing sim run` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = RUN_EXAMPLES)]
pub struct RunArgs {
    /// A scenario by its name, or a file.
    #[arg(value_name = "NAME|FILE")]
    pub scenario: String,
    /// The seed of everything random, or several, like 101-105,200: a run for each. Without it, the
    /// scenario's first.
    #[arg(long, visible_alias = "seeds", value_name = "LIST")]
    pub seed: Option<Numbers>,
    /// What carries the calls, whatever the scenario says: own, own-str0m (the sender's is our
    /// own), str0m-own or str0m.
    #[arg(long, value_name = "NAME")]
    pub sessions: Option<Sessions>,
    /// Take this combination of the scenario's sweep, counted from 0.
    #[arg(long, value_name = "N")]
    pub point: Option<usize>,
    /// What is different from the scenario.
    #[command(flatten)]
    pub changes: ChangeArgs,
    /// Run a second time in another process and compare.
    #[arg(long)]
    pub verify: bool,
    /// Folder for the report, figures and logs; it is made. With several seeds, each has a folder
    /// seed-N in it.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Of all files, leave report.html and summary.json alone.
    #[arg(long, requires = "out", conflicts_with_all = ["record", "no_pcap"])]
    pub brief: bool,
    /// Keep what enters each engine too, as flow-N-sender.log and flow-N-receiver.log, for `lapwing
    /// replay`.
    #[arg(long, requires = "out")]
    pub record: bool,
    /// Leave out run.pcapng.
    #[arg(long)]
    pub no_pcap: bool,
    /// The most that each of run.pcapng, events.jsonl and rfc8868.log may have, in MB; the rest is
    /// left out.
    #[arg(long, value_name = "MB", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub log_limit: u64,
    /// Print figures and verdicts as JSON instead of tables, a line for each run.
    #[arg(long)]
    pub json: bool,
    /// For the program itself: print the events of these numbers and nothing else.
    #[arg(long, hide = true, value_name = "FIRST..END", value_parser = range)]
    pub events: Option<Range<u64>>,
    /// For the program itself: of all files, leave summary.json alone, and say that this program
    /// made it.
    #[arg(long, hide = true, value_name = "DIGEST", requires = "out")]
    pub summary_by: Option<String>,
}

/// What `lapwing sim sweep` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = SWEEP_EXAMPLES)]
pub struct SweepArgs {
    /// A scenario by its name, or a file.
    #[arg(value_name = "NAME|FILE")]
    pub scenario: String,
    /// What is different from the scenario.
    #[command(flatten)]
    pub changes: ChangeArgs,
    /// Make these combinations alone, counted from 0, like 0-9,20; without it, all.
    #[arg(long, visible_alias = "points", value_name = "LIST")]
    pub point: Option<Numbers>,
    /// Folder for sweep.html, sweep.json, sweep.csv, series.csv and a folder of each run; it is
    /// made.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Processes at a time; without it, one for each core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub jobs: Option<u16>,
    /// Run each combination with these seeds, like 101-105,200, instead of the scenario's.
    #[arg(long, visible_alias = "seed", value_name = "LIST")]
    pub seeds: Option<Numbers>,
    /// A figure to be shown, by its name in sweep.json; may be given more than once.
    #[arg(long = "figure", value_name = "NAME", default_values = SWEEP_FIGURES)]
    pub figures: Vec<Figure>,
    /// Leave out series.csv.
    #[arg(long)]
    pub no_series: bool,
    /// Print sweep.json instead of the table.
    #[arg(long)]
    pub json: bool,
}

/// What `lapwing sim compare` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = COMPARE_EXAMPLES)]
pub struct CompareArgs {
    /// Folders of runs; the first is what the others are held against.
    #[arg(required = true, num_args = 2..=8, value_name = "DIR")]
    pub runs: Vec<PathBuf>,
    /// File for a page with the runs over each other; folders on the way are made.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print JSON instead of the table.
    #[arg(long)]
    pub json: bool,
}

/// Draw the pages of stored runs and sweeps again, or figures of them for a paper.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = PLOT_EXAMPLES, args_conflicts_with_subcommands = true)]
#[command(subcommand_negates_reqs = true)]
pub struct PlotArgs {
    /// Folders that `lapwing sim run --out` or `lapwing sim sweep --out` left.
    #[arg(required = true, value_name = "DIR")]
    pub folders: Vec<PathBuf>,
    /// What is drawn instead of pages.
    #[command(subcommand)]
    pub command: Option<PlotCommand>,
}

/// What `lapwing sim suite` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = SUITE_EXAMPLES)]
pub struct SuiteArgs {
    /// rfc8867, rfc8869 or channels.
    #[arg(value_name = "SUITE")]
    pub suite: Suite,
    /// Run each scenario with these seeds, like 1-5,200; without, with those of the committed
    /// table.
    #[arg(long, visible_alias = "seed", value_name = "LIST")]
    pub seeds: Option<Numbers>,
    /// What carries the calls: own, own-str0m (the sender's is our own), str0m-own or str0m.
    #[arg(long, value_name = "NAME", default_value_t)]
    pub sessions: Sessions,
    /// Folder for the table and for a folder of each run, with its report.html and summary.json; it
    /// is made.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Keep captures and logs of each run too, up to 256 MB each.
    #[arg(long, requires = "out")]
    pub pcap: bool,
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
