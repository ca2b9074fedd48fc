//! A scenario's text with what is changed in it, and the combinations of its sweep.

use toml::Spanned;
use toml::de::DeTable;

use crate::parts::Parts;
use crate::scenario::change::Change;
use crate::scenario::fields::Around;
use crate::scenario::grid::Grid;
use crate::scenario::rewrite::{leaves, put};
use crate::scenario::{BadScenario, Fault, Problem, Scenario, Warnings, check, sweep};

/// Offsets that no file reaches.
const BEHIND: usize = usize::MAX / 2;

impl Scenario {
    /// Reads a scenario from the text of a file; `file` is its name in messages.
    ///
    /// Errors name all faults, each with its line, field and what is allowed.
    ///
    /// ```
    /// use lapwing_simnet::scenario::Scenario;
    /// let text = "
    /// [meta]
    /// name = 'narrow'
    /// duration_s = 10
    /// seeds = [1]
    /// schema = 1
    ///
    /// [[link]]
    /// name = 'fwd'
    /// from = 'A'
    /// to = 'B'
    /// capacity_bps = -1
    /// queue = { type = 'tail-drip', size_ms = 300 }
    /// ";
    /// let bad = Scenario::parse("narrow.toml", text).unwrap_err();
    /// assert_eq!(
    ///     bad.to_string(),
    ///     "narrow.toml:12: link[0].capacity_bps: -1 is not within 0 and 1000000000000\n\
    ///      narrow.toml:13: link[0].queue.type: \"tail-drip\" is none of tail-drop, head-drop, \
    ///      codel, codel-ecn, fq-codel, pie, dualpi2"
    /// );
    /// ```
    pub fn parse(file: &str, text: &str) -> Result<Scenario, BadScenario> {
        Scenario::parse_with(file, text, &|_| Err("no files are read for this scenario".to_owned()))
    }

    /// Reads a scenario that may name traces: `files` gives the text of a file beside it, by its
    /// relative name, or why it cannot be had. Nothing here reads a file by itself.
    ///
    /// ```
    /// use lapwing_simnet::scenario::Scenario;
    /// let text = "
    /// [meta]
    /// name = 'train'
    /// duration_s = 10
    /// seeds = [1]
    /// schema = 1
    ///
    /// [[link]]
    /// name = 'up'
    /// from = 'A'
    /// to = 'B'
    /// capacity_trace = 'train.csv'
    /// queue = { type = 'tail-drop', size_ms = 300 }
    /// ";
    /// let trace = |text: &str| Ok(text.to_owned());
    /// assert!(Scenario::parse_with("train.toml", text, &|_| trace("0,1e6\n5,2e6")).is_ok());
    /// let bad = Scenario::parse_with("train.toml", text, &|_| trace("0,1e6\n5,-2")).unwrap_err();
    /// assert_eq!(
    ///     bad.to_string(),
    ///     "train.toml:12: link[0].capacity_trace: \
    ///      train.csv:2:3: -2 is not within 0 and 1000000000000"
    /// );
    /// ```
    pub fn parse_with(
        file: &str,
        text: &str,
        files: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Scenario, BadScenario> {
        Scenario::read(file, text, files, &Parts::new()).map(|reading| reading.scenario)
    }

    /// Reads a scenario that may name parts of one's own too, and says what is odd in it.
    ///
    /// ```
    /// use lapwing_simnet::Parts;
    /// use lapwing_simnet::nodes::Loss;
    /// use lapwing_simnet::scenario::Scenario;
    /// let text = "
    /// [meta]
    /// name = 'one-way'
    /// duration_s = 10
    /// seeds = [1]
    /// schema = 1
    ///
    /// [[link]]
    /// name = 'there'
    /// from = 'A'
    /// to = 'B'
    /// nodes = [{ name = 'rain', p = 0.02 }]
    ///
    /// [[link]]
    /// name = 'back'
    /// from = 'b'
    /// to = 'A'
    /// ";
    /// let parts = Parts::new().node("rain", |settings, stream| {
    ///     Box::new(Loss::new(settings.get("p", 0.01), stream))
    /// });
    /// let none = |_: &str| Err("there are no files".to_owned());
    /// let reading = Scenario::read("one-way.toml", text, &none, &parts).unwrap();
    /// assert_eq!(
    ///     reading.warnings.to_string(),
    ///     "one-way.toml:11: link[0].to: warning: nothing else names this place: \
    ///      the way back is a perfect wire\n\
    ///      one-way.toml:16: link[1].from: warning: nothing else names this place: \
    ///      the way back is a perfect wire"
    /// );
    /// let bad = Scenario::parse("one-way.toml", text).unwrap_err();
    /// assert_eq!(
    ///     bad.to_string(),
    ///     "one-way.toml:12: link[0].nodes: \"rain\" names nothing: there is none"
    /// );
    /// ```
    pub fn read(
        file: &str,
        text: &str,
        files: &dyn Fn(&str) -> Result<String, String>,
        parts: &Parts,
    ) -> Result<Reading, BadScenario> {
        ScenarioSource { file, text, changes: &[], files, parts }.read()
    }
}

/// What was read of a file without faults.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The scenario.
    pub scenario: Scenario,
    /// What is odd in the file, and may be meant so.
    pub warnings: Warnings,
}

/// The text of a scenario, what is changed in it, and the files and parts that it names.
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
    /// Parts of one's own.
    pub parts: &'a Parts,
}

impl<'a> ScenarioSource<'a> {
    /// Reads the scenario, and with it each value of its sweep.
    ///
    /// # Errors
    /// All faults, each with its line, field and what is allowed.
    ///
    /// ```
    /// use lapwing_simnet::Parts;
    /// use lapwing_simnet::scenario::{Change, ScenarioSource, built_in};
    /// let found = built_in("rfc8867-5.4").unwrap();
    /// let changes = [Change::axis("link.fwd.delay_ms=10..30/10").unwrap()];
    /// let files = |_: &str| Err("no files here".to_owned());
    /// let (file, text, changes, parts) = (found.name, found.text, &changes, &Parts::new());
    /// let source = ScenarioSource { file, text, changes, files: &files, parts };
    /// let scenario = source.read().unwrap().scenario;
    /// assert_eq!(scenario.points(), 3);
    /// assert_eq!(scenario.values(2).unwrap()[0].to_string(), "30");
    /// assert!(source.point(&scenario, 2).unwrap().is_some_and(|point| point.sweep.is_empty()));
    /// ```
    pub fn read(&self) -> Result<Reading, BadScenario> {
        let table = self.table()?;
        let read = check::read_table(self.text, &table, self.around());
        let (scenario, all) = read.map_err(|faults| self.bad(faults))?;
        Ok(Reading { scenario, warnings: Warnings { file: self.file.to_owned(), all } })
    }

    fn around(&self) -> Around<'a> {
        Around { files: self.files, parts: self.parts }
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
        let reread =
            |table: &Spanned<DeTable<'_>>| check::read_once(self.text, table, self.around());
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
