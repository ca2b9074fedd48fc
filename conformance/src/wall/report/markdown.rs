//! The wall as Markdown: to be read where the repository is.

use std::fmt::Write as _;

use super::figures::figures;
use crate::wall::{Case, Expectations, Outcome, Results, Verdict};

/// Marks of a cell.
const MARKS: &str = "`+` passed, `~` failed once and passed then, `x` failed (listed below), `-` does not apply, empty: not run. \
    The first mark is for the run in which Lapwing offered, the second for the one in which the peer did; a case with one role has one.";

/// The wall: versions, cells, and each failure with its reason.
pub fn markdown(results: &Results, cases: &[(&str, &Case)], expected: &Expectations) -> String {
    let mut out = String::new();
    let all = figures(results, None);
    line(&mut out, "# The interop wall");
    line(&mut out, "");
    line(
        &mut out,
        &format!(
            "What `lapwing conformance run --all` last found with {} against {} stacks: {} cells passed, {} after a second try, \
             {} failed, {} do not apply. How it is made: [CONTRIBUTING.md](../CONTRIBUTING.md). The same with times: `wall.html`.",
            results.subject.version,
            results.columns.len(),
            all.passed,
            all.flaked,
            all.failed,
            all.not_applicable
        ),
    );
    columns(&mut out, results);
    cells(&mut out, results, cases, expected);
    failures(&mut out, results, expected);
    out
}

fn columns(out: &mut String, results: &Results) {
    line(out, "\n## Stacks\n");
    line(
        out,
        "| column | version | passed | second try | failed | n/a | connected | first picture |",
    );
    line(out, "|---|---|---|---|---|---|---|---|");
    let ms = |value: Option<u64>| value.map_or(String::new(), |value| format!("{value} ms"));
    for (name, column) in &results.columns {
        let count = figures(results, Some(name));
        line(
            out,
            &format!(
                "| {name} | {} | {} | {} | {} | {} | {} | {} |",
                column.version,
                count.passed,
                count.flaked,
                count.failed,
                count.not_applicable,
                ms(count.connected_ms),
                ms(count.first_frame_ms)
            ),
        );
    }
    line(out, "\nTimes are the middle of all cells of the column, from opening both ends.");
}

fn cells(out: &mut String, results: &Results, cases: &[(&str, &Case)], expected: &Expectations) {
    line(out, "\n## Cells\n");
    line(out, MARKS);
    let heads: Vec<&str> = results.columns.keys().map(String::as_str).collect();
    line(out, &format!("\n| case | {} |", heads.join(" | ")));
    line(out, &format!("|---|{}", "---|".repeat(heads.len())));
    for (name, case) in cases {
        let marks = heads.iter().map(|peer| {
            let roles = case.roles.iter();
            let marks = roles.filter_map(|role| results.cell(peer, name, *role));
            let marks: String =
                marks.map(|cell| mark(&cell.outcome, expected.judge(cell).verdict)).collect();
            if marks.is_empty() { marks } else { format!("`{marks}`") }
        });
        line(out, &format!("| {name} | {} |", marks.collect::<Vec<_>>().join(" | ")));
    }
    line(out, "\n| case | what it checks | by |\n|---|---|---|");
    for (name, case) in cases {
        line(out, &format!("| {name} | {} | {} |", case.about, case.rfc));
    }
}

fn mark(outcome: &Outcome, verdict: Verdict) -> &'static str {
    match (outcome, verdict) {
        (Outcome::Passed, _) => "+",
        (Outcome::Flaked { .. }, _) => "~",
        (Outcome::Failed { .. }, Verdict::Unexpected) => "X",
        (Outcome::Failed { .. }, _) => "x",
        (Outcome::NotApplicable { .. }, _) => "-",
    }
}

fn failures(out: &mut String, results: &Results, expected: &Expectations) {
    line(out, "\n## Failures\n");
    line(out, "| peer | case | role | whose | reason | evidence | what was seen |");
    line(out, "|---|---|---|---|---|---|---|");
    for cell in results.cells.iter().filter(|cell| matches!(cell.outcome, Outcome::Failed { .. })) {
        let known = expected.judge(cell).known;
        let whose =
            known.map_or("unknown".to_owned(), |known| format!("{:?}", known.whose).to_lowercase());
        let told =
            |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "/");
        let short = |text: &str| told(text).chars().take(200).collect::<String>();
        line(
            out,
            &format!(
                "| {} | {} | {} | {whose} | {} | {} | {} |",
                cell.peer,
                cell.case,
                cell.role,
                known.map_or(String::new(), |known| told(&known.reason)),
                known.map_or(String::new(), |known| told(&known.evidence)),
                short(cell.outcome.text())
            ),
        );
    }
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a string takes what is written");
}
