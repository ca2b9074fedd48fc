//! Charts as SVG and PNG, tables, and reports as one HTML file.
//!
//! A chart is described first ([`Lines`], [`Bars`], [`Lanes`], [`Heat`]), becomes a list of shapes
//! in pixels, and is then painted by `plotters`. Drawing goes to memory, so it cannot fail, and it
//! needs no font of the system.

mod axis;
mod bars;
mod chart;
mod decimate;
mod font;
mod frame;
mod heat;
mod lanes;
mod legend;
mod lines;
mod paint;
mod panels;
mod print;
mod report;
mod scene;
mod series;
mod table;
mod theme;
mod unit;

pub use bars::Bars;
pub use chart::Chart;
pub use heat::{Heat, HeatPanel};
pub use lanes::{Lane, Lanes};
pub use lines::Lines;
pub use panels::Panels;
pub(crate) use panels::cell as csv_cell;
pub use report::{Report, Tone};
pub use series::Series;
pub use table::{Align, Table};
pub use unit::Unit;
