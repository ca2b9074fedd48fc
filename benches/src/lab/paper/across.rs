//! Small multiples over scenarios: a chart for each, on the same axes.

use lapwing_simnet::run::Outcome;

use super::kind::{Around, PaperKind};
use super::spread::{all, lines};
use super::subject::{PaperFigure, Subject, blank, capacity, delay, goodput, mean, sum};
use crate::plot::{Lines, Panels, Unit};

/// Scenarios of a figure at most.
const SCENARIOS_MAX: usize = 24;

/// Gathers charts of scenarios, one scenario after the other: their runs need not be held together.
#[derive(Clone, Debug)]
pub struct Across {
    around: Around,
    goodput: Vec<Lines>,
    delay: Vec<Lines>,
}

impl Across {
    /// Nothing yet.
    pub fn new(around: Around) -> Across {
        Across { around, goodput: Vec::new(), delay: Vec::new() }
    }

    /// Adds a scenario, unless there are too many for a figure.
    pub fn add(&mut self, scenario: &str, subjects: &[Subject<'_>]) {
        let Some(first) = subjects.first().filter(|subject| !subject.runs.is_empty()) else {
            return;
        };
        if self.goodput.len() >= SCENARIOS_MAX {
            return;
        }
        let blank = |quantity, unit| blank(scenario, quantity, unit, first.runs);
        let rate = blank("goodput of all flows", Unit::BitsPerSecond);
        let rate = capacity(rate, first.runs.first(), 0);
        let late = blank("one-way delay, mean of flows", Unit::Seconds);
        let goodputs = |run: &Outcome| Some(all(run, goodput, sum));
        let delays = |run: &Outcome| Some(all(run, delay, mean));
        self.goodput.push(lines(rate, subjects, self.around, &goodputs));
        self.delay.push(lines(late, subjects, self.around, &delays));
    }

    /// The figures, by what they show; none of fewer than two scenarios.
    pub fn figures(self) -> Vec<(&'static str, PaperFigure)> {
        let Across { around, goodput, delay } = self;
        if goodput.len() < 2 {
            return Vec::new();
        }
        let figure = |name, charts: Vec<Lines>| {
            let blank = Panels::new(format!("{name} by scenario")).columns(2);
            let panels = charts.into_iter().fold(blank, Panels::panel);
            let caption = format!("{name} in each scenario, on the same axes: {}.", around.words());
            PaperFigure::new(PaperKind::Multiples, caption, &panels)
        };
        let [goodput, delay] =
            [figure("Goodput of all flows", goodput), figure("One-way delay", delay)];
        vec![("goodput", goodput), ("delay", delay)]
    }
}
