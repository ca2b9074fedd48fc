//! Shapes to SVG and PNG by `plotters`.

use plotters::backend::{BitMapBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, ShapeStyle, TextStyle as PlottersText};

use super::font;
use super::scene::{Anchor, Scene, Shape, Stroke, TextStyle};
use super::theme::{INKS, Ink, Look};

/// The SVG backend rounds to whole units, so it draws this many times larger than it is shown.
const SVG_SCALE: u32 = 4;

/// Pixels of a PNG per unit of the scene.
fn png_scale(look: Look) -> u32 {
    match look {
        Look::Screen => 2,
        // 3.5 inches of a paper's column have 400 units.
        Look::Paper => 3,
    }
}

/// A PNG is painted this many times larger and averaged: the bitmap backend's lines have hard
/// edges.
const OVERSAMPLING: u32 = 2;

/// The scene as SVG, with CSS variables for colours.
pub(super) fn svg(scene: &Scene) -> String {
    let mut text = String::new();
    {
        let size = (scene.width * SVG_SCALE, scene.height * SVG_SCALE);
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        paint(scene, &area, f64::from(SVG_SCALE), false);
    }
    for (_, name, light, _) in INKS {
        text = text.replace(&format!("\"{light}\""), &format!("\"var({name}, {light})\""));
    }
    let Some(start) = text.find('>') else { unreachable!("the backend writes an element") };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" \
         viewBox=\"0 0 {2} {3}\" role=\"img\" stroke-linejoin=\"round\"><title>{4}</title>{5}",
        scene.width,
        scene.height,
        scene.width * SVG_SCALE,
        scene.height * SVG_SCALE,
        escape(&scene.title),
        &text[start + 1..]
    )
}

/// The scene as PNG.
pub(super) fn png(scene: &Scene) -> Vec<u8> {
    let scale = png_scale(scene.look) * OVERSAMPLING;
    let (width, height) = (scene.width * scale, scene.height * scale);
    let mut pixels = vec![0; width as usize * height as usize * 3];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        let filled = area.fill(&Ink::Surface.colour(scene.look));
        filled.expect("painting into memory cannot fail");
        paint(scene, &area, f64::from(scale), true);
    }
    let small = average(&pixels, width as usize, OVERSAMPLING as usize);
    let size = png_scale(scene.look);
    encode(&small, scene.width * size, scene.height * size)
}

fn paint<B: DrawingBackend>(scene: &Scene, area: &DrawingArea<B, Shift>, scale: f64, joints: bool) {
    font::register();
    for shape in &scene.shapes {
        paint_shape(shape, area, scale, scene.look, joints);
    }
    area.present().expect("painting into memory cannot fail");
}

/// The bitmap backend's joints are sharp points of any length: with `joints`, a line is painted
/// segment by segment with dots between them.
fn paint_shape<B: DrawingBackend>(
    shape: &Shape,
    area: &DrawingArea<B, Shift>,
    scale: f64,
    look: Look,
    joints: bool,
) {
    let at = |(x, y): (f64, f64)| ((x * scale).round() as i32, (y * scale).round() as i32);
    let painted = match shape {
        Shape::Line { points, stroke } => {
            let style = ShapeStyle {
                color: stroke.ink.colour(look).to_rgba(),
                filled: false,
                stroke_width: (stroke.width * scale).round() as u32,
            };
            let pieces =
                pieces(points, *stroke).into_iter().flat_map(|piece| joined(piece, joints));
            let joint = joints && stroke.dash.is_empty() && style.stroke_width > 2;
            let inner = points.get(1..points.len().saturating_sub(1)).unwrap_or_default();
            let dots = inner.iter().filter(|_| joint).map(|point| {
                let radius = style.stroke_width as i32 / 2;
                area.draw(&Circle::new(at(*point), radius, stroke.ink.colour(look).filled()))
            });
            let lines = pieces.map(|piece| {
                area.draw(&PathElement::new(piece.into_iter().map(at).collect::<Vec<_>>(), style))
            });
            lines.chain(dots).collect()
        }
        Shape::Area { points, ink, opacity } => {
            let points: Vec<_> = points.iter().copied().map(at).collect();
            area.draw(&Polygon::new(points, ink.colour(look).mix(*opacity).filled()))
        }
        Shape::Rect { from, to, ink, opacity } => {
            let style = ink.colour(look).mix(*opacity).filled();
            area.draw(&Rectangle::new([at(*from), at(*to)], style))
        }
        Shape::Dot { at: centre, radius, ink } => {
            let size = (radius * scale).round() as i32;
            area.draw(&Circle::new(at(*centre), size, ink.colour(look).filled()))
        }
        Shape::Text { at: point, text, style } => {
            area.draw(&Text::new(text.clone(), at(*point), text_style(*style, scale, look)))
        }
    };
    painted.expect("painting into memory cannot fail");
}

fn text_style(style: TextStyle, scale: f64, look: Look) -> PlottersText<'static> {
    let weight = if style.bold { FontStyle::Bold } else { FontStyle::Normal };
    let horizontal = match style.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let font = (font::FAMILY, style.size * scale).into_font().style(weight);
    font.color(&style.ink.colour(look)).pos(Pos::new(horizontal, VPos::Center))
}

/// A line as it is, or cut into its dashes, which go on around corners.
fn pieces(points: &[(f64, f64)], stroke: Stroke) -> Vec<Vec<(f64, f64)>> {
    if stroke.dash.is_empty() {
        return vec![points.to_vec()];
    }
    let mut lengths = stroke.dash.iter().copied().cycle();
    let (mut left, mut drawn) = (lengths.next().unwrap_or(f64::INFINITY), true);
    let mut pieces: Vec<Vec<(f64, f64)>> = points.first().map(|at| vec![*at]).into_iter().collect();
    for ends in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (ends[0], ends[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let at = (x0 + (x1 - x0) * done / length, y0 + (y1 - y0) * done / length);
            match (drawn, pieces.last_mut()) {
                (true, Some(piece)) => piece.push(at),
                _ => pieces.push(vec![at]),
            }
            drawn = !drawn;
            left = lengths.next().unwrap_or(f64::INFINITY);
        }
        left -= length - done;
        if let (true, Some(piece)) = (drawn, pieces.last_mut()) {
            piece.push((x1, y1));
        }
    }
    pieces.retain(|piece| piece.windows(2).any(|ends| ends[0] != ends[1]));
    pieces
}

/// A line as one path, or as one path for each of its segments.
fn joined(line: Vec<(f64, f64)>, apart: bool) -> Vec<Vec<(f64, f64)>> {
    if apart { line.windows(2).map(<[_]>::to_vec).collect() } else { vec![line] }
}

/// Every `factor` by `factor` pixels become one.
fn average(pixels: &[u8], width: usize, factor: usize) -> Vec<u8> {
    let row = width * 3;
    let mut small = Vec::with_capacity(pixels.len() / (factor * factor));
    for rows in pixels.chunks_exact(row * factor) {
        for left in (0..row).step_by(3 * factor) {
            for channel in 0..3 {
                let offsets = (0..factor * factor)
                    .map(|index| index / factor * row + left + index % factor * 3 + channel);
                let sum: usize = offsets.map(|offset| usize::from(rows[offset])).sum();
                small.push((sum / (factor * factor)) as u8);
            }
        }
    }
    small
}

fn encode(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("writing into memory cannot fail");
    writer.write_image_data(pixels).expect("the buffer has the picture's size");
    writer.finish().expect("writing into memory cannot fail");
    file
}

/// Text as HTML and XML take it.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_pixels_become_one() {
        let pixels = [[0; 3], [4; 3], [10; 3], [10; 3], [8; 3], [8; 3], [20; 3], [20; 3]].concat();
        assert_eq!(average(&pixels, 4, 2), [[5; 3], [15; 3]].concat());
    }

    #[test]
    fn dashes_stay_on_the_line() {
        let stroke = Stroke { dash: &[4.0, 2.0], ..Stroke::solid(Ink::Mark, 1.0) };
        let cut = pieces(&[(0.0, 0.0), (0.0, 15.0)], stroke);
        assert_eq!(cut.len(), 3);
        assert_eq!(cut[2], [(0.0, 12.0), (0.0, 15.0)]);
        assert!(pieces(&[(3.0, 3.0), (3.0, 3.0)], stroke).is_empty());
        // A line of many short parts has gaps too.
        let short: Vec<(f64, f64)> = (0..=60).map(|x| (f64::from(x) / 2.0, 0.0)).collect();
        let cut = pieces(&short, stroke);
        assert_eq!(cut.len(), 5);
        assert_eq!((cut[1].first(), cut[1].last()), (Some(&(6.0, 0.0)), Some(&(10.0, 0.0))));
    }
}
