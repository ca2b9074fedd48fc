//! The runs of the suite of data channels: a row for each channel.

use std::fmt::Write;

use super::cells::optional;
use crate::run::{ChannelFigures, FlowFigures, Outcome};

/// The heads of the columns.
pub(super) const HEADS: &str = "\
| case | seed | channel | goodput Mbit/s | whole after s | p50 ms | p95 ms | p99 ms | lost | queue p50 ms | queue p95 ms | \
frame p95 ms | loss | over TCP | Jain | chain |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
";

/// The rows of a run: what is of the whole run stands in each.
pub(super) fn rows(text: &mut String, outcome: &Outcome) {
    let figures = &outcome.figures;
    let of_flow = |id: u64| figures.flows.iter().find(|flow| flow.id == id);
    for channel in &figures.channels {
        row(text, outcome, Some(channel), of_flow(channel.flow));
    }
    let is_without = |flow: &&FlowFigures| figures.channels.iter().all(|one| one.flow != flow.id);
    for flow in figures.flows.iter().filter(is_without) {
        row(text, outcome, None, Some(flow));
    }
}

fn row(
    text: &mut String,
    outcome: &Outcome,
    channel: Option<&ChannelFigures>,
    flow: Option<&FlowFigures>,
) {
    let of_channel = |pick: fn(&ChannelFigures) -> Option<f64>| channel.and_then(pick);
    let of_flow = |pick: fn(&FlowFigures) -> Option<f64>| flow.and_then(pick);
    let _ = writeln!(
        text,
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:016x} |",
        outcome.scenario,
        outcome.seed,
        channel.map_or("-", |channel| &channel.name),
        optional(of_channel(|one| Some(one.goodput_bps / 1e6)), 3),
        optional(of_channel(|one| one.completion_s), 2),
        optional(of_channel(|one| one.latency_p50_ms), 1),
        optional(of_channel(|one| one.latency_p95_ms), 1),
        optional(of_channel(|one| one.latency_p99_ms), 1),
        channel.map_or_else(|| "-".to_owned(), |one| one.messages_lost.to_string()),
        optional(of_flow(|flow| flow.queueing_delay_p50_ms), 1),
        optional(of_flow(|flow| flow.queueing_delay_p95_ms), 1),
        optional(of_flow(|flow| flow.frame_delay_p95_ms), 1),
        optional(of_flow(|flow| Some(flow.loss)), 4),
        optional(outcome.figures.media_over_tcp, 3),
        optional(outcome.figures.jain_index, 3),
        outcome.chain,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Figures, Series};

    #[test]
    fn a_row_for_each_channel_and_for_a_flow_without_any() {
        let flow = |id| FlowFigures { id, ..FlowFigures::default() };
        let channel = |name: &str| ChannelFigures {
            name: name.to_owned(),
            flow: 1,
            goodput_bps: 12_345_678.0,
            ..ChannelFigures::default()
        };
        let figures = Figures {
            flows: vec![flow(1), flow(2)],
            channels: vec![channel("a/0"), channel("a/1")],
            ..Figures::default()
        };
        let outcome = Outcome {
            scenario: "x".to_owned(),
            reference: String::new(),
            seed: 7,
            duration_s: 1.0,
            events: 1,
            chain: 255,
            figures,
            verdicts: Vec::new(),
            series: Series::default(),
        };
        let mut text = String::new();
        rows(&mut text, &outcome);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].starts_with("| x | 7 | a/1 | 12.346 | - |"), "{}", lines[1]);
        assert!(lines[2].starts_with("| x | 7 | - | - |"), "{}", lines[2]);
        let columns = |line: &str| line.matches('|').count();
        let heads: Vec<&str> = HEADS.lines().collect();
        assert_eq!(heads.len(), 2);
        assert!(heads.iter().chain(&lines).all(|line| columns(line) == 17));
    }
}
