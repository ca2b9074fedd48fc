//! Values of a TOML file, in the words of faults.

use toml::de::DeValue;

/// A number of a file: whole ones beyond what a float holds stay exact.
pub(super) enum Number {
    Whole(i128),
    Real(f64),
}

pub(super) fn number_of(value: &DeValue<'_>) -> Option<Number> {
    match value {
        DeValue::Integer(integer) => {
            let whole = i128::from_str_radix(integer.as_str(), integer.radix());
            // More digits than that are beyond every range.
            Some(whole.map_or(Number::Real(f64::INFINITY), Number::Whole))
        }
        DeValue::Float(float) => float.as_str().parse().ok().map(Number::Real),
        _ => None,
    }
}

pub(super) fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
