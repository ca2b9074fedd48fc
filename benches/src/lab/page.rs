//! The page of a run.

use lapwing_simnet::run::Outcome;

use super::{
    Figure, channels_table, cross_table, flow, flows_table, link, phases_table, verdicts_table,
};
use crate::plot::{Report, Tone};

/// Flows and links beyond these are folded away: each has several charts.
const OPEN_MAX: usize = 2;

/// The figures at the top: names as short as they are large, and what they are of.
const HEADLINE: [(Figure, &str, &str); 5] = [
    (Figure::Utilisation, "Utilisation", "of what media could have"),
    (Figure::Received, "Received", "all flows"),
    (Figure::QueueP95, "Queueing delay", "95th percentile"),
    (Figure::FrameP95, "Frame delay", "95th percentile"),
    (Figure::Loss, "Loss", "of packets"),
];

/// The page of a run: verdicts, figures, and charts of each flow and link. `notes` are said at its
/// end.
///
/// ```
/// use lapwing_benches::lab::run_page;
/// use lapwing_simnet::{run::run, scenario::{Scenario, built_in}};
/// let found = built_in("rfc8867-5.1-owd50").unwrap();
/// let mut scenario = Scenario::parse(found.name, found.text).unwrap();
/// scenario.meta.duration = std::time::Duration::from_secs(1);
/// let outcome = run(&scenario, 1).unwrap();
/// assert!(run_page(&outcome, &[]).html().contains("<svg"));
/// ```
pub fn run_page(outcome: &Outcome, notes: &[String]) -> Report {
    let Outcome { scenario, seed, .. } = outcome;
    let mut report = Report::new(format!("{scenario}, seed {seed}"));
    if !outcome.reference.is_empty() {
        report = report.text(&outcome.reference);
    }
    report = verdicts(report, outcome);
    report = report.section("Figures").table(&flows_table(&outcome.figures));
    if !outcome.figures.links.is_empty() {
        report = report.table(&phases_table(&outcome.figures));
    }
    let more = [channels_table(&outcome.figures), cross_table(&outcome.figures)];
    report = more.iter().flatten().fold(report, Report::table);
    // What several flows share is the better view of all of them.
    let shared = outcome.series.flows.len() > 1;
    report = if shared { links(report, outcome) } else { report };
    report = flows(report, outcome);
    report = if shared { report } else { links(report, outcome) };
    made_of(report, outcome, notes)
}

fn flows(mut report: Report, outcome: &Outcome) -> Report {
    for (index, series) in outcome.series.flows.iter().enumerate() {
        let path = series.path.join(", ");
        let heading = match path.as_str() {
            "" => format!("Flow {}", series.id),
            path => format!("Flow {} over {path}", series.id),
        };
        report = match index < OPEN_MAX {
            true => report.section(&heading),
            false => report.section_folded(&heading),
        };
        report = flow::charts(outcome, index).iter().fold(report, Report::chart);
    }
    report
}

fn links(mut report: Report, outcome: &Outcome) -> Report {
    for (index, series) in outcome.series.links.iter().enumerate() {
        let heading = format!("Link {}", series.name);
        report = match index < OPEN_MAX {
            true => report.section(&heading),
            false => report.section_folded(&heading),
        };
        report = link::charts(outcome, series).iter().fold(report, Report::chart);
    }
    report
}

/// How it went, the figures at the top, and each expectation beside what was measured.
fn verdicts(report: Report, outcome: &Outcome) -> Report {
    let all = outcome.verdicts.len();
    let unmet = outcome.verdicts.iter().filter(|verdict| !verdict.pass).count();
    let (tone, text) = match (unmet, all) {
        (_, 0) => (Tone::Plain, "The scenario expects nothing.".to_owned()),
        (0, 1) => (Tone::Good, "The one expectation is met.".to_owned()),
        (0, all) => (Tone::Good, format!("All {all} expectations are met.")),
        (1, 1) => (Tone::Bad, "The one expectation is not met.".to_owned()),
        (1, all) => (Tone::Bad, format!("1 of {all} expectations is not met.")),
        (unmet, all) => (Tone::Bad, format!("{unmet} of {all} expectations are not met.")),
    };
    let report = headline(report.verdict(tone, &text), outcome);
    match all {
        0 => report,
        _ => report.section("Expectations").table(&verdicts_table(&outcome.verdicts)),
    }
}

fn headline(report: Report, outcome: &Outcome) -> Report {
    let value = |figure: Figure| figure.write(figure.of(&outcome.figures));
    let figures = HEADLINE.map(|(figure, name, note)| (name, value(figure), note));
    report.figures(figures.iter().map(|(name, value, note)| (*name, value.as_str(), *note)))
}

fn made_of(report: Report, outcome: &Outcome, notes: &[String]) -> Report {
    let Outcome { scenario, seed, duration_s, events, chain, .. } = outcome;
    let text = format!(
        "Scenario {scenario}, seed {seed}: {duration_s} s of virtual time, {events} events, chain {chain:016x}. \
         Rates count IP packets with their headers. The same scenario, seed and program give the same run."
    );
    let report = report.section("This run").text(&text);
    notes.iter().fold(report, |report, note| report.text(note))
}

#[cfg(test)]
pub(super) mod tests {
    use lapwing_simnet::run::{Figures, FlowSeries, LinkSeries, Series, Verdict};

    use super::*;

    /// An outcome of four seconds with these series.
    pub(in super::super) fn outcome(series: Series) -> Outcome {
        Outcome {
            scenario: "tiny".to_owned(),
            reference: String::new(),
            seed: 1,
            duration_s: 4.0,
            events: 7,
            chain: 0xfeed,
            figures: Figures::default(),
            verdicts: Vec::new(),
            series,
        }
    }

    #[test]
    fn the_page_says_what_is_not_met_and_names_the_run() {
        let verdict = |pass| {
            let name = "loss_max".to_owned();
            Verdict { name, measured: Some(0.25), bound: 0.1, bounds: None, pass }
        };
        let outcome =
            Outcome { verdicts: vec![verdict(true), verdict(false)], ..outcome(Series::default()) };
        let html = run_page(&outcome, &["run.pcapng ends early".to_owned()]).html();
        let wanted = [
            "1 of 2 expectations is not met.",
            "<td class=\"right\">0.25</td><td class=\"right\">0.1</td><td class=\"right\">FAIL</td>",
            "chain 000000000000feed",
            "run.pcapng ends early",
        ];
        for text in wanted {
            assert!(html.contains(text), "{text}");
        }
    }

    #[test]
    fn rows_of_different_lengths_are_drawn() {
        let flow = FlowSeries {
            path: vec!["fwd".to_owned()],
            active: vec![true; 3],
            sent_bps: vec![1e6, 2e6],
            estimate_bps: vec![None, Some(1e6)],
            sent_packets: vec![2.0],
            lost_packets: vec![1.0],
            ..FlowSeries::default()
        };
        let link = LinkSeries {
            name: "fwd".to_owned(),
            capacity_bps: vec![2e6, 2e6, 1e6],
            dropped_packets: vec![0.0, 3.0],
            ..LinkSeries::default()
        };
        let series =
            Series { bin_s: 1.0, flows: vec![flow; 3], links: vec![link], ..Series::default() };
        let html = run_page(&outcome(series), &[]).html();
        assert_eq!(html.matches("<details").count(), 1, "the third flow is folded");
        // Each flow has rate, queue, loss and lanes; the link has what it carried, by flow too, its
        // queue and its drops.
        assert_eq!(html.matches("<svg").count(), 3 * 4 + 4);
        assert!(!html.contains("NaN"));
    }
}
