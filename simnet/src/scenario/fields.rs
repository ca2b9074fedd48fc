//! Reads the fields of a TOML table and notes what is wrong with each.
//!
//! A reader never stops at a fault: it notes it and goes on with a stand-in value, so that a file's
//! faults are all found at once.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::parts::Parts;
use crate::scenario::keys::{Ask, AskLog, Shape};
use crate::scenario::value::{line_at, type_of};
use crate::scenario::{Fault, Problem};

/// A table of the file that is being read.
pub(crate) struct Fields<'a> {
    source: &'a str,
    path: String,
    offset: usize,
    values: BTreeMap<&'a str, (usize, &'a Spanned<DeValue<'a>>)>,
    asked: Vec<&'static str>,
    faults: Vec<(usize, Fault)>,
    warnings: Vec<(usize, Fault)>,
    around: Around<'a>,
    /// What readers asked for here and in the tables below.
    pub(super) log: AskLog,
}

/// What there is beside the file.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) files: Files<'a>,
    pub(super) parts: &'a Parts,
}

/// Reads the file of a name that a field has: its text, or why it cannot be had.
pub(crate) type Files<'a> = &'a dyn Fn(&str) -> Result<String, String>;

static NO_PARTS: Parts = Parts::none();

fn no_files(_: &str) -> Result<String, String> {
    Err("there are no files here".to_owned())
}

/// Longest list: longer ones are faults.
pub(super) const MAX_LIST: usize = 10_000;
/// Longest name, in bytes.
const MAX_NAME: usize = 64;

impl<'a> Fields<'a> {
    pub(crate) fn new(source: &'a str, table: &'a Spanned<DeTable<'a>>) -> Self {
        let around = Around { files: &no_files, parts: &NO_PARTS };
        Fields::over(source, String::new(), table.span().start, table.get_ref(), around)
    }

    /// With files and parts that fields can name.
    pub(super) fn with(self, around: Around<'a>) -> Self {
        Fields { around, ..self }
    }

    /// The parts of one's own that there are.
    pub(crate) fn parts(&self) -> &'a Parts {
        self.around.parts
    }

    /// The text of a file.
    pub(crate) fn file(&self, name: &str) -> Result<String, String> {
        (self.around.files)(name)
    }

    fn over(
        source: &'a str,
        path: String,
        offset: usize,
        table: &'a DeTable<'a>,
        around: Around<'a>,
    ) -> Self {
        let entry = |(key, value): (&'a Spanned<_>, &'a Spanned<DeValue<'a>>)| {
            let key: &'a Spanned<std::borrow::Cow<'a, str>> = key;
            (key.get_ref().as_ref(), (key.span().start, value))
        };
        let values = table.iter().map(entry).collect();
        let (asked, faults, warnings) = (Vec::new(), Vec::new(), Vec::new());
        let log = AskLog::default();
        Fields { source, path, offset, values, asked, faults, warnings, around, log }
    }

    /// Ends the reading: fields that nobody asked for are faults. Returns them all, in the order of
    /// the file.
    pub(crate) fn close(self) -> Vec<Fault> {
        self.close_with_warnings().0
    }

    /// Ends the reading likewise; what is odd but right comes second.
    pub(crate) fn close_with_warnings(mut self) -> (Vec<Fault>, Vec<Fault>) {
        self.refuse_unknown();
        [self.faults, self.warnings]
            .map(|mut all| {
                all.sort_by_key(|(offset, _)| *offset);
                all.into_iter().map(|(_, fault)| fault).collect()
            })
            .into()
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
        let offset = self.values.get(name).map_or(self.offset, |(offset, _)| *offset);
        let fault = self.at(offset, join(&self.path, name), problem);
        self.faults.push(fault);
    }

    /// Reads nothing more of this table.
    pub(crate) fn skip(&mut self) {
        self.values.clear();
    }

    /// Notes that something is wrong with a field of a table in a list, or with that table if there
    /// is no such field.
    pub(crate) fn fault_in(&mut self, list: &str, index: usize, name: &str, problem: Problem) {
        let fault = self.within(list, index, name, problem);
        self.faults.push(fault);
    }

    /// Notes that a field of a table in a list is odd, but can be as it is.
    pub(crate) fn warn_in(&mut self, list: &str, index: usize, name: &str, problem: Problem) {
        let warning = self.within(list, index, name, problem);
        self.warnings.push(warning);
    }

    fn within(&self, list: &str, index: usize, name: &str, problem: Problem) -> (usize, Fault) {
        let item = self.values.get(list).and_then(|(_, value)| match value.get_ref() {
            DeValue::Array(list) => list.get(index),
            _ => None,
        });
        let field = item.and_then(|item| match item.get_ref() {
            DeValue::Table(table) => table.keys().find(|key| key.get_ref() == name),
            _ => None,
        });
        let offset = match (field, item) {
            (Some(key), _) => key.span().start,
            (None, Some(item)) => item.span().start,
            (None, None) => self.offset,
        };
        let path = format!("{}[{index}]", join(&self.path, list));
        self.at(offset, join(&path, name), problem)
    }

    fn at(&self, offset: usize, field: String, problem: Problem) -> (usize, Fault) {
        let line = line_at(self.source, offset);
        (offset, Fault { line, field, problem })
    }

    /// True when something was wrong so far with a field or what is in it.
    pub(crate) fn is_faulty_in(&self, name: &str) -> bool {
        let field = join(&self.path, name);
        self.faults.iter().any(|(_, fault)| fault.field.starts_with(&field))
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

    /// True when the field is a list, of whatever.
    pub(crate) fn is_list(&self, name: &str) -> bool {
        let value = self.values.get(name);
        value.is_some_and(|(_, value)| matches!(value.get_ref(), DeValue::Array(_)))
    }

    /// The names of all fields that are there, for tables whose keys are free.
    pub(crate) fn names(&self) -> Vec<String> {
        self.values.keys().map(|name| (*name).to_owned()).collect()
    }

    pub(super) fn value(&mut self, name: &'static str, shape: Shape) -> Option<&'a DeValue<'a>> {
        self.value_of(name, shape, Vec::new())
    }

    fn value_of(
        &mut self,
        name: &'static str,
        shape: Shape,
        words: Vec<&'static str>,
    ) -> Option<&'a DeValue<'a>> {
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
        self.log.note(|| Ask { path: self.path.clone(), name, shape, words });
        self.values.get(name).map(|(_, value)| value.get_ref())
    }

    pub(super) fn wrong(&mut self, name: &str, expected: &'static str, found: &DeValue<'_>) {
        self.fault(name, Problem::WrongType { expected, found: type_of(found) });
    }

    /// Notes that there are more of something than there may be.
    pub(crate) fn at_most(&mut self, name: &str, count: usize, most: usize) {
        if count > most {
            self.fault(name, Problem::TooMany { count, most });
        }
    }

    /// A yes or no, if there is one.
    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        match self.value(name, Shape::Flag)? {
            DeValue::Boolean(flag) => Some(*flag),
            other => {
                self.wrong(name, "true or false", other);
                None
            }
        }
    }

    /// A part of one's own: the value, which the caller reads.
    pub(super) fn part(&mut self, name: &'static str) -> Option<&'a DeValue<'a>> {
        self.value(name, Shape::Part)
    }

    /// A text, if there is one.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        let value = self.value(name, Shape::Text)?;
        self.check_text(name, value)
    }

    pub(super) fn check_text(&mut self, name: &str, value: &DeValue<'_>) -> Option<String> {
        match value {
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

    /// A name that must be there: a text that is not empty and not long.
    pub(crate) fn need_name(&mut self, name: &'static str) -> String {
        let text = self.need_text(name);
        if self.has(name) && !(1..=MAX_NAME).contains(&text.len()) {
            self.fault(name, Problem::BadName { bytes: text.len(), most: MAX_NAME });
        }
        text
    }

    /// Texts, if there are any.
    pub(crate) fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let value = self.value(name, Shape::Texts)?;
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
        let all = words.iter().map(|(word, _)| *word).collect();
        let value = self.value_of(name, Shape::Words(&[]), all)?;
        let value = self.check_text(name, value)?;
        let found = words.iter().find(|(word, _)| *word == value);
        if found.is_none() {
            let allowed = words.iter().map(|(word, _)| (*word).to_owned()).collect();
            self.fault(name, Problem::NotOneOf { value, allowed });
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// A word that must be there: one of these, or the name of a part of one's own, which the
    /// caller looks for.
    pub(super) fn need_word(&mut self, name: &'static str, words: &[&'static str]) -> String {
        self.need(name);
        let value = self.value_of(name, Shape::Words(&[]), words.to_vec());
        value.and_then(|value| self.check_text(name, value)).unwrap_or_default()
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
        let value = self.value(name, Shape::Table)?;
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
        let list = match self.value(name, Shape::Tables) {
            None => return Vec::new(),
            Some(DeValue::Array(list)) => list,
            Some(other) => {
                self.wrong(name, "a list of tables", other);
                return Vec::new();
            }
        };
        self.at_most(name, list.len(), MAX_LIST);
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
        let mut fields = Fields::over(self.source, path, offset, table, self.around);
        let result = read(&mut fields);
        fields.refuse_unknown();
        self.faults.append(&mut fields.faults);
        self.warnings.append(&mut fields.warnings);
        self.log.take(fields.log);
        result
    }

    pub(super) fn need(&mut self, name: &'static str) {
        if !self.has(name) {
            self.fault(name, Problem::Missing);
        }
    }

    /// Takes all names as known.
    pub(crate) fn allow(&mut self, names: &[&'static str]) {
        self.asked.extend(names);
    }

    /// A number whose name is not known beforehand. The name counts as known from now on.
    pub(crate) fn free_number(&mut self, name: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let (_, value) = *self.values.get(name)?;
        let number = self.check_number(name, value.get_ref(), &range);
        self.values.remove(name);
        number
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

fn join(path: &str, name: &str) -> String {
    match (path, name) {
        ("", name) => name.to_owned(),
        (path, "") => path.to_owned(),
        (path, name) => format!("{path}.{name}"),
    }
}
