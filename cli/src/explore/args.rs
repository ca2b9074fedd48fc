//! What the search for faults takes.

use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  lapwing sim explore
      A hundred universes; those that fail are shrunk and written to simnet/regress.
  lapwing sim explore --seed 7 --universes 1000 --first 5000
      Others.
  lapwing sim explore --universes 100000 --time 600 --jobs 2
      As many as begin within ten minutes, on two threads.
  lapwing sim explore --helped
      A hundred with NATs, firewalls, STUN and TURN servers.
  lapwing sim explore --replay simnet/regress/roam.toml
      Plays the universe of a file.

Status: 0 when all invariants held, 1 when one did not, 2 when a file cannot be read.";

/// Search for faults in random networks.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ExploreArgs {
    /// How many universes to play.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub universes: u64,
    /// Universes follow from it.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// The number of the first universe.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub first: u64,
    /// Threads to play them on; as many as there are processors where it is left out. What is
    /// told is the same.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Begin no universe when so many seconds are over.
    #[arg(long, value_name = "SECS")]
    pub time: Option<u64>,
    /// Runs that may be spent on shrinking a failure.
    #[arg(long, value_name = "N", alias = "shrink-runs", default_value_t = 300)]
    pub shrink: u32,
    /// Seconds that may be spent on it.
    #[arg(long, value_name = "SECS", default_value_t = 120)]
    pub shrink_time: u64,
    /// Universes with NATs, firewalls, STUN and TURN servers, which are lost, or refuse.
    #[arg(long)]
    pub helped: bool,
    /// Where files of failures go.
    #[arg(long, value_name = "DIR", default_value = "simnet/regress")]
    pub out: PathBuf,
    /// Play the universe of this file instead.
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// Tell everything as JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}
