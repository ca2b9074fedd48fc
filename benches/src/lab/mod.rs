//! Pictures of simulated runs: the page of a run, of several beside each other, of a sweep, and
//! figures for papers.
//!
//! All of it is made from stored outcomes alone: a page can be drawn again at any time.

mod compare;
mod figure;
mod flow;
mod link;
mod page;
mod paper;
mod rows;
mod student;
mod sweep;
mod tables;

pub use compare::{Compared, compare_page, compare_table};
pub use figure::Figure;
pub use link::charts as link_charts;
pub use page::run_page;
pub use paper::{Across, Around, PaperFigure, PaperKind, PaperTable, Subject, figures};
pub use sweep::{OverSeeds, SweepAxis, SweepRun, SweepView, sweep_page, sweep_table};
pub use tables::{channels_table, cross_table, flows_table, phases_table, verdicts_table};
