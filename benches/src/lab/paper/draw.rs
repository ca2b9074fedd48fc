//! The figures of one scenario, kind by kind.

use super::kind::{Around, PaperKind};
use super::subject::{PaperFigure, Subject};
use super::{distribution, single, spread};

/// The figures of these kinds that the subjects have, all of one scenario. Without two seeds there
/// are no bands, without two flows no multiples, and without two subjects there is nothing to
/// compare.
///
/// ```
/// use lapwing_benches::lab::{Around, PaperKind, Subject, figures};
/// use lapwing_simnet::{run::run, scenario::{Scenario, built_in}};
/// let found = built_in("rfc8867-5.1-owd50").unwrap();
/// let mut scenario = Scenario::parse(found.name, found.text).unwrap();
/// scenario.meta.duration = std::time::Duration::from_secs(1);
/// let runs = [run(&scenario, 1).unwrap()];
/// let subjects = [Subject { name: "own", runs: &runs }];
/// let figures = figures(found.name, &subjects, &PaperKind::ALL, Around::Median);
/// assert_eq!(figures.len(), 4);
/// assert!(figures[0].chart.svg().contains("one-way delay"));
/// ```
pub fn figures(
    scenario: &str,
    subjects: &[Subject<'_>],
    kinds: &[PaperKind],
    around: Around,
) -> Vec<PaperFigure> {
    let there = subjects.iter().copied().filter(|subject| !subject.runs.is_empty());
    let subjects: &[Subject<'_>] = &there.collect::<Vec<_>>();
    if subjects.is_empty() {
        return Vec::new();
    }
    let figure = |kind: &PaperKind| match kind {
        PaperKind::Delay => Some(single::delays(scenario, subjects)),
        PaperKind::Cdf => Some(distribution::distributions(scenario, subjects)),
        PaperKind::Goodput => Some(single::goodputs(scenario, subjects)),
        PaperKind::Window => Some(single::windows(scenario, subjects)),
        PaperKind::Bands => spread::bands(scenario, subjects, around),
        PaperKind::Multiples => single::multiples(scenario, subjects),
        PaperKind::Compare => spread::compare(scenario, subjects, around),
    };
    kinds.iter().filter_map(figure).collect()
}
