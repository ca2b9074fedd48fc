//! What came of it: a table, or JSON.

use std::fmt::Write as _;
use std::time::Duration;

/// A peer's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) cost: String,
    /// Bytes on disk.
    pub(crate) size: u64,
    pub(crate) took: Duration,
    pub(crate) state: State,
}

/// How a peer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Installed just now.
    Installed,
    /// It was there.
    There,
    /// It is not.
    Missing,
    /// Why it could not be installed, or its manifest be read.
    Failed(String),
}

impl State {
    pub(crate) fn is_well(&self) -> bool {
        matches!(self, Self::Installed | Self::There)
    }

    fn word(&self) -> &str {
        match self {
            Self::Installed => "ok",
            Self::There => "already there",
            Self::Missing => "missing",
            Self::Failed(_) => "FAILED",
        }
    }
}

/// The table that ends an installation.
pub(crate) fn results(rows: &[Row]) -> String {
    let mut text =
        format!("\n{:<18}{:<40}{:>9}{:>9}  result\n", "peer", "title", "on disk", "time");
    for row in rows {
        let time = format!("{:.0} s", row.took.as_secs_f64());
        let size = megabytes(row.size);
        let _ = write!(
            text,
            "{:<18}{:<40}{size:>9}{time:>9}  {}",
            row.name,
            row.title,
            row.state.word()
        );
        if let State::Failed(why) = &row.state {
            let _ = write!(text, ": {why}");
        }
        text.push('\n');
    }
    text
}

/// The table of `--list`.
pub(crate) fn list(rows: &[Row]) -> String {
    let mut text = format!("{:<18}{:<40}{:>9}  {:<15}takes\n", "peer", "title", "on disk", "state");
    for row in rows {
        let note = if let State::Failed(why) = &row.state { why } else { &row.cost };
        let (size, state) = (megabytes(row.size), row.state.word());
        let line = format!("{:<18}{:<40}{size:>9}  {state:<15}{note}", row.name, row.title);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The same as JSON: an array of objects.
pub(crate) fn json(rows: &[Row]) -> String {
    let mut lines = Vec::new();
    for row in rows {
        let mut line = String::from("  {");
        for (key, value) in [("name", &row.name), ("title", &row.title), ("takes", &row.cost)] {
            let _ = write!(line, "\"{key}\": {}, ", quoted(value));
        }
        let _ = write!(line, "\"bytes\": {}, \"there\": {}", row.size, row.state.is_well());
        if let State::Failed(why) = &row.state {
            let _ = write!(line, ", \"fault\": {}", quoted(why));
        }
        lines.push(line + "}");
    }
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn megabytes(bytes: u64) -> String {
    match bytes {
        0 => "-".to_owned(),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::{Row, State, json, list, results};
    use std::time::Duration;

    fn rows() -> [Row; 2] {
        let row = |name: &str, size, state| Row {
            name: name.to_owned(),
            title: name.to_uppercase(),
            cost: "90 MB, a \"minute\"".to_owned(),
            size,
            took: Duration::from_secs(3),
            state,
        };
        [row("a", 1_500_000, State::There), row("b", 0, State::Failed("x.toml:3: bad\n".into()))]
    }

    #[test]
    fn tables_name_what_failed_and_why() {
        let text = results(&rows());
        assert!(text.contains("1.5 MB      3 s  already there\n"), "{text}");
        assert!(text.contains("FAILED: x.toml:3: bad\n"), "{text}");
        assert!(list(&rows()).contains("90 MB, a \"minute\"\n"));
    }

    #[test]
    fn json_is_json() {
        let value: serde_json::Value = serde_json::from_str(&json(&rows())).expect("it is JSON");
        assert_eq!(value[0]["takes"], "90 MB, a \"minute\"");
        assert_eq!((&value[0]["bytes"], &value[0]["there"]), (&1_500_000.into(), &true.into()));
        assert_eq!(value[1]["fault"], "x.toml:3: bad\n");
        let none: serde_json::Value = serde_json::from_str(&json(&[])).expect("it is JSON");
        assert_eq!(none, serde_json::json!([]));
    }
}
