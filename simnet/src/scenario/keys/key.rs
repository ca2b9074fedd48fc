//! What a key is.

/// A table of a file, or one of its variants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeyTable {
    /// Where it is, like `link.queue`; empty for the file itself.
    pub path: &'static str,
    /// How it is written in a file, and in which case this variant of it holds.
    pub title: &'static str,
    /// What it is for.
    pub says: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// A key of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub shape: Shape,
    /// In which unit it is; empty where there is none.
    pub unit: &'static str,
    /// Whether it has to be there.
    pub need: Need,
    /// What it is for.
    pub says: &'static str,
}

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A number within these.
    Number(f64, f64),
    /// A whole number within these.
    Whole(u64, u64),
    /// A list of numbers within these.
    Numbers(f64, f64),
    /// A list of whole numbers within these.
    Wholes(u64, u64),
    /// `true` or `false`.
    Flag,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// One of these words.
    Words(&'static [&'static str]),
    /// The name of a part of one's own, or a table with that `name` and numbers.
    Part,
    /// A table.
    Table,
    /// A list of tables.
    Tables,
}

/// The words of a choice.
pub(super) const fn words<T, const N: usize>(all: &[(&'static str, T)]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut at = 0;
    while at < N {
        words[at] = all[at].0;
        at += 1;
    }
    words
}

/// Whether a key has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It has to.
    Must,
    /// It may be left out; what that means is said.
    May,
    /// Without it, it is as if this were there, as TOML.
    Else(&'static str),
}

/// What a reader asked for.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::scenario) struct Ask {
    /// The table, as in faults.
    pub(in crate::scenario) path: String,
    /// The key.
    pub(in crate::scenario) name: &'static str,
    /// What it may be; words are told apart.
    pub(in crate::scenario) shape: Shape,
    /// The words that it may be.
    pub(in crate::scenario) words: Vec<&'static str>,
}

/// All that readers asked for. Only tests look at it, and without them nothing is kept.
#[derive(Debug, Default)]
pub(in crate::scenario) struct AskLog(Vec<Ask>);

impl AskLog {
    pub(in crate::scenario) fn note(&mut self, ask: impl FnOnce() -> Ask) {
        if cfg!(test) {
            self.0.push(ask());
        }
    }

    pub(in crate::scenario) fn take(&mut self, mut other: AskLog) {
        self.0.append(&mut other.0);
    }

    #[cfg(test)]
    pub(in crate::scenario) fn into_asks(self) -> Vec<Ask> {
        self.0
    }
}

/// A key that has to be there.
pub(super) const fn must(
    name: &'static str,
    shape: Shape,
    unit: &'static str,
    says: &'static str,
) -> Key {
    Key { name, shape, unit, need: Need::Must, says }
}

/// A key that may be left out.
pub(super) const fn may(
    name: &'static str,
    shape: Shape,
    unit: &'static str,
    says: &'static str,
) -> Key {
    Key { name, shape, unit, need: Need::May, says }
}

/// A key with a default.
pub(super) const fn or(
    name: &'static str,
    shape: Shape,
    unit: &'static str,
    default: &'static str,
    says: &'static str,
) -> Key {
    Key { name, shape, unit, need: Need::Else(default), says }
}
