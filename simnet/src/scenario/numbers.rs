//! Reads the numbers of a TOML table.

use std::ops::RangeInclusive;

use toml::de::DeValue;

use crate::scenario::fields::MAX_LIST;
use crate::scenario::keys::Shape;
use crate::scenario::value::Number;
use crate::scenario::{Fields, Problem};

impl<'a> Fields<'a> {
    /// A number, if there is one.
    pub(crate) fn number(&mut self, name: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        let value = self.value(name, Shape::Number(*range.start(), *range.end()))?;
        self.check_number(name, value, &range)
    }

    pub(super) fn check_number(
        &mut self,
        name: &str,
        value: &DeValue<'_>,
        range: &RangeInclusive<f64>,
    ) -> Option<f64> {
        let number = match Number::of(value) {
            Some(Number::Whole(number)) => number as f64,
            Some(Number::Real(number)) if !number.is_nan() => number,
            Some(Number::Real(_)) => {
                self.fault(name, Problem::WrongType { expected: "a number", found: "nan" });
                return None;
            }
            None => {
                self.wrong(name, "a number", value);
                return None;
            }
        };
        if !range.contains(&number) {
            let (min, max) = (*range.start(), *range.end());
            self.fault(name, Problem::OutOfRange { value: number, min, max });
            return None;
        }
        Some(number)
    }

    fn check_integer(
        &mut self,
        name: &str,
        value: &DeValue<'_>,
        range: &RangeInclusive<u64>,
    ) -> Option<u64> {
        let (min, max) = (*range.start(), *range.end());
        match Number::of(value) {
            Some(Number::Whole(number)) => {
                let whole = u64::try_from(number).ok().filter(|number| range.contains(number));
                if whole.is_none() {
                    let [value, min, max] = [number as f64, min as f64, max as f64];
                    self.fault(name, Problem::OutOfRange { value, min, max });
                }
                whole
            }
            _ => {
                let number = self.check_number(name, value, &(min as f64..=max as f64))?;
                if number.fract() != 0.0 {
                    self.fault(name, Problem::NotWhole(number));
                    return None;
                }
                Some(number as u64)
            }
        }
    }

    /// A number that must be there.
    pub(crate) fn need_number(&mut self, name: &'static str, range: RangeInclusive<f64>) -> f64 {
        let stand_in = *range.start();
        self.need(name);
        self.number(name, range).unwrap_or(stand_in)
    }

    /// A whole number, if there is one.
    pub(crate) fn integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Option<u64> {
        let value = self.value(name, Shape::Whole(*range.start(), *range.end()))?;
        self.check_integer(name, value, &range)
    }

    /// A whole number that must be there.
    pub(crate) fn need_integer(&mut self, name: &'static str, range: RangeInclusive<u64>) -> u64 {
        let stand_in = *range.start();
        self.need(name);
        self.integer(name, range).unwrap_or(stand_in)
    }

    /// Numbers; none when the field is not there.
    pub(crate) fn numbers(
        &mut self,
        name: &'static str,
        range: RangeInclusive<f64>,
    ) -> Option<Vec<f64>> {
        let shape = Shape::Numbers(*range.start(), *range.end());
        let list = self.list(name, shape, "a list of numbers")?;
        list.map(|value| self.check_number(name, value, &range)).collect()
    }

    /// Whole numbers; none when the field is not there.
    pub(crate) fn integers(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Option<Vec<u64>> {
        let shape = Shape::Wholes(*range.start(), *range.end());
        let list = self.list(name, shape, "a list of whole numbers")?;
        list.map(|value| self.check_integer(name, value, &range)).collect()
    }

    /// A list that is neither empty nor endless.
    fn list(
        &mut self,
        name: &'static str,
        shape: Shape,
        expected: &'static str,
    ) -> Option<impl Iterator<Item = &'a DeValue<'a>> + use<'a>> {
        let value = self.value(name, shape)?;
        let DeValue::Array(list) = value else {
            self.wrong(name, expected, value);
            return None;
        };
        if list.is_empty() {
            self.fault(name, Problem::Empty);
        }
        self.at_most(name, list.len(), MAX_LIST);
        Some(list.iter().take(MAX_LIST).map(|value| value.get_ref()))
    }

    /// Two numbers, the smaller one first.
    pub(crate) fn pair(
        &mut self,
        name: &'static str,
        range: RangeInclusive<f64>,
    ) -> Option<(f64, f64)> {
        match self.numbers(name, range)?[..] {
            [low, high] if low <= high => Some((low, high)),
            _ => {
                self.fault(name, Problem::NotAPair);
                None
            }
        }
    }
}
