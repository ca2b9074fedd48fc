//! Reads parts of one's own: a name, or a table with a name and numbers.

use toml::de::DeValue;

use crate::parts::{PartKind, PartUse, Settings};
use crate::scenario::{Fields, Problem};

/// Parts in one list.
const MAX_PARTS: usize = 16;
/// Any number that a setting may be.
const NUMBERS: std::ops::RangeInclusive<f64> = -1e15..=1e15;

/// A part that a field names, if there is the field.
pub(super) fn read(
    fields: &mut Fields<'_>,
    field: &'static str,
    kind: PartKind,
) -> Option<PartUse> {
    let part = match fields.part(field)? {
        DeValue::Table(_) => fields.free_table(field, named)?,
        value => PartUse { name: fields.check_text(field, value)?, settings: Settings::default() },
    };
    check(fields, field, kind, &[], &part.name);
    Some(part)
}

/// A part that must be there.
pub(super) fn need(fields: &mut Fields<'_>, field: &'static str, kind: PartKind) -> PartUse {
    if !fields.has(field) {
        fields.fault(field, Problem::Missing);
    }
    read(fields, field, kind).unwrap_or_default()
}

/// The parts that a list names.
pub(super) fn read_all(
    fields: &mut Fields<'_>,
    field: &'static str,
    kind: PartKind,
) -> Vec<PartUse> {
    let parts = fields.tables(field, named);
    fields.at_most(field, parts.len(), MAX_PARTS);
    for part in &parts {
        check(fields, field, kind, &[], &part.name);
    }
    parts
}

/// A fault unless there is a part of that kind and name; `others` are allowed beside them.
fn check(
    fields: &mut Fields<'_>,
    field: &'static str,
    kind: PartKind,
    others: &[&str],
    name: &str,
) {
    let own = fields.parts().names(kind);
    if !own.iter().any(|each| each == name) {
        let allowed: Vec<String> =
            others.iter().map(|word| (*word).to_owned()).chain(own).collect();
        let value = name.to_owned();
        fields.fault(field, Problem::NotOneOf { value, allowed });
    }
}

/// One of these words, or a part of that name.
pub(super) fn choose<T: Clone>(
    fields: &mut Fields<'_>,
    field: &'static str,
    words: &[(&'static str, T)],
    kind: PartKind,
) -> Result<T, PartUse> {
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let word = fields.need_word(field, &known);
    match words.iter().find(|(each, _)| *each == word) {
        Some((_, meaning)) => Ok(meaning.clone()),
        None => {
            if fields.has(field) {
                check(fields, field, kind, &known, &word);
            }
            let settings = fields.table("settings", numbers).unwrap_or_default();
            Err(PartUse { name: word, settings })
        }
    }
}

fn named(fields: &mut Fields<'_>) -> PartUse {
    let name = fields.need_text("name");
    PartUse { name, settings: numbers(fields) }
}

/// All that is in a table but its name.
fn numbers(fields: &mut Fields<'_>) -> Settings {
    let names = fields.names().into_iter().filter(|name| name != "name");
    names.filter_map(|name| Some((name.clone(), fields.free_number(&name, NUMBERS)?))).collect()
}
