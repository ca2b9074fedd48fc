//! Other values in a scenario's TOML, before it is read.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::scenario::Problem;
use crate::scenario::value::{Number, type_of};

/// Why a path leads nowhere: the path so far, and what is wrong there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct DeadEnd {
    pub(super) path: String,
    pub(super) problem: Problem,
}

/// Puts a value where a path leads, also where nothing was; gives the field as faults name it. What
/// is new stands at `new`, or if that is none, where the table does that it was put into.
pub(super) fn put<'i>(
    table: &mut Spanned<DeTable<'i>>,
    keys: &[String],
    value: DeValue<'i>,
    new: Option<usize>,
) -> Result<String, DeadEnd> {
    // What is put into no table of the file stands nowhere in it.
    let at = usize::MAX..usize::MAX;
    let root = Place { field: String::new(), path: String::new(), at, new };
    put_below(root, table.get_mut(), keys, value)
}

/// Where a path has come to.
struct Place {
    /// As faults of the file name it: `link[0]`.
    field: String,
    /// As the path does: `link.fwd`.
    path: String,
    /// Where it stands in the file.
    at: Range<usize>,
    /// Where what is new stands, if not there.
    new: Option<usize>,
}

impl Place {
    fn key(&self, key: &str, at: Range<usize>) -> Place {
        Place { field: join(&self.field, key), path: join(&self.path, key), at, new: self.new }
    }

    fn element(&self, index: usize, key: &str, at: Range<usize>) -> Place {
        Place {
            field: format!("{}[{index}]", self.field),
            path: join(&self.path, key),
            at,
            new: self.new,
        }
    }

    fn dead_end<T>(self, problem: Problem) -> Result<T, DeadEnd> {
        Err(DeadEnd { path: self.path, problem })
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn put_below<'i>(
    place: Place,
    table: &mut DeTable<'i>,
    keys: &[String],
    value: DeValue<'i>,
) -> Result<String, DeadEnd> {
    let Some((key, rest)) = keys.split_first() else {
        return place.dead_end(Problem::Empty);
    };
    let at = match table.get_key_value(key.as_str()) {
        Some((key, _)) => key.span(),
        None => place.new.map_or(place.at.clone(), |new| new..new),
    };
    let here = place.key(key, at.clone());
    if rest.is_empty() {
        let new = Spanned::new(at.clone(), Cow::Owned(key.clone()));
        let value = standing_at(value, &at);
        table.insert(new, Spanned::new(at, value));
        return Ok(here.field);
    }
    if !table.contains_key(key.as_str()) {
        let new = Spanned::new(at.clone(), Cow::Owned(key.clone()));
        table.insert(new, Spanned::new(at.clone(), DeValue::Table(DeTable::new())));
    }
    match table.get_mut(key.as_str()).map(Spanned::get_mut) {
        Some(DeValue::Table(below)) => put_below(here, below, rest, value),
        Some(DeValue::Array(list)) => {
            let index = match element(list.iter().map(Spanned::get_ref), &rest[0]) {
                Ok(index) => index,
                Err(problem) => return here.key(&rest[0], at).dead_end(problem),
            };
            let Some(element) = list.get_mut(index) else {
                return here.dead_end(Problem::Empty);
            };
            let here = here.element(index, &rest[0], element.span());
            match (element.get_mut(), &rest[1..]) {
                (element, []) => {
                    *element = standing_at(value, &here.at);
                    Ok(here.field)
                }
                (DeValue::Table(below), rest) => put_below(here, below, rest, value),
                (other, _) => {
                    let found = type_of(other);
                    here.dead_end(Problem::WrongType { expected: "a table", found })
                }
            }
        }
        Some(other) => {
            let found = type_of(other);
            here.dead_end(Problem::WrongType { expected: "a table", found })
        }
        None => here.dead_end(Problem::Missing),
    }
}

/// A value all of which stands there, as far as faults tell: it comes from another text.
fn standing_at<'i>(value: DeValue<'i>, at: &Range<usize>) -> DeValue<'i> {
    let moved =
        |value: Spanned<DeValue<'i>>| Spanned::new(at.clone(), standing_at(value.into_inner(), at));
    match value {
        DeValue::Array(list) => DeValue::Array(list.into_iter().map(moved).collect()),
        DeValue::Table(table) => DeValue::Table(
            table
                .into_iter()
                .map(|(key, value)| (Spanned::new(at.clone(), key.into_inner()), moved(value)))
                .collect(),
        ),
        value => value,
    }
}

/// The element of a list that has a name or number, or if none has any, the one of this place.
fn element<'v, 'i: 'v>(
    list: impl ExactSizeIterator<Item = &'v DeValue<'i>> + Clone,
    key: &str,
) -> Result<usize, Problem> {
    let names: Vec<Option<String>> = list.clone().map(name_of).collect();
    let allowed: Vec<String> = match names.iter().any(Option::is_some) {
        true => names.into_iter().map(Option::unwrap_or_default).collect(),
        false => (0..list.len()).map(|index| index.to_string()).collect(),
    };
    let found = allowed.iter().position(|name| name == key);
    found.ok_or(Problem::NotOneOf { value: key.to_owned(), allowed })
}

fn name_of(element: &DeValue<'_>) -> Option<String> {
    let DeValue::Table(table) = element else { return None };
    match table.get("name").or_else(|| table.get("id"))?.get_ref() {
        DeValue::String(name) => Some(name.clone().into_owned()),
        number => Number::of(number).map(|number| number.real().to_string()),
    }
}

/// What a table sets: paths, and what stands at their ends. `is_way` says which tables lead on.
pub(super) fn leaves<'i>(
    table: DeTable<'i>,
    is_way: &dyn Fn(&DeTable<'_>) -> bool,
) -> Vec<(Vec<String>, DeValue<'i>)> {
    let mut found = Vec::new();
    for (key, value) in table {
        let key = key.into_inner().into_owned();
        match value.into_inner() {
            DeValue::Table(below) if is_way(&below) => {
                for (mut keys, value) in leaves(below, is_way) {
                    keys.insert(0, key.clone());
                    found.push((keys, value));
                }
            }
            value => found.push((vec![key], value)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "[media]\nfps = 30\n[[link]]\nname = 'fwd'\nqueue = { size_ms = 1 }\n\
                        [[flow]]\nid = 7\n[[cross]]\ncount = 1\n[[cross]]\ncount = 2\n";

    fn put_at(path: &str) -> Result<String, String> {
        let mut table = DeTable::parse(FILE).expect("it is TOML");
        let keys: Vec<String> = path.split('.').map(str::to_owned).collect();
        put(&mut table, &keys, DeValue::Boolean(true), None)
            .map_err(|end| format!("{}: {}", end.path, end.problem))
    }

    #[test]
    fn paths_lead_by_names_numbers_and_places() {
        for (path, field) in [
            ("media.fps", "media.fps"),
            ("link.fwd.queue.size_ms", "link[0].queue.size_ms"),
            ("link.fwd.loss.p", "link[0].loss.p"),
            ("flow.7.start_s", "flow[0].start_s"),
            ("cross.1.count", "cross[1].count"),
        ] {
            assert_eq!(put_at(path).as_deref(), Ok(field), "{path}");
        }
    }

    #[test]
    fn paths_that_lead_nowhere_are_named_as_far_as_they_lead() {
        for (path, said) in [
            ("link.far.delay_ms", "link.far: \"far\" is none of fwd"),
            ("flow.1.start_s", "flow.1: \"1\" is none of 7"),
            ("cross.2.count", "cross.2: \"2\" is none of 0, 1"),
            ("media.fps.high", "media.fps: must be a table, but is a number"),
        ] {
            assert_eq!(put_at(path), Err(said.to_owned()), "{path}");
        }
    }
}
