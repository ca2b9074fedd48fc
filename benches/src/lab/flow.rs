//! The charts of a flow: what it sent against what it could, how long that took, what was lost.

use lapwing_simnet::run::{FlowSeries, Mark, MarkKind, Outcome};

use super::rows::{self, FRAME_S, GUTTER, RATE_S, WIDTH};
use crate::plot::{Chart, Lane, Lanes, Lines, Series, Tone, Unit};

/// Changes of capacity that are named; a radio's are too many.
const CHANGES_MAX: usize = 10;
const HEIGHT: u32 = 210;

/// Colours: a thing has the same in all charts.
const SENT: usize = 0;
const ESTIMATE: usize = 1;
const TARGET: usize = 2;

/// The charts of the flow with this place in the run, from top to bottom.
pub(super) fn charts(outcome: &Outcome, index: usize) -> Vec<Chart> {
    let Some(flow) = outcome.series.flows.get(index) else {
        return Vec::new();
    };
    let mut charts = vec![rates(outcome, index, flow), queueing(outcome, flow)];
    charts.extend(loss(outcome, flow));
    charts.extend(frames(outcome, flow));
    charts.push(lanes(outcome, flow));
    charts
}

fn blank(outcome: &Outcome, title: &str, unit: Unit) -> Lines {
    let end = outcome.duration_s;
    Lines::new(title).size(WIDTH, HEIGHT).gutter(GUTTER).x_range(0.0, end).y(unit)
}

fn rates(outcome: &Outcome, index: usize, flow: &FlowSeries) -> Chart {
    let series = &outcome.series;
    let estimate = rows::means_of_some(series, &flow.estimate_bps, RATE_S);
    let target = rows::means(series, &flow.target_bps, RATE_S);
    let mut chart = blank(outcome, "Rate", Unit::BitsPerSecond).size(WIDTH, 300);
    if let Some(capacity) = rows::path_capacity(outcome, index) {
        let most = rows::greatest(&flow.sent_bps);
        chart = rows::with_capacity(chart, series, &capacity, most);
        let levels = rows::changes(series, &capacity);
        let turns = levels.get(1..levels.len().saturating_sub(1)).unwrap_or_default();
        if turns.len() <= CHANGES_MAX {
            for (at, rate) in turns {
                let label = format!("capacity {}", Unit::BitsPerSecond.write(*rate));
                chart = chart.event(*at, label);
            }
        }
    }
    chart = chart
        .series(Series::line("sent", rows::means(series, &flow.sent_bps, RATE_S)).coloured(SENT))
        .series(Series::line("estimate", estimate).coloured(ESTIMATE));
    if target.iter().any(|(_, rate)| *rate > 0.0) {
        chart = chart.series(Series::line("encoder's target", target).coloured(TARGET));
    }
    outages(with_marks(chart, &flow.marks), outcome, flow).chart()
}

fn queueing(outcome: &Outcome, flow: &FlowSeries) -> Chart {
    let delay = rows::means_of_some(&outcome.series, &flow.queueing_delay_ms, RATE_S);
    let delay = delay.into_iter().map(|(at, ms)| (at, ms / 1e3));
    let chart = blank(outcome, "Queueing delay of packets", Unit::Seconds)
        .series(Series::area("mean of 200 ms", delay).coloured(SENT));
    outages(chart, outcome, flow).chart()
}

/// Losses by the second while the flow is to send; none without a loss.
fn loss(outcome: &Outcome, flow: &FlowSeries) -> Option<Chart> {
    let share = rows::losses(&outcome.series, flow);
    let any = share.iter().any(|(_, share)| *share > 0.0);
    let series = Series::area("lost of what was sent in a second", share).coloured(7);
    any.then(|| blank(outcome, "Loss", Unit::Share).series(series).chart())
}

/// Delay of frames; none without frames.
fn frames(outcome: &Outcome, flow: &FlowSeries) -> Option<Chart> {
    let delay = rows::means_of_some(&outcome.series, &flow.frame_delay_ms, FRAME_S);
    let there = delay.iter().any(|(_, ms)| ms.is_finite());
    let delay = delay.into_iter().map(|(at, ms)| (at, ms / 1e3));
    let mut chart = blank(outcome, "Frame delay, from writing to arrival", Unit::Seconds)
        .series(Series::area("mean of half a second", delay).coloured(3));
    for freeze in &flow.freezes {
        chart = chart.span(freeze.from_s, freeze.until_s, "frozen");
    }
    there.then(|| chart.chart())
}

/// When the connection was lost, and when it stood.
fn with_marks(mut chart: Lines, marks: &[Mark]) -> Lines {
    for mark in marks.iter().filter(|mark| mark.kind == MarkKind::ConnectionState) {
        if let "connected" | "disconnected" | "failed" = mark.text.as_str() {
            chart = chart.event(mark.at_s, &mark.text);
        }
    }
    chart
}

/// When a link of the path passed nothing.
fn outages(mut chart: Lines, outcome: &Outcome, flow: &FlowSeries) -> Lines {
    let links = outcome.series.links.iter().filter(|link| flow.path.contains(&link.name));
    for outage in links.flat_map(|link| &link.outages) {
        chart = chart.span(outage.from_s, outage.until_s, "outage");
    }
    chart
}

fn lanes(outcome: &Outcome, flow: &FlowSeries) -> Chart {
    let end = outcome.duration_s;
    let closed = flow.marks.iter().find(|mark| mark.kind == MarkKind::Closed);
    let over = closed.map_or(end, |mark| mark.at_s);
    let of = |kind| flow.marks.iter().filter(move |mark: &&Mark| mark.kind == kind);
    let states = stretches(of(MarkKind::ConnectionState), end, |text| match text {
        "connected" => Tone::Good,
        "disconnected" => Tone::Warn,
        "failed" => Tone::Bad,
        _ => Tone::Plain,
    });
    let pairs = stretches(of(MarkKind::SelectedPair), over, |_| Tone::Plain);
    let mut lanes = Lanes::new("Connection of the sender", 0.0, end).width(WIDTH).gutter(GUTTER);
    lanes = lanes.row("state", states).row("pair", pairs).row("sends", active(outcome, flow));
    let frozen = flow.freezes.iter().map(|freeze| Lane {
        from: freeze.from_s,
        until: freeze.until_s,
        label: "frozen".to_owned(),
        tone: Tone::Bad,
    });
    lanes.row("picture", frozen).chart()
}

/// From each mark to the next.
fn stretches<'m>(
    marks: impl Iterator<Item = &'m Mark> + Clone,
    end: f64,
    tone: fn(&str) -> Tone,
) -> Vec<Lane> {
    let ends = marks.clone().skip(1).map(|mark| mark.at_s).chain([end]);
    let lanes = marks.zip(ends).map(|(mark, until)| Lane {
        from: mark.at_s,
        until,
        label: mark.text.clone(),
        tone: tone(&mark.text),
    });
    lanes.collect()
}

/// The times in which the flow is to send.
fn active(outcome: &Outcome, flow: &FlowSeries) -> Vec<Lane> {
    let bin_s = outcome.series.bin_s;
    let mut lanes: Vec<Lane> = Vec::new();
    let mut before = false;
    for (bin, active) in flow.active.iter().enumerate() {
        let until = (bin + 1) as f64 * bin_s;
        match lanes.last_mut() {
            Some(lane) if before && *active => lane.until = until,
            _ if *active => lanes.push(Lane {
                from: bin as f64 * bin_s,
                until,
                label: "media".to_owned(),
                tone: Tone::Plain,
            }),
            _ => {}
        }
        before = *active;
    }
    lanes
}

#[cfg(test)]
mod tests {
    use lapwing_simnet::run::Series as Rows;

    use super::*;

    fn mark(at_s: f64, kind: MarkKind, text: &str) -> Mark {
        Mark { at_s, kind, text: text.to_owned() }
    }

    #[test]
    fn states_last_until_the_next() {
        let marks = [
            mark(0.2, MarkKind::ConnectionState, "connecting"),
            mark(0.5, MarkKind::ConnectionState, "connected"),
        ];
        let lanes = stretches(marks.iter(), 9.0, |_| Tone::Plain);
        let times: Vec<_> = lanes.iter().map(|lane| (lane.from, lane.until)).collect();
        assert_eq!(times, [(0.2, 0.5), (0.5, 9.0)]);
    }

    #[test]
    fn a_pause_parts_the_times_of_sending() {
        let flow = FlowSeries { active: vec![true, true, false, true], ..FlowSeries::default() };
        let series = Rows { bin_s: 1.0, flows: vec![flow], ..Rows::default() };
        let outcome = super::super::page::tests::outcome(series);
        let lanes = active(&outcome, &outcome.series.flows[0]);
        let times: Vec<_> = lanes.iter().map(|lane| (lane.from, lane.until)).collect();
        assert_eq!(times, [(0.0, 2.0), (3.0, 4.0)]);
        assert_eq!(charts(&outcome, 0).len(), 3);
        assert!(charts(&outcome, 1).is_empty());
    }
}
