//! A report as one HTML file that needs nothing else: pictures and styles are inside.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::chart::Chart;
use super::paint::escape;
use super::table::{Align, Table};
use super::theme::{INKS, Ink};

const STYLE: &str = include_str!("report.css");

/// How a figure or a verdict is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As expected.
    Good,
    /// Worth a look.
    Warn,
    /// Failed.
    Bad,
    /// No judgement.
    Plain,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
            Tone::Plain => "plain",
        }
    }
}

/// Builds a report from top to bottom. All texts are escaped.
///
/// ```
/// use lapwing_benches::plot::{Lines, Report, Series, Table, Tone};
/// let html = Report::new("Two peers")
///     .verdict(Tone::Good, "connected, pictures and sound in both directions")
///     .figures([("round trip", "40 ms", ""), ("frames", "300", "of 300")])
///     .section("Bitrate")
///     .chart(&Lines::new("Sent").series(Series::line("a", [(0.0, 1.0), (1.0, 2.0)])).chart())
///     .table(&Table::new(["peer", "frames"]).row(["a", "300"]))
///     .log("events of a", "0.000 gathering\n0.052 connected")
///     .html();
/// assert!(html.starts_with("<!doctype html>"));
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    title: String,
    body: String,
    /// What closes the section that is open.
    section_end: &'static str,
}

impl Report {
    /// An empty report.
    pub fn new(title: impl Into<String>) -> Self {
        let title = title.into();
        let body = format!("<header><h1>{}</h1>\n", escape(&title));
        Report { title, body: body + "</header>\n", section_end: "" }
    }

    /// A heading; what follows belongs to it.
    #[must_use]
    pub fn section(mut self, heading: &str) -> Self {
        self.body.push_str(std::mem::replace(&mut self.section_end, "</section>\n"));
        self.push(format_args!("<section><h2>{}</h2>\n", escape(heading)))
    }

    /// A heading, with what follows folded away beneath it.
    #[must_use]
    pub fn section_folded(mut self, heading: &str) -> Self {
        self.body.push_str(std::mem::replace(&mut self.section_end, "</details></section>\n"));
        let heading = escape(heading);
        self.push(format_args!(
            "<section><details class=\"fold\"><summary><h2>{heading}</h2></summary>\n"
        ))
    }

    /// A paragraph of plain text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.push(format_args!("<p>{}</p>\n", escape(text)))
    }

    /// One line that says how it went.
    #[must_use]
    pub fn verdict(self, tone: Tone, text: &str) -> Self {
        let (class, text) = (tone.class(), escape(text));
        self.push(format_args!("<p class=\"verdict {class}\"><span>{text}</span></p>\n"))
    }

    /// Headline figures: name, value, and a note, which may be empty.
    #[must_use]
    pub fn figures<'a>(
        mut self,
        figures: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
    ) -> Self {
        self.body.push_str("<dl class=\"figures\">\n");
        for (name, value, note) in figures {
            let (name, value, note) = (escape(name), escape(value), escape(note));
            self = self.push(format_args!(
                "<div><dt>{name}</dt><dd>{value}</dd><dd class=\"note\">{note}</dd></div>\n"
            ));
        }
        self.body.push_str("</dl>\n");
        self
    }

    /// A table.
    #[must_use]
    pub fn table(mut self, table: &Table) -> Self {
        let (header, align, rows) = table.parts();
        self.body.push_str("<div class=\"wide\"><table>\n<thead>");
        self.body.push_str(&table_row("th", header, align));
        self.body.push_str("</thead>\n<tbody>");
        for row in rows {
            self.body.push_str(&table_row("td", row, align));
        }
        self.body.push_str("</tbody></table></div>\n");
        self
    }

    /// A chart.
    #[must_use]
    pub fn chart(self, chart: &Chart) -> Self {
        self.svg(&chart.svg())
    }

    /// An SVG element as it is. It must come from the program, not from the network.
    #[must_use]
    pub fn svg(self, svg: &str) -> Self {
        self.push(format_args!("<figure class=\"wide\">{svg}</figure>\n"))
    }

    /// A PNG file as a picture, with a caption, which is also its text for those who do not see it.
    #[must_use]
    pub fn image_png(self, caption: &str, png: &[u8]) -> Self {
        self.images_png([(caption, png)])
    }

    /// PNG files side by side, each with its caption.
    #[must_use]
    pub fn images_png<'a>(mut self, images: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        self.body.push_str("<div class=\"images\">\n");
        for (caption, png) in images {
            let (caption, data) = (escape(caption), BASE64_STANDARD.encode(png));
            self = self.push(format_args!(
                "<figure><img alt=\"{caption}\" src=\"data:image/png;base64,{data}\">\
                 <figcaption>{caption}</figcaption></figure>\n"
            ));
        }
        self.body.push_str("</div>\n");
        self
    }

    /// A long text, folded away under its title.
    #[must_use]
    pub fn log(self, title: &str, text: &str) -> Self {
        let lines = text.lines().count();
        let (title, text) = (escape(title), escape(text));
        self.push(format_args!(
            "<details><summary>{title} <small>{lines} lines</small></summary>\
             <pre>{text}</pre></details>\n"
        ))
    }

    /// The whole file.
    pub fn html(&self) -> String {
        let end = self.section_end;
        let (title, body) = (escape(&self.title), &self.body);
        let colours = colours();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title}</title>\n<style>\n{colours}{STYLE}</style>\n</head>\n\
             <body>\n<main>\n{body}{end}</main>\n</body>\n</html>\n"
        )
    }

    /// Writes the file; folders on the way are made.
    pub fn write(&self, path: impl AsRef<Path>) -> io::Result<()> {
        if let Some(folder) = path.as_ref().parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, self.html())
    }

    fn push(mut self, part: std::fmt::Arguments<'_>) -> Self {
        self.body.write_fmt(part).expect("writing into memory cannot fail");
        self
    }
}

fn table_row(tag: &str, cells: &[String], align: &[Align]) -> String {
    let cells = cells.iter().zip(align).map(|(cell, align)| {
        let class = if *align == Align::Right { " class=\"right\"" } else { "" };
        format!("<{tag}{class}>{}</{tag}>", escape(cell))
    });
    format!("<tr>{}</tr>\n", cells.collect::<String>())
}

/// The colours of charts and page, light and dark.
fn colours() -> String {
    let declare = |dark: bool| -> String {
        let line = |(_, name, light, night): &(Ink, &str, &str, &str)| {
            format!("  {name}: {};\n", if dark { night } else { light })
        };
        INKS.iter().map(line).collect()
    };
    let (light, dark) = (declare(false), declare(true));
    format!(":root {{\n{light}}}\n@media (prefers-color-scheme: dark) {{\n:root {{\n{dark}}}\n}}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_everywhere() {
        let evil = "<script>\"'&";
        let html = Report::new(evil)
            .section(evil)
            .text(evil)
            .verdict(Tone::Bad, evil)
            .figures([(evil, evil, evil)])
            .table(&Table::new([evil]).row([evil]))
            .image_png(evil, b"x")
            .log(evil, evil)
            .html();
        assert!(!html.contains("<script>"));
        assert_eq!(html.matches("&lt;script&gt;&quot;&#39;&amp;").count(), 14);
    }

    #[test]
    fn sections_are_closed_once() {
        let report = Report::new("t").text("before").section("a").section_folded("b");
        let html = report.section("c").html();
        assert_eq!(html.matches("<section>").count(), 3);
        assert_eq!(html.matches("</section>").count(), 3);
        assert_eq!(html.matches("</details></section>").count(), 1);
    }

    #[test]
    fn nothing_is_fetched() {
        let html = Report::new("t").image_png("p", &[1, 2, 3]).html();
        assert!(html.contains("data:image/png;base64,AQID"));
        assert!(!html.contains("src=\"http") && !html.contains("href="));
    }
}
