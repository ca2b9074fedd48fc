//! `lapwing call`: a native participant with pictures and sound, from the command line to the
//! report.
//!
//! [`call`] makes a call and gives its [`CallReport`](lapwing_rooms::call::CallReport); [`run`] is
//! the subcommand.

mod app;
mod args;
mod devices;
mod display;
mod error;
mod levels;
mod note;
mod prompt;
mod run;
mod screen;
mod stdin;
mod tape;

pub use args::Args;
pub use error::CallFailure;
pub use note::CallNote;
pub use run::{call, run};
