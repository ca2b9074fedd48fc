//! A chart as shapes in pixels, before any backend has seen it.

use super::theme::{Ink, Look};

/// Where a text sits beside its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextStyle {
    pub(super) size: f64,
    pub(super) ink: Ink,
    pub(super) anchor: Anchor,
    pub(super) bold: bool,
}

impl TextStyle {
    /// Axis labels and legends.
    pub(super) const LABEL: TextStyle =
        TextStyle { size: 12.0, ink: Ink::Muted, anchor: Anchor::Start, bold: false };

    /// Titles.
    pub(super) const TITLE: TextStyle =
        TextStyle { size: 15.0, ink: Ink::Text, anchor: Anchor::Start, bold: true };

    pub(super) fn ink(self, ink: Ink) -> Self {
        TextStyle { ink, ..self }
    }

    pub(super) fn anchor(self, anchor: Anchor) -> Self {
        TextStyle { anchor, ..self }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    pub(super) ink: Ink,
    pub(super) width: f64,
    /// Lengths of dashes and gaps in turn, in pixels; none of a line without gaps.
    pub(super) dash: &'static [f64],
}

impl Stroke {
    pub(super) fn solid(ink: Ink, width: f64) -> Self {
        Stroke { ink, width, dash: &[] }
    }
}

/// A thing to be painted. All lengths are pixels.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Line {
        points: Vec<(f64, f64)>,
        stroke: Stroke,
    },
    Area {
        points: Vec<(f64, f64)>,
        ink: Ink,
        opacity: f64,
    },
    Rect {
        from: (f64, f64),
        to: (f64, f64),
        ink: Ink,
        opacity: f64,
    },
    Dot {
        at: (f64, f64),
        radius: f64,
        ink: Ink,
    },
    /// The point is half-way up the text.
    Text {
        at: (f64, f64),
        text: String,
        style: TextStyle,
    },
}

/// A picture in the making.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) title: String,
    pub(super) look: Look,
    pub(super) shapes: Vec<Shape>,
}

impl Scene {
    pub(super) fn new(width: u32, height: u32, title: &str) -> Self {
        Scene { width, height, title: title.to_owned(), look: Look::Screen, shapes: Vec::new() }
    }

    pub(super) fn text(&mut self, at: (f64, f64), text: impl Into<String>, style: TextStyle) {
        self.shapes.push(Shape::Text { at, text: text.into(), style });
    }

    pub(super) fn line(&mut self, points: Vec<(f64, f64)>, stroke: Stroke) {
        self.shapes.push(Shape::Line { points, stroke });
    }

    /// Takes over another scene with its corner at `corner`.
    pub(super) fn place(&mut self, other: Scene, corner: (f64, f64)) {
        let at = |(x, y): (f64, f64)| (x + corner.0, y + corner.1);
        let all = |points: Vec<(f64, f64)>| points.into_iter().map(at).collect();
        self.shapes.extend(other.shapes.into_iter().map(|shape| match shape {
            Shape::Line { points, stroke } => Shape::Line { points: all(points), stroke },
            Shape::Area { points, ink, opacity } => {
                Shape::Area { points: all(points), ink, opacity }
            }
            Shape::Rect { from, to, ink, opacity } => {
                Shape::Rect { from: at(from), to: at(to), ink, opacity }
            }
            Shape::Dot { at: centre, radius, ink } => Shape::Dot { at: at(centre), radius, ink },
            Shape::Text { at: point, text, style } => Shape::Text { at: at(point), text, style },
        }));
    }

    pub(super) fn rect(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink, opacity: f64) {
        self.shapes.push(Shape::Rect { from, to, ink, opacity });
    }
}
