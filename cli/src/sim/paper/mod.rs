//! Figures for papers: `lapwing plot figures`, and `lapwing sim paper`, which makes the runs too.

mod args;
mod command;
mod draw;
mod readme;
mod stock;
mod task;

pub use args::{FiguresArgs, Format, PaperArgs, PlotCommand};
pub(super) use command::{draw_stored, paper};
