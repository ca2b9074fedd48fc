//! Reads parts of one's own: a name, or a table with a name and numbers.

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
    let part = match fields.is_table(field) {
        true => fields.table(field, named)?,
        false => PartUse { name: fields.text(field)?, settings: Settings::default() },
    };
    check(fields, field, kind, &[], &part.name);
    Some(part)
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

/// A part of this name, with the numbers in `settings`.
pub(super) fn of_name(fields: &mut Fields<'_>, name: String) -> PartUse {
    PartUse { name, settings: fields.table("settings", numbers).unwrap_or_default() }
}

/// A fault unless there is a part of that kind and name; `others` are allowed beside them.
pub(super) fn check(
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

fn named(fields: &mut Fields<'_>) -> PartUse {
    let name = fields.need_text("name");
    PartUse { name, settings: numbers(fields) }
}

/// All that is in a table but its name.
fn numbers(fields: &mut Fields<'_>) -> Settings {
    let names = fields.names().into_iter().filter(|name| name != "name");
    names.filter_map(|name| Some((name.clone(), fields.free_number(&name, NUMBERS)?))).collect()
}
