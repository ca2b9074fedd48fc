//! Every value of a sweep in its place: the scenario is read anew with each, so that a field may
//! take as an axis what it may take in the file, and nothing else.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::scenario::rewrite::{DeadEnd, put};
use crate::scenario::value::line_at;
use crate::scenario::{Axis, AxisValue, Fault, Problem, Scenario};

/// Bytes of scenarios and their traces that are read to check a sweep: with large ones, it has
/// fewer values.
const MAX_READ_BYTES: usize = 1_000_000_000;

/// Reads a scenario from TOML: what it is, and its faults.
pub(super) type Reread<'r> = &'r dyn Fn(&Spanned<DeTable<'_>>) -> (Scenario, Vec<Fault>);

/// A scenario's TOML without its sweep, and the axes of that.
pub(super) struct Grid<'g> {
    table: Spanned<DeTable<'g>>,
    axes: &'g [Axis],
    /// Where the axes stand in the file.
    lines: Vec<usize>,
    reread: Reread<'g>,
}

/// A scenario with a value for each axis: the fields that have them, itself, and its faults.
type With = (Vec<String>, Scenario, Vec<Fault>);

impl<'g> Grid<'g> {
    pub(super) fn new(
        text: &str,
        table: &Spanned<DeTable<'g>>,
        axes: &'g [Axis],
        reread: Reread<'g>,
    ) -> Grid<'g> {
        let lines = axes.iter().map(|axis| line_of(text, table, axis)).collect();
        let mut table = table.clone();
        table.get_mut().remove("sweep");
        Grid { table, axes, lines, reread }
    }

    /// Reads every value of every axis, with the first of all others: each is a combination of the
    /// sweep. Gives the faults, at the axes that they come of. A reading takes so many bytes.
    pub(super) fn check(&self, bytes: usize) -> Vec<Fault> {
        let values: usize = self.axes.iter().map(|axis| axis.values.len()).sum();
        let most = MAX_READ_BYTES / bytes.max(1);
        if values > most {
            let (value, min, max) = (values as f64, 1.0, most as f64);
            let problem = Problem::OutOfRange { value, min, max };
            let line = self.lines.first().copied().unwrap_or_default();
            return vec![Fault { line, field: "sweep".to_owned(), problem }];
        }
        if let Some(axis) = self.axes.iter().position(|axis| axis.keys[0] == "sweep") {
            let problem = Problem::NotOneOf { value: "sweep".to_owned(), allowed: Vec::new() };
            return vec![Fault {
                line: self.lines[axis],
                field: "sweep.sweep".to_owned(),
                problem,
            }];
        }
        let first: Vec<String> = self.axes.iter().map(|axis| axis.values[0].to_toml()).collect();
        let mut faults = self.faults(&first, 0);
        if !faults.is_empty() {
            return faults;
        }
        for (index, axis) in self.axes.iter().enumerate() {
            let with = |value: &AxisValue| {
                let mut texts = first.clone();
                texts[index] = value.to_toml();
                self.faults(&texts, index)
            };
            faults.extend(
                axis.values[1..]
                    .iter()
                    .map(with)
                    .find(|found| !found.is_empty())
                    .into_iter()
                    .flatten(),
            );
        }
        faults
    }

    /// The scenario with these values.
    ///
    /// # Errors
    /// Its faults, each with all values.
    pub(super) fn point(&self, values: &[AxisValue]) -> Result<Scenario, Vec<Fault>> {
        let texts: Vec<String> = values.iter().map(AxisValue::to_toml).collect();
        let line = self.lines.first().copied().unwrap_or_default();
        let (_, scenario, faults) = self.with(&texts).map_err(|(_, end)| {
            vec![Fault { line, field: format!("sweep.{}", end.path), problem: end.problem }]
        })?;
        if faults.is_empty() {
            return Ok(scenario);
        }
        let with: Vec<String> =
            self.axes.iter().zip(&texts).map(|(axis, text)| format!("{axis} = {text}")).collect();
        let fault = |fault| with_value(line, "sweep", &with.join(", "), fault);
        Err(faults.into_iter().map(fault).collect())
    }

    fn with(&self, texts: &[String]) -> Result<With, (usize, DeadEnd)> {
        let mut table = self.table.clone();
        let mut fields = Vec::new();
        for (index, (axis, text)) in self.axes.iter().zip(texts).enumerate() {
            let value = match DeValue::parse(text) {
                Ok(value) => value.into_inner(),
                Err(_) => DeValue::String(text.into()),
            };
            fields.push(put(&mut table, &axis.keys, value, None).map_err(|end| (index, end))?);
        }
        let (scenario, faults) = (self.reread)(&table);
        Ok((fields, scenario, faults))
    }

    /// The faults of a combination, each at the axis of its field, or else at the one that changed.
    fn faults(&self, texts: &[String], changed: usize) -> Vec<Fault> {
        let (fields, faults) = match self.with(texts) {
            Ok((fields, _, faults)) => (fields, faults),
            Err((index, DeadEnd { path, problem })) => {
                let field = format!("sweep.{path}");
                return vec![Fault { line: self.lines[index], field, problem }];
            }
        };
        let fault = |fault: Fault| match fields.iter().position(|field| *field == fault.field) {
            Some(own) => {
                let field = format!("sweep.{}", self.axes[own]);
                Fault { line: self.lines[own], field, problem: fault.problem }
            }
            None => {
                let field = format!("sweep.{}", self.axes[changed]);
                with_value(self.lines[changed], &field, &texts[changed], fault)
            }
        };
        faults.into_iter().map(fault).collect()
    }
}

/// The line of an axis, or of as much of its path as there is.
fn line_of(text: &str, table: &Spanned<DeTable<'_>>, axis: &Axis) -> usize {
    let (mut below, mut offset) = (Some(table.get_ref()), 0);
    for key in ["sweep"].into_iter().chain(axis.keys.iter().map(String::as_str)) {
        let found = below.and_then(|table| table.get_key_value(key));
        let Some((key, value)) = found else { break };
        offset = key.span().start;
        below = value.get_ref().as_table();
    }
    line_at(text, offset)
}

fn with_value(line: usize, field: &str, value: &str, fault: Fault) -> Fault {
    let Fault { field: of, problem, .. } = fault;
    let (value, problem) = (value.to_owned(), Box::new(problem));
    Fault { line, field: field.to_owned(), problem: Problem::With { value, field: of, problem } }
}
