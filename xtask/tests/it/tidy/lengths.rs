//! Functions and files that fit a head.

use super::fault::Fault;
use super::source::Source;

/// Lines of code in a function, its signature included.
const FUNCTION_LINES_MAX: usize = 70;
/// Lines of code in a file, its tests included.
const FILE_CODE_LINES_MAX: usize = 400;
/// Lines in a file, comments and blank ones included.
const FILE_LINES_MAX: usize = 800;

/// Functions and files that are too long.
pub(crate) fn check(source: &Source) -> Vec<Fault> {
    let mut faults = Vec::new();
    for function in source.functions() {
        let start = *function.lines.start();
        let length = source.code_lines(function.lines);
        if length > FUNCTION_LINES_MAX {
            let what = format!("function `{}` has {length} lines of code", function.name);
            faults.push(Fault::new(&source.path, start, what, "split it: at most 70"));
        }
    }
    let lines = source.text.lines().count();
    let code = source.code_lines(1..=lines);
    if code > FILE_CODE_LINES_MAX {
        let what = format!("{code} lines of code");
        let remedy = "split the file, tests first, into foo/tests.rs: at most 400";
        faults.push(Fault::new(&source.path, 1, what, remedy));
    }
    if lines > FILE_LINES_MAX {
        let what = format!("{lines} lines");
        faults.push(Fault::new(&source.path, 1, what, "split the file: at most 800"));
    }
    faults
}

mod tests {
    use super::{Source, check};

    fn with_lines(head: &str, line: &str, count: usize, tail: &str) -> Source {
        let text = format!("{head}\n{}{tail}\n", format!("{line}\n").repeat(count));
        Source::parse("a/src/b.rs", &text).expect("the sample is Rust")
    }

    #[test]
    fn a_function_may_have_70_lines_and_no_more() {
        assert_eq!(check(&with_lines("fn a() {", "  b();", 68, "}")), []);
        assert_eq!(check(&with_lines("fn a() {", "  // b", 90, "}")), []);
        let faults = check(&with_lines("fn a() {", "  b();", 69, "}"));
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].what, "function `a` has 71 lines of code");
    }

    #[test]
    fn a_file_may_have_400_lines_of_code_and_800_in_all() {
        assert_eq!(check(&with_lines("", "const A: u8 = 0;", 400, "")), []);
        assert_eq!(check(&with_lines("", "const A: u8 = 0;", 401, "")).len(), 1);
        assert_eq!(check(&with_lines("", "// a comment", 798, "")), []);
        assert_eq!(check(&with_lines("", "// a comment", 800, "")).len(), 1);
    }
}
