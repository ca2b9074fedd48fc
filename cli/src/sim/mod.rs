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
mod live;
mod new;
mod own;
mod pages;
mod paper;
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
    Args, ChangeArgs, CheckArgs, Command, CompareArgs, ListArgs, NewArgs, PlotArgs, RunArgs,
    ShowArgs, SuiteArgs, SweepArgs,
};
pub use dispatch::{plot, run};
pub use error::{NewError, SimError};
pub use live::{LiveArgs, LiveError};
pub(crate) use own::bring;
pub use paper::{FiguresArgs, Format, PaperArgs, PlotCommand};
