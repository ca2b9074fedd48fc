//! What a live run says of links.

use lapwing_benches::plot::Table;
use lapwing_simnet::run::{LinkFigures, LinkSeries, Outcome, PhaseFigures};
use serde::Serialize;

/// A link with a capacity.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Link {
    name: String,
    /// Packets dropped over packets that entered.
    dropped: f64,
    marked_packets: u64,
    /// How long a packet would have waited.
    queueing_delay_p50_ms: Option<f64>,
    queueing_delay_p95_ms: Option<f64>,
    phases: Vec<Phase>,
    /// Over time.
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<Rows>,
}

/// A time of equal capacity.
#[derive(Clone, Debug, Serialize)]
struct Phase {
    start_s: f64,
    end_s: f64,
    capacity_bps: f64,
    /// What left at the far end: all, and the programs' packets.
    carried_bps: f64,
    programs_bps: f64,
    queueing_delay_p95_ms: Option<f64>,
}

/// A link over time, in bins of `bin_s`.
#[derive(Clone, Debug, Serialize)]
struct Rows {
    bin_s: f64,
    capacity_bps: Vec<f64>,
    carried_bps: Vec<f64>,
    programs_bps: Vec<f64>,
    queueing_delay_ms: Vec<f64>,
    dropped_packets: Vec<f64>,
}

impl Link {
    /// The links of an outcome.
    pub(super) fn all(outcome: &Outcome) -> Vec<Link> {
        let pairs = outcome.figures.links.iter().zip(&outcome.series.links);
        pairs.map(|(figures, series)| Link::of(figures, series, outcome.series.bin_s)).collect()
    }

    fn of(figures: &LinkFigures, series: &LinkSeries, bin_s: f64) -> Link {
        let phase = |phase: &PhaseFigures| Phase {
            start_s: phase.start_s,
            end_s: phase.end_s,
            capacity_bps: phase.capacity_bps,
            carried_bps: phase.total_bps,
            programs_bps: phase.media_bps,
            queueing_delay_p95_ms: phase.queueing_delay_p95_ms,
        };
        Link {
            name: figures.name.clone(),
            dropped: figures.dropped,
            marked_packets: figures.marked_packets,
            queueing_delay_p50_ms: figures.queueing_delay_p50_ms,
            queueing_delay_p95_ms: figures.queueing_delay_p95_ms,
            phases: figures.phases.iter().map(phase).collect(),
            series: Some(Rows {
                bin_s,
                capacity_bps: series.capacity_bps.clone(),
                carried_bps: series.total_bps.clone(),
                programs_bps: series.media_bps.clone(),
                queueing_delay_ms: series.queueing_delay_ms.clone(),
                dropped_packets: series.dropped_packets.clone(),
            }),
        }
    }

    /// Without its series, which are long.
    pub(super) fn brief(&self) -> Link {
        Link { series: None, ..self.clone() }
    }
}

/// A row for each time of equal capacity of each link; none without links that have one.
pub(super) fn table(links: &[Link]) -> Option<Table> {
    let heads =
        ["link", "from s", "to s", "capacity kbit/s", "carried", "of programs", "queue p95 ms"];
    let mut table = Table::new(heads);
    for link in links {
        for phase in &link.phases {
            let kilo = |bps: f64| format!("{:.0}", bps / 1e3);
            let queue = phase.queueing_delay_p95_ms;
            table.push([
                link.name.clone(),
                format!("{:.1}", phase.start_s),
                format!("{:.1}", phase.end_s),
                kilo(phase.capacity_bps),
                kilo(phase.carried_bps),
                kilo(phase.programs_bps),
                queue.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1}")),
            ]);
        }
    }
    (!links.is_empty()).then_some(table)
}
