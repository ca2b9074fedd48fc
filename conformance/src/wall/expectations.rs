//! What is known to fail, each with its reason and whose fault it is.

use std::fmt;

use serde::Deserialize;

use super::{Cell, Outcome, Role};

/// Who is to mend a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Whose {
    /// Lapwing.
    Ours,
    /// The stack of the column.
    Theirs,
    /// The harness, or the program that stands before the stack.
    Harness,
}

/// Cells that are known not to pass.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The columns; `*` is all.
    pub peers: Vec<String>,
    /// The row.
    pub case: String,
    /// Who offers; absent: both.
    pub role: Option<Role>,
    /// It fails now and then: passing is no surprise.
    #[serde(default)]
    pub sometimes: bool,
    /// Who is to mend it.
    pub whose: Whose,
    /// Why it fails.
    pub reason: String,
    /// What shows that it is so.
    pub evidence: String,
}

impl Known {
    fn means(&self, cell: &Cell) -> bool {
        self.case == cell.case
            && self.role.is_none_or(|role| role == cell.role)
            && self.peers.iter().any(|peer| peer == "*" || *peer == cell.peer)
    }
}

/// How a cell compares with what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As expected: it passes, or cannot be played.
    Good,
    /// It fails and is known to.
    Known,
    /// It fails and should not.
    Unexpected,
    /// It passes and is listed as failing: the list is out of date.
    UnexpectedPass,
}

/// A cell and what was expected of it.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The comparison.
    pub verdict: Verdict,
    /// What is known of it.
    pub known: Option<&'a Known>,
}

/// The list of what is known to fail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectations {
    known: Vec<Known>,
}

/// A list that cannot be used: what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadExpectations(String);

impl fmt::Display for BadExpectations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the list of known failures: {}", self.0)
    }
}

impl std::error::Error for BadExpectations {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    fail: Vec<Known>,
}

impl Expectations {
    /// Reads a list; `cases` are the names that there are.
    ///
    /// # Errors
    /// When it is no such list, names a case that does not exist, or leaves a reason or its
    /// evidence out.
    pub fn parse(text: &str, cases: &[&str]) -> Result<Self, BadExpectations> {
        let file: File = toml::from_str(text)
            .map_err(|error| BadExpectations(error.to_string().trim().to_owned()))?;
        for known in &file.fail {
            let fault = if !cases.contains(&known.case.as_str()) {
                "there is no such case"
            } else if known.reason.trim().is_empty() || known.evidence.trim().is_empty() {
                "each failure needs a reason and its evidence"
            } else {
                continue;
            };
            return Err(BadExpectations(format!("{}: {fault}", known.case)));
        }
        Ok(Expectations { known: file.fail })
    }

    /// Whether this cell is known to fail each time.
    pub(super) fn always_fails(&self, cell: &Cell) -> bool {
        self.known.iter().any(|known| known.means(cell) && !known.sometimes)
    }

    /// Compares a cell with what was expected.
    pub fn judge(&self, cell: &Cell) -> Judged<'_> {
        let known = self.known.iter().find(|known| known.means(cell));
        let verdict = match (&cell.outcome, known) {
            (Outcome::Failed { .. }, None) => Verdict::Unexpected,
            (Outcome::Failed { .. }, Some(_)) => Verdict::Known,
            (Outcome::Passed, Some(known)) if !known.sometimes => Verdict::UnexpectedPass,
            _ => Verdict::Good,
        };
        Judged { verdict, known }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "[[fail]]\npeers = ['a', 'b']\ncase = 'x'\nrole = 'we-offer'\nwhose = 'theirs'\n\
        reason = 'r'\nevidence = 'e'\n";

    fn cell(peer: &str, role: Role, outcome: Outcome) -> Cell {
        Cell { outcome, ..Cell::new(peer, "x", role) }
    }

    #[test]
    fn surprises_are_told_either_way() {
        let list = Expectations::parse(LIST, &["x"]).unwrap();
        let failed = || Outcome::Failed { fault: "f".into() };
        let judge = |peer, role, outcome| list.judge(&cell(peer, role, outcome)).verdict;
        assert_eq!(judge("a", Role::WeOffer, failed()), Verdict::Known);
        assert_eq!(judge("a", Role::TheyOffer, failed()), Verdict::Unexpected);
        assert_eq!(judge("c", Role::WeOffer, failed()), Verdict::Unexpected);
        assert_eq!(judge("b", Role::WeOffer, Outcome::Passed), Verdict::UnexpectedPass);
        let cannot = Outcome::NotApplicable { why: "w".into() };
        assert_eq!(judge("b", Role::WeOffer, cannot), Verdict::Good);
    }

    #[test]
    fn a_list_with_holes_is_refused() {
        assert!(Expectations::parse(LIST, &["y"]).unwrap_err().to_string().contains("no such"));
        let bare = LIST.replace("'e'", "''");
        assert!(Expectations::parse(&bare, &["x"]).unwrap_err().to_string().contains("evidence"));
    }
}
