//! Figures side by side.

use super::axis::{Axis, Ends};
use super::chart::Chart;
use super::font;
use super::legend::{self, Entry, Swatch};
use super::scene::{Anchor, Scene, Stroke, TextStyle};
use super::theme::Ink;
use super::unit::Unit;

const MARGIN: f64 = 16.0;
const BAR: f64 = 18.0;
const GAP: f64 = 3.0;
const GROUP_GAP: f64 = 14.0;

/// Horizontal bars: groups with a name, in each a bar per series, and its figure at its end.
///
/// ```
/// use lapwing_benches::plot::{Bars, Unit};
/// let svg = Bars::new("Cost of a packet", Unit::Seconds)
///     .series(["str0m", "Lapwing"])
///     .group("out", [2.4e-6, 2.5e-6])
///     .group("in", [2.1e-6, 2.2e-6])
///     .chart()
///     .svg();
/// assert!(svg.contains("2.40 µs"));
/// ```
#[derive(Clone, Debug)]
pub struct Bars {
    title: String,
    unit: Unit,
    width: u32,
    series: Vec<String>,
    groups: Vec<(String, Vec<f64>)>,
}

impl Bars {
    /// Bars of one unit, 760 pixels wide; the height follows from the bars.
    pub fn new(title: impl Into<String>, unit: Unit) -> Self {
        Bars { title: title.into(), unit, width: 760, series: Vec::new(), groups: Vec::new() }
    }

    /// The width in pixels, at least 240.
    #[must_use]
    pub fn width(mut self, width: u32) -> Self {
        self.width = width.max(240);
        self
    }

    /// Names of the bars of each group. Without names there is no legend.
    #[must_use]
    pub fn series<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.series = names.into_iter().map(Into::into).collect();
        self
    }

    /// A group with its figures. A figure that is not finite or below zero gets no bar.
    #[must_use]
    pub fn group(
        mut self,
        name: impl Into<String>,
        figures: impl IntoIterator<Item = f64>,
    ) -> Self {
        self.groups.push((name.into(), figures.into_iter().collect()));
        self
    }

    /// The finished chart.
    pub fn chart(&self) -> Chart {
        let mut scene = Scene::new(self.width, 0, &self.title);
        let mut y = MARGIN / 2.0;
        if !self.title.is_empty() {
            scene.text((MARGIN, y + 13.0), &self.title, TextStyle::TITLE);
            y += 30.0;
        }
        let width = f64::from(self.width) - 2.0 * MARGIN;
        y += legend::draw(&mut scene, &self.legend(), (MARGIN, y), width);
        y += GROUP_GAP / 2.0;
        let axis = self.axis();
        let (top, base) = (y, axis.at(0.0));
        for (name, figures) in &self.groups {
            let height = figures.len() as f64 * (BAR + GAP) - GAP;
            let label = TextStyle::LABEL.ink(Ink::Text).anchor(Anchor::End);
            scene.text((base - 10.0, y + height / 2.0), name, label);
            for (index, figure) in figures.iter().enumerate() {
                self.bar(&mut scene, &axis, y + index as f64 * (BAR + GAP), index, *figure);
            }
            y += height + GROUP_GAP;
        }
        let stroke = Stroke::solid(Ink::Axis, 1.0);
        scene.line(vec![(base, top - 4.0), (base, y - GROUP_GAP + 4.0)], stroke);
        scene.height = (y + MARGIN - GROUP_GAP / 2.0) as u32;
        Chart { scene }
    }

    fn bar(&self, scene: &mut Scene, axis: &Axis, y: f64, index: usize, figure: f64) {
        let length = if figure.is_finite() { figure.max(0.0) } else { 0.0 };
        let (base, end) = (axis.at(0.0), axis.at(length));
        if length > 0.0 {
            let end = end.max(base + 1.0);
            scene.rect((base, y), (end, y + BAR), Ink::series(index), 1.0);
        }
        let style = TextStyle::LABEL.ink(Ink::Text);
        scene.text((end + 8.0, y + BAR / 2.0), self.unit.write(figure), style);
    }

    fn legend(&self) -> Vec<Entry> {
        let entry = |(index, name): (usize, &String)| Entry {
            name: name.clone(),
            ink: Ink::series(index),
            swatch: Swatch::Box,
            dash: &[],
        };
        self.series.iter().enumerate().map(entry).collect()
    }

    fn axis(&self) -> Axis {
        let size = TextStyle::LABEL.size;
        let names = self.groups.iter().map(|(name, _)| font::width(name, size));
        let figures = || self.groups.iter().flat_map(|(_, figures)| figures.iter().copied());
        let written = figures().map(|figure| font::width(&self.unit.write(figure), size));
        let left = MARGIN + names.fold(0.0, f64::max) + 12.0;
        let right = f64::from(self.width) - MARGIN - written.fold(0.0, f64::max) - 10.0;
        let high = figures().filter(|figure| figure.is_finite()).fold(0.0, f64::max);
        let pixels = (left, right.max(left + 20.0));
        Axis::with_ends((0.0, high), pixels, self.unit.scale(high), 4, Ends::Tight)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Shape;
    use super::*;

    fn bars(chart: &Chart) -> Vec<f64> {
        let rects = chart.scene.shapes.iter().filter_map(|shape| match shape {
            // The swatches of the legend are ten pixels high.
            Shape::Rect { from, to, .. } if to.1 - from.1 == BAR => Some(to.0 - from.0),
            _ => None,
        });
        rects.collect()
    }

    #[test]
    fn lengths_follow_the_figures() {
        let bars = bars(&Bars::new("t", Unit::Count).group("a", [10.0, 5.0]).chart());
        assert_eq!(bars.len(), 2);
        assert!((bars[0] / bars[1] - 2.0).abs() < 1e-9);
    }

    #[test]
    fn strange_figures_have_no_bar() {
        let chart =
            Bars::new("", Unit::Seconds).group("a", [f64::NAN, -1.0, 0.0, f64::INFINITY]).chart();
        assert_eq!(bars(&chart).len(), 0);
        assert!(chart.svg().contains("–"));
        assert!(Bars::new("", Unit::Count).chart().svg().starts_with("<svg"));
    }

    #[test]
    fn the_height_grows_with_the_groups() {
        let one = Bars::new("t", Unit::Count).group("a", [1.0]);
        let two = one.clone().group("b", [2.0]);
        assert!(two.chart().size().1 > one.chart().size().1);
    }
}
