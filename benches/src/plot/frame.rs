//! The space of a chart between its axes, and the series in it.

use super::axis::Axis;
use super::decimate::decimate;
use super::scene::{Scene, Shape, Stroke};
use super::series::{Series, Style};
use super::theme::{Ink, Look};

/// Where the data is drawn, and its axes.
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

/// Draws a series into the space.
pub(super) fn draw_series(scene: &mut Scene, frame: &Frame, series: &Series, ink: Ink) {
    let inside = |(x, y): (f64, f64)| {
        let within = (frame.x.low..=frame.x.high).contains(&x);
        (within && y.is_finite())
            .then(|| (frame.x.at(x), frame.y.at(y.clamp(frame.y.low, frame.y.high))))
    };
    if series.style == Style::Dots {
        let dots = series.points.iter().copied().filter_map(inside);
        scene.shapes.extend(dots.map(|at| Shape::Dot { at, radius: 2.5, ink }));
        return;
    }
    draw_band(scene, frame, series, ink);
    let (dash, look) = (ink.dashes(scene.look), scene.look);
    let stroke = Stroke { dash, ..Stroke::solid(ink, line_width(look)) };
    let placed: Vec<Option<(f64, f64)>> = series.points.iter().copied().map(inside).collect();
    for stretch in placed.split(Option::is_none) {
        let points: Vec<(f64, f64)> = stretch.iter().copied().flatten().collect();
        let points = if series.style == Style::Step { steps(&points) } else { decimate(&points) };
        match points.as_slice() {
            [] => {}
            [at] => scene.shapes.push(Shape::Dot { at: *at, radius: 2.5, ink }),
            [first, .., last] => {
                if series.style == Style::Area {
                    let mut filled = points.clone();
                    filled.extend([(last.0, frame.bottom), (first.0, frame.bottom)]);
                    scene.shapes.push(Shape::Area { points: filled, ink, opacity: 0.16 });
                }
                scene.line(points, stroke);
            }
        }
    }
}

/// Lines of papers are thin: there are many in little space.
fn line_width(look: Look) -> f64 {
    match look {
        Look::Screen => 2.0,
        Look::Paper => 1.6,
    }
}

/// The space between the ends of a series' band, stretch by stretch.
fn draw_band(scene: &mut Scene, frame: &Frame, series: &Series, ink: Ink) {
    let height = |y: f64| frame.y.at(y.clamp(frame.y.low, frame.y.high));
    let ends = series.points.iter().zip(&series.band);
    let placed: Vec<Option<(f64, f64, f64)>> = ends
        .map(|((x, _), (low, high))| {
            let within = (frame.x.low..=frame.x.high).contains(x);
            (within && low.is_finite() && high.is_finite())
                .then(|| (frame.x.at(*x), height(*low), height(*high)))
        })
        .collect();
    for stretch in placed.split(Option::is_none) {
        let ends: Vec<(f64, f64, f64)> = stretch.iter().copied().flatten().collect();
        let upper = ends.iter().map(|(x, _, high)| (*x, *high));
        let lower = ends.iter().rev().map(|(x, low, _)| (*x, *low));
        if ends.len() > 1 {
            let points = upper.chain(lower).collect();
            scene.shapes.push(Shape::Area { points, ink, opacity: 0.2 });
        }
    }
}

fn steps(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let corners = points.windows(2).flat_map(|pair| [pair[0], (pair[1].0, pair[0].1)]);
    corners.chain(points.last().copied()).collect()
}
