//! The row of names above a chart.

use super::font;
use super::scene::{Scene, Stroke, TextStyle};
use super::theme::{Ink, Look};

/// Height of one row in pixels.
pub(super) const ROW: f64 = 20.0;

const SWATCH: f64 = 16.0;
/// The same in papers, where lines have dashes.
const LONG_SWATCH: f64 = 32.0;
const SPACE: f64 = 20.0;

/// Whether a swatch is a line or a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Swatch {
    Line,
    Box,
}

/// One name.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) ink: Ink,
    pub(super) swatch: Swatch,
    /// Dashes of its line.
    pub(super) dash: &'static [f64],
}

/// Draws the names from `top` on, in as many rows as `width` asks for, and gives the height taken.
pub(super) fn draw(
    scene: &mut Scene,
    entries: &[Entry],
    (left, top): (f64, f64),
    width: f64,
) -> f64 {
    let (mut x, mut y) = (left, top + ROW / 2.0);
    if entries.is_empty() {
        return 0.0;
    }
    for entry in entries {
        let long = scene.look == Look::Paper;
        let swatch = if long { LONG_SWATCH } else { SWATCH };
        let wide = swatch + 6.0 + font::width(&entry.name, TextStyle::LABEL.size);
        if x > left && x + wide > left + width {
            (x, y) = (left, y + ROW);
        }
        match entry.swatch {
            Swatch::Line => {
                let width = if long { 1.6 } else { 3.0 };
                let stroke = Stroke { dash: entry.dash, ..Stroke::solid(entry.ink, width) };
                scene.line(vec![(x, y), (x + swatch, y)], stroke);
            }
            Swatch::Box => scene.rect((x + 2.0, y - 5.0), (x + 12.0, y + 5.0), entry.ink, 1.0),
        }
        let style = TextStyle::LABEL.ink(Ink::Text);
        scene.text((x + swatch + 6.0, y), &entry.name, style);
        x += wide + SPACE;
    }
    y + ROW / 2.0 - top
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_take_several_rows() {
        let entry = |index| Entry {
            name: format!("connection {index}"),
            ink: Ink::series(index),
            swatch: Swatch::Line,
            dash: &[],
        };
        let entries: Vec<Entry> = (0..12).map(entry).collect();
        let mut scene = Scene::new(400, 300, "");
        assert_eq!(draw(&mut scene, &[], (0.0, 0.0), 400.0), 0.0);
        assert_eq!(draw(&mut scene, &entries[..1], (0.0, 0.0), 400.0), ROW);
        let taken = draw(&mut scene, &entries, (0.0, 0.0), 400.0);
        assert!(taken >= 3.0 * ROW && taken % ROW == 0.0, "{taken}");
    }
}
