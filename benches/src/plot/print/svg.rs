//! SVG that every program reads: no style sheets, colours and dashes as attributes.

use plotters::style::RGBColor;

use super::super::font;
use super::super::paint::escape;
use super::super::scene::{Anchor, Scene, Shape, Stroke, TextStyle};
use super::super::theme::{Ink, Look};
use super::length::{POINTS, short};

/// The scene as an SVG file.
pub(in super::super) fn write(scene: &Scene) -> String {
    let (width, height) = (f64::from(scene.width), f64::from(scene.height));
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}pt\" height=\"{}pt\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{}\" \
         stroke-linejoin=\"round\">\n<title>{}</title>\n",
        short(width * POINTS),
        short(height * POINTS),
        font::FAMILY,
        escape(&scene.title),
    );
    let surface = colour(Ink::Surface, scene.look);
    text += &format!("<rect width=\"{width}\" height=\"{height}\" fill=\"{surface}\"/>\n");
    for shape in &scene.shapes {
        text += &element(shape, scene.look);
        text.push('\n');
    }
    text + "</svg>\n"
}

fn colour(ink: Ink, look: Look) -> String {
    let RGBColor(red, green, blue) = ink.colour(look);
    format!("#{red:02X}{green:02X}{blue:02X}")
}

fn element(shape: &Shape, look: Look) -> String {
    match shape {
        Shape::Line { points, stroke } => line(points, *stroke, look),
        Shape::Area { points, ink, opacity } => format!(
            "<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"{}\"/>",
            list(points),
            colour(*ink, look),
            short(*opacity)
        ),
        Shape::Rect { from, to, ink, opacity } => format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" fill-opacity=\"{}\"/>",
            short(from.0.min(to.0)),
            short(from.1.min(to.1)),
            short((to.0 - from.0).abs()),
            short((to.1 - from.1).abs()),
            colour(*ink, look),
            short(*opacity)
        ),
        Shape::Dot { at, radius, ink } => format!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{}\"/>",
            short(at.0),
            short(at.1),
            short(*radius),
            colour(*ink, look)
        ),
        Shape::Text { at, text, style } => label(*at, text, *style, look),
    }
}

fn list(points: &[(f64, f64)]) -> String {
    let points = points.iter().map(|(x, y)| format!("{},{}", short(*x), short(*y)));
    points.collect::<Vec<_>>().join(" ")
}

fn line(points: &[(f64, f64)], stroke: Stroke, look: Look) -> String {
    let dashes: Vec<String> = stroke.dash.iter().map(|length| short(*length)).collect();
    let dashes = match dashes.is_empty() {
        true => String::new(),
        false => format!(" stroke-dasharray=\"{}\"", dashes.join(" ")),
    };
    format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{dashes}/>",
        list(points),
        colour(stroke.ink, look),
        short(stroke.width)
    )
}

fn label(at: (f64, f64), text: &str, style: TextStyle, look: Look) -> String {
    let anchor = match style.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    // Half the height of capital letters below its middle.
    let base = at.1 + style.size * 0.35;
    format!(
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\" text-anchor=\"{anchor}\" fill=\"{}\">{}</text>",
        short(at.0),
        short(base),
        short(style.size),
        colour(style.ink, look),
        escape(text)
    )
}
