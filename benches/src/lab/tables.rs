//! The figures of a run as tables, for pages and terminals.

use lapwing_simnet::run::{Figures, Verdict};

use crate::plot::{Align, Table};

/// A row for each flow.
pub fn flows_table(figures: &Figures) -> Table {
    let heads = [
        "flow",
        "connected after s",
        "sent kbit/s",
        "received kbit/s",
        "goodput kbit/s",
        "estimate kbit/s",
        "loss %",
        "queue p50 ms",
        "queue p95 ms",
        "frame p50 ms",
        "frame p95 ms",
        "frames",
        "freezes",
        "frozen s",
    ];
    let mut table = Table::new(heads);
    for flow in &figures.flows {
        table.push([
            flow.id.to_string(),
            flow.connect_ms.map_or_else(|| "never".to_owned(), |ms| format!("{:.2}", ms / 1e3)),
            kilo(Some(flow.sent_bps)),
            kilo(Some(flow.received_bps)),
            kilo(Some(flow.goodput_bps)),
            kilo(flow.estimate_bps),
            format!("{:.2}", flow.loss * 100.0),
            whole(flow.queueing_delay_p50_ms),
            whole(flow.queueing_delay_p95_ms),
            whole(flow.frame_delay_p50_ms),
            whole(flow.frame_delay_p95_ms),
            flow.frames_received.to_string(),
            flow.freezes.to_string(),
            format!("{:.1}", flow.freeze_s),
        ]);
    }
    table
}

/// A row for each data channel with traffic; `None` without any.
pub fn channels_table(figures: &Figures) -> Option<Table> {
    let heads = [
        "channel",
        "flow",
        "traffic",
        "goodput kbit/s",
        "whole after s",
        "messages",
        "lost",
        "p50 ms",
        "p95 ms",
        "p99 ms",
    ];
    let mut table = Table::new(heads);
    for channel in &figures.channels {
        let tenths = |value: Option<f64>| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
        };
        table.push([
            channel.name.clone(),
            channel.flow.to_string(),
            channel.kind.clone(),
            kilo(Some(channel.goodput_bps)),
            channel.completion_s.map_or_else(|| "-".to_owned(), |time| format!("{time:.2}")),
            channel.messages_received.to_string(),
            channel.messages_lost.to_string(),
            tenths(channel.latency_p50_ms),
            tenths(channel.latency_p95_ms),
            tenths(channel.latency_p99_ms),
        ]);
    }
    (!figures.channels.is_empty()).then_some(table)
}

/// A row for each connection of cross traffic; `None` without any.
pub fn cross_table(figures: &Figures) -> Option<Table> {
    let [left, right] = [Align::Left, Align::Right];
    let mut table = Table::new(["cross traffic", "link", "received"]).align([left, left, right]);
    for cross in &figures.cross {
        table.push([cross.kind.clone(), cross.link.clone(), kbps(Some(cross.received_bps))]);
    }
    (!figures.cross.is_empty()).then_some(table)
}

/// A row for each time of equal capacity of each link.
pub fn phases_table(figures: &Figures) -> Table {
    let heads = [
        "link",
        "from",
        "to",
        "capacity",
        "media",
        "goodput",
        "all",
        "used",
        "by media",
        "by goodput",
        "queue p95",
    ];
    let mut table = Table::new(heads);
    for link in &figures.links {
        for phase in &link.phases {
            let share = |value: Option<f64>| {
                value.map_or_else(|| "-".to_owned(), |value| format!("{:.0} %", value * 100.0))
            };
            table.push([
                link.name.clone(),
                format!("{:.0} s", phase.start_s),
                format!("{:.0} s", phase.end_s),
                kbps(Some(phase.capacity_bps)),
                kbps(Some(phase.media_bps)),
                kbps(Some(phase.goodput_bps)),
                kbps(Some(phase.total_bps)),
                share(Some(phase.utilisation)),
                share(phase.media_utilisation),
                share(phase.goodput_utilisation),
                ms(phase.queueing_delay_p95_ms),
            ]);
        }
    }
    table
}

/// A row for each expectation.
///
/// ```
/// use lapwing_benches::lab::verdicts_table;
/// use lapwing_simnet::run::Verdict;
/// let name = "loss_max".to_owned();
/// let measured = Some(0.5);
/// let verdict = Verdict { name, measured, bound: 0.1, bounds: None, pass: false };
/// let table = verdicts_table(&[verdict]);
/// assert!(table.to_string().contains("FAIL"));
/// ```
pub fn verdicts_table(verdicts: &[Verdict]) -> Table {
    let mut table = Table::new(["expectation", "measured", "bound", "result"]);
    for verdict in verdicts {
        let (measured, bound) = (verdict.measured_text(), verdict.bound_text());
        table.push([verdict.name.clone(), measured, bound, verdict.word().to_owned()]);
    }
    table
}

fn whole(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0}"))
}

fn kilo(rate: Option<f64>) -> String {
    whole(rate.map(|rate| rate / 1e3))
}

fn kbps(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.0} kbit/s", rate / 1e3))
}

fn ms(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0} ms"))
}
