//! Writes the figures of stored runs, a scenario at a time.

use std::collections::BTreeSet;
use std::path::Path;

use lapwing_benches::lab::{Across, PaperFigure, PaperKind, PaperTable, Subject, figures};
use lapwing_simnet::run::Outcome;

use super::super::{SimError, store, stored};
use super::args::{DrawArgs, Format};
use super::stock::Stock;

/// What figures show, for readers and as captions.
const CAPTIONS: &str = "captions.md";
/// The table, in three forms.
const TABLES: [&str; 3] = ["table.md", "table.tex", "table.csv"];

/// The files of a figure, and what it shows.
pub(super) struct Drawn {
    pub(super) files: Vec<String>,
    pub(super) caption: String,
}

/// All that was drawn.
pub(super) struct Drawing {
    pub(super) figures: Vec<Drawn>,
    /// The table, as Markdown.
    pub(super) table: String,
}

/// Draws all scenarios that the stocks have into a folder.
pub(super) fn draw(stocks: &[Stock], out: &Path, args: &DrawArgs) -> Result<Drawing, SimError> {
    store::make(out)?;
    let (kinds, mut drawn) = (args.kinds(), Vec::new());
    let (mut across, mut table) = (Across::new(args.band), PaperTable::default());
    let scenarios: BTreeSet<&String> =
        stocks.iter().flat_map(|stock| stock.scenarios.keys()).collect();
    let single = scenarios.len() == 1;
    for scenario in scenarios {
        let runs: Vec<(&str, Vec<Outcome>)> = stocks
            .iter()
            .filter(|stock| stock.scenarios.contains_key(scenario))
            .map(|stock| Ok((stock.name.as_str(), stock.outcomes(scenario)?)))
            .collect::<Result<_, SimError>>()?;
        let subjects: Vec<Subject<'_>> =
            runs.iter().map(|(name, runs)| Subject { name, runs }).collect();
        for Subject { name, runs } in &subjects {
            table.add(scenario, name, runs.iter().map(|run| &run.figures));
        }
        across.add(scenario, &subjects);
        // Of several scenarios, small multiples are by scenario.
        let kinds: Vec<PaperKind> =
            kinds.iter().copied().filter(|kind| single || *kind != PaperKind::Multiples).collect();
        for figure in figures(scenario, &subjects, &kinds, args.band) {
            let name = format!("{}-{}", file_name(scenario), figure.kind);
            write(out, &name, &figure, &args.format, &mut drawn)?;
        }
    }
    if kinds.contains(&PaperKind::Multiples) {
        for (what, figure) in across.figures() {
            write(out, &format!("scenarios-{what}"), &figure, &args.format, &mut drawn)?;
        }
    }
    for (name, text) in TABLES.iter().zip([table.markdown(), table.latex(), table.csv()]) {
        stored::write_whole(&out.join(name), text.as_bytes())?;
    }
    let captions: String = drawn
        .iter()
        .map(|Drawn { files, caption }| format!("- {}: {caption}\n", quoted(files, "")))
        .collect();
    stored::write_whole(&out.join(CAPTIONS), captions.as_bytes())?;
    Ok(Drawing { figures: drawn, table: table.markdown() })
}

fn write(
    out: &Path,
    name: &str,
    figure: &PaperFigure,
    formats: &[Format],
    drawn: &mut Vec<Drawn>,
) -> Result<(), SimError> {
    let mut files = Vec::new();
    for format in formats {
        let (ending, bytes) = match format {
            Format::Svg => ("svg", figure.chart.svg().into_bytes()),
            Format::Pdf => ("pdf", figure.chart.pdf()),
            Format::Png => ("png", figure.chart.png()),
        };
        let file = format!("{name}.{ending}");
        stored::write_whole(&out.join(&file), &bytes)?;
        files.push(file);
    }
    drawn.push(Drawn { files, caption: figure.caption.clone() });
    stored::write_whole(&out.join(format!("{name}.csv")), figure.csv.as_bytes())
}

/// Names of files in a folder, for Markdown.
pub(super) fn quoted(files: &[String], folder: &str) -> String {
    files.iter().map(|file| format!("`{folder}{file}`")).collect::<Vec<_>>().join(", ")
}

/// A name of a scenario as part of a file's: it may come from a file that someone else made.
pub(super) fn file_name(scenario: &str) -> String {
    let safe = |character: char| match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => character,
        _ => '-',
    };
    scenario.trim_start_matches('.').chars().take(100).map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_leave_no_folder() {
        assert_eq!(file_name("rfc8867-5.1_a"), "rfc8867-5.1_a");
        assert_eq!(file_name("../../etc/x y"), "-..-etc-x-y");
        assert_eq!(file_name(&"a".repeat(500)).len(), 100);
    }
}
