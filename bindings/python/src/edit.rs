//! Sets a value in the text of a scenario.

use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use toml::{Table, Value};

/// The text of a scenario with a value, given as JSON, at a path: names of tables and fields; of
/// what is in a list the `name`, the `id`, or its place counted from zero. Comments are not kept.
#[pyfunction]
pub(crate) fn with_value(text: &str, path: Vec<String>, json: &str) -> PyResult<String> {
    let bad = |error: &dyn std::fmt::Display| PyValueError::new_err(error.to_string());
    let table: Table = toml::from_str(text).map_err(|error| bad(&error))?;
    let value = serde_json::from_str(json).map_err(|error| bad(&error))?;
    let mut root = Value::Table(table);
    set(&mut root, &path, value)
        .map_err(|why| PyKeyError::new_err(format!("{}: {why}", path.join("."))))?;
    toml::to_string(&root).map_err(|error| bad(&error))
}

fn set(within: &mut Value, path: &[String], value: Value) -> Result<(), String> {
    let Some((first, rest)) = path.split_first() else {
        *within = value;
        return Ok(());
    };
    match within {
        Value::Table(table) => {
            let new = || Value::Table(Table::new());
            set(table.entry(first.clone()).or_insert_with(new), rest, value)
        }
        Value::Array(items) => match place(items, first) {
            Some(place) => set(&mut items[place], rest, value),
            None => Err(format!("there is no {first:?} among {}", names(items))),
        },
        _ => Err(format!("{first:?} is looked for in what is neither a table nor a list")),
    }
}

/// Which item of a list is meant.
fn place(items: &[Value], word: &str) -> Option<usize> {
    let named = items.iter().position(|item| name(item).is_some_and(|name| name == word));
    named.or_else(|| word.parse().ok().filter(|place| *place < items.len()))
}

fn name(item: &Value) -> Option<String> {
    match (item.get("name"), item.get("id")) {
        (Some(Value::String(name)), _) => Some(name.clone()),
        (_, Some(Value::Integer(id))) => Some(id.to_string()),
        _ => None,
    }
}

fn names(items: &[Value]) -> String {
    let each = items.iter().enumerate();
    let each = each.map(|(place, item)| name(item).unwrap_or_else(|| place.to_string()));
    each.collect::<Vec<_>>().join(", ")
}
