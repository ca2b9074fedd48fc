//! A PDF file of one page (ISO 32000-1): paths, and letters as paths that are described once.
//!
//! 1. Letters become form objects, each once.
//! 2. The page's content places paths and letters; its origin is the upper left corner.
//! 3. Objects are written one after the other, then the table of where they begin.

use std::collections::{BTreeMap, BTreeSet};

use ab_glyph::GlyphId;
use plotters::style::RGBColor;

use super::super::scene::{Anchor, Scene, Shape, Stroke, TextStyle};
use super::super::theme::{Ink, Look};
use super::length::{POINTS, short};
use super::outline::{Letters, PRECISION};

/// The scene as a PDF file.
pub(in super::super) fn write(scene: &Scene) -> Vec<u8> {
    let mut page = Page::new(scene);
    scene.shapes.iter().for_each(|shape| page.shape(shape));
    page.file(scene)
}

struct Page {
    look: Look,
    letters: Letters,
    content: String,
    used: BTreeMap<u16, GlyphId>,
    /// Opacities in percent.
    opacities: BTreeSet<u32>,
}

impl Page {
    fn new(scene: &Scene) -> Page {
        let (width, height) = (f64::from(scene.width), f64::from(scene.height));
        let mut page = Page {
            look: scene.look,
            letters: Letters::new(),
            content: format!("{POINTS} 0 0 -{POINTS} 0 {} cm 1 j\n", short(height * POINTS)),
            used: BTreeMap::new(),
            opacities: BTreeSet::new(),
        };
        let surface = Ink::Surface;
        page.shape(&Shape::Rect {
            from: (0.0, 0.0),
            to: (width, height),
            ink: surface,
            opacity: 1.0,
        });
        page
    }

    fn say(&mut self, text: &str) {
        self.content += text;
        self.content.push('\n');
    }

    fn colour(&self, ink: Ink) -> String {
        let RGBColor(red, green, blue) = ink.colour(self.look);
        let [red, green, blue] = [red, green, blue].map(|part| short(f64::from(part) / 255.0));
        format!("{red} {green} {blue}")
    }

    /// A colour to fill with, and how much of what is below it hides.
    fn fill(&mut self, ink: Ink, opacity: f64) {
        let percent = (opacity.clamp(0.0, 1.0) * 100.0).round() as u32;
        self.opacities.insert(percent);
        let colour = self.colour(ink);
        self.say(&format!("/O{percent} gs {colour} rg"));
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Line { points, stroke } => self.line(points, *stroke),
            Shape::Area { points, ink, opacity } => {
                self.fill(*ink, *opacity);
                self.path(points, "f");
            }
            Shape::Rect { from, to, ink, opacity } => {
                self.fill(*ink, *opacity);
                let corners = [*from, (to.0, from.1), *to, (from.0, to.1)];
                self.path(&corners, "f");
            }
            Shape::Dot { at, radius, ink } => {
                // A line of no length with round ends.
                let (colour, width) = (self.colour(*ink), short(radius * 2.0));
                let at = format!("{} {}", short(at.0), short(at.1));
                self.say(&format!("q 1 J [] 0 d {colour} RG {width} w {at} m {at} l S Q"));
            }
            Shape::Text { at, text, style } => self.text(*at, text, *style),
        }
    }

    fn path(&mut self, points: &[(f64, f64)], paint: &str) {
        for (index, (x, y)) in points.iter().enumerate() {
            let step = if index == 0 { "m" } else { "l" };
            self.say(&format!("{} {} {step}", short(*x), short(*y)));
        }
        if !points.is_empty() {
            self.say(paint);
        }
    }

    fn line(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        let dashes: Vec<String> = stroke.dash.iter().map(|length| short(*length)).collect();
        let (colour, width) = (self.colour(stroke.ink), short(stroke.width));
        self.say(&format!("[{}] 0 d {colour} RG {width} w", dashes.join(" ")));
        self.path(points, "S");
    }

    fn text(&mut self, at: (f64, f64), text: &str, style: TextStyle) {
        let (placed, width) = self.letters.place(text);
        let left = match style.anchor {
            Anchor::Start => at.0,
            Anchor::Middle => at.0 - width * style.size / 2.0,
            Anchor::End => at.0 - width * style.size,
        };
        // Half the height of capital letters below its middle.
        let base = short(at.1 + style.size * 0.35);
        let size = format!("{:.5}", style.size / PRECISION);
        self.fill(style.ink, 1.0);
        for (id, along) in placed {
            self.used.insert(id.0, id);
            let x = short(left + along * style.size);
            self.say(&format!("q {size} 0 0 -{size} {x} {base} cm /G{} Do Q", id.0));
        }
    }

    fn file(self, scene: &Scene) -> Vec<u8> {
        const FIRST_LETTER: usize = 6;
        let letters = self.used.keys().enumerate();
        let letters: Vec<String> =
            letters.map(|(index, id)| format!("/G{id} {} 0 R", FIRST_LETTER + index)).collect();
        let opacities: Vec<String> = self
            .opacities
            .iter()
            .map(|percent| format!("/O{percent} << /ca {} >>", short(f64::from(*percent) / 100.0)))
            .collect();
        let [width, height] =
            [scene.width, scene.height].map(|length| short(f64::from(length) * POINTS));
        let mut objects = vec![
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R \
                 /Resources << /XObject << {} >> /ExtGState << {} >> >> >>",
                letters.join(" "),
                opacities.join(" ")
            ),
            stream("", &self.content),
            format!("<< /Title {} /Producer (lapwing) >>", title(&scene.title)),
        ];
        for id in self.used.values() {
            let size = "/Type /XObject /Subtype /Form /BBox [-1000 -1000 3000 3000] ";
            objects.push(stream(size, &self.letters.outline(*id)));
        }
        assemble(&objects)
    }
}

fn stream(more: &str, content: &str) -> String {
    format!("<< {more}/Length {} >>\nstream\n{content}\nendstream", content.len())
}

/// A text as a string of UTF-16 in hexadecimal digits: no character needs care.
fn title(text: &str) -> String {
    let digits: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    format!("<FEFF{digits}>")
}

/// Numbers the objects from 1 on; the fifth says what the file is.
fn assemble(objects: &[String]) -> Vec<u8> {
    let mut file = "%PDF-1.5\n".to_owned();
    let mut begins = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        begins.push(file.len());
        file += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let table = file.len();
    file += &format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for begin in begins {
        file += &format!("{begin:010} 00000 n \n");
    }
    file += &format!(
        "trailer\n<< /Size {} /Root 1 0 R /Info 5 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    );
    file.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::super::{Lines, Series, Unit};

    fn file() -> String {
        let chart = Lines::new("Rate (é)")
            .y(Unit::BitsPerSecond)
            .series(Series::area("sent", [(0.0, 0.0), (9.0, 1.9e6)]))
            .reference(1e6, "goal")
            .chart();
        assert_eq!(chart.pdf(), chart.pdf());
        String::from_utf8(chart.pdf()).expect("nothing but text")
    }

    #[test]
    fn every_object_is_where_the_table_says() {
        let file = file();
        assert!(file.starts_with("%PDF-1.5\n") && file.ends_with("%%EOF\n"));
        let (_, table) = file.split_once("startxref\n").expect("there is a table");
        let at: usize = table.lines().next().and_then(|at| at.parse().ok()).expect("a number");
        assert!(file[at..].starts_with("xref\n"));
        let entries = file[at..].lines().skip(3).take_while(|line| line.ends_with(" n "));
        let entries: Vec<usize> = entries.filter_map(|line| line[..10].parse().ok()).collect();
        assert!(entries.len() > 5 + 10, "{} objects", entries.len());
        for (index, begin) in entries.iter().enumerate() {
            assert!(file[*begin..].starts_with(&format!("{} 0 obj\n", index + 1)));
        }
    }

    #[test]
    fn what_the_page_names_is_there_and_streams_are_as_long_as_they_say() {
        let file = file();
        for (at, _) in file.match_indices("/Length ") {
            let rest = &file[at + 8..];
            let (length, rest) = rest.split_once(" >>\nstream\n").expect("a stream");
            let length: usize = length.parse().expect("a number");
            assert!(rest[length..].starts_with("\nendstream"));
        }
        let letters = file.split("/G").skip(1).filter(|text| text.contains(" Do Q"));
        assert!(letters.count() > 20);
        assert!(file.contains("/O100 << /ca 1 >>") && file.contains("/O16 << /ca 0.16 >>"));
        assert!(file.contains("[6 4] 0 d"), "the reference is dashed");
        assert!(file.contains("/Title <FEFF00520061"));
    }
}
