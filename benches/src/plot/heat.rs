//! A figure over two parameters, as shades; over more, as small multiples.

use super::chart::Chart;
use super::font;
use super::scene::{Anchor, Scene, TextStyle};
use super::theme::Ink;
use super::unit::{Unit, short};

const MARGIN: f64 = 16.0;
const TITLE_HEIGHT: f64 = 26.0;
const CAPTION_HEIGHT: f64 = 22.0;
const PANEL_GAP: f64 = 14.0;
const CELL_WIDTH_MAX: f64 = 72.0;
const CELL_HEIGHT: f64 = 24.0;
/// The strongest shade: text on it can still be read, on light and on dark.
const OPACITY_MAX: f64 = 0.75;
const OPACITY_MIN: f64 = 0.05;
/// Shades in the key.
const KEY_STEPS: usize = 24;
const KEY_WIDTH: f64 = 144.0;
const SMALL: TextStyle = TextStyle { size: 11.0, ..TextStyle::LABEL };

/// One map: its name, and its rows from the bottom, each from left to right.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatPanel {
    /// What is special about it; may be empty.
    pub title: String,
    /// Figures, or `None` where there are none.
    pub rows: Vec<Vec<Option<f64>>>,
}

/// Maps of a figure with a common scale.
///
/// ```
/// use lapwing_benches::plot::{Heat, HeatPanel, Unit};
/// let rows = vec![vec![Some(0.905), Some(0.8)], vec![Some(0.7), None]];
/// let svg = Heat::new("Utilisation", Unit::Share)
///     .x("delay", ["10 ms", "50 ms"])
///     .y("loss", ["0 %", "5 %"])
///     .row("", [HeatPanel { title: String::new(), rows }])
///     .chart()
///     .svg();
/// assert!(svg.contains("90.5") && svg.contains("across: delay"));
/// ```
#[derive(Clone, Debug)]
pub struct Heat {
    title: String,
    unit: Unit,
    width: u32,
    x: (String, Vec<String>),
    y: (String, Vec<String>),
    rows: Vec<(String, Vec<HeatPanel>)>,
}

/// Where panels and cells lie.
struct Grid {
    left: f64,
    cell: f64,
    panel: f64,
}

impl Heat {
    /// Maps of figures of one unit, 760 pixels wide; the height follows from the rows.
    pub fn new(title: impl Into<String>, unit: Unit) -> Self {
        let nothing = || (String::new(), Vec::new());
        let (x, y) = (nothing(), nothing());
        Heat { title: title.into(), unit, width: 760, x, y, rows: Vec::new() }
    }

    /// The width in pixels, at least 240.
    #[must_use]
    pub fn width(mut self, width: u32) -> Self {
        self.width = width.max(240);
        self
    }

    /// The parameter from left to right, and its values.
    #[must_use]
    pub fn x<S: Into<String>>(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        self.x = (name.into(), values.into_iter().map(Into::into).collect());
        self
    }

    /// The parameter from bottom to top, and its values. Without it, maps have one row.
    #[must_use]
    pub fn y<S: Into<String>>(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        self.y = (name.into(), values.into_iter().map(Into::into).collect());
        self
    }

    /// Adds a row of maps, with a heading, which may be empty.
    #[must_use]
    pub fn row(
        mut self,
        heading: impl Into<String>,
        panels: impl IntoIterator<Item = HeatPanel>,
    ) -> Self {
        self.rows.push((heading.into(), panels.into_iter().collect()));
        self
    }

    /// The finished chart.
    pub fn chart(&self) -> Chart {
        let mut scene = Scene::new(self.width, 0, &self.title);
        let range = self.range();
        let scale = self.unit.scale(range.1.abs());
        let title = match scale.name.as_str() {
            "" => self.title.clone(),
            unit => format!("{} ({unit})", self.title),
        };
        let mut top = MARGIN / 2.0;
        scene.text((MARGIN, top + TITLE_HEIGHT / 2.0), title, TextStyle::TITLE);
        self.key(&mut scene, top + TITLE_HEIGHT / 2.0, range, scale.divisor);
        top += TITLE_HEIGHT;
        scene.text((MARGIN, top + CAPTION_HEIGHT / 2.0), self.caption(), TextStyle::LABEL);
        top += CAPTION_HEIGHT + 4.0;
        let grid = self.grid();
        for (heading, panels) in &self.rows {
            if !heading.is_empty() {
                let style = TextStyle::LABEL.ink(Ink::Text);
                scene.text((MARGIN, top + CAPTION_HEIGHT / 2.0), heading, style);
                top += CAPTION_HEIGHT;
            }
            let titled = panels.iter().any(|panel| !panel.title.is_empty());
            top += if titled { CAPTION_HEIGHT } else { 0.0 };
            for (index, panel) in panels.iter().enumerate() {
                let left = grid.left + index as f64 * (grid.panel + PANEL_GAP);
                self.panel(&mut scene, &grid, (left, top), panel, range, scale.divisor);
            }
            self.y_labels(&mut scene, &grid, top);
            top += self.heights() * CELL_HEIGHT + CAPTION_HEIGHT + PANEL_GAP / 2.0;
        }
        scene.height = (top + MARGIN / 2.0) as u32;
        Chart { scene }
    }

    fn caption(&self) -> String {
        match (self.x.0.as_str(), self.y.0.as_str()) {
            (x, "") => format!("across: {x}"),
            (x, y) => format!("across: {x}; upwards: {y}"),
        }
    }

    fn heights(&self) -> f64 {
        self.y.1.len().max(1) as f64
    }

    /// The least and the greatest figure.
    fn range(&self) -> (f64, f64) {
        let panels = self.rows.iter().flat_map(|(_, panels)| panels);
        let figures = panels.flat_map(|panel| panel.rows.iter().flatten().copied().flatten());
        let found = figures.filter(|figure| figure.is_finite()).fold(None, |found, figure| {
            let (low, high) = found.unwrap_or((figure, figure));
            Some((f64::min(low, figure), f64::max(high, figure)))
        });
        found.unwrap_or((0.0, 0.0))
    }

    fn grid(&self) -> Grid {
        let names = self.y.1.iter().map(|name| font::width(name, SMALL.size));
        let left = MARGIN + names.fold(0.0, f64::max) + 8.0;
        let panels = self.rows.iter().map(|(_, panels)| panels.len()).max().unwrap_or(1).max(1);
        let room = f64::from(self.width) - left - MARGIN - (panels - 1) as f64 * PANEL_GAP;
        let columns = self.x.1.len().max(1);
        let cell = (room / (panels * columns) as f64).clamp(4.0, CELL_WIDTH_MAX);
        Grid { left, cell, panel: cell * columns as f64 }
    }

    fn panel(
        &self,
        scene: &mut Scene,
        grid: &Grid,
        (left, top): (f64, f64),
        panel: &HeatPanel,
        range: (f64, f64),
        divisor: f64,
    ) {
        if !panel.title.is_empty() {
            scene.text((left, top - CAPTION_HEIGHT / 2.0), &panel.title, SMALL);
        }
        let bottom = top + self.heights() * CELL_HEIGHT;
        for (row, figures) in panel.rows.iter().enumerate() {
            let y = bottom - (row + 1) as f64 * CELL_HEIGHT;
            for (column, figure) in figures.iter().enumerate() {
                let x = left + column as f64 * grid.cell;
                let figure = figure.unwrap_or(f64::NAN);
                let (ink, opacity) = shade(figure, range);
                let to = (x + grid.cell - 1.0, y + CELL_HEIGHT - 1.0);
                scene.rect((x, y), to, ink, opacity);
                let text = short(figure / divisor);
                if font::width(&text, SMALL.size) <= grid.cell - 2.0 {
                    let at = (x + (grid.cell - 1.0) / 2.0, y + CELL_HEIGHT / 2.0);
                    scene.text(at, text, SMALL.ink(Ink::Text).anchor(Anchor::Middle));
                }
            }
        }
        self.x_labels(scene, grid, (left, bottom));
    }

    /// The values below a panel: all that do not touch the one before.
    fn x_labels(&self, scene: &mut Scene, grid: &Grid, (left, bottom): (f64, f64)) {
        let mut taken = f64::NEG_INFINITY;
        for (column, name) in self.x.1.iter().enumerate() {
            let x = left + (column as f64 + 0.5) * grid.cell;
            let half = font::width(name, SMALL.size) / 2.0;
            if x - half > taken {
                scene.text((x, bottom + 9.0), name, SMALL.anchor(Anchor::Middle));
                taken = x + half + 3.0;
            }
        }
    }

    fn y_labels(&self, scene: &mut Scene, grid: &Grid, top: f64) {
        let bottom = top + self.heights() * CELL_HEIGHT;
        for (row, name) in self.y.1.iter().enumerate() {
            let y = bottom - (row as f64 + 0.5) * CELL_HEIGHT;
            scene.text((grid.left - 8.0, y), name, SMALL.anchor(Anchor::End));
        }
    }

    /// What the shades mean, at the right end of the title.
    fn key(&self, scene: &mut Scene, y: f64, range: (f64, f64), divisor: f64) {
        let ends = [range.0, range.1].map(|figure| short(figure / divisor));
        let widths = ends.each_ref().map(|end| font::width(end, SMALL.size));
        // Whole pixels, or the shades would overlap.
        let right = (f64::from(self.width) - MARGIN - widths[1] - 6.0).floor();
        let left = right - KEY_WIDTH;
        let step = KEY_WIDTH / KEY_STEPS as f64;
        for index in 0..KEY_STEPS {
            let share = index as f64 / (KEY_STEPS - 1) as f64;
            let (ink, opacity) = shade(share, (0.0, 1.0));
            let x = left + index as f64 * step;
            scene.rect((x, y - 5.0), (x + step, y + 5.0), ink, opacity);
        }
        scene.text((left - 6.0, y), &ends[0], SMALL.anchor(Anchor::End));
        scene.text((right + 6.0, y), &ends[1], SMALL);
    }
}

/// The shade of a figure; grey where there is none.
fn shade(figure: f64, (low, high): (f64, f64)) -> (Ink, f64) {
    if !figure.is_finite() {
        return (Ink::Mark, 0.1);
    }
    let share = if high > low { ((figure - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 };
    (Ink::Series(0), OPACITY_MIN + share * (OPACITY_MAX - OPACITY_MIN))
}

#[cfg(test)]
mod tests {
    use super::super::scene::Shape;
    use super::*;

    fn panel(figures: [f64; 4]) -> HeatPanel {
        let [a, b, c, d] = figures.map(Some);
        HeatPanel { title: "queue 70".to_owned(), rows: vec![vec![a, b], vec![c, d]] }
    }

    #[test]
    fn the_greatest_figure_has_the_strongest_shade() {
        let chart = Heat::new("t", Unit::Count)
            .x("a", ["1", "2"])
            .y("b", ["3", "4"])
            .row("", [panel([0.0, 1.0, 2.0, 3.0]), panel([4.0, f64::NAN, 10.0, 7.0])])
            .row("more", [panel([1.0; 4])])
            .chart();
        let cells: Vec<f64> = chart
            .scene
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Rect { from, to, opacity, .. } if to.1 - from.1 == CELL_HEIGHT - 1.0 => {
                    Some(*opacity)
                }
                _ => None,
            })
            .collect();
        assert_eq!(cells.len(), 12);
        assert_eq!((cells[0], cells[6]), (OPACITY_MIN, OPACITY_MAX));
        // Where there is no figure it is grey.
        assert_eq!(cells[5], 0.1);
    }

    #[test]
    fn strange_maps_are_drawn() {
        let empty = HeatPanel { title: String::new(), rows: Vec::new() };
        let chart = Heat::new("", Unit::Share).row("", [empty]).row("", []).chart();
        assert!(chart.svg().starts_with("<svg"));
        let many: Vec<String> = (0..500).map(|index| index.to_string()).collect();
        let rows = vec![vec![Some(f64::MAX); 500]];
        let wide = Heat::new("wide", Unit::Bytes).x("x", many);
        let one = HeatPanel { title: String::new(), rows };
        assert!(wide.row("", [one]).chart().svg().contains("wide"));
    }
}
