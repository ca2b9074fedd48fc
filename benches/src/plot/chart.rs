//! A chart that is finished.

use super::paint;
use super::print::{pdf, svg};
use super::scene::Scene;
use super::theme::Look;

/// A finished chart. [`Lines::chart`](super::Lines::chart) and [`Bars::chart`](super::Bars::chart)
/// make it.
#[derive(Clone, Debug)]
pub struct Chart {
    pub(super) scene: Scene,
}

impl Chart {
    /// The chart as an `<svg>` element, good as a file and inside HTML. Its colours are CSS
    /// variables with fallbacks, which the style of a [`Report`](super::Report) sets for light and
    /// dark screens.
    ///
    /// For papers, as [`Panels`](super::Panels) are, it has plain colours, which every program
    /// reads, and is as wide as it is printed.
    pub fn svg(&self) -> String {
        match self.scene.look {
            Look::Screen => paint::svg(&self.scene),
            Look::Paper => svg::write(&self.scene),
        }
    }

    /// The chart as a PDF file of one page, as large as the chart. Its texts are outlines, so that
    /// no font has to be embedded or found; nothing in it depends on when or where it is made.
    pub fn pdf(&self) -> Vec<u8> {
        pdf::write(&self.scene)
    }

    /// The chart as a PNG file with twice as many pixels as the SVG has units, in light colours.
    pub fn png(&self) -> Vec<u8> {
        paint::png(&self.scene)
    }

    /// Width and height in units of the SVG.
    pub fn size(&self) -> (u32, u32) {
        (self.scene.width, self.scene.height)
    }
}
