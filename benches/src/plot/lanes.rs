//! States over time, a row for each thing that has one.

use super::axis::Axis;
use super::chart::Chart;
use super::font;
use super::report::Tone;
use super::scene::{Anchor, Scene, Stroke, TextStyle};
use super::theme::Ink;
use super::unit::Unit;

const MARGIN: f64 = 16.0;
const TITLE_HEIGHT: f64 = 26.0;
const ROW: f64 = 26.0;
const BAR: f64 = 20.0;
/// Narrower stretches are drawn this wide, so that they are seen.
const WIDTH_MIN: f64 = 1.5;

/// A stretch of time in one state.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// When it begins, in seconds.
    pub from: f64,
    /// When it ends.
    pub until: f64,
    /// The state; written where it fits.
    pub label: String,
    /// How it is to be taken.
    pub tone: Tone,
}

/// A chart of states.
///
/// ```
/// use lapwing_benches::plot::{Lane, Lanes, Tone};
/// let up = Lane { from: 0.4, until: 9.0, label: "connected".to_owned(), tone: Tone::Good };
/// let svg = Lanes::new("Connection", 0.0, 10.0).row("state", [up]).chart().svg();
/// assert!(svg.contains("connected") && svg.contains("time (s)"));
/// ```
#[derive(Clone, Debug)]
pub struct Lanes {
    title: String,
    range: (f64, f64),
    width: u32,
    gutter: f64,
    rows: Vec<(String, Vec<Lane>)>,
}

impl Lanes {
    /// States between two times in seconds, 760 pixels wide; the height follows from the rows.
    pub fn new(title: impl Into<String>, from: f64, until: f64) -> Self {
        let (range, rows) = ((from, until), Vec::new());
        Lanes { title: title.into(), range, width: 760, gutter: 0.0, rows }
    }

    /// The width in pixels, at least 240.
    #[must_use]
    pub fn width(mut self, width: u32) -> Self {
        self.width = width.max(240);
        self
    }

    /// Pixels left of the plot at least, so that charts above each other line up.
    #[must_use]
    pub fn gutter(mut self, pixels: u32) -> Self {
        self.gutter = f64::from(pixels);
        self
    }

    /// Adds a row.
    #[must_use]
    pub fn row(
        mut self,
        name: impl Into<String>,
        stretches: impl IntoIterator<Item = Lane>,
    ) -> Self {
        self.rows.push((name.into(), stretches.into_iter().collect()));
        self
    }

    /// The finished chart.
    pub fn chart(&self) -> Chart {
        let mut scene = Scene::new(self.width, 0, &self.title);
        let mut top = MARGIN / 2.0;
        if !self.title.is_empty() {
            scene.text((MARGIN, top + TITLE_HEIGHT / 2.0), &self.title, TextStyle::TITLE);
            top += TITLE_HEIGHT + 4.0;
        }
        let axis = self.axis();
        for (index, (name, lanes)) in self.rows.iter().enumerate() {
            let y = top + index as f64 * ROW;
            let label = TextStyle::LABEL.anchor(Anchor::End);
            scene.text((axis.at(self.range.0) - 8.0, y + BAR / 2.0), name, label);
            lanes.iter().for_each(|lane| self.stretch(&mut scene, &axis, y, lane));
        }
        let base = top + self.rows.len() as f64 * ROW;
        self.base(&mut scene, &axis, base);
        scene.height = (base + 36.0) as u32;
        Chart { scene }
    }

    fn axis(&self) -> Axis {
        let size = TextStyle::LABEL.size;
        let names = self.rows.iter().map(|(name, _)| font::width(name, size));
        let left = (MARGIN + names.fold(0.0, f64::max) + 8.0).max(self.gutter);
        let right = f64::from(self.width) - MARGIN - 4.0;
        let scale = Unit::Seconds.scale(self.range.1.abs());
        let ticks = (((right - left) / 80.0) as usize).max(2);
        Axis::new(self.range, (left, right), scale, ticks)
    }

    fn stretch(&self, scene: &mut Scene, axis: &Axis, y: f64, lane: &Lane) {
        let clamp = |at: f64| axis.at(at.clamp(axis.low, axis.high));
        if !(lane.from.is_finite() && lane.until.is_finite()) || lane.until < axis.low {
            return;
        }
        let left = clamp(lane.from);
        let right = clamp(lane.until).max(left + WIDTH_MIN);
        let (ink, opacity) = match lane.tone {
            Tone::Good => (Ink::Series(2), 0.35),
            Tone::Warn => (Ink::Series(4), 0.55),
            Tone::Bad => (Ink::Series(7), 0.6),
            Tone::Plain => (Ink::Mark, 0.25),
        };
        scene.rect((left, y), (right, y + BAR), ink, opacity);
        if font::width(&lane.label, TextStyle::LABEL.size) + 12.0 <= right - left {
            let at = (left + 6.0, y + BAR / 2.0);
            scene.text(at, &lane.label, TextStyle::LABEL.ink(Ink::Text));
        }
    }

    fn base(&self, scene: &mut Scene, axis: &Axis, y: f64) {
        let (left, right) = (axis.at(axis.low), axis.at(axis.high));
        scene.line(vec![(left, y), (right, y)], Stroke::solid(Ink::Axis, 1.0));
        for (x, text) in axis.ticks() {
            scene.line(vec![(x, y), (x, y + 4.0)], Stroke::solid(Ink::Axis, 1.0));
            scene.text((x, y + 13.0), text, TextStyle::LABEL.anchor(Anchor::Middle));
        }
        let name = format!("time ({})", axis.unit());
        scene.text((right, y + 28.0), name, TextStyle::LABEL.anchor(Anchor::End));
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Shape;
    use super::*;

    fn lane(from: f64, until: f64) -> Lane {
        Lane { from, until, label: "disconnected".to_owned(), tone: Tone::Warn }
    }

    #[test]
    fn stretches_are_cut_at_the_ends_and_seen_when_short() {
        let lanes = [lane(-5.0, 2.0), lane(4.0, 4.0), lane(9.0, 99.0), lane(f64::NAN, 1.0)];
        let chart = Lanes::new("t", 0.0, 10.0).row("a", lanes).chart();
        let widths: Vec<f64> = chart
            .scene
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Rect { from, to, .. } => Some(to.0 - from.0),
                _ => None,
            })
            .collect();
        assert_eq!(widths.len(), 3);
        assert!(widths[0] > widths[2] && widths[2] > widths[1] && widths[1] == WIDTH_MIN);
        // The narrow ones have no room for their name.
        let named =
            |shape: &&Shape| matches!(shape, Shape::Text { text, .. } if text == "disconnected");
        assert_eq!(chart.scene.shapes.iter().filter(named).count(), 1);
    }

    #[test]
    fn nothing_is_a_chart_too() {
        assert!(Lanes::new("", 0.0, 0.0).chart().svg().starts_with("<svg"));
    }
}
