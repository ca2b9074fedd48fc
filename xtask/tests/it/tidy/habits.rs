//! Habits that rot a code base: sleeping tests, unfinished code, silenced lints.

use super::fault::Fault;
use super::source::Source;

/// Sequences of tokens that may stand nowhere.
const NOWHERE: &[(&[&str], &str, &str)] = &[
    (&["todo", "!"], "unfinished code", "finish it, or leave it out"),
    (&["unimplemented", "!"], "unfinished code", "finish it, or leave it out"),
    (&["dbg", "!"], "a trace left behind", "take it out"),
    (&["#", "[", "ignore", "]"], "a test ignored without a reason", "write #[ignore = \"reason\"]"),
    (
        &["#", "[", "allow", "("],
        "a lint silenced",
        "obey it, or use #[expect(lint, reason = \"..\")]",
    ),
    (
        &["#", "!", "[", "allow", "("],
        "a lint silenced",
        "obey it, or use #![expect(lint, reason = \"..\")]",
    ),
];

/// Calls that wait for the wall clock.
const SLEEPS: &[&[&str]] = &[&["sleep", "("], &["sleep_ms", "("], &["sleep_until", "("]];

/// Habits found in one file.
pub(crate) fn check(source: &Source) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (sequence, what, remedy) in NOWHERE {
        for line in source.lines_with(sequence) {
            faults.push(Fault::new(&source.path, line, *what, remedy));
        }
    }
    for line in SLEEPS.iter().flat_map(|sequence| source.lines_with(sequence)) {
        if source.is_test(line) || is_test_support(&source.path) {
            let remedy = "wait for the event itself, with a bound, or step virtual time";
            faults.push(Fault::new(&source.path, line, "a test sleeps", remedy));
        }
    }
    faults
}

/// Crates that exist for tests alone.
fn is_test_support(path: &str) -> bool {
    path.starts_with("conformance/")
}

mod tests {
    use super::{Source, check};

    fn faults(path: &str, text: &str) -> Vec<(usize, String)> {
        let source = Source::parse(path, text).expect("the sample is Rust");
        check(&source).into_iter().map(|fault| (fault.line, fault.what)).collect()
    }

    #[test]
    fn unfinished_and_silenced_code_is_found() {
        let text = "#![allow(dead_code)]\nfn a() {\n  todo!();\n  unimplemented!()\n}\n#[allow(unused)]\n#[test]\n#[ignore]\nfn b() { dbg!(1); }\n";
        let found: Vec<_> = faults("a/src/b.rs", text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(found, [3, 4, 9, 8, 6, 1]);
    }

    #[test]
    fn reasons_make_it_good() {
        let text = "#[expect(unused, reason = \"generated\")]\n#[ignore = \"needs a camera\"]\nfn b() {}\n";
        assert_eq!(faults("a/src/b.rs", text), []);
    }

    #[test]
    fn only_tests_may_not_sleep() {
        let text = "fn wait() { std::thread::sleep(TICK); }\n#[cfg(test)]\nmod tests {\n  fn wait() { thread::sleep(TICK); }\n}\n";
        assert_eq!(faults("drivers/src/a.rs", text), [(4, "a test sleeps".to_owned())]);
        assert_eq!(
            faults("drivers/tests/it/a.rs", "fn a() { tokio::time::sleep(TICK).await }\n").len(),
            1
        );
        assert_eq!(faults("conformance/src/a.rs", "fn a() { sleep_until(at) }\n").len(), 1);
        assert_eq!(
            faults("drivers/tests/it/a.rs", "fn a() { driver.sleeps(); let sleep = 1; }\n"),
            []
        );
    }
}
