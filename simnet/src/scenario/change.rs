//! What is different from a scenario's file, as it is given on the command line.

use std::fmt;

use toml::de::{DeTable, DeValue};

/// A field that has another value than in the file, or an axis that the file does not have.
///
/// ```
/// use lapwing_simnet::scenario::{BadChange, Change};
/// let change = Change::axis("link.fwd.delay_ms=10..50/20").unwrap();
/// assert_eq!(change.toml(), "sweep.link.fwd.delay_ms = { from = 10, to = 50, step = 20 }");
/// assert_eq!(Change::set("delay").unwrap_err(), BadChange::NoValue);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    words: String,
    toml: String,
    is_axis: bool,
}

/// Why words are no change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadChange {
    /// There is no `=` with a key before and a value behind it.
    NoValue,
    /// The words are longer than [`WORDS_MAX`].
    TooLong,
    /// The key, or a value, is not TOML; what the parser says.
    Syntax(String),
}

/// Bytes of a change.
pub const WORDS_MAX: usize = 10_000;

impl Change {
    /// `KEY=VALUE`: the path of a field, as in `[sweep]`, and what it is to be, as TOML; a word
    /// needs no quotes.
    ///
    /// # Errors
    /// See [`BadChange`]. Whether there is such a field shows when the scenario is read.
    pub fn set(words: &str) -> Result<Change, BadChange> {
        let (key, value) = parts(words)?;
        let toml = format!("{key} = {}", scalar(value));
        Change::new(words, toml, false)
    }

    /// `KEY=VALUES`: an axis of the sweep. Values are a list `1,2,5`, a range `FROM..TO/STEP`,
    /// `FROM..TO@COUNT` or `FROM..TO@COUNT:log`, or what `[sweep]` has, as TOML.
    ///
    /// # Errors
    /// Likewise.
    pub fn axis(words: &str) -> Result<Change, BadChange> {
        let (key, values) = parts(words)?;
        let values = match (values.starts_with(['[', '{']), values.split_once("..")) {
            (true, _) => values.to_owned(),
            (false, Some((from, rest))) => range(from, rest),
            (false, None) => {
                let values: Vec<String> =
                    values.split(',').map(|value| scalar(value.trim())).collect();
                format!("[{}]", values.join(", "))
            }
        };
        Change::new(words, format!("sweep.{key} = {values}"), true)
    }

    fn new(words: &str, toml: String, is_axis: bool) -> Result<Change, BadChange> {
        match DeTable::parse(&toml) {
            Ok(_) => Ok(Change { words: words.to_owned(), toml, is_axis }),
            Err(error) => Err(BadChange::Syntax(error.message().to_owned())),
        }
    }

    /// As it was given.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// What it would be in the file.
    pub fn toml(&self) -> &str {
        &self.toml
    }

    /// Whether it is an axis of the sweep.
    pub fn is_axis(&self) -> bool {
        self.is_axis
    }
}

fn parts(words: &str) -> Result<(&str, &str), BadChange> {
    if words.len() > WORDS_MAX {
        return Err(BadChange::TooLong);
    }
    let parts = words.split_once('=').map(|(key, value)| (key.trim(), value.trim()));
    parts.filter(|(key, value)| !key.is_empty() && !value.is_empty()).ok_or(BadChange::NoValue)
}

/// A value as TOML: what is none is a word.
fn scalar(value: &str) -> String {
    match DeValue::parse(value) {
        Ok(_) => value.to_owned(),
        Err(_) => format!("{value:?}"),
    }
}

fn range(from: &str, rest: &str) -> String {
    let (to, how) = match (rest.split_once('/'), rest.split_once('@')) {
        (Some((to, step)), _) => (to, format!(", step = {step}")),
        (None, Some((to, count))) => match count.split_once(':') {
            Some((count, scale)) => (to, format!(", count = {count}, scale = {}", scalar(scale))),
            None => (to, format!(", count = {count}")),
        },
        (None, None) => (rest, String::new()),
    };
    format!("{{ from = {from}, to = {to}{how} }}")
}

impl fmt::Display for BadChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadChange::NoValue => f.write_str("it takes a field, =, and a value"),
            BadChange::TooLong => write!(f, "it has more than {WORDS_MAX} bytes"),
            BadChange::Syntax(said) => f.write_str(said),
        }
    }
}

impl std::error::Error for BadChange {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_toml() {
        let axis = |words| Change::axis(words).map(|change| change.toml);
        let set = |words| Change::set(words).map(|change| change.toml);
        for (words, toml) in [
            ("a.b=1..9/2", "sweep.a.b = { from = 1, to = 9, step = 2 }"),
            ("a.b=1e5..1e7@5", "sweep.a.b = { from = 1e5, to = 1e7, count = 5 }"),
            ("a.b=1..9@3:log", "sweep.a.b = { from = 1, to = 9, count = 3, scale = \"log\" }"),
            ("a.b = 1, 2,x-y", "sweep.a.b = [1, 2, \"x-y\"]"),
            ("a.b=[1, 2]", "sweep.a.b = [1, 2]"),
            ("a.b=7", "sweep.a.b = [7]"),
        ] {
            assert_eq!(axis(words).as_deref(), Ok(toml), "{words}");
        }
        assert_eq!(set("a.'b.c'=codel").as_deref(), Ok("a.'b.c' = \"codel\""));
        assert_eq!(set("a=true").as_deref(), Ok("a = true"));
        assert_eq!(set("a=\"b").as_deref(), Ok("a = \"\\\"b\""));
    }

    #[test]
    fn what_is_no_change_is_refused() {
        for words in ["", "a", "=1", "a=", "  = "] {
            assert_eq!(Change::set(words), Err(BadChange::NoValue), "{words:?}");
            assert_eq!(Change::axis(words), Err(BadChange::NoValue), "{words:?}");
        }
        for words in ["a..b=1", "a b=1", "a=1..2/x y", "a=[1", "a={from=1"] {
            assert!(matches!(Change::axis(words), Err(BadChange::Syntax(_))), "{words:?}");
        }
        let long = format!("a={}", "1".repeat(WORDS_MAX));
        assert_eq!(Change::set(&long), Err(BadChange::TooLong));
    }
}
