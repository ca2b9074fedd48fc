//! Several charts of lines as one figure for a paper: small multiples.

use super::chart::Chart;
use super::legend;
use super::lines::Lines;
use super::scene::{Scene, TextStyle};
use super::series::Series;
use super::theme::Look;
use super::unit::Unit;

/// Width of a figure in a column of a paper, and of one across both, in units.
const WIDTHS: [u32; 2] = [400, 800];
/// Height of a chart without title and legend, and what a title takes.
const HEIGHT: u32 = 180;
const TITLE: u32 = 26;
const MARGIN: f64 = 16.0;

/// Charts in rows, for papers: with colours that are told apart in grey too, dashes, one legend
/// where all have the same series, and axes that they share.
///
/// ```
/// use lapwing_benches::plot::{Lines, Panels, Series, Unit};
/// let panel = |name: &str, rate| {
///     let series = Series::line("own", [(0.0, rate)]);
///     Lines::new(name).y_name("goodput").y(Unit::BitsPerSecond).series(series)
/// };
/// let figure = Panels::new("Goodput").panel(panel("flow 1", 1e6)).panel(panel("flow 2", 5e5));
/// assert!(figure.chart().pdf().starts_with(b"%PDF"));
/// assert!(figure.csv().starts_with("panel,series,quantity,time_s,value,low,high\n"));
/// assert!(figure.csv().contains("flow 2,own,goodput_bps,0,500000,,"));
/// ```
#[derive(Clone, Debug)]
pub struct Panels {
    title: String,
    columns: usize,
    shared: Shared,
    panels: Vec<Lines>,
}

/// Axes that all charts have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shared {
    Both,
    Horizontal,
    None,
}

impl Panels {
    /// A figure without charts yet, one above the other. The title is not drawn: papers have
    /// captions.
    pub fn new(title: impl Into<String>) -> Panels {
        Panels { title: title.into(), columns: 1, shared: Shared::Both, panels: Vec::new() }
    }

    /// In so many columns, 1 or 2: a figure of two is as wide as a page.
    #[must_use]
    pub fn columns(mut self, columns: usize) -> Panels {
        self.columns = columns.clamp(1, WIDTHS.len());
        self
    }

    /// Vertical axes are each chart's own.
    #[must_use]
    pub fn own_heights(mut self) -> Panels {
        self.shared = Shared::Horizontal;
        self
    }

    /// Both axes are each chart's own.
    #[must_use]
    pub fn own_axes(mut self) -> Panels {
        self.shared = Shared::None;
        self
    }

    /// Adds a chart.
    #[must_use]
    pub fn panel(mut self, panel: Lines) -> Panels {
        self.panels.push(panel);
        self
    }

    /// True when there is nothing to be drawn.
    pub fn is_empty(&self) -> bool {
        self.panels.is_empty()
    }

    /// The finished figure.
    pub fn chart(&self) -> Chart {
        let width = WIDTHS[self.columns - 1];
        let mut panels = self.alike();
        let mut scene = Scene::new(width, 0, &self.title);
        scene.look = Look::Paper;
        let named = |panel: &Lines| {
            let names = panel.entries().into_iter().map(|entry| (entry.name, entry.ink));
            names.collect::<Vec<_>>()
        };
        let mut top = 4.0;
        if let Some(first) = panels.first().filter(|_| panels.len() > 1)
            && panels.iter().all(|panel| named(panel) == named(first))
        {
            let space = f64::from(width) - 2.0 * MARGIN;
            top += legend::draw(&mut scene, &first.entries(), (MARGIN, top), space);
            panels.iter_mut().for_each(|panel| panel.has_legend = false);
        }
        for row in panels.chunks_mut(self.columns) {
            let height = row.iter().map(height).max().unwrap_or_default();
            row.iter_mut().for_each(|panel| panel.size.1 = height);
        }
        for (index, panel) in panels.iter().enumerate() {
            let left = f64::from(panel.size.0) * (index % self.columns) as f64;
            scene.place(panel.chart().scene, (left, top));
            if index % self.columns == self.columns - 1 || index == panels.len() - 1 {
                top += f64::from(panel.size.1);
            }
        }
        scene.height = (top.ceil() as u32).max(1);
        if panels.is_empty() {
            scene.height = 40;
            scene.text((MARGIN, 20.0), "nothing to show", TextStyle::LABEL);
        }
        Chart { scene }
    }

    /// The charts with the axes that they share.
    fn alike(&self) -> Vec<Lines> {
        let union = |ranges: &mut dyn Iterator<Item = (f64, f64)>| {
            ranges.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
        };
        let x = union(&mut self.panels.iter().map(|one| one.x_range.unwrap_or(one.x_extent())));
        let y = union(&mut self.panels.iter().map(Lines::y_extent));
        let width = WIDTHS[self.columns - 1] / self.columns as u32;
        let alike = self.panels.iter().cloned().map(|mut panel| {
            panel.look = Look::Paper;
            panel.size.0 = width;
            if self.shared != Shared::None {
                panel.x_range = x;
            }
            panel.cover = y.filter(|_| self.shared == Shared::Both);
            panel.gutter(58)
        });
        alike.collect()
    }

    /// What is drawn, point by point.
    pub fn csv(&self) -> String {
        let x = self.panels.first().map_or("time_s".to_owned(), |one| column(&one.x.0, &one.x.1));
        let mut text = format!("panel,series,quantity,{x},value,low,high\n");
        for panel in &self.panels {
            let quantity = column(&panel.y.0, &panel.y.1);
            for series in &panel.series {
                let start = format!("{},{},{quantity}", cell(&panel.title), cell(&series.name));
                points(&mut text, &start, series);
            }
        }
        text
    }
}

/// Height of a chart, so that all have the same space within their axes.
fn height(panel: &Lines) -> u32 {
    let title = if panel.title.is_empty() { 0 } else { TITLE };
    let legend = if panel.has_legend { legend::ROW as u32 } else { 0 };
    HEIGHT + title + legend
}

fn points(text: &mut String, start: &str, series: &Series) {
    let number = |value: f64| if value.is_finite() { format!("{value}") } else { String::new() };
    for (index, (x, y)) in series.points.iter().enumerate() {
        let ends = series.band.get(index).copied();
        let [low, high] = ends.map_or([f64::NAN; 2], |(low, high)| [low, high]).map(number);
        *text += &format!("{start},{},{},{low},{high}\n", number(*x), number(*y));
    }
}

/// The name of a column, with its unit.
fn column(name: &str, unit: &Unit) -> String {
    let name = name.replace([' ', '-'], "_");
    match unit {
        Unit::Count => name,
        Unit::Seconds => format!("{name}_s"),
        Unit::BitsPerSecond => format!("{name}_bps"),
        Unit::Bytes => format!("{name}_bytes"),
        Unit::Share => format!("{name}_share"),
        Unit::Named(unit) => format!("{name}_{}", unit.replace([' ', '/'], "_")),
    }
}

/// A text as a cell of CSV (RFC 4180).
pub(crate) fn cell(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Shape;
    use super::*;

    fn panel(title: &str, high: f64) -> Lines {
        Lines::new(title)
            .y_name("delay")
            .y(Unit::Seconds)
            .series(Series::line("own", [(0.0, 0.0), (10.0, high)]).band([(0.0, 0.0), (0.0, high)]))
            .series(Series::line("str0m, old", [(0.0, high), (5.0, f64::NAN), (10.0, 0.0)]))
    }

    fn figure() -> Panels {
        let figure = Panels::new("Delay").columns(2);
        figure.panel(panel("flow 1", 0.1)).panel(panel("flow 2", 0.4)).panel(panel("flow 3", 0.2))
    }

    fn texts(chart: &Chart, wanted: &str) -> usize {
        let is_it = |shape: &&Shape| matches!(shape, Shape::Text { text, .. } if text == wanted);
        chart.scene.shapes.iter().filter(is_it).count()
    }

    #[test]
    fn what_charts_share_is_there_once_and_axes_are_alike() {
        let chart = figure().chart();
        assert_eq!(texts(&chart, "own"), 1, "one legend");
        assert_eq!(texts(&chart, "400"), 3, "each goes to 400 ms");
        assert_eq!(texts(&chart, "delay (ms)"), 3);
        assert_eq!(chart.size().0, 800);
        let own = figure().own_heights().chart();
        assert_eq!(texts(&own, "400"), 1);
    }

    #[test]
    fn everything_lies_within_the_figure() {
        let chart = figure().chart();
        let (width, height) = (f64::from(chart.size().0), f64::from(chart.size().1));
        for shape in &chart.scene.shapes {
            let points = match shape {
                Shape::Line { points, .. } | Shape::Area { points, .. } => points.clone(),
                Shape::Rect { from, to, .. } => vec![*from, *to],
                Shape::Dot { at, .. } | Shape::Text { at, .. } => vec![*at],
            };
            for (x, y) in points {
                assert!((0.0..=width).contains(&x) && (0.0..=height).contains(&y), "{shape:?}");
            }
        }
    }

    #[test]
    fn vectors_have_dashes_plain_colours_and_no_fonts_of_their_own() {
        let svg = figure().chart().svg();
        assert!(svg.contains("stroke-dasharray=\"7 3\"") && !svg.contains("var("));
        assert!(svg.contains("font-family=\"sans-serif\"") && svg.contains("width=\"504pt\""));
        assert!(svg.contains("str0m, old"));
    }

    #[test]
    fn data_is_what_is_drawn() {
        let csv = figure().csv();
        assert!(csv.contains("flow 2,own,delay_s,10,0.4,0,0.4\n"), "{csv}");
        assert!(csv.contains("flow 1,\"str0m, old\",delay_s,5,,,\n"), "{csv}");
        assert_eq!(csv.lines().count(), 1 + 3 * 5);
    }

    #[test]
    fn a_figure_of_nothing_says_so() {
        assert!(Panels::new("").is_empty());
        assert_eq!(texts(&Panels::new("").chart(), "nothing to show"), 1);
    }
}
