//! The rules, run over the workspace as it is.

use super::fault::Fault;
use super::source::Source;
use super::{
    circles, comments, coverage, habits, imports, lengths, rooms, seams, words, workspace,
};

/// The files that list the words, and so contain them.
const WORD_LISTS: &[&str] = &["xtask/tests/it/tidy/words.rs"];

fn report(mut faults: Vec<Fault>) {
    faults.sort();
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert!(faults.is_empty(), "{} faults:\n{}\n", lines.len(), lines.join("\n"));
}

fn sources() -> Vec<Source> {
    let files = workspace::texts().into_iter().filter(|(path, _)| path.ends_with(".rs"));
    let parsed = files.map(|(path, text)| Source::parse(&path, &text));
    let sources: Vec<Source> =
        parsed.map(|source| source.unwrap_or_else(|error| panic!("{error}"))).collect();
    assert!(
        sources.iter().any(|source| source.path == "engine/src/lib.rs"),
        "the engine was not read"
    );
    sources
}

#[test]
fn rooms_import_only_what_they_may() {
    let packages = workspace::packages();
    assert!(packages.len() >= 9, "{packages:?}");
    report(imports::check(&packages));
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    report(workspace::packages().iter().flat_map(rooms::check_lints).collect());
}

#[test]
fn functions_and_files_are_short() {
    report(sources().iter().flat_map(lengths::check).collect());
}

#[test]
fn seams_hold() {
    report(sources().iter().flat_map(seams::check).collect());
}

#[test]
fn no_bad_habits() {
    report(sources().iter().flat_map(habits::check).collect());
}

#[test]
fn roots_only_list_and_folders_are_shallow() {
    let sources = sources();
    let contents = sources.iter().flat_map(rooms::check_contents);
    let depth = sources.iter().flat_map(|source| rooms::check_depth(&source.path));
    report(contents.chain(depth).collect());
}

#[test]
fn no_machine_paths_and_no_noise() {
    let texts = workspace::texts();
    let read = texts.iter().filter(|(path, _)| !WORD_LISTS.contains(&path.as_str()));
    report(read.flat_map(|(path, text)| words::check(path, text)).collect());
}

#[test]
fn what_rfcs_demand_is_shown_by_tests_that_exist() {
    report(coverage::check(&workspace::texts()));
}

#[test]
fn files_use_each_other_one_way_only() {
    report(circles::check(&sources()));
}

#[test]
fn comments_fit_the_width_of_the_code() {
    report(comments::check(&sources()));
}
