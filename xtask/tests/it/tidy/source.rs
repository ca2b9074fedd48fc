//! A Rust file as a flat list of tokens with line numbers.
//!
//! Tokens, not a syntax tree: the rules then see inside macro calls too, and comments and strings
//! are never mistaken for code.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::ops::RangeInclusive;

/// One token. Delimiters of groups are tokens of their own; literals have no text, so nothing
/// inside a string is mistaken for code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Empty for a literal.
    pub(crate) text: String,
    /// A literal as it is written; empty for all else.
    pub(crate) literal: String,
    pub(crate) line: usize,
}

/// A Rust file.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// Path from the workspace's root, with `/` between folders.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
    /// The lines of strings that have more than one.
    strings: Vec<RangeInclusive<usize>>,
}

/// A function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// From the line of `fn` to that of the closing brace.
    pub(crate) lines: RangeInclusive<usize>,
}

impl Source {
    /// Reads a file's text. The error is the lexer's, with its place.
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, String> {
        let stream: TokenStream =
            text.parse().map_err(|error| format!("{path}: not Rust: {error}"))?;
        let (mut tokens, mut strings) = (Vec::new(), Vec::new());
        flatten(stream, &mut tokens, &mut strings);
        Ok(Self { path: path.to_owned(), text: text.to_owned(), tokens, strings })
    }

    /// Whether the line begins within a string.
    pub(crate) fn is_string(&self, line: usize) -> bool {
        self.strings.iter().any(|lines| *lines.start() < line && lines.contains(&line))
    }

    /// Lines at which this sequence of tokens starts.
    pub(crate) fn lines_with(&self, sequence: &[&str]) -> Vec<usize> {
        let windows = self.tokens.windows(sequence.len());
        let hits = windows.filter(|window| window.iter().map(|token| &token.text).eq(sequence));
        hits.map(|window| window[0].line).collect()
    }

    /// How many of these lines hold code: not blank, not a comment.
    pub(crate) fn code_lines(&self, lines: RangeInclusive<usize>) -> usize {
        let mut in_block_comment = false;
        let mut count = 0;
        for (index, line) in self.text.lines().enumerate() {
            let line = line.trim();
            let starts_block = line.starts_with("/*");
            let is_comment = in_block_comment || starts_block || line.starts_with("//");
            in_block_comment = (in_block_comment || starts_block) && !line.contains("*/");
            if !line.is_empty() && !is_comment && lines.contains(&(index + 1)) {
                count += 1;
            }
        }
        count
    }

    /// Every function that has a body, those inside others and inside macro calls too.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let starts = self.tokens.windows(2).enumerate();
        let starts = starts.filter(|(_, pair)| pair[0].text == "fn" && is_name(&pair[1].text));
        starts
            .filter_map(|(index, pair)| {
                let body = self.body_after(index)?;
                let lines = pair[0].line..=self.tokens[self.end_of_group(body)].line;
                Some(Function { name: pair[1].text.clone(), lines })
            })
            .collect()
    }

    /// Whether the line belongs to a test: the file is one, or it lies in a module under
    /// `#[cfg(test)]`.
    pub(crate) fn is_test(&self, line: usize) -> bool {
        let path = &self.path;
        path.contains("/tests/")
            || path.ends_with("/tests.rs")
            || self.test_modules().iter().any(|lines| lines.contains(&line))
    }

    fn test_modules(&self) -> Vec<RangeInclusive<usize>> {
        const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
        let windows = self.tokens.windows(ATTRIBUTE.len()).enumerate();
        let starts =
            windows.filter(|(_, window)| window.iter().map(|token| &token.text).eq(ATTRIBUTE));
        starts
            .filter_map(|(index, window)| {
                let body = self.body_after(index + ATTRIBUTE.len())?;
                Some(window[0].line..=self.tokens[self.end_of_group(body)].line)
            })
            .collect()
    }

    /// The index of the brace that opens the body of the item at `index`; none if the item ends
    /// with a semicolon.
    fn body_after(&self, index: usize) -> Option<usize> {
        let mut index = index;
        while let Some(token) = self.tokens.get(index) {
            match token.text.as_str() {
                "{" => return Some(index),
                ";" => return None,
                "(" | "[" => index = self.end_of_group(index),
                _ => {}
            }
            index += 1;
        }
        None
    }

    /// The index of the delimiter that closes the group opened at `index`.
    pub(crate) fn end_of_group(&self, index: usize) -> usize {
        let mut depth = 0_usize;
        for (offset, token) in self.tokens[index..].iter().enumerate() {
            match token.text.as_str() {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return index + offset;
            }
        }
        self.tokens.len() - 1
    }
}

/// Whether the token is a word.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

impl Token {
    fn word(text: String, line: usize) -> Self {
        Token { text, literal: String::new(), line }
    }
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>, strings: &mut Vec<RangeInclusive<usize>>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Ident(ident) => tokens.push(Token::word(ident.to_string(), line)),
            TokenTree::Punct(punct) => tokens.push(Token::word(punct.to_string(), line)),
            TokenTree::Literal(literal) => {
                let last = literal.span().end().line;
                if last > line {
                    strings.push(line..=last);
                }
                let literal = literal.to_string();
                tokens.push(Token { text: String::new(), literal, line });
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(Token::word(open.to_owned(), line));
                flatten(group.stream(), tokens, strings);
                let line = group.span_close().start().line;
                tokens.push(Token::word(close.to_owned(), line));
            }
        }
    }
}

mod tests {
    use super::Source;

    #[test]
    fn strings_and_comments_are_not_code() {
        let source =
            Source::parse("a.rs", "//! todo!()\nconst A: &str = \"todo!()\";\n// todo!()\n")
                .unwrap();
        assert!(source.lines_with(&["todo", "!"]).is_empty());
        assert_eq!(source.code_lines(1..=3), 1);
    }

    #[test]
    fn functions_are_found_wherever_they_stand() {
        let text = "trait T { fn none(&self); }\nfn outer() -> [u8; 2] {\n  fn inner() {}\n  [0, 0]\n}\nmacro! { fn third() {\n} }\ntype F = fn(u8);\n";
        let source = Source::parse("a.rs", text).expect("the sample is Rust");
        let found: Vec<_> = source.functions().into_iter().map(|f| (f.name, f.lines)).collect();
        let expected =
            [("outer".to_owned(), 2..=5), ("inner".to_owned(), 3..=3), ("third".to_owned(), 6..=7)];
        assert_eq!(found, expected);
    }

    #[test]
    fn test_modules_are_told_from_the_rest() {
        let source =
            Source::parse("a/src/b.rs", "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\n")
                .unwrap();
        assert!(!source.is_test(1));
        assert!(source.is_test(4));
        let whole = Source::parse("a/tests/it/main.rs", "fn a() {}\n").expect("the sample is Rust");
        assert!(whole.is_test(1));
    }

    #[test]
    fn block_comments_are_not_code() {
        let source = Source::parse("a.rs", "/* one\ntwo */\nfn a() {}\n\n/* three */\n")
            .expect("the sample is Rust");
        assert_eq!(source.code_lines(1..=5), 1);
    }
}
