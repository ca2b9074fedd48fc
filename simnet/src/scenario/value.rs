//! What stands in a file: numbers, their kinds, and lines.

use toml::de::DeValue;

/// A number of a file: whole ones beyond what a float holds stay exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    /// The number, if the value is one.
    pub(super) fn of(value: &DeValue<'_>) -> Option<Number> {
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

    /// The nearest number that a float has.
    pub(super) fn real(self) -> f64 {
        match self {
            Number::Whole(number) => number as f64,
            Number::Real(number) => number,
        }
    }
}

/// What a value is, for messages.
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

/// The line of an offset, counted from 1; 0 where the text does not go so far: it stands elsewhere.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset);
    before.map_or(0, |before| 1 + before.iter().filter(|byte| **byte == b'\n').count())
}
