//! The wall as one HTML file that needs nothing else.

use std::fmt::Write as _;

use super::figures::figures;
use crate::wall::{Case, Cell, Expectations, Outcome, Results, Verdict};

const STYLE: &str = include_str!("page.css");

/// The wall: each cell with its times and, where it is not green, why. `evidence` is where the
/// folders of the cells are, as the page sees it; only failures are linked.
pub fn page(
    results: &Results,
    cases: &[(&str, &Case)],
    expected: &Expectations,
    evidence: &str,
) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n");
    put(&mut out, &format!("<title>The interop wall</title>\n<style>{STYLE}</style>\n"));
    let all = figures(results, None);
    put(&mut out, "<h1>The interop wall</h1>\n");
    put(
        &mut out,
        &format!(
            "<p>{} against {} stacks: {} cells passed, {} after a second try, {} failed, {} do not apply. \
             Point at a cell to see its times or its reason. The first mark of a cell is for the run in which Lapwing offered.</p>\n",
            escape(&results.subject.version),
            results.columns.len(),
            all.passed,
            all.flaked,
            all.failed,
            all.not_applicable
        ),
    );
    put(&mut out, "<div class=\"wide\"><table><thead><tr><th>case</th>");
    for (name, column) in &results.columns {
        let (title, version) = (escape(&column.title), escape(&column.version));
        put(
            &mut out,
            &format!("<th class=\"peer\" title=\"{title}: {version}\">{}</th>", escape(name)),
        );
    }
    put(&mut out, "</tr></thead>\n<tbody>\n");
    for (name, case) in cases {
        let (about, rfc) = (escape(case.about), escape(case.rfc));
        put(
            &mut out,
            &format!("<tr><th title=\"{about}\">{}<br><small>{rfc}</small></th>", escape(name)),
        );
        for peer in results.columns.keys() {
            put(&mut out, "<td class=\"cells\">");
            for role in case.roles {
                if let Some(cell) = results.cell(peer, name, *role) {
                    put(&mut out, &mark(cell, expected, evidence));
                }
            }
            put(&mut out, "</td>");
        }
        put(&mut out, "</tr>\n");
    }
    put(&mut out, "</tbody></table></div>\n");
    versions(&mut out, results);
    failures(&mut out, results, expected);
    out
}

fn versions(out: &mut String, results: &Results) {
    put(out, "<h2>Stacks</h2>\n<table><tr><th>column<th>stack<th>version<th>passed<th>second try");
    put(out, "<th>failed<th>n/a<th>connected<th>first picture</tr>\n");
    let ms = |value: Option<u64>| value.map_or(String::new(), |value| format!("{value} ms"));
    for (name, column) in &results.columns {
        let count = figures(results, Some(name));
        let texts = [name, &column.title, &column.version].map(|text| escape(text)).join("<td>");
        let counts = [count.passed, count.flaked, count.failed, count.not_applicable];
        let counts = counts.map(|count| count.to_string()).join("<td>");
        let times = [ms(count.connected_ms), ms(count.first_frame_ms)].join("<td>");
        put(out, &format!("<tr><td>{texts}<td>{counts}<td>{times}</tr>\n"));
    }
    put(out, "</table>\n");
}

fn failures(out: &mut String, results: &Results, expected: &Expectations) {
    put(out, "<h2>Failures</h2>\n");
    for cell in &results.cells {
        if !matches!(cell.outcome, Outcome::Failed { .. } | Outcome::Flaked { .. }) {
            continue;
        }
        let head = escape(&format!("{}, {}, {}", cell.peer, cell.case, cell.role));
        put(out, &format!("<details><summary>{head}: {}</summary>", cell.outcome.word()));
        if let Some(known) = expected.judge(cell).known {
            let (whose, reason) = (format!("{:?}", known.whose), escape(&known.reason));
            put(out, &format!("<p>{whose}: {reason} Shown by: {}</p>", escape(&known.evidence)));
        }
        put(out, &format!("<p>{}</p></details>\n", escape(cell.outcome.text())));
    }
}

fn mark(cell: &Cell, expected: &Expectations, evidence: &str) -> String {
    let (class, sign) = match (&cell.outcome, expected.judge(cell).verdict) {
        (Outcome::Passed, _) => ("pass", "✓"),
        (Outcome::Flaked { .. }, _) => ("flake", "~"),
        (Outcome::Failed { .. }, Verdict::Unexpected) => ("surprise", "✗"),
        (Outcome::Failed { .. }, _) => ("fail", "✗"),
        (Outcome::NotApplicable { .. }, _) => ("na", "–"),
    };
    let times = [("connected", cell.connected_ms), ("first picture", cell.first_frame_ms)];
    let times = times.iter().filter_map(|(name, ms)| ms.map(|ms| format!("{name} {ms} ms")));
    let told: Vec<String> = [format!("{} {}", cell.role, cell.outcome.word())]
        .into_iter()
        .chain(times)
        .chain((!cell.outcome.text().is_empty()).then(|| cell.outcome.text().to_owned()))
        .collect();
    let title = escape(&told.join("; "));
    let span = format!("<span class=\"{class}\" title=\"{title}\">{sign}</span>");
    if matches!(cell.outcome, Outcome::Failed { .. }) {
        return format!("<a href=\"{}/{}\">{span}</a>", escape(evidence), escape(&cell.folder()));
    }
    span
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

fn put(out: &mut String, text: &str) {
    write!(out, "{text}").expect("a string takes what is written");
}
