//! What is drawn over a common axis.

use super::theme::Ink;

/// A name and points. A point that is not finite breaks the line.
#[derive(Clone, Debug)]
pub struct Series {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
    /// The ends of a band around each point, or nothing.
    pub(super) band: Vec<(f64, f64)>,
    pub(super) style: Style,
    ink: Option<Ink>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Line,
    Step,
    Area,
    Dots,
}

impl Series {
    /// Points joined by straight lines.
    pub fn line(name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self::new(name, points, Style::Line)
    }

    /// Each value holds until the next point: rates of links, layers, states.
    pub fn step(name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self::new(name, points, Style::Step)
    }

    /// A line with the space below it filled.
    pub fn area(name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self::new(name, points, Style::Area)
    }

    /// Points alone: single packets, single losses.
    pub fn dots(name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self::new(name, points, Style::Dots)
    }

    pub(super) fn new(
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
        style: Style,
    ) -> Self {
        let points = points.into_iter().collect();
        Series { name: name.into(), points, band: Vec::new(), style, ink: None }
    }

    /// With the space between these ends, lower and upper, of each point filled.
    #[must_use]
    pub fn band(mut self, ends: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.band = ends.into_iter().collect();
        self
    }

    /// In the colour of the series with this number, instead of its own: alike things in several
    /// charts.
    #[must_use]
    pub fn coloured(mut self, number: usize) -> Self {
        self.ink = Some(Ink::series(number));
        self
    }

    /// In grey: what the other series are to be held against.
    #[must_use]
    pub fn muted(mut self) -> Self {
        self.ink = Some(Ink::Mark);
        self
    }

    /// Its colour, where it is the one with this number.
    pub(super) fn ink(&self, number: usize) -> Ink {
        self.ink.unwrap_or(Ink::series(number))
    }
}
