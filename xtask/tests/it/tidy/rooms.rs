//! How the rooms are laid out: roots that only list, shallow folders, the same lints for all.

use super::fault::Fault;
use super::source::Source;
use super::workspace::Package;

/// Folders below a crate's own.
const DEPTH_MAX: usize = 3;

/// Files whose name makes them a table of contents.
fn is_contents(path: &str) -> bool {
    path.ends_with("/src/lib.rs")
        || path.ends_with("/mod.rs")
        || path.ends_with("/tests/it/main.rs")
}

/// What stands in a `mod.rs`, a `lib.rs` or a test crate's `main.rs` beside docs, modules and
/// re-exports.
pub(crate) fn check_contents(source: &Source) -> Vec<Fault> {
    if !is_contents(&source.path) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    let mut index = 0;
    while index < source.tokens.len() {
        let Some((start, end)) = next_item(source, index) else { break };
        let words = source.tokens[start..=end].iter().map(|token| token.text.as_str());
        let words: Vec<&str> = words.collect();
        if !matches!(words.as_slice(), ["mod", _, ";"] | ["use", .., ";"]) {
            let what = "more than docs, `mod` lines and re-exports".to_owned();
            let remedy = "move it to a file of its own";
            faults.push(Fault::new(&source.path, source.tokens[start].line, what, remedy));
        }
        index = end + 1;
    }
    faults
}

/// The item at `index`, without its attributes and visibility, from its first token to its last;
/// none where only attributes are left. A file's own attributes, its docs among them, are stepped
/// over with those of the first item.
fn next_item(source: &Source, index: usize) -> Option<(usize, usize)> {
    let text = |index: usize| source.tokens.get(index).map_or("", |token| token.text.as_str());
    let mut start = index;
    loop {
        match (text(start), text(start + 1)) {
            ("#", "[") => start = source.end_of_group(start + 1) + 1,
            ("#", "!") => start = source.end_of_group(start + 2) + 1,
            ("pub", "(") => start = source.end_of_group(start + 1) + 1,
            ("pub", _) => start += 1,
            _ => break,
        }
    }
    let last = source.tokens.len() - 1;
    if start > last {
        return None;
    }
    let mut end = start;
    while end < last && text(end) != ";" {
        match text(end) {
            "{" if text(start) != "use" => return Some((start, source.end_of_group(end))),
            "(" | "[" | "{" => end = source.end_of_group(end),
            _ => {}
        }
        end += 1;
    }
    Some((start, end.min(last)))
}

/// A file that lies too deep.
pub(crate) fn check_depth(path: &str) -> Vec<Fault> {
    // Tests that were moved out of `foo.rs` into `foo/tests.rs` or `foo/tests/` stand no deeper
    // than before.
    let path_of_code = match path.rsplit_once("/tests/") {
        Some((code, _)) if path.contains("/src/") => code,
        _ => path.strip_suffix("/tests.rs").unwrap_or(path),
    };
    let folders = path_of_code.matches('/').count();
    // The first folder is the crate's own.
    if folders <= DEPTH_MAX + 1 {
        return Vec::new();
    }
    let what = format!("{} folders deep in its crate", folders - 1);
    vec![Fault::new(path, 1, what, "flatten: at most 3")]
}

/// A crate that does not take the workspace's lints.
pub(crate) fn check_lints(package: &Package) -> Vec<Fault> {
    let mut lines = package.manifest_text.lines().map(str::trim);
    let takes = lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true");
    if takes {
        return Vec::new();
    }
    let remedy = "write [lints] and below it workspace = true";
    vec![Fault::new(&package.manifest, 1, "lints of its own", remedy)]
}

mod tests {
    use super::{Package, Source, check_contents, check_depth, check_lints};

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let source = Source::parse(path, text).expect("the sample is Rust");
        check_contents(&source).into_iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn a_table_of_contents_passes() {
        let text = "//! Docs.\n#![cfg(unix)]\n\nmod a;\n#[cfg(test)]\nmod tests;\npub mod b;\npub(crate) use a::{B, C};\npub use b::*;\n";
        assert!(lines("x/src/lib.rs", text).is_empty());
        assert!(lines("x/src/lib.rs", "").is_empty());
        assert!(lines("x/src/lib.rs", "//! Docs alone.\n").is_empty());
    }

    #[test]
    fn code_in_a_table_of_contents_is_found() {
        let text = "mod a;\npub fn b() -> u8 {\n  1\n}\nuse c::{d, e};\npub struct F(u8);\nmod tests {\n}\nconst G: [u8; 2] = [1, 2];\n";
        assert_eq!(lines("x/src/lib.rs", text), [2, 6, 7, 9]);
        assert_eq!(lines("x/src/y/mod.rs", text), [2, 6, 7, 9]);
        assert_eq!(lines("x/tests/it/main.rs", text), [2, 6, 7, 9]);
        assert!(lines("x/src/y.rs", text).is_empty());
    }

    #[test]
    fn deep_folders_are_found() {
        assert_eq!(check_depth("x/src/a/b/c.rs"), []);
        assert_eq!(check_depth("x/src/a/b/c/tests.rs"), []);
        assert_eq!(check_depth("x/src/a/b/c/d.rs").len(), 1);
    }

    #[test]
    fn lints_of_ones_own_are_found() {
        let with = |text: &str| Package {
            name: "x".into(),
            manifest: "x/Cargo.toml".into(),
            manifest_text: text.into(),
            dependencies: Vec::new(),
        };
        assert_eq!(check_lints(&with("[package]\n\n[lints]\nworkspace = true\n")), []);
        assert_eq!(check_lints(&with("[package]\nworkspace = true\n[lints]\n")).len(), 1);
    }
}
