//! What a live run came to: as JSON, for the terminal, and in its folder.

use std::path::Path;
use std::time::Duration;

use lapwing_benches::lab;
use lapwing_benches::plot::{Report as Page, Table, Tone};
use lapwing_conformance::live::{Carried, Lates, SIDES};
use lapwing_rooms::text::count;
use lapwing_simnet::passage::Way;
use lapwing_simnet::run::{CrossFigures, Distribution, Outcome};
use serde::Serialize;

use super::super::{SimError, show, store, stored};
use super::links::{self, Link};

/// Timing, what became of packets, figures and series.
pub(super) const SUMMARY: &str = "live.json";

/// What a live run came to.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    /// The exit status of the command; none where a signal or the end of the time ended it.
    pub(super) command: Option<i32>,
    /// `conclusive` or `inconclusive`, by time alone.
    verdict: &'static str,
    /// Why it is inconclusive.
    pub(super) faults: Vec<String>,
    /// What a reader has to know.
    notes: Vec<String>,
    /// From when a packet was due until it was written.
    release_error: Late,
    /// Since when a packet may have waited until it was read, at most.
    read_error: Late,
    /// Packets from the near side to the far one, and back.
    ways: [Way; 2],
    /// Packets that were not from one side to the other.
    elsewhere: u64,
    scenario: String,
    seed: u64,
    duration_s: f64,
    /// Links with a capacity.
    links: Vec<Link>,
    /// Connections of the scenario's cross traffic.
    cross: Vec<CrossFigures>,
    /// For the charts.
    #[serde(skip)]
    outcome: Outcome,
}

/// How late packets were, in milliseconds.
#[derive(Clone, Debug, Serialize)]
struct Late {
    packets: u64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    distribution: Distribution,
}

impl Late {
    fn of(lates: &Lates) -> Late {
        let percentile = |percent| ms(lates.percentile(percent));
        Late {
            packets: lates.histogram.count(),
            p50_ms: percentile(50.0),
            p95_ms: percentile(95.0),
            p99_ms: percentile(99.0),
            max_ms: ms(lates.max),
            distribution: Distribution::of(&lates.histogram),
        }
    }

    fn text(&self) -> String {
        let Late { p50_ms, p95_ms, p99_ms, max_ms, packets, .. } = self;
        let packets = count(*packets, "packet");
        format!("p50 {p50_ms}, p95 {p95_ms}, p99 {p99_ms}, max {max_ms} ms ({packets})")
    }
}

fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

impl Report {
    /// `bounds` are the most that 99 of 100 packets, and the most that any may be late.
    pub(super) fn new(carried: Carried, command: Option<i32>, bounds: [Duration; 2]) -> Report {
        let Carried { outcome, ways, refused, elsewhere, timing } = carried;
        let mut faults = timing.faults(bounds[0], bounds[1]);
        if refused > 0 {
            faults.push(format!("{refused} packets were refused: too many were under way"));
        }
        let mut notes = Vec::new();
        if let Some(why) = &timing.ordinary {
            notes.push(format!("without real-time priority ({why}), packets are later"));
        }
        if timing.left_out > 0 {
            notes.push(format!("{} packets are not in the capture", timing.left_out));
        }
        Report {
            command,
            verdict: if faults.is_empty() { "conclusive" } else { "inconclusive" },
            faults,
            notes,
            release_error: Late::of(&timing.released),
            read_error: Late::of(&timing.read),
            ways,
            elsewhere,
            scenario: outcome.scenario.clone(),
            seed: outcome.seed,
            duration_s: outcome.duration_s,
            links: Link::all(&outcome),
            cross: outcome.figures.cross.clone(),
            outcome,
        }
    }

    /// Prints it.
    pub(super) fn print(&self, json: bool) {
        if json {
            let links = self.links.iter().map(Link::brief).collect();
            let text = serde_json::to_string(&Report { links, ..self.clone() });
            return show::say(&text.expect("a report can be written as JSON"));
        }
        let Report { scenario, seed, duration_s, .. } = self;
        let mut text = format!("{scenario}, seed {seed}: {duration_s:.2} s, {}\n", self.verdict);
        text += &format!("release error: {}\n", self.release_error.text());
        text += &format!("read late, at most: {}\n", self.read_error.text());
        for (from, way) in self.ways.iter().enumerate() {
            let (near, far) = (SIDES[from], SIDES[1 - from]);
            let Way { packets_in, packets_out, packets_dropped, .. } = way;
            text += &format!("{near} to {far}: {packets_in} in, {packets_out} out, ");
            text += &format!("{packets_dropped} dropped\n");
        }
        for table in self.tables() {
            text += &format!("\n{table}");
        }
        show::tell(text.trim_end());
        self.notes.iter().for_each(|note| show::tell(note));
    }

    fn tables(&self) -> Vec<Table> {
        let cross = lab::cross_table(&self.outcome.figures);
        cross.into_iter().chain(links::table(&self.links)).collect()
    }

    /// Leaves it in a folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), SimError> {
        let json = serde_json::to_vec(self).expect("a report can be written as JSON");
        stored::write_whole(&folder.join(SUMMARY), &json)?;
        stored::write_whole(&folder.join(store::PAGE), self.page().html().as_bytes())
    }

    fn page(&self) -> Page {
        let mut page = Page::new(format!("{}, seed {}, live", self.scenario, self.seed));
        page = match &self.faults[..] {
            [] => page.verdict(Tone::Good, self.verdict),
            faults => page.verdict(Tone::Warn, &format!("{}: {}", self.verdict, faults.join("; "))),
        };
        page = page.text(&format!("Release error: {}.", self.release_error.text()));
        page = self.notes.iter().fold(page, |page, note| page.text(note));
        page = self.tables().iter().fold(page.section("Figures"), Page::table);
        for series in &self.outcome.series.links {
            page = page.section(&format!("Link {}", series.name));
            page = page.text("What the programs sent counts as media.");
            let charts = lab::link_charts(&self.outcome, series);
            page = charts.iter().fold(page, Page::chart);
        }
        page
    }
}
