//! `lapwing call`: a native participant with pictures and sound.
//!
//! [`call`] makes a call and gives its [`CallReport`]; [`run`] is the subcommand. Media are made
//! and decoded by threads of their own, so that the loop that serves the network never waits for
//! them.

mod app;
mod args;
mod audio;
mod display;
mod error;
mod inbound;
mod meters;
mod note;
mod pace;
mod prompt;
mod receiving;
mod record;
mod report;
mod room;
mod run;
mod sending;
mod series;
mod stdin;
mod summary;
mod verdict;
mod video;
mod worker;

pub use args::{Args, AudioInput, Size, VideoInput};
pub use error::CallError;
pub use meters::{FreezeMeter, LevelMeter};
pub use note::CallNote;
pub use report::{CallReport, ConnectionReport, DataReport, Second, TrackReport};
pub use run::{call, run};
