//! Comments that fit the width of the code: what rustfmt does for code, it does not do for them.

use super::fault::Fault;
use super::source::Source;

/// Columns of a line, its indentation and slashes included.
const COLUMNS_MAX: usize = 100;

/// Folders and files whose comments may be longer, each with its reason. One without long comments
/// is a fault too.
const EXCEPTIONS: &[(&str, &str)] = &[(
    "conformance/peers",
    "the evidence of the wall was measured with these programs as they are",
)];

/// Comments that are too long.
pub(crate) fn check(sources: &[Source]) -> Vec<Fault> {
    check_but(sources, EXCEPTIONS)
}

fn check_but(sources: &[Source], exceptions: &[(&str, &str)]) -> Vec<Fault> {
    let all: Vec<Fault> = sources.iter().flat_map(long_comments).collect();
    let excused = |fault: &&Fault| exceptions.iter().any(|(place, _)| fault.lies_in(place));
    let mut faults: Vec<Fault> = all.iter().filter(|fault| !excused(fault)).cloned().collect();
    for (place, _) in exceptions {
        if !all.iter().any(|fault| fault.lies_in(place)) {
            let remedy = "take the exception out of tidy/comments.rs";
            faults.push(Fault::new(place, 1, "no long comments", remedy));
        }
    }
    faults
}

fn long_comments(source: &Source) -> Vec<Fault> {
    let lines = source.text.lines().enumerate().map(|(index, text)| (index + 1, text));
    let long = lines.filter(|(line, text)| is_long(text) && !source.is_string(*line));
    let fault = |(line, text): (usize, &str)| {
        let what = format!("a comment of {} columns", text.chars().count());
        Fault::new(&source.path, line, what, "break it: at most 100")
    };
    long.map(fault).collect()
}

/// Whether the line is a comment that is too long and can be broken: a row of a table cannot, nor
/// can a word that has no room in any line.
fn is_long(text: &str) -> bool {
    let Some(comment) = text.trim_start().strip_prefix("//") else { return false };
    let before = text.len() - comment.len();
    let comment = comment.trim_start_matches(['/', '!']).trim_start();
    let longest = comment.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
    text.chars().count() > COLUMNS_MAX
        && !comment.starts_with('|')
        && before + "/ ".len() + longest <= COLUMNS_MAX
}

mod tests {
    use super::{Source, check_but};

    fn lines(text: &str, exceptions: &[(&str, &str)]) -> Vec<usize> {
        let source = Source::parse("x/src/a.rs", text).expect("the sample is Rust");
        check_but(&[source], exceptions).into_iter().map(|fault| fault.line).collect()
    }

    fn comment(slashes: &str, columns: usize) -> String {
        let text = "word ".repeat(columns);
        format!("    {slashes} {text}").chars().take(columns - 1).chain(['.']).collect()
    }

    #[test]
    fn a_comment_may_have_100_columns_and_no_more() {
        for slashes in ["//", "///", "//!"] {
            let text =
                |columns| format!("mod a {{\n{}\nfn b() {{}}\n}}\n", comment(slashes, columns));
            assert_eq!(lines(&text(100), &[]), Vec::<usize>::new(), "{slashes}");
            assert_eq!(lines(&text(101), &[]), [2], "{slashes}");
        }
    }

    #[test]
    fn letters_count_not_bytes() {
        let text = format!("// {}\n", "\u{e4} ".repeat(48));
        assert_eq!(lines(&text, &[]), Vec::<usize>::new());
    }

    #[test]
    fn what_cannot_be_broken_may_be_longer() {
        let address = format!("/// See <https://example.org/{}>.\nfn a() {{}}\n", "a".repeat(90));
        assert_eq!(lines(&address, &[]), Vec::<usize>::new());
        let table = format!("/// | {} |\nfn a() {{}}\n", "word ".repeat(30));
        assert_eq!(lines(&table, &[]), Vec::<usize>::new());
    }

    #[test]
    fn code_and_strings_are_not_comments() {
        let long = comment("//", 120);
        let text = format!("const A: &str = \"\n{long}\n\";\nconst B: &str = r#\"\n{long}\"#;\n");
        assert_eq!(lines(&text, &[]), Vec::<usize>::new());
        let code = format!("const A: &str = \"{}\"; // a\n", "word ".repeat(30));
        assert_eq!(lines(&code, &[]), Vec::<usize>::new());
    }

    #[test]
    fn an_exception_excuses_and_is_needed() {
        let text = format!("{}\n", comment("//", 120));
        assert_eq!(lines(&text, &[("x/src", "a test")]), Vec::<usize>::new());
        assert_eq!(lines(&text, &[("x/src/a", "a test"), ("x/src/b", "a test")]), [1]);
    }
}
