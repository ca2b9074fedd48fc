//! Charts as SVG and PNG, tables, and reports as one HTML file.
//!
//! A chart is described first ([`Lines`], [`Bars`]), becomes a list of shapes in pixels, and is
//! then painted by `plotters`. Drawing goes to memory, so it cannot fail, and it needs no font of
//! the system.

mod axis;
mod bars;
mod decimate;
mod font;
mod legend;
mod lines;
mod paint;
mod report;
mod scene;
mod table;
mod theme;
mod unit;

pub use bars::Bars;
pub use lines::{Lines, Series};
pub use report::{Report, Tone};
pub use scene::Chart;
pub use table::{Align, Table};
pub use unit::Unit;
