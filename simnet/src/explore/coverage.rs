//! What universes reached: what happened in them, and what the two ends went through.

use std::collections::BTreeMap;
use std::fmt;

/// What is counted, each by the words of files or of the W3C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// Actions and clicks that were carried out, by the words of files.
    Action,
    /// What lay between the two.
    Topology,
    /// Kinds of data channels that opened.
    Channel,
    /// States of an exchange of descriptions that an end came to.
    Signalling,
    /// States of ICE.
    Ice,
    /// States of DTLS.
    Dtls,
    /// States of a connection.
    Connection,
    /// Why packets went no further.
    Drop,
}

impl Aspect {
    /// All of them.
    pub const ALL: [Aspect; 8] = [
        Aspect::Action,
        Aspect::Topology,
        Aspect::Channel,
        Aspect::Signalling,
        Aspect::Ice,
        Aspect::Dtls,
        Aspect::Connection,
        Aspect::Drop,
    ];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Aspect::Action => "action",
            Aspect::Topology => "topology",
            Aspect::Channel => "channel",
            Aspect::Signalling => "signalling",
            Aspect::Ice => "ice",
            Aspect::Dtls => "dtls",
            Aspect::Connection => "connection",
            Aspect::Drop => "drop",
        }
    }
}

/// In how many universes what was reached.
///
/// ```
/// use lapwing_simnet::explore::{Aspect, Tape, Universe, run};
/// let universe = Universe::draw(&mut Tape::new(&[]));
/// let coverage = run(&universe, None).coverage;
/// assert_eq!(coverage.count(Aspect::Dtls, "connected"), 1);
/// assert_eq!(coverage.count(Aspect::Action, "roam"), 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    counts: BTreeMap<(Aspect, String), u64>,
}

impl Coverage {
    /// It was reached in a universe: once is as good as often.
    pub(super) fn reach(&mut self, aspect: Aspect, what: &str) {
        self.counts.entry((aspect, what.to_owned())).or_insert(1);
    }

    /// What another end of the same universe reached is reached too.
    pub(super) fn join(&mut self, other: &Coverage) {
        for (key, count) in &other.counts {
            self.counts.entry(key.clone()).or_insert(*count);
        }
    }

    /// Adds what other universes reached.
    pub fn add(&mut self, other: &Coverage) {
        for (key, count) in &other.counts {
            *self.counts.entry(key.clone()).or_default() += count;
        }
    }

    /// In how many universes this was reached.
    pub fn count(&self, aspect: Aspect, what: &str) -> u64 {
        self.counts.get(&(aspect, what.to_owned())).copied().unwrap_or(0)
    }

    /// All that was reached of an aspect, in the order of the words.
    pub fn of(&self, aspect: Aspect) -> impl Iterator<Item = (&str, u64)> {
        let of = move |((its, _), _): &(&(Aspect, String), &u64)| *its == aspect;
        self.counts.iter().filter(of).map(|((_, what), count)| (what.as_str(), *count))
    }
}

impl fmt::Display for Coverage {
    /// A line for each aspect.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for aspect in Aspect::ALL {
            write!(f, "{:10}", aspect.name())?;
            let mut between = " ";
            for (what, count) in self.of(aspect) {
                write!(f, "{between}{what} {count}")?;
                between = ", ";
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// `NoRoute` is `no-route`.
pub(super) fn kebab(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Aspect, Coverage, kebab};

    #[test]
    fn universes_are_counted_and_not_how_often_within_one() {
        let mut one = Coverage::default();
        one.reach(Aspect::Ice, "checking");
        one.reach(Aspect::Ice, "checking");
        let mut other_end = Coverage::default();
        other_end.reach(Aspect::Ice, "checking");
        other_end.reach(Aspect::Drop, &kebab("NoRoute"));
        one.join(&other_end);
        let mut all = Coverage::default();
        all.add(&one);
        all.add(&one);
        assert_eq!(all.of(Aspect::Ice).collect::<Vec<_>>(), [("checking", 2)]);
        assert_eq!(all.count(Aspect::Drop, "no-route"), 2);
        assert_eq!(all.count(Aspect::Drop, "loss"), 0);
        assert!(all.to_string().contains("drop       no-route 2\n"), "{all}");
    }
}
