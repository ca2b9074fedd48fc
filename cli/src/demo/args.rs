//! What `lapwing demo` takes.

use std::path::PathBuf;

const EXAMPLES: &str = "Examples:
  lapwing demo
      Ten seconds of call; the report is target/demo/report.html.
  lapwing demo --seconds 30 --report long-call
      A longer call, the report elsewhere.
  lapwing demo --no-browser
      The native peers alone.

Exit status: 0 when every track flowed both ways, 1 otherwise.";

/// Let two native peers and a headless Chromium meet in a room, and report what each saw.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Folder for the report, the picture and the recordings.
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    pub report: PathBuf,
    /// Length of the call after everyone is connected.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(3..=600))]
    pub seconds: u64,
    /// Leave the browser out, also where there is one.
    #[arg(long)]
    pub no_browser: bool,
    /// Print what each participant saw as JSON instead of tables.
    #[arg(long)]
    pub json: bool,
}
