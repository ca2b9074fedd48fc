//! Series over a common axis, most often time.

use super::axis::{Axis, Ends};
use super::chart::Chart;
use super::font;
use super::frame::{Frame, draw_series};
use super::legend::{self, Entry, Swatch};
use super::scene::{Anchor, Scene, Stroke, TextStyle};
use super::series::{Series, Style};
use super::theme::{Ink, Look};
use super::unit::Unit;

const MARGIN: f64 = 16.0;
const TITLE_HEIGHT: f64 = 26.0;

/// A chart of several series.
///
/// ```
/// use lapwing_benches::plot::{Lines, Series, Unit};
/// let svg = Lines::new("Bitrate")
///     .x("time", Unit::Seconds)
///     .y(Unit::BitsPerSecond)
///     .series(Series::line("sent", [(0.0, 3e5), (1.0, 6e5), (2.0, 1.1e6)]))
///     .series(Series::line("received", [(0.0, 0.0), (1.0, 5.8e5), (2.0, 1.0e6)]))
///     .event(1.0, "path lost")
///     .reference(1.2e6, "link rate")
///     .chart()
///     .svg();
/// assert!(svg.contains("Mbit/s"));
/// ```
#[derive(Clone, Debug)]
pub struct Lines {
    pub(super) title: String,
    pub(super) size: (u32, u32),
    pub(super) x: (String, Unit),
    pub(super) y: (String, Unit),
    pub(super) look: Look,
    pub(super) has_legend: bool,
    /// The vertical axis goes to here at least.
    pub(super) cover: Option<(f64, f64)>,
    gutter: f64,
    pub(super) x_range: Option<(f64, f64)>,
    y_range: Option<(f64, f64)>,
    pub(super) series: Vec<Series>,
    events: Vec<(f64, String)>,
    spans: Vec<(f64, f64, String)>,
    references: Vec<(f64, String)>,
}

impl Lines {
    /// A chart over time in seconds, of plain numbers, 760 by 300 pixels.
    pub fn new(title: impl Into<String>) -> Self {
        Lines {
            title: title.into(),
            size: (760, 300),
            x: ("time".to_owned(), Unit::Seconds),
            y: (String::new(), Unit::Count),
            look: Look::Screen,
            has_legend: true,
            cover: None,
            gutter: 0.0,
            x_range: None,
            y_range: None,
            series: Vec::new(),
            events: Vec::new(),
            spans: Vec::new(),
            references: Vec::new(),
        }
    }

    /// Width and height in pixels, at least 240 by 160.
    #[must_use]
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = (width.max(240), height.max(160));
        self
    }

    /// Pixels left of the plot at least, so that charts above each other line up.
    #[must_use]
    pub fn gutter(mut self, pixels: u32) -> Self {
        self.gutter = f64::from(pixels);
        self
    }

    /// What the horizontal axis is.
    #[must_use]
    pub fn x(mut self, name: impl Into<String>, unit: Unit) -> Self {
        self.x = (name.into(), unit);
        self
    }

    /// What the vertical axis counts.
    #[must_use]
    pub fn y(mut self, unit: Unit) -> Self {
        self.y.1 = unit;
        self
    }

    /// What the vertical axis is, where the title does not say it.
    #[must_use]
    pub fn y_name(mut self, name: impl Into<String>) -> Self {
        self.y.0 = name.into();
        self
    }

    /// Ends of the horizontal axis, instead of the data's.
    #[must_use]
    pub fn x_range(mut self, low: f64, high: f64) -> Self {
        self.x_range = Some((low, high)).filter(|_| low.is_finite() && high.is_finite());
        self
    }

    /// Ends of the vertical axis, instead of zero and the data's.
    #[must_use]
    pub fn y_range(mut self, low: f64, high: f64) -> Self {
        self.y_range = Some((low, high)).filter(|_| low.is_finite() && high.is_finite());
        self
    }

    /// Adds a series.
    #[must_use]
    pub fn series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// A moment worth a name, as a vertical line.
    #[must_use]
    pub fn event(mut self, x: f64, label: impl Into<String>) -> Self {
        self.events.push((x, label.into()));
        self
    }

    /// A stretch worth a name, shaded; the name is written where it fits.
    #[must_use]
    pub fn span(mut self, from: f64, to: f64, label: impl Into<String>) -> Self {
        self.spans.push((from, to, label.into()));
        self
    }

    /// A height worth a name, as a dashed horizontal line.
    #[must_use]
    pub fn reference(mut self, y: f64, label: impl Into<String>) -> Self {
        self.references.push((y, label.into()));
        self
    }

    /// The finished chart.
    pub fn chart(&self) -> Chart {
        let mut scene = Scene::new(self.size.0, self.size.1, &self.title);
        scene.look = self.look;
        let top = self.heading(&mut scene);
        let frame = self.frame(top);
        self.grid(&mut scene, &frame);
        self.spans(&mut scene, &frame);
        for (index, series) in self.series.iter().enumerate() {
            draw_series(&mut scene, &frame, series, series.ink(index));
        }
        self.references(&mut scene, &frame);
        self.events(&mut scene, &frame);
        Chart { scene }
    }

    /// Title and legend; gives the height where the plot may begin.
    fn heading(&self, scene: &mut Scene) -> f64 {
        let mut top = MARGIN / 2.0;
        if !self.title.is_empty() {
            scene.text((MARGIN, top + TITLE_HEIGHT / 2.0), &self.title, TextStyle::TITLE);
            top += TITLE_HEIGHT;
        }
        let entries = if self.has_legend { self.entries() } else { Vec::new() };
        top + legend::draw(scene, &entries, (MARGIN, top), f64::from(self.size.0) - 2.0 * MARGIN)
    }

    /// The names of its series.
    pub(super) fn entries(&self) -> Vec<Entry> {
        let entry = |(index, series): (usize, &Series)| Entry {
            name: series.name.clone(),
            ink: series.ink(index),
            swatch: if series.style == Style::Dots { Swatch::Box } else { Swatch::Line },
            dash: series.ink(index).dashes(self.look),
        };
        self.series.iter().enumerate().map(entry).collect()
    }

    fn frame(&self, heading: f64) -> Frame {
        let (width, height) = (f64::from(self.size.0), f64::from(self.size.1));
        let (x_low, x_high) = self.x_range.unwrap_or_else(|| self.x_extent());
        let (y_low, y_high) = self.y_range.unwrap_or_else(|| self.y_extent());
        let unit_row = 22.0;
        let (top, bottom) = (heading + unit_row, height - 36.0);
        // Space of a tick along each axis: papers have less of it.
        let (along, up) = match self.look {
            Look::Screen => (80.0, 38.0),
            Look::Paper => (54.0, 26.0),
        };
        let ticks = (((bottom - top) / up) as usize).max(2);
        let ends = if self.y_range.is_some() { Ends::Tight } else { Ends::Round };
        let scale = self.y.1.scale(y_high.abs().max(y_low.abs()));
        let y = Axis::with_ends((y_low, y_high), (bottom, top), scale, ticks, ends);
        let widths = y.ticks().into_iter().map(|(_, label)| font::width(&label, 12.0));
        let left = (MARGIN + widths.fold(0.0, f64::max) + 8.0).max(self.gutter);
        let right = width - MARGIN - 4.0;
        let scale = self.x.1.scale(x_high.abs());
        let ticks = (((right - left) / along) as usize).max(2);
        let x = Axis::new((x_low, x_high), (left, right), scale, ticks);
        Frame { left, top, right, bottom, x, y }
    }

    fn finite(&self) -> impl Iterator<Item = (f64, f64)> {
        let points = self.series.iter().flat_map(|series| series.points.iter().copied());
        points.filter(|(x, y)| x.is_finite() && y.is_finite())
    }

    /// Ends of the horizontal axis.
    pub(super) fn x_extent(&self) -> (f64, f64) {
        let xs = self.finite().map(|(x, _)| x);
        extent(xs.chain(self.events.iter().map(|(x, _)| *x))).unwrap_or((0.0, 1.0))
    }

    /// Ends of the vertical axis, before they are made round.
    pub(super) fn y_extent(&self) -> (f64, f64) {
        let ys = self.finite().map(|(_, y)| y);
        let bands = self.series.iter().flat_map(|series| &series.band);
        let bands = bands.chain(&self.cover).flat_map(|(low, high)| [*low, *high]);
        let all = ys.chain(self.references.iter().map(|(y, _)| *y)).chain(bands).chain([0.0]);
        extent(all).unwrap_or((0.0, 1.0))
    }

    fn grid(&self, scene: &mut Scene, frame: &Frame) {
        let label = TextStyle::LABEL;
        for (y, text) in frame.y.ticks() {
            scene.line(vec![(frame.left, y), (frame.right, y)], Stroke::solid(Ink::Grid, 1.0));
            scene.text((frame.left - 8.0, y), text, label.anchor(Anchor::End));
        }
        let base = frame.bottom;
        scene.line(vec![(frame.left, base), (frame.right, base)], Stroke::solid(Ink::Axis, 1.0));
        let name = match (self.x.0.as_str(), frame.x.unit()) {
            (name, "") => name.to_owned(),
            (name, unit) => format!("{name} ({unit})"),
        };
        for (x, text) in frame.x.ticks() {
            scene.line(vec![(x, base), (x, base + 4.0)], Stroke::solid(Ink::Axis, 1.0));
            scene.text((x, base + 13.0), text, label.anchor(Anchor::Middle));
        }
        scene.text((frame.right, base + 28.0), name, label.anchor(Anchor::End));
        let unit = match (self.y.0.as_str(), frame.y.unit()) {
            ("", unit) => unit.to_owned(),
            (name, "") => name.to_owned(),
            (name, unit) => format!("{name} ({unit})"),
        };
        scene.text((MARGIN, frame.top - 14.0), unit, label);
    }

    fn spans(&self, scene: &mut Scene, frame: &Frame) {
        for (from, to, label) in &self.spans {
            let clamp = |x: f64| frame.x.at(x.clamp(frame.x.low, frame.x.high));
            let (left, right) = (clamp(from.min(*to)), clamp(from.max(*to)));
            scene.rect((left, frame.top), (right, frame.bottom), Ink::Mark, 0.14);
            if font::width(label, TextStyle::LABEL.size) <= right - left {
                let middle = TextStyle::LABEL.anchor(Anchor::Middle);
                scene.text(((left + right) / 2.0, frame.top + 9.0), label, middle);
            }
        }
    }

    fn references(&self, scene: &mut Scene, frame: &Frame) {
        for (y, label) in &self.references {
            if !(frame.y.low..=frame.y.high).contains(y) {
                continue;
            }
            let y = frame.y.at(*y);
            let stroke = Stroke { dash: &[6.0, 4.0], ..Stroke::solid(Ink::Mark, 1.5) };
            scene.line(vec![(frame.left, y), (frame.right, y)], stroke);
            let end = TextStyle::LABEL.anchor(Anchor::End);
            scene.text((frame.right, y - 9.0), label, end);
        }
    }

    fn events(&self, scene: &mut Scene, frame: &Frame) {
        // Labels that would touch move down a row.
        let mut rows: Vec<f64> = Vec::new();
        let mut events = self.events.clone();
        events.retain(|(x, _)| (frame.x.low..=frame.x.high).contains(x));
        events.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (x, label) in &events {
            let x = frame.x.at(*x);
            let wide = font::width(label, TextStyle::LABEL.size);
            let fits_right = x + 5.0 + wide <= frame.right;
            let (start, anchor) =
                if fits_right { (x + 5.0, Anchor::Start) } else { (x - 5.0, Anchor::End) };
            let begin = if fits_right { x } else { x - 5.0 - wide };
            let row = rows.iter().position(|end| *end < begin).unwrap_or(rows.len());
            let end = begin + wide + 12.0;
            if row == rows.len() {
                rows.push(end)
            } else {
                rows[row] = end
            }
            let stroke = Stroke { dash: &[2.0, 3.0], ..Stroke::solid(Ink::Mark, 1.0) };
            scene.line(vec![(x, frame.top), (x, frame.bottom)], stroke);
            let at = (start, frame.top + 8.0 + row as f64 * 16.0);
            scene.text(at, label, TextStyle::LABEL.ink(Ink::Text).anchor(anchor));
        }
    }
}

fn extent(figures: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = figures.filter(|figure| figure.is_finite());
    finite.fold(None, |found, figure| {
        let (low, high) = found.unwrap_or((figure, figure));
        Some((f64::min(low, figure), f64::max(high, figure)))
    })
}

#[cfg(test)]
#[path = "lines/tests.rs"]
mod tests;
