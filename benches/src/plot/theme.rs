//! Colours, by what they are for.

use plotters::style::RGBColor;

/// Distinct colours for series; a chart with more series starts over.
pub(super) const SERIES_COLOURS: usize = 8;

/// What a shape is coloured as. In SVG it becomes a CSS variable, so that a report can switch
/// between a light and a dark look; its fallback is the light colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// Titles and values.
    Text,
    /// Axis labels.
    Muted,
    /// Grid lines.
    Grid,
    /// The base line.
    Axis,
    /// What is behind everything.
    Surface,
    /// Marks and references.
    Mark,
    /// The n-th series.
    Series(usize),
}

/// Name of the CSS variable, light colour, dark colour. Series colours keep apart for readers with
/// any of the usual colour vision deficiencies.
pub(super) const INKS: [(Ink, &str, &str, &str); 6 + SERIES_COLOURS] = [
    (Ink::Text, "--plot-text", "#1B1B1A", "#F4F4F2"),
    (Ink::Muted, "--plot-muted", "#6B6A66", "#A3A19A"),
    (Ink::Grid, "--plot-grid", "#E6E5DF", "#2E2E2C"),
    (Ink::Axis, "--plot-axis", "#B9B8AF", "#55544F"),
    (Ink::Surface, "--plot-surface", "#FDFDFC", "#1A1A19"),
    (Ink::Mark, "--plot-mark", "#82817B", "#8C8B85"),
    (Ink::Series(0), "--plot-1", "#2A78D6", "#3987E5"),
    (Ink::Series(1), "--plot-2", "#EB6834", "#F07A48"),
    (Ink::Series(2), "--plot-3", "#1BAF7A", "#22B981"),
    (Ink::Series(3), "--plot-4", "#4A3AA7", "#9085E9"),
    (Ink::Series(4), "--plot-5", "#E5A000", "#D19A1A"),
    (Ink::Series(5), "--plot-6", "#D65A94", "#E07BAA"),
    (Ink::Series(6), "--plot-7", "#0A7F1B", "#4FA85A"),
    (Ink::Series(7), "--plot-8", "#E34948", "#E66767"),
];

/// Where a chart is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Look {
    /// On a screen, light or dark.
    #[default]
    Screen,
    /// In a paper, which may be printed in grey.
    Paper,
}

/// Colours of series in papers: each as far from all others in lightness as the eye needs to tell
/// them apart in grey.
const PAPER: [RGBColor; 6] = [
    RGBColor(0x0B, 0x1F, 0x3A),
    RGBColor(0xD9, 0x5F, 0x02),
    RGBColor(0x7A, 0x1C, 0x1C),
    RGBColor(0x5D, 0xAD, 0xE2),
    RGBColor(0x1B, 0x6E, 0x8A),
    RGBColor(0xE3, 0xBC, 0x4E),
];

/// Lengths of dashes and gaps of series in papers, in turn: no two series have the same.
const DASHES: [&[f64]; SERIES_COLOURS] = [
    &[],
    &[7.0, 3.0],
    &[2.0, 2.0],
    &[9.0, 3.0, 2.0, 3.0],
    &[4.0, 2.0],
    &[12.0, 4.0],
    &[9.0, 3.0, 2.0, 3.0, 2.0, 3.0],
    &[1.5, 4.0],
];

impl Ink {
    /// The dashes of its lines.
    pub(super) fn dashes(self, look: Look) -> &'static [f64] {
        match (look, self) {
            (Look::Paper, Ink::Series(index)) => DASHES[index % SERIES_COLOURS],
            _ => &[],
        }
    }

    /// The colour.
    pub(super) fn colour(self, look: Look) -> RGBColor {
        match (look, self) {
            (Look::Screen, _) => self.light(),
            (Look::Paper, Ink::Series(index)) => PAPER[index % PAPER.len()],
            (Look::Paper, Ink::Text | Ink::Muted) => RGBColor(0x1B, 0x1B, 0x1A),
            (Look::Paper, Ink::Grid) => RGBColor(0xE2, 0xE2, 0xE2),
            (Look::Paper, Ink::Axis) => RGBColor(0x55, 0x55, 0x55),
            (Look::Paper, Ink::Surface) => RGBColor(0xFF, 0xFF, 0xFF),
            (Look::Paper, Ink::Mark) => RGBColor(0x93, 0x93, 0x93),
        }
    }

    /// The colour of series `index`.
    pub(super) fn series(index: usize) -> Ink {
        Ink::Series(index % SERIES_COLOURS)
    }

    /// The light colour.
    pub(super) fn light(self) -> RGBColor {
        let (_, _, light, _) =
            INKS.iter().find(|(ink, ..)| *ink == self).expect("every ink is in the table");
        let channel = |at: usize| {
            u8::from_str_radix(&light[at..at + 2], 16).expect("a constant hexadecimal colour")
        };
        RGBColor(channel(1), channel(3), channel(5))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// CIE 1976 lightness, 0 to 100.
    fn lightness(RGBColor(red, green, blue): RGBColor) -> f64 {
        let linear = |channel: u8| {
            let channel = f64::from(channel) / 255.0;
            match channel <= 0.040_45 {
                true => channel / 12.92,
                false => ((channel + 0.055) / 1.055).powf(2.4),
            }
        };
        let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
        match luminance > 0.008_856 {
            true => 116.0 * luminance.cbrt() - 16.0,
            false => 903.3 * luminance,
        }
    }

    #[test]
    fn colours_of_papers_are_apart_in_grey() {
        assert!((99.9..100.1).contains(&lightness(RGBColor(255, 255, 255))));
        for (index, colour) in PAPER.iter().enumerate() {
            // Nothing is too pale for white paper.
            assert!(lightness(*colour) < 80.0, "{colour:?}");
            for other in &PAPER[..index] {
                let apart = (lightness(*colour) - lightness(*other)).abs();
                assert!(apart >= 9.0, "{colour:?} and {other:?}: {apart:.1}");
            }
        }
        let first_two = (lightness(PAPER[0]) - lightness(PAPER[1])).abs();
        assert!(first_two >= 40.0, "{first_two:.1}");
    }

    #[test]
    fn every_series_of_a_paper_has_dashes_of_its_own() {
        let dashes: BTreeSet<String> = DASHES.iter().map(|dash| format!("{dash:?}")).collect();
        assert_eq!(dashes.len(), SERIES_COLOURS);
        assert!(DASHES.iter().all(|dash| dash.len() % 2 == 0));
        assert!(Ink::Series(1).dashes(Look::Screen).is_empty());
    }

    #[test]
    fn every_ink_has_a_colour_of_its_own() {
        let mut colours = BTreeSet::new();
        for (ink, ..) in INKS {
            let RGBColor(red, green, blue) = ink.light();
            assert!(colours.insert((red, green, blue)), "{ink:?} is not taken twice");
        }
        assert_eq!(Ink::series(9), Ink::Series(1));
    }
}
