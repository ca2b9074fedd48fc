//! Reads the fields of a TOML table and notes what is wrong with each.
//!
//! A reader never stops at a fault: it notes it and goes on with a stand-in value, so that a file's
//! faults are all found at once.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::scenario::{Fault, Problem};

/// A table of the file that is being read.
pub(crate) struct Fields<'a> {
    source: &'a str,
    path: String,
    offset: usize,
    values: BTreeMap<&'a str, (usize, &'a Spanned<DeValue<'a>>)>,
    asked: Vec<&'static str>,
    faults: Vec<(usize, Fault)>,
    files: Files<'a>,
}

/// Reads the file of a name that a field has: its text, or why it cannot be had.
pub(crate) type Files<'a> = &'a dyn Fn(&str) -> Result<String, String>;

fn no_files(_: &str) -> Result<String, String> {
    Err("there are no files here".to_owned())
}

/// Longest list that is read, so that an absurd file ends early.
const MAX_LIST: usize = 10_000;

impl<'a> Fields<'a> {
    pub(crate) fn new(source: &'a str, table: &'a Spanned<DeTable<'a>>) -> Self {
        Fields::over(source, String::new(), table.span().start, table.get_ref(), &no_files)
    }

    /// With files that fields can name.
    pub(crate) fn with_files(self, files: Files<'a>) -> Self {
        Fields { files, ..self }
    }

    /// The text of a file.
    pub(crate) fn file(&self, name: &str) -> Result<String, String> {
        (self.files)(name)
    }

    fn over(
        source: &'a str,
        path: String,
        offset: usize,
        table: &'a DeTable<'a>,
        files: Files<'a>,
    ) -> Self {
        let entry = |(key, value): (&'a Spanned<_>, &'a Spanned<DeValue<'a>>)| {
            let key: &'a Spanned<std::borrow::Cow<'a, str>> = key;
            (key.get_ref().as_ref(), (key.span().start, value))
        };
        let values = table.iter().map(entry).collect();
        Fields { source, path, offset, values, asked: Vec::new(), faults: Vec::new(), files }
    }

    /// Ends the reading: fields that nobody asked for are faults. Returns them all, in the order of
    /// the file.
    pub(crate) fn close(mut self) -> Vec<Fault> {
        self.refuse_unknown();
        self.faults.sort_by_key(|(offset, _)| *offset);
        self.faults.into_iter().map(|(_, fault)| fault).collect()
    }

    fn refuse_unknown(&mut self) {
        let unknown: Vec<_> = self.values.keys().filter(|k| !self.asked.contains(*k)).collect();
        for name in unknown.into_iter().map(|name| (*name).to_owned()).collect::<Vec<_>>() {
            let mut allowed = self.asked.clone();
            allowed.sort_unstable();
            self.fault(&name, Problem::Unknown { allowed });
        }
    }

    /// Notes that something is wrong with a field, or with the table if there is no such field.
    pub(crate) fn fault(&mut self, name: &str, problem: Problem) {
        let offset = self.offset(name);
        let field = join(&self.path, name);
        let line = line_at(self.source, offset);
        self.faults.push((offset, Fault { line, field, problem }));
    }

    /// Where a field stands in the file, or the table if there is no such field.
    pub(crate) fn offset(&self, name: &str) -> usize {
        self.values.get(name).map_or(self.offset, |(offset, _)| *offset)
    }

    /// A field of a table whose keys are free, as it stands there.
    pub(crate) fn peek(&self, name: &str) -> Option<&'a DeValue<'a>> {
        self.values.get(name).map(|(_, value)| value.get_ref())
    }

    /// Takes a field of such a table as known.
    pub(crate) fn take(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Notes that such a field is of another type than it must be.
    pub(crate) fn wrong_type(&mut self, name: &str, expected: &'static str) {
        if let Some(found) = self.peek(name) {
            self.wrong(name, expected, found);
        }
    }

    /// True when the field is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The names of all fields that are there, for tables whose keys are free.
    pub(crate) fn names(&self) -> Vec<String> {
        self.values.keys().map(|name| (*name).to_owned()).collect()
    }

    fn value(&mut self, name: &'static str) -> Option<&'a DeValue<'a>> {
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
        self.values.get(name).map(|(_, value)| value.get_ref())
    }

    fn wrong(&mut self, name: &str, expected: &'static str, found: &DeValue<'_>) {
        self.fault(name, Problem::WrongType { expected, found: Fields::type_of(found) });
    }

    /// A number, if there is one.
    pub(crate) fn number(&mut self, name: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        let value = self.value(name)?;
        self.check_number(name, value, &range)
    }

    fn check_number(
        &mut self,
        name: &str,
        value: &DeValue<'_>,
        range: &RangeInclusive<f64>,
    ) -> Option<f64> {
        let Some(number) = Fields::number_of(value) else {
            self.wrong(name, "a number", value);
            return None;
        };
        if !range.contains(&number) {
            let (min, max) = (*range.start(), *range.end());
            self.fault(name, Problem::OutOfRange { value: number, min, max });
            return None;
        }
        Some(number)
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
        let number = self.number(name, *range.start() as f64..=*range.end() as f64)?;
        if number.fract() != 0.0 {
            self.fault(name, Problem::WrongType { expected: "a whole number", found: "a number" });
            return None;
        }
        Some(number as u64)
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
        let value = self.value(name)?;
        let DeValue::Array(list) = value else {
            self.wrong(name, "a list of numbers", value);
            return None;
        };
        if list.is_empty() {
            self.fault(name, Problem::Empty);
        }
        let each = list.iter().take(MAX_LIST);
        each.map(|value| self.check_number(name, value.get_ref(), &range)).collect()
    }

    /// Whole numbers; none when the field is not there.
    pub(crate) fn integers(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Option<Vec<u64>> {
        let numbers = self.numbers(name, *range.start() as f64..=*range.end() as f64)?;
        if numbers.iter().any(|number| number.fract() != 0.0) {
            let (expected, found) = ("a list of whole numbers", "a list of numbers");
            self.fault(name, Problem::WrongType { expected, found });
            return None;
        }
        Some(numbers.into_iter().map(|number| number as u64).collect())
    }

    /// Notes that there are more of something than there may be.
    pub(crate) fn at_most(&mut self, name: &str, count: usize, most: usize) {
        if count > most {
            let (value, min, max) = (count as f64, 0.0, most as f64);
            self.fault(name, Problem::OutOfRange { value, min, max });
        }
    }

    /// A yes or no, if there is one.
    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        match self.value(name)? {
            DeValue::Boolean(flag) => Some(*flag),
            other => {
                self.wrong(name, "true or false", other);
                None
            }
        }
    }

    /// A text, if there is one.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        match self.value(name)? {
            DeValue::String(text) => Some(text.clone().into_owned()),
            other => {
                self.wrong(name, "a text", other);
                None
            }
        }
    }

    /// A text that must be there.
    pub(crate) fn need_text(&mut self, name: &'static str) -> String {
        self.need(name);
        self.text(name).unwrap_or_default()
    }

    /// Texts, if there are any.
    pub(crate) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let value = self.value(name)?;
        let list = match value {
            DeValue::Array(list) => list.iter().map(|v| v.get_ref().as_str()).collect(),
            _ => None,
        };
        let list: Option<Vec<&str>> = list;
        if list.is_none() {
            self.wrong(name, "a list of texts", value);
        }
        Some(list?.into_iter().map(str::to_owned).collect())
    }

    /// One of some words, if the field is there.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let value = self.text(name)?;
        let found = words.iter().find(|(word, _)| *word == value);
        if found.is_none() {
            let allowed = words.iter().map(|(word, _)| (*word).to_owned()).collect();
            self.fault(name, Problem::NotOneOf { value, allowed });
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// One of some words; the first is the stand-in.
    pub(crate) fn need_choice<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&'static str, T)],
    ) -> T {
        self.need(name);
        self.choice(name, words).unwrap_or(words[0].1)
    }

    /// A table, if there is one.
    pub(crate) fn table<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Fields<'a>) -> T,
    ) -> Option<T> {
        let value = self.value(name)?;
        let DeValue::Table(table) = value else {
            self.wrong(name, "a table", value);
            return None;
        };
        let (offset, path) = (self.values.get(name)?.0, join(&self.path, name));
        Some(self.descend(path, offset, table, read))
    }

    /// A list of tables; none when the field is not there.
    pub(crate) fn tables<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&mut Fields<'a>) -> T,
    ) -> Vec<T> {
        let list = match self.value(name) {
            None => return Vec::new(),
            Some(DeValue::Array(list)) => list,
            Some(other) => {
                self.wrong(name, "a list of tables", other);
                return Vec::new();
            }
        };
        let mut read_all = Vec::new();
        for (i, item) in list.iter().take(MAX_LIST).enumerate() {
            let path = format!("{}[{i}]", join(&self.path, name));
            match item.get_ref() {
                DeValue::Table(table) => {
                    read_all.push(self.descend(path, item.span().start, table, &mut read));
                }
                other => self.wrong(name, "a list of tables", other),
            }
        }
        read_all
    }

    fn descend<T>(
        &mut self,
        path: String,
        offset: usize,
        table: &'a DeTable<'a>,
        read: impl FnOnce(&mut Fields<'a>) -> T,
    ) -> T {
        let mut fields = Fields::over(self.source, path, offset, table, self.files);
        let result = read(&mut fields);
        fields.refuse_unknown();
        self.faults.append(&mut fields.faults);
        result
    }

    fn need(&mut self, name: &'static str) {
        if !self.has(name) {
            self.fault(name, Problem::Missing);
        }
    }

    /// Takes all names as known.
    pub(crate) fn allow(&mut self, names: &[&'static str]) {
        self.asked.extend(names);
    }

    /// A table whose name is not known beforehand. The name counts as known from now on.
    pub(crate) fn free_table<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Fields<'a>) -> T,
    ) -> Option<T> {
        let (offset, value) = *self.values.get(name)?;
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong(name, "a table", value.get_ref());
            self.values.remove(name);
            return None;
        };
        self.values.remove(name);
        Some(self.descend(join(&self.path, name), offset, table, read))
    }
}

impl Fields<'_> {
    /// A value as a number, if it is one.
    pub(crate) fn number_of(value: &DeValue<'_>) -> Option<f64> {
        match value {
            DeValue::Integer(integer) => {
                i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|n| n as f64)
            }
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => None,
        }
    }

    /// What a value is, for messages.
    pub(crate) fn type_of(value: &DeValue<'_>) -> &'static str {
        match value {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }
}

/// The line of an offset, counted from 1; 0 where the text does not go so far: it stands elsewhere.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset);
    before.map_or(0, |before| 1 + before.iter().filter(|byte| **byte == b'\n').count())
}

fn join(path: &str, name: &str) -> String {
    match (path, name) {
        ("", name) => name.to_owned(),
        (path, "") => path.to_owned(),
        (path, name) => format!("{path}.{name}"),
    }
}
