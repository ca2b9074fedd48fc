//! `lapwing sim`: the network laboratory from the command line.

mod args;
mod check;
mod clip;
mod compare;
mod dispatch;
mod error;
mod export;
mod find;
mod json_path;
mod list;
mod pages;
mod pool;
mod progress;
mod record;
mod run;
mod show;
mod similar;
mod store;
mod stored;
mod suite;
mod sweep;
mod verify;

pub use args::{
    Args, ChangeArgs, CheckArgs, Command, CompareArgs, ListArgs, PlotArgs, RunArgs, ShowArgs,
    SuiteArgs, SweepArgs,
};
pub use dispatch::{plot, run};
pub use error::SimError;
