//! The table of a suite: figures of every run, and a judgement on every expectation.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::run::{LinkFigures, Outcome, Verdict};
use crate::sessions::Sessions;
use crate::suite::cells::optional;
use crate::suite::{KnownFailure, Suite, channel_rows};

/// The runs of a suite.
///
/// ```
/// use lapwing_simnet::suite::{Board, Suite};
/// use lapwing_simnet::Sessions;
/// let board = Board::new(Suite::Rfc8867, Sessions::default(), Vec::new());
/// assert!(board.judge(&[]).is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Board {
    suite: Suite,
    sessions: Sessions,
    outcomes: Vec<Outcome>,
}

/// What an expectation of a scenario comes to over all seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The scenario.
    pub scenario: String,
    /// The expectation.
    pub expect: String,
    /// Its bound.
    pub bound: f64,
    /// What was asked for, in words where it is a statement.
    pub asked: String,
    /// The least and the greatest that was measured.
    pub measured: Option<(f64, f64)>,
    /// The seeds that met it, of how many.
    pub passed: (usize, usize),
    /// The seeds in which there was nothing to measure it by.
    pub unmeasured: usize,
    /// Why it is known to fail.
    pub known: Option<String>,
}

impl Judgement {
    /// Every seed met it.
    pub fn pass(&self) -> bool {
        self.passed.0 == self.passed.1
    }

    /// It is as it is known to be.
    pub fn as_known(&self) -> bool {
        self.pass() == self.known.is_none()
    }

    /// `pass`, `known failure`, `UNEXPECTED FAILURE`, `NOT MEASURED` or `UNEXPECTED PASS`.
    pub fn word(&self) -> &'static str {
        match (self.pass(), &self.known) {
            (false, None) if self.unmeasured > 0 => "NOT MEASURED",
            (true, None) => "pass",
            (false, Some(_)) => "known failure",
            (false, None) => "UNEXPECTED FAILURE",
            (true, Some(_)) => "UNEXPECTED PASS",
        }
    }
}

impl Board {
    /// A board of these runs; their order does not matter.
    pub fn new(suite: Suite, sessions: Sessions, mut outcomes: Vec<Outcome>) -> Self {
        outcomes.sort_by(|a, b| (&a.scenario, a.seed).cmp(&(&b.scenario, b.seed)));
        Board { suite, sessions, outcomes }
    }

    /// The runs, by scenario and seed.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Judges each expectation over all seeds. It passes if every seed meets it.
    pub fn judge(&self, known: &[KnownFailure]) -> Vec<Judgement> {
        let mut judgements: BTreeMap<(&str, &str), Judgement> = BTreeMap::new();
        for outcome in &self.outcomes {
            for verdict in &outcome.verdicts {
                let (scenario, expect) = (outcome.scenario.as_str(), verdict.name.as_str());
                let entry = judgements.entry((scenario, expect)).or_insert_with(|| Judgement {
                    scenario: scenario.to_owned(),
                    expect: expect.to_owned(),
                    bound: verdict.bound,
                    asked: asked(verdict),
                    measured: None,
                    passed: (0, 0),
                    unmeasured: 0,
                    known: self.reason(known, scenario, expect),
                });
                entry.passed.0 += usize::from(verdict.pass);
                entry.passed.1 += 1;
                entry.unmeasured += usize::from(verdict.measured.is_none());
                if let Some(value) = verdict.measured {
                    let (least, most) = entry.measured.unwrap_or((value, value));
                    entry.measured = Some((least.min(value), most.max(value)));
                }
            }
        }
        judgements.into_values().collect()
    }

    /// The table in Markdown.
    pub fn to_markdown(&self, known: &[KnownFailure]) -> String {
        let mut text = format!("# {}, sessions: {}\n\n", self.suite, self.sessions);
        text += match self.suite {
            Suite::Rfc8867 | Suite::Rfc8869 | Suite::Webrtc => HEADS,
            Suite::Channels => channel_rows::HEADS,
        };
        for outcome in &self.outcomes {
            match self.suite {
                Suite::Rfc8867 | Suite::Rfc8869 | Suite::Webrtc => row(&mut text, outcome),
                Suite::Channels => channel_rows::rows(&mut text, outcome),
            }
        }
        text += "\n| case | expectation | bound | measured | seeds | result | reason |\n";
        text += "|---|---|---|---|---|---|---|\n";
        for judgement in self.judge(known) {
            let Judgement { scenario, expect, asked, measured, passed, known, .. } = &judgement;
            let measured = measured.map_or_else(
                || "-".to_owned(),
                |(least, most)| format!("{} to {}", number(least), number(most)),
            );
            let (met, all) = passed;
            let (word, why) = (judgement.word(), known.as_deref().unwrap_or(""));
            let _ = writeln!(
                text,
                "| {scenario} | {expect} | {asked} | {measured} | {met} of {all} | {word} | {why} |"
            );
        }
        text
    }

    fn reason(&self, known: &[KnownFailure], scenario: &str, expect: &str) -> Option<String> {
        let is = |failure: &&KnownFailure| {
            failure.scenario == scenario
                && failure.sessions == self.sessions
                && failure.expect.iter().any(|name| name == expect)
        };
        known.iter().find(is).map(|failure| failure.reason.clone())
    }
}

/// What was asked for: a bound as it is, or the bounds of a statement.
fn asked(verdict: &Verdict) -> String {
    verdict.bounds.map_or_else(|| verdict.bound.to_string(), |bounds| bounds.to_string())
}

/// The heads of the columns of calls.
const HEADS: &str = "\
| case | seed | utilisation | by phase | queue p50 ms | queue p95 ms | loss | up s | down s | Jain | media/TCP | chain |
|---|---|---|---|---|---|---|---|---|---|---|---|
";

fn row(text: &mut String, outcome: &Outcome) {
    let figures = &outcome.figures;
    // The link that media use least of what they could: the bottleneck.
    let bottleneck =
        figures.links.iter().filter(|link| link.utilisation.is_some()).min_by(|a, b| {
            f64::total_cmp(&a.utilisation.unwrap_or(1.0), &b.utilisation.unwrap_or(1.0))
        });
    let phases = |link: &LinkFigures| {
        let shares = link.phases.iter().map(|phase| phase.media_utilisation);
        shares.map(|share| optional(share, 2)).collect::<Vec<_>>().join(" ")
    };
    let of_flows = |pick: fn(&crate::run::FlowFigures) -> Option<f64>| {
        figures.flows.iter().filter_map(pick).max_by(f64::total_cmp)
    };
    let _ = writeln!(
        text,
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:016x} |",
        outcome.scenario,
        outcome.seed,
        optional(figures.utilisation, 3),
        bottleneck.map(phases).unwrap_or_default(),
        optional(of_flows(|flow| flow.queueing_delay_p50_ms), 1),
        optional(of_flows(|flow| flow.queueing_delay_p95_ms), 1),
        optional(of_flows(|flow| Some(flow.loss)), 4),
        optional(figures.convergence_up_s, 1),
        optional(figures.convergence_down_s, 2),
        optional(figures.jain_index, 3),
        optional(figures.media_over_tcp, 3),
        outcome.chain,
    );
}

/// With four digits, or whole.
fn number(value: f64) -> String {
    if value.abs() >= 1_000.0 { format!("{value:.0}") } else { format!("{value:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Figures, Series};

    fn outcome(seed: u64, pass: bool) -> Outcome {
        let measured = Some(if pass { 0.0 } else { 0.5 });
        Outcome {
            scenario: "rfc8867-x".to_owned(),
            reference: String::new(),
            seed,
            duration_s: 1.0,
            events: 1,
            chain: seed,
            figures: Figures::default(),
            verdicts: vec![Verdict {
                name: "loss_max".to_owned(),
                measured,
                bound: 0.1,
                bounds: None,
                pass,
            }],
            series: Series::default(),
        }
    }

    fn word(passes: [bool; 2], known: bool) -> &'static str {
        let outcomes = vec![outcome(2, passes[1]), outcome(1, passes[0])];
        let failure = KnownFailure {
            scenario: "rfc8867-x".to_owned(),
            sessions: Sessions::default(),
            expect: vec!["loss_max".to_owned()],
            reason: "a reason".to_owned(),
        };
        let known: Vec<_> = known.then_some(failure).into_iter().collect();
        let board = Board::new(Suite::Rfc8867, Sessions::default(), outcomes);
        assert!(board.to_markdown(&known).contains("| rfc8867-x | 1 |"));
        let judgements = board.judge(&known);
        assert_eq!(judgements.len(), 1);
        judgements[0].word()
    }

    #[test]
    fn a_failure_is_known_or_not_and_a_pass_too() {
        assert_eq!(word([true, true], false), "pass");
        assert_eq!(word([true, false], false), "UNEXPECTED FAILURE");
        assert_eq!(word([true, false], true), "known failure");
        assert_eq!(word([true, true], true), "UNEXPECTED PASS");
    }
}
