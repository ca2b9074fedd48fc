//! What `lapwing devices` takes.

const EXAMPLES: &str = "Examples:
  lapwing devices
      Every camera, microphone, speaker, screen and window, with its id.
  lapwing devices show v4l2:video0
      What one of them can do. Part of a label will do: \"lapwing devices show webcam\".
  lapwing devices list --kind display --json
      The screens and windows alone, one JSON object a line.
  lapwing devices show screen --try
      Opens it for a moment, and says what came.

Nothing is opened but with --try; then programs and lights may show that it is in use.

Exit status: 0, or 1 when no device fits, or the one that was tried gave nothing.";

/// List cameras, microphones, speakers, screens and windows, and what they can do.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What to do: to list, unless something else is said.
    #[command(subcommand)]
    pub action: Option<Action>,
    /// Tell everything as JSON, one object a line.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Action {
    /// List all devices.
    List {
        /// Only those of this kind.
        #[arg(long, value_enum)]
        kind: Option<Kind>,
    },
    /// Show what devices can do.
    Show {
        /// Which: an id, or a part of a label.
        device: String,
        /// Open the first of them for a moment, and say what came.
        #[arg(long = "try")]
        try_it: bool,
    },
}

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Cameras.
    Camera,
    /// Microphones.
    Microphone,
    /// Speakers.
    Speaker,
    /// Screens and windows.
    Display,
}
