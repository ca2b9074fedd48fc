//! A chart that is finished.

use super::paint;
use super::scene::Scene;

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
    pub fn svg(&self) -> String {
        paint::svg(&self.scene)
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
