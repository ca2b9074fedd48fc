//! The table of what RFCs demand names tests that exist.

use super::fault::Fault;

/// The document.
pub(crate) const DOCUMENT: &str = "docs/rfc-coverage.md";

/// The RFCs that have a table.
const RFCS: [u16; 22] = [
    8445, 8838, 8839, 7675, 5780, 9429, 8843, 8842, 8285, 3550, 3711, 4585, 5104, 4588, 5764, 7983,
    8261, 8831, 8832, 8834, 8835, 8827,
];

/// Where cases of the wall live.
const CASES: &str = "conformance/src/cases";

/// Faults of the document, given all texts of the repository by their paths.
pub(crate) fn check(texts: &[(String, String)]) -> Vec<Fault> {
    let found = texts.iter().find(|(path, _)| path == DOCUMENT);
    let Some((_, document)) = found else {
        return vec![Fault::new(DOCUMENT, 1, "it is not there", "write it")];
    };
    let mut faults = Vec::new();
    for rfc in RFCS {
        if !document.lines().any(|line| line.starts_with(&format!("## RFC {rfc}:"))) {
            let what = format!("RFC {rfc} has no section");
            faults.push(Fault::new(DOCUMENT, 1, what, "say at least what is not yet shown"));
        }
    }
    for (index, line) in document.lines().enumerate() {
        let wrong = row(line).map(|shown| judge(shown, texts)).unwrap_or_default();
        let remedy =
            "name a test as cargo prints it, `wall: CASE`, or \"not yet: \" and the reason";
        faults.extend(wrong.into_iter().map(|what| Fault::new(DOCUMENT, index + 1, what, remedy)));
    }
    faults
}

/// What shows the demand of a row; `None` for what is no row, the head and the line below it.
fn row(line: &str) -> Option<&str> {
    let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
    let (rest, shown) = line.rsplit_once(" | ")?;
    let is_head = rest.starts_with("§ ");
    (!is_head).then_some(shown)
}

/// What is wrong with that.
fn judge(shown: &str, texts: &[(String, String)]) -> Vec<String> {
    if let Some(reason) = shown.strip_prefix("not yet: ") {
        return if reason.trim().is_empty() { vec!["no reason".to_owned()] } else { Vec::new() };
    }
    let names: Vec<&str> = shown.split('`').skip(1).step_by(2).collect();
    if names.is_empty() {
        return vec!["nothing shows it".to_owned()];
    }
    names
        .into_iter()
        .filter(|name| !exists(name, texts))
        .map(|name| format!("no `{name}`"))
        .collect()
}

fn exists(name: &str, texts: &[(String, String)]) -> bool {
    let Some((place, path)) = name.split_once(": ") else { return false };
    if place == "wall" {
        // Without any case there is no wall yet, and nothing to hold its names against.
        let mut cases = texts.iter().filter(|(file, _)| file.starts_with(CASES)).peekable();
        return cases.peek().is_none()
            || cases.any(|(file, _)| *file == format!("{CASES}/{path}.rs"));
    }
    let (package, folder) = match place.split_once(' ') {
        Some((package, "it")) => (package, "tests/it"),
        Some(_) => return false,
        None => (place, "src"),
    };
    let Some(room) = package.strip_prefix("lapwing-") else { return false };
    let mut modules: Vec<&str> = path.split("::").collect();
    let function = modules.pop().unwrap_or_default();
    let wanted = format!("fn {function}(");
    let has = |modules: &[&str]| {
        let stem = [&[room, folder], modules].concat().join("/");
        let files = [format!("{stem}.rs"), format!("{stem}/mod.rs"), format!("{stem}/main.rs")];
        let mut read = texts.iter().filter(|(file, _)| files.contains(file));
        read.any(|(_, text)| is_test(text, &wanted))
    };
    let inline = modules.strip_suffix(&["tests"]);
    has(&modules) || inline.is_some_and(has)
}

/// Whether a function is there and is marked as a test, also one of proptest or of a runtime.
fn is_test(text: &str, wanted: &str) -> bool {
    let place = text.find(wanted);
    place.is_some_and(|place| {
        let before = text[..place].lines().rev().take(6);
        before.take_while(|line| line.trim() != "}").any(|line| line.contains("test]"))
    })
}

mod tests {
    use super::{DOCUMENT, RFCS, check};

    fn faults(row: &str, with_wall: bool) -> Vec<String> {
        let mut document: String = RFCS.iter().map(|rfc| format!("## RFC {rfc}: one\n")).collect();
        document += &format!("| § | demand | shown by |\n|---|---|---|\n| 1 | a rule | {row} |\n");
        let test = "mod tests {\n    #[test]\n    fn it_holds() {}\n}\nfn helper() {}\n";
        let mut texts = vec![
            (DOCUMENT.to_owned(), document),
            ("engine/src/a/b.rs".to_owned(), test.to_owned()),
            ("engine/tests/it/c.rs".to_owned(), "#[test]\nfn it_holds() {}\n".to_owned()),
        ];
        if with_wall {
            texts.push(("conformance/src/cases/audio.rs".to_owned(), String::new()));
        }
        check(&texts).into_iter().map(|fault| fault.what).collect()
    }

    #[test]
    fn what_exists_is_found() {
        for row in [
            "`lapwing-engine: a::b::tests::it_holds`",
            "`lapwing-engine it: c::it_holds`, `wall: audio`",
            "not yet: nobody wrote it",
        ] {
            assert_eq!(faults(row, true), Vec::<String>::new(), "{row}");
        }
        assert!(faults("`wall: video`", false).is_empty(), "there is no wall yet");
    }

    #[test]
    fn what_does_not_exist_is_a_fault() {
        for row in [
            "`lapwing-engine: a::b::tests::it_held`",
            "`lapwing-engine: a::b::helper`",
            "`lapwing-engine: a::c::tests::it_holds`",
            "`lapwing-engine it: d::it_holds`",
            "`lapwing-engine it: c::it_holds`, `wall: video`",
            "`engine: c::it_holds`",
            "some test",
            "not yet:  ",
        ] {
            assert_eq!(faults(row, true).len(), 1, "{row}");
        }
    }

    #[test]
    fn each_rfc_has_a_section() {
        let texts = [(DOCUMENT.to_owned(), "## RFC 8445: ICE\n".to_owned())];
        assert_eq!(check(&texts).len(), RFCS.len() - 1);
        assert_eq!(check(&[]).len(), 1);
    }
}
