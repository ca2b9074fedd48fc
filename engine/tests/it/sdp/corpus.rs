//! Descriptions to read: offers of real stacks, the examples of RFC 9429, offers and answers that
//! were altered, and offers in the manner of old browsers.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use lapwing_engine::sdp::Description;

/// A description, and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) name: String,
    pub(super) sdp: String,
}

/// All of them, in a fixed order.
pub(super) fn corpus() -> &'static [Text] {
    static ALL: LazyLock<Vec<Text>> = LazyLock::new(read_all);
    &ALL
}

fn read_all() -> Vec<Text> {
    let mut texts = stacks();
    assert_eq!(texts.len(), 15, "offers of real stacks");
    for (folder, at_least) in [
        ("../conformance/tests/it/vectors/jsep", 10),
        ("tests/it/sdp/corpus/cases", 48),
        ("tests/it/sdp/corpus/manner", 3),
    ] {
        let found = files(&here().join(folder));
        assert!(found.len() >= at_least, "{} texts in {folder}", found.len());
        texts.extend(found);
    }
    texts
}

/// Offers of fifteen stacks as they made them, each below a line with its name and version.
pub(super) fn stacks() -> Vec<Text> {
    let all = read(&here().join("../conformance/src/cases/real_offers.sdp"));
    let parts = all.split("# ").filter(|part| !part.trim().is_empty());
    let text = |part: &str| {
        let (name, sdp) = part.split_once('\n').expect("a name stands on a line of its own");
        Text { name: name.to_owned(), sdp: sdp.trim_end().to_owned() + "\n" }
    };
    parts.map(text).collect()
}

/// The description of this name, as it is read.
pub(super) fn read_as(name: &str) -> Description {
    let found = corpus().iter().find(|text| text.name == name);
    let text = found.unwrap_or_else(|| panic!("no text {name}"));
    Description::parse(&text.sdp).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn files(folder: &Path) -> Vec<Text> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "sdp")).collect();
    paths.sort();
    let name = |path: &PathBuf| path.file_stem().expect("a name").to_string_lossy().into_owned();
    paths.iter().map(|path| Text { name: name(path), sdp: read(path) }).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
