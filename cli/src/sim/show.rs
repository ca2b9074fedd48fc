//! What a run came to, for the terminal.

use std::io::{Write, stdout};

use lapwing_benches::plot::Table;
use lapwing_simnet::run::{Figures, Outcome, Verdict};

/// Prints a text and ends the line.
pub(super) fn say(text: &str) {
    // A reader that has seen enough, as `head` does, is no reason to fail.
    let _ = writeln!(stdout(), "{}", text.trim_end());
}

/// Prints figures and verdicts.
pub(super) fn tables(outcome: &Outcome) {
    let Outcome { scenario, seed, duration_s, events, chain, figures, .. } = outcome;
    let mut text =
        format!("{scenario}, seed {seed}: {duration_s} s, {events} events, chain {chain:016x}\n");
    let cross = (!figures.cross.is_empty()).then(|| cross(figures));
    let tables = [Some(flows(figures)), cross, Some(phases(figures))];
    for table in tables.into_iter().flatten().chain([verdicts(&outcome.verdicts)]) {
        text += &format!("\n{table}");
    }
    say(&text);
}

fn flows(figures: &Figures) -> Table {
    let mut table = Table::new([
        "flow",
        "sent",
        "received",
        "estimate",
        "loss",
        "queue p50",
        "p95",
        "frame p50",
        "p95",
        "frames",
        "freezes",
    ]);
    for flow in &figures.flows {
        table.push([
            flow.id.to_string(),
            kbps(Some(flow.sent_bps)),
            kbps(Some(flow.received_bps)),
            kbps(flow.estimate_bps),
            format!("{:.2} %", flow.loss * 100.0),
            ms(flow.queueing_delay_p50_ms),
            ms(flow.queueing_delay_p95_ms),
            ms(flow.frame_delay_p50_ms),
            ms(flow.frame_delay_p95_ms),
            flow.frames_received.to_string(),
            format!("{} in {:.1} s", flow.freezes, flow.freeze_s),
        ]);
    }
    table
}

fn cross(figures: &Figures) -> Table {
    let mut table = Table::new(["cross traffic", "link", "received"]);
    for cross in &figures.cross {
        table.push([cross.kind.clone(), cross.link.clone(), kbps(Some(cross.received_bps))]);
    }
    table
}

fn phases(figures: &Figures) -> Table {
    let mut table = Table::new([
        "link",
        "from",
        "to",
        "capacity",
        "media",
        "all",
        "used",
        "by media",
        "queue p95",
    ]);
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
                kbps(Some(phase.total_bps)),
                share(Some(phase.utilisation)),
                share(phase.media_utilisation),
                ms(link.queueing_delay_p95_ms),
            ]);
        }
    }
    table
}

fn verdicts(verdicts: &[Verdict]) -> Table {
    let mut table = Table::new(["expectation", "measured", "bound", "result"]);
    for verdict in verdicts {
        let measured = verdict.measured.map_or_else(|| "-".to_owned(), |value| value.to_string());
        let word = if verdict.pass { "pass" } else { "FAIL" };
        let bound = verdict.bound.to_string();
        table.push([verdict.name.clone(), measured, bound, word.to_owned()]);
    }
    table
}

fn kbps(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.0} kbit/s", rate / 1e3))
}

fn ms(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0} ms"))
}
