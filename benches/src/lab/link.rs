//! The charts of a link: what went over it, what waited before it, what it dropped.

use lapwing_simnet::run::{LinkSeries, Outcome};

use super::rows::{self, GUTTER, LOSS_S, RATE_S, WIDTH};
use crate::plot::{Chart, Lines, Series, Unit};

const HEIGHT: u32 = 210;
/// Flows beyond these are not drawn one by one: lines could not be told apart.
const FLOWS_MAX: usize = 8;

/// The charts of a link of this outcome, from top to bottom.
pub fn charts(outcome: &Outcome, link: &LinkSeries) -> Vec<Chart> {
    let mut charts = vec![carried(outcome, link)];
    charts.extend(by_flow(outcome, link));
    charts.push(backlog(outcome, link));
    charts.extend(drops(outcome, link));
    charts
}

fn blank(outcome: &Outcome, link: &LinkSeries, title: &str, unit: Unit) -> Lines {
    let end = outcome.duration_s;
    let chart = Lines::new(title).size(WIDTH, HEIGHT).gutter(GUTTER).x_range(0.0, end).y(unit);
    let outages = link.outages.iter();
    outages.fold(chart, |chart, outage| chart.span(outage.from_s, outage.until_s, "outage"))
}

fn carried(outcome: &Outcome, link: &LinkSeries) -> Chart {
    let series = &outcome.series;
    let mut chart = blank(outcome, link, "Carried", Unit::BitsPerSecond).size(WIDTH, 260);
    if link.available_bps != link.capacity_bps {
        let left = rows::changes(series, &link.available_bps);
        chart = chart.series(Series::step("left by constant-rate traffic", left).coloured(3));
    }
    if link.total_bps != link.media_bps {
        let all = rows::means(series, &link.total_bps, RATE_S);
        chart = chart.series(Series::line("everything", all).coloured(1));
    }
    let media = rows::means(series, &link.media_bps, RATE_S);
    let chart = chart.series(Series::line("media", media).coloured(0));
    let most = rows::greatest(&link.total_bps);
    rows::with_capacity(chart, series, &link.capacity_bps, most).chart()
}

/// The rates of flows and TCP connections that share the link; none if there is one alone.
fn by_flow(outcome: &Outcome, link: &LinkSeries) -> Option<Chart> {
    let series = &outcome.series;
    let flows = series.flows.iter().filter(|flow| flow.path.contains(&link.name));
    let flows = flows.map(|flow| (format!("flow {}", flow.id), &flow.received_bps));
    let tcp = series.cross.iter().filter(|cross| cross.link == link.name);
    let tcp = tcp
        .enumerate()
        .map(|(index, cross)| (format!("{} {}", cross.kind, index + 1), &cross.received_bps));
    let rates: Vec<_> = flows.chain(tcp).collect();
    let chart = blank(outcome, link, "Received, by flow", Unit::BitsPerSecond).size(WIDTH, 260);
    let lines = rates.iter().take(FLOWS_MAX).map(|(name, row)| {
        // By the second, as fairness is looked at.
        Series::line(name.clone(), rows::means(series, row, LOSS_S))
    });
    (rates.len() > 1).then(|| lines.fold(chart, Lines::series).chart())
}

fn backlog(outcome: &Outcome, link: &LinkSeries) -> Chart {
    let series = &outcome.series;
    let delay = link.queueing_delay_ms.iter().enumerate();
    let delay = delay.map(|(bin, ms)| ((bin as f64 + 0.5) * series.bin_s, ms / 1e3));
    blank(outcome, link, "Queue: backlog over capacity", Unit::Seconds)
        .series(Series::area("greatest of each bin", delay).coloured(0))
        .chart()
}

/// Packets dropped by the second; none if there are none.
fn drops(outcome: &Outcome, link: &LinkSeries) -> Option<Chart> {
    let dropped = link.dropped_packets.iter().any(|count| *count > 0.0);
    let points = rows::sums(&outcome.series, &link.dropped_packets, LOSS_S);
    let series = Series::area("packets in a second", points).coloured(7);
    let chart = blank(outcome, link, "Dropped", Unit::named("packets"));
    dropped.then(|| chart.series(series).chart())
}
