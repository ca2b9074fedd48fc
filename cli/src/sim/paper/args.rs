//! What `lapwing plot figures` and `lapwing sim paper` take.

use std::path::PathBuf;

use clap::ValueEnum;
use lapwing_benches::lab::{Around, PaperKind};
use lapwing_simnet::Sessions;

use crate::numbers::Numbers;

const FIGURES_EXAMPLES: &str = "Examples:
  lapwing plot figures target/run --out target/figures
      Every figure of a run that `lapwing sim run --out` left, as SVG, with its data as CSV.
  lapwing plot figures target/board-before target/board-after --out target/figures --kind compare,cdf
      Two folders of `lapwing sim suite --out` over each other, scenario by scenario.
  lapwing plot figures target/paper/runs/own --out target/figures --kind bands --band mean --format pdf,png
      What lies between seeds, as means with 95 % confidence.

A folder holds a run, or runs of one scenario with several seeds, or of several scenarios. Runs of a folder that
differ in their seed alone are taken together; folders are told from each other by their names.

Kinds:
  delay      one-way delay of packets over time, first seed
  cdf        how one-way and queueing delay are distributed, all seeds
  goodput    goodput over time beside the capacity, first seed
  window     estimate, encoder's target and rate sent; windows of TCP connections; first seed
  bands      goodput and delay over several seeds
  multiples  a small chart a scenario, or a flow of the only one
  compare    several folders over each other

Exit status: 0, or 2 when a run cannot be read.";

const PAPER_EXAMPLES: &str = "Examples:
  lapwing sim paper rfc8867-5.1-owd50 rfc8867-5.4 --seeds 1-5 --out target/paper
      Ten runs, and of each scenario figures, their data, and a table; target/paper/README.md names it all.
  lapwing sim paper my.toml --seeds 1-10 --sessions own,str0m --format svg,pdf --out target/paper
      Both sessions over each other.
  lapwing sim paper my.toml --seeds 1-10 --out target/paper
      Once more after an interruption: what is there is not run again.

Exit status: 0 when there is every run, whatever is expected of it; 1 when runs failed; 2 when the command or a
scenario is wrong.";

/// A format of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Vectors, for programs that place SVG.
    Svg,
    /// Vectors, for LaTeX.
    Pdf,
    /// Pixels, 3 for each unit: 343 an inch.
    Png,
}

/// How figures are drawn.
#[derive(Clone, Debug, clap::Args)]
pub struct DrawArgs {
    /// Formats of figures.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "svg")]
    pub format: Vec<Format>,
    /// Kinds of figures; without it, all that there is data for.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub kind: Vec<PaperKind>,
    /// What stands for several seeds: median (with the 10th to the 90th percentile) or mean (with
    /// 95 % confidence).
    #[arg(long, value_name = "NAME", default_value_t)]
    pub band: Around,
}

impl DrawArgs {
    /// The kinds that are wanted.
    pub(super) fn kinds(&self) -> Vec<PaperKind> {
        match self.kind.as_slice() {
            [] => PaperKind::ALL.to_vec(),
            some => some.to_vec(),
        }
    }
}

/// What `lapwing plot` draws instead of pages.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum PlotCommand {
    /// Draw figures for a paper, with their data as CSV.
    Figures(FiguresArgs),
}

/// What `lapwing plot figures` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = FIGURES_EXAMPLES)]
pub struct FiguresArgs {
    /// Folders of runs, of seeds, or of scenarios.
    #[arg(required = true, num_args = 1..=6, value_name = "DIR")]
    pub folders: Vec<PathBuf>,
    /// Folder for the figures; it is made.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// How they are drawn.
    #[command(flatten)]
    pub draw: DrawArgs,
}

/// What `lapwing sim paper` takes.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = PAPER_EXAMPLES)]
pub struct PaperArgs {
    /// Scenarios by their names, or files.
    #[arg(required = true, value_name = "NAME|FILE")]
    pub scenarios: Vec<String>,
    /// Seeds, like 1-5,9; without it, those of each scenario.
    #[arg(long, value_name = "LIST")]
    pub seeds: Option<Numbers>,
    /// What carries the calls, one after the other: own, own-str0m, str0m-own, str0m.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "own")]
    pub sessions: Vec<Sessions>,
    /// Folder for all of it; it is made.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Processes at a time; without it, one for each core.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub jobs: Option<u16>,
    /// How figures are drawn.
    #[command(flatten)]
    pub draw: DrawArgs,
}
