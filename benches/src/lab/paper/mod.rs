//! Figures for papers: of stored runs over seeds, sessions, flows and scenarios.

mod across;
mod distribution;
mod draw;
mod kind;
mod over_seeds;
mod single;
mod spread;
mod subject;
mod summary;

pub use across::Across;
pub use draw::figures;
pub use kind::{Around, PaperKind};
pub use subject::{PaperFigure, Subject};
pub use summary::PaperTable;
