//! Words that have no place in the tree, whatever the kind of file.

use super::fault::Fault;

/// Starts of absolute paths. A program asks `std::env::temp_dir()`, a document names no machine.
const FOLDERS: &[&str] = &["work", "root", "tmp", "home"];

/// Marks of unfinished work, and talk about how the text came to be instead of what it says.
const NOISE: &[&str] = &[
    "FIXME",
    "XXX",
    "HACK",
    "WIP",
    "TODO",
    "as requested",
    "the brief",
    "language model",
    "subagent",
];

/// Words found in one file of text.
pub(crate) fn check(path: &str, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(folder) = FOLDERS.iter().find(|folder| names_absolute(line, folder)) {
            let what = format!("an absolute path below /{folder}");
            let remedy = "use std::env::temp_dir() or a path from the workspace's root";
            faults.push(Fault::new(path, index + 1, what, remedy));
        }
        if let Some(word) = NOISE.iter().find(|word| has_word(line, word)) {
            let remedy = "do it, or say in a sentence what holds";
            faults.push(Fault::new(path, index + 1, format!("`{word}`"), remedy));
        }
    }
    faults
}

/// Whether the line has `/folder/` not as a part of a longer path.
fn names_absolute(line: &str, folder: &str) -> bool {
    let start = format!("/{folder}/");
    let mut places = line.match_indices(&start);
    places.any(|(at, _)| !line[..at].ends_with(|before: char| is_part_of_path(before)))
}

fn is_part_of_path(letter: char) -> bool {
    letter.is_alphanumeric() || "_.-/*}>~".contains(letter)
}

fn has_word(line: &str, word: &str) -> bool {
    let mut places = line.match_indices(word);
    places.any(|(at, _)| {
        let before = line[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        let after = line[at + word.len()..]
            .starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        !before && !after
    })
}

mod tests {
    use super::check;

    #[test]
    fn paths_of_one_machine_are_found() {
        for folder in super::FOLDERS {
            let line = format!("let report = \"/{folder}/report\";");
            assert_eq!(check("a/src/b.rs", &line).len(), 1, "{line}");
        }
        assert_eq!(check("README.md", "see target/tmp/report or https://example.org/work/x"), []);
    }

    #[test]
    fn noise_is_found_as_whole_words() {
        let mark = ["FIX", "ME"].concat();
        let faults = check("docs/a.md", &format!("one\n// {mark} later\n"));
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].line, 2);
        assert_eq!(check("docs/a.md", &format!("MY_{mark}S")), []);
    }
}
