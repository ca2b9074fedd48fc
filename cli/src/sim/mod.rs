//! `lapwing sim`: the network laboratory from the command line.

mod args;
mod check;
mod clip;
mod compare;
mod dispatch;
mod error;
mod find;
mod json_path;
mod list;
mod pages;
mod paper;
mod pool;
mod progress;
mod record;
mod run;
mod show;
mod store;
mod stored;
mod suite;
mod sweep;
mod verify;

pub use args::{
    Args, CheckArgs, Command, CompareArgs, ListArgs, PlotArgs, RunArgs, SuiteArgs, SweepArgs,
};
pub use dispatch::{plot, run};
pub use error::SimError;
pub use paper::{FiguresArgs, Format, PaperArgs, PlotCommand};
