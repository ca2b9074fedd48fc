//! Letters as outlines, in the font that the program carries.

use ab_glyph::{Font, FontRef, GlyphId, OutlineCurve, Point};

use super::length::short;

/// Letters of one size.
pub(super) struct Letters {
    font: FontRef<'static>,
}

impl Letters {
    pub(super) fn new() -> Letters {
        let font = FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT);
        Letters { font: font.expect("the font is a constant and valid") }
    }

    /// Units of the font in the height of a line.
    fn units(&self) -> f64 {
        f64::from(self.font.units_per_em().unwrap_or(1_000.0))
    }

    /// The letters of a text and where each begins, in shares of the font's size, and how wide it
    /// is.
    pub(super) fn place(&self, text: &str) -> (Vec<(GlyphId, f64)>, f64) {
        let (mut x, mut placed) = (0.0, Vec::new());
        let mut before = None;
        for letter in text.chars() {
            let id = self.font.glyph_id(letter);
            if let Some(before) = before.replace(id) {
                x += f64::from(self.font.kern_unscaled(before, id)) / self.units();
            }
            placed.push((id, x));
            x += f64::from(self.font.h_advance_unscaled(id)) / self.units();
        }
        (placed, x)
    }

    /// The outline of a letter as operators of a PDF page, upwards, in a grid of [`PRECISION`].
    pub(super) fn outline(&self, id: GlyphId) -> String {
        let Some(outline) = self.font.outline(id) else { return String::new() };
        let units = self.units() / PRECISION;
        let at = |point: Point| {
            let [x, y] = [point.x, point.y].map(|length| short(f64::from(length) / units));
            format!("{x} {y}")
        };
        let mut text = String::new();
        let mut last = None;
        for curve in outline.curves {
            let (from, to, step) = match curve {
                OutlineCurve::Line(from, to) => (from, to, format!("{} l", at(to))),
                OutlineCurve::Quad(from, by, to) => {
                    // A cubic curve with the same way.
                    let near = |end: Point| Point {
                        x: end.x + (by.x - end.x) * 2.0 / 3.0,
                        y: end.y + (by.y - end.y) * 2.0 / 3.0,
                    };
                    let step = format!("{} {} {} c", at(near(from)), at(near(to)), at(to));
                    (from, to, step)
                }
                OutlineCurve::Cubic(from, one, two, to) => {
                    (from, to, format!("{} {} {} c", at(one), at(two), at(to)))
                }
            };
            if last != Some(from) {
                text += &format!("{} m\n", at(from));
            }
            text += &step;
            text.push('\n');
            last = Some(to);
        }
        // Inside is by the turns of the outline, as in the font.
        text + "f\n"
    }
}

/// Letters are drawn in a grid of so many units, and made smaller where they stand.
pub(super) const PRECISION: f64 = 1_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_outlines_and_widths() {
        let letters = Letters::new();
        let (placed, width) = letters.place("Mbit/s");
        assert_eq!(placed.len(), 6);
        assert!((2.0..4.0).contains(&width), "{width}");
        assert!(placed.iter().all(|(id, _)| letters.outline(*id).ends_with("f\n")));
        assert_eq!(letters.place("").1, 0.0);
        assert!(letters.outline(placed[0].0).contains(" l\n"));
        // A space is nothing but wide.
        let (space, width) = letters.place(" ");
        assert!(width > 0.1 && letters.outline(space[0].0).len() < 3);
    }
}
