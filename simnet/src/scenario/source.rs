//! A scenario's text with what is changed in it, and the combinations of its sweep.

use toml::Spanned;
use toml::de::DeTable;

use crate::scenario::change::Change;
use crate::scenario::grid::Grid;
use crate::scenario::rewrite::{leaves, put};
use crate::scenario::{BadScenario, Fault, Problem, Scenario, check, sweep};

/// Offsets that no file reaches.
const BEHIND: usize = usize::MAX / 2;

/// The text of a scenario, what is changed in it, and the files that it names.
#[derive(Clone, Copy)]
pub struct ScenarioSource<'a> {
    /// The file's name in messages.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
    /// What is different.
    pub changes: &'a [Change],
    /// Gives the text of a trace beside it, by its relative name, or why it cannot be had.
    pub files: &'a dyn Fn(&str) -> Result<String, String>,
}

impl<'a> ScenarioSource<'a> {
    /// Reads the scenario, and with it each value of its sweep.
    ///
    /// # Errors
    /// All faults, each with its line, field and what is allowed.
    ///
    /// ```
    /// use lapwing_simnet::scenario::{Change, ScenarioSource, built_in};
    /// let found = built_in("rfc8867-5.4").unwrap();
    /// let changes = [Change::axis("link.fwd.delay_ms=10..30/10").unwrap()];
    /// let files = |_: &str| Err("no files here".to_owned());
    /// let source =
    ///     ScenarioSource { file: found.name, text: found.text, changes: &changes, files: &files };
    /// let scenario = source.read().unwrap();
    /// assert_eq!(scenario.points(), 3);
    /// assert_eq!(scenario.values(2).unwrap()[0].to_string(), "30");
    /// assert!(source.point(&scenario, 2).unwrap().is_some_and(|point| point.sweep.is_empty()));
    /// ```
    pub fn read(&self) -> Result<Scenario, BadScenario> {
        let table = self.table()?;
        check::read_table(self.text, &table, self.files).map_err(|faults| self.bad(faults))
    }

    /// The scenario of a combination of its sweep, counted from 0; `None` if there are fewer.
    /// `scenario` is what [`ScenarioSource::read`] gave.
    ///
    /// # Errors
    /// Faults that come of this combination; they stand at its sweep.
    pub fn point(
        &self,
        scenario: &Scenario,
        point: usize,
    ) -> Result<Option<Scenario>, BadScenario> {
        let Some(values) = scenario.values(point) else {
            return Ok(None);
        };
        let table = self.table()?;
        let reread = |table: &Spanned<DeTable<'_>>| check::read_once(self.text, table, self.files);
        let grid = Grid::new(self.text, &table, &scenario.sweep, &reread);
        grid.point(&values).map(Some).map_err(|faults| self.bad(faults))
    }

    fn bad(&self, faults: Vec<Fault>) -> BadScenario {
        BadScenario { file: self.file.to_owned(), faults }
    }

    /// The TOML with its changes.
    fn table(&self) -> Result<Spanned<DeTable<'a>>, BadScenario> {
        let mut table = DeTable::parse(self.text)
            .map_err(|error| self.bad(vec![check::syntax(self.text, &error)]))?;
        for (index, change) in self.changes.iter().enumerate() {
            // Axes follow on those of the file, in their order.
            let new = change.is_axis().then_some(BEHIND + index);
            // What is wrong with a change stands in no file.
            let bad = |field, problem| BadScenario {
                file: change.words().to_owned(),
                faults: vec![Fault { line: 0, field, problem }],
            };
            let different = DeTable::parse(change.toml())
                .map_err(|error| bad(String::new(), Problem::Syntax(error.message().to_owned())))?;
            let is_way: &dyn Fn(&DeTable<'_>) -> bool =
                if change.is_axis() { &sweep::is_way } else { &|_: &DeTable<'_>| true };
            for (keys, value) in leaves(different.into_inner(), is_way) {
                put(&mut table, &keys, value, new).map_err(|end| bad(end.path, end.problem))?;
            }
        }
        Ok(table)
    }
}
