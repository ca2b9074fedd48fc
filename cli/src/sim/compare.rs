//! `lapwing sim compare`.

use std::path::{Path, PathBuf};

use lapwing_benches::lab::{self, Compared, Figure};
use lapwing_simnet::run::Outcome;
use serde_json::json;

use super::args::CompareArgs;
use super::stored::{self, Summary};
use super::{SimError, show, store};

/// Prints stored runs beside each other, and draws them over each other.
pub(super) fn compare(args: &CompareArgs) -> Result<(), SimError> {
    let folders: Vec<PathBuf> = args.runs.iter().map(|run| folder(run)).collect();
    let outcomes = folders
        .iter()
        .map(|folder| Summary::read(folder).map(|summary| summary.outcome))
        .collect::<Result<Vec<Outcome>, SimError>>()?;
    let names = names(&folders);
    let runs: Vec<Compared<'_>> =
        names.iter().zip(&outcomes).map(|(name, outcome)| Compared { name, outcome }).collect();
    if let Some(file) = &args.out {
        if let Some(above) = file.parent().filter(|above| !above.as_os_str().is_empty()) {
            store::make(above)?;
        }
        stored::write_whole(file, lab::compare_page(&runs).html().as_bytes())?;
    }
    show::say(&if args.json { to_json(&runs) } else { lab::compare_table(&runs).to_string() });
    Ok(())
}

/// The folder of a run, also where its summary was named.
fn folder(run: &Path) -> PathBuf {
    match run.file_name() {
        Some(name) if name == store::SUMMARY => {
            run.parent().map_or_else(PathBuf::new, Path::to_owned)
        }
        _ => run.to_owned(),
    }
}

/// The last parts of the folders' paths: as many as it takes to tell them apart.
pub(super) fn names(folders: &[PathBuf]) -> Vec<String> {
    let depth = folders.iter().map(|folder| folder.components().count()).max().unwrap_or(1);
    let last = |parts: usize| -> Vec<String> {
        let name = |folder: &PathBuf| {
            let skipped = folder.components().count().saturating_sub(parts);
            folder.components().skip(skipped).collect::<PathBuf>().display().to_string()
        };
        folders.iter().map(name).collect()
    };
    let differ = |names: &Vec<String>| {
        let mut sorted = names.clone();
        sorted.sort();
        sorted.dedup();
        sorted.len() == names.len() && names.iter().all(|name| !name.is_empty())
    };
    (1..=depth).map(last).find(differ).unwrap_or_else(|| last(depth))
}

fn to_json(runs: &[Compared<'_>]) -> String {
    let figures = Figure::ALL.iter().map(|figure| {
        let values: Vec<Option<f64>> =
            runs.iter().map(|run| figure.of(&run.outcome.figures)).collect();
        let first = values.first().copied().flatten();
        let differences: Vec<Option<f64>> =
            values.iter().map(|value| Some(value.as_ref()? - first?)).collect();
        json!({ "figure": figure.name(), "values": values, "differences": differences })
    });
    let figures: Vec<_> = figures.collect();
    let runs: Vec<_> = runs
        .iter()
        .map(|Compared { name, outcome }| {
            let Outcome { scenario, seed, chain, .. } = outcome;
            json!({ "name": name, "scenario": scenario, "seed": seed, "chain": chain })
        })
        .collect();
    json!({ "runs": runs, "figures": figures }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_long_as_it_takes() {
        let of = |paths: &[&str]| names(&paths.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(of(&["out/a", "out/b"]), ["a", "b"]);
        assert_eq!(of(&["x/seed-1", "y/seed-1"]), ["x/seed-1", "y/seed-1"]);
        assert_eq!(of(&["a", "a"]), ["a", "a"]);
        assert_eq!(folder(Path::new("out/a/summary.json")), Path::new("out/a"));
    }
}
