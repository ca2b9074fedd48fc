//! `[sweep]`: fields of the scenario, and the values that each takes in turn.
//!
//! A key is the path to a field: names of tables, and within a list of tables the name or number
//! of one, or its place in the list if it has neither. What stands there is read here; whether the
//! field takes the values is seen when the scenario is read with them (`grid.rs`).

use std::ops::RangeInclusive;

use toml::de::{DeTable, DeValue};

use crate::scenario::value::Number;
use crate::scenario::{Axis, AxisValue, Fields, Problem, Scenario};

/// Runs of one sweep: more would take days.
const MAX_POINTS: usize = 100_000;
/// Values of one field.
const MAX_VALUES: usize = 10_000;
/// Names in a path: no field lies so deep.
const MAX_DEPTH: usize = 8;
/// The fields of a range.
const RANGE: [&str; 5] = ["from", "to", "step", "count", "scale"];
/// Numbers that a range may have at its ends.
const NUMBERS: RangeInclusive<f64> = -1e15..=1e15;
/// The least end and step of a range of which both must be greater than zero.
const LEAST: f64 = 1e-9;

/// Reads the whole table. The axes are in the order of the file.
pub(super) fn read(fields: &mut Fields<'_>) -> Vec<Axis> {
    let mut found = Vec::new();
    gather(fields, &mut Vec::new(), &mut found);
    found.sort_by_key(|(offset, _)| *offset);
    let axes: Vec<Axis> = found.into_iter().map(|(_, axis)| axis).collect();
    // As a float, for the product of many lengths has no room in an integer.
    let points = axes.iter().map(|axis| axis.values.len() as f64).product::<f64>();
    if points > MAX_POINTS as f64 {
        let (min, max) = (1.0, MAX_POINTS as f64);
        fields.fault("", Problem::OutOfRange { value: points, min, max });
    }
    axes
}

/// Follows tables down to what takes values.
fn gather(fields: &mut Fields<'_>, keys: &mut Vec<String>, found: &mut Vec<(usize, Axis)>) {
    for name in fields.names() {
        let offset = fields.offset(&name);
        keys.push(name.clone());
        let leads_on = fields.peek(&name).and_then(DeValue::as_table).is_some_and(is_way);
        if keys.len() > MAX_DEPTH {
            fields.fault(&name, Problem::NotOneOf { value: name.clone(), allowed: Vec::new() });
            fields.take(&name);
        } else if leads_on {
            fields.free_table(&name, |fields| gather(fields, keys, found));
        } else {
            let values = match fields.peek(&name) {
                Some(DeValue::Table(_)) => fields.free_table(&name, range).flatten(),
                _ => list(fields, &name),
            };
            let axis = values.map(|values| Axis { keys: keys.clone(), values });
            found.extend(axis.map(|axis| (offset, axis)));
        }
        keys.pop();
    }
}

/// Whether a table leads on to fields: what a range has is neither a list nor a table, as all is
/// that stands at the ends of paths.
pub(super) fn is_way(table: &DeTable<'_>) -> bool {
    let leads = |value: &DeValue<'_>| matches!(value, DeValue::Table(_) | DeValue::Array(_));
    let mut of_range = RANGE.iter().filter_map(|name| table.get(*name));
    of_range.all(|value| leads(value.get_ref()))
}

/// Values of a kind, one by one.
fn list(fields: &mut Fields<'_>, name: &str) -> Option<Vec<AxisValue>> {
    let expected = "a list of numbers, a list of texts, or a range with from and to";
    let values = match fields.peek(name) {
        Some(DeValue::Array(list)) => {
            fields.at_most(name, list.len(), MAX_VALUES);
            if list.is_empty() {
                fields.fault(name, Problem::Empty);
            }
            let values = list.iter().take(MAX_VALUES).map(|value| value_of(value.get_ref()));
            values.collect::<Option<Vec<AxisValue>>>()
        }
        _ => None,
    };
    let kind = |value: &AxisValue| std::mem::discriminant(value);
    let alike =
        values.filter(|values| values.windows(2).all(|pair| kind(&pair[0]) == kind(&pair[1])));
    if alike.is_none() {
        fields.wrong_type(name, expected);
    }
    fields.take(name);
    alike.filter(|values| !values.is_empty())
}

fn value_of(value: &DeValue<'_>) -> Option<AxisValue> {
    match value {
        DeValue::String(text) => Some(AxisValue::Text(text.clone().into_owned())),
        DeValue::Boolean(flag) => Some(AxisValue::Flag(*flag)),
        value => Number::of(value)
            .map(Number::real)
            .filter(|number| number.is_finite())
            .map(AxisValue::Number),
    }
}

/// `{ from, to, step }`, or `{ from, to, count, scale }`.
fn range(fields: &mut Fields<'_>) -> Option<Vec<AxisValue>> {
    let scale = fields.choice("scale", &[("linear", false), ("log", true)]).unwrap_or(false);
    let ends = if scale { LEAST..=*NUMBERS.end() } else { NUMBERS };
    let from = fields.need_number("from", ends.clone());
    let to = fields.need_number("to", ends.clone());
    let step = fields.number("step", LEAST..=*NUMBERS.end());
    let count = fields.integer("count", 1..=MAX_VALUES as u64);
    if fields.has("from") && fields.has("to") && to < from {
        let (min, max) = (from, *ends.end());
        fields.fault("to", Problem::OutOfRange { value: to, min, max });
        return None;
    }
    let numbers: Vec<f64> = match (step, count) {
        (Some(_), Some(_)) => {
            fields.fault("count", Problem::Excludes("step"));
            return None;
        }
        (Some(step), None) => {
            if fields.has("scale") {
                fields.fault("scale", Problem::Excludes("step"));
            }
            // The last may be less than the end by what rounding takes.
            let steps = ((to - from) / step * (1.0 + 1e-12) + 1e-9).floor();
            if steps >= MAX_VALUES as f64 {
                let (value, min, max) = (steps + 1.0, 1.0, MAX_VALUES as f64);
                fields.fault("step", Problem::OutOfRange { value, min, max });
                return None;
            }
            (0..=steps as u64).map(|number| from + number as f64 * step).collect()
        }
        (None, Some(count)) => spread(from, to, count, scale),
        (None, None) => {
            if !fields.has("step") && !fields.has("count") {
                fields.fault("step", Problem::Missing);
            }
            return None;
        }
    };
    Some(numbers.into_iter().map(|number| AxisValue::Number(rounded(number))).collect())
}

/// So many numbers from one to the other, at equal distances or in equal proportions.
fn spread(from: f64, to: f64, count: u64, log: bool) -> Vec<f64> {
    let share = |number: u64| number as f64 / (count - 1).max(1) as f64;
    let at = |number: u64| match log {
        true => from * (to / from).powf(share(number)),
        false => from + (to - from) * share(number),
    };
    (0..count).map(at).collect()
}

/// To twelve digits: what a person would write, and no 0.30000000000000004.
fn rounded(number: f64) -> f64 {
    format!("{number:.11e}").parse().unwrap_or(number)
}

impl Scenario {
    /// How many runs the sweep has: every combination of values. One if there is no sweep.
    pub fn points(&self) -> usize {
        self.sweep.iter().map(|axis| axis.values.len()).product()
    }

    /// The values of a combination, in the order of the axes, of which the first varies slowest;
    /// `None` if the sweep has fewer.
    pub fn values(&self, point: usize) -> Option<Vec<AxisValue>> {
        let (mut rest, mut values) = (point, Vec::new());
        for axis in self.sweep.iter().rev() {
            values.push(axis.values[rest % axis.values.len()].clone());
            rest /= axis.values.len();
        }
        values.reverse();
        (rest == 0).then_some(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_as_a_person_would() {
        let tenths: Vec<f64> = spread(0.1, 0.5, 5, false).into_iter().map(rounded).collect();
        assert_eq!(tenths, [0.1, 0.2, 0.3, 0.4, 0.5]);
        let decades: Vec<f64> = spread(1e5, 1e7, 3, true).into_iter().map(rounded).collect();
        assert_eq!(decades, [1e5, 1e6, 1e7]);
        assert_eq!(spread(4.0, 9.0, 1, true), [4.0]);
    }
}
