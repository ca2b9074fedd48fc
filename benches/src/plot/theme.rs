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

impl Ink {
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
