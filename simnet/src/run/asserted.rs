//! Holds a run against the statements of its scenario.
//!
//! 1. What is of single packets, frames or looks was kept for each statement while the run went on.
//! 2. All else is a row over time, made of the run's series.
//! 3. The statistic of either is held against the bounds. What has no value is not measured.

use crate::run::asked::{Asked, Kept};
use crate::run::figures::path;
use crate::run::outcome::{Series, Verdict};
use crate::run::row::Row;
use crate::run::{Observer, Run};
use crate::scenario::{Assertion, Metric, Subject};

impl Run {
    /// A verdict on each statement, in the order of the file.
    pub(super) fn assert(&mut self, series: &Series) -> Vec<Verdict> {
        let assertions = self.scenario.assertions.clone();
        let each = assertions.iter().enumerate();
        each.map(|(number, asked)| self.verdict(number, asked, series)).collect()
    }

    fn verdict(&mut self, number: usize, asked: &Assertion, series: &Series) -> Verdict {
        let measured = self.assertion_value(number, asked, series);
        let measured = measured.filter(|value| value.is_finite());
        let measured = measured.map(|value| (value * 1e6).round() / 1e6);
        let pass = measured.is_some_and(|value| asked.bounds.hold(value));
        let bound = asked.bounds.at_least.or(asked.bounds.at_most).unwrap_or_default();
        Verdict { name: asked.name.clone(), measured, bound, bounds: Some(asked.bounds), pass }
    }

    fn assertion_value(
        &mut self,
        number: usize,
        asked: &Assertion,
        series: &Series,
    ) -> Option<f64> {
        let Assertion { statistic, window, smooth, .. } = *asked;
        if !asked.metric.is_of_values() {
            return self.row(asked, series)?.statistic(statistic, window, smooth);
        }
        let width = self.bin;
        match self.asked(asked)?.kept(number)? {
            Kept::Tally(tally) => tally.statistic(statistic),
            Kept::Row(bins) => {
                let bins = bins.sums().iter().copied().zip(bins.counts());
                Row::new(bins, width).statistic(statistic, window, smooth)
            }
        }
    }

    /// Where the values of a metric were kept.
    fn asked(&mut self, asked: &Assertion) -> Option<&Asked> {
        match (asked.metric, asked.subject) {
            (Metric::QueueingDelay, Subject::Link(link)) => {
                let name = &self.scenario.links[link].name;
                let at = self.links.iter().position(|(other, _)| other == name)?;
                Some(&self.queues[at].asked)
            }
            (Metric::QueueingDelay, Subject::Flow(flow)) => {
                self.sim.watcher::<Observer>().map(|observer| &observer.flows[flow].asked_waits)
            }
            (Metric::OneWayDelay, Subject::Flow(flow)) => {
                self.sim.watcher::<Observer>().map(|observer| &observer.flows[flow].asked_one_way)
            }
            (metric, Subject::Flow(flow)) => {
                let listener = self.sim.endpoint(self.peers[flow].receiver).application();
                match metric {
                    Metric::FrameDelay => Some(&listener.asked.frame_delay),
                    Metric::Freezes => Some(&listener.asked.freezes),
                    Metric::Quality => Some(&listener.asked.quality),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A metric over time.
    fn row(&mut self, asked: &Assertion, series: &Series) -> Option<Row> {
        let link_at = |run: &Run, link: usize| {
            let name = &run.scenario.links[link].name;
            run.links.iter().position(|(other, _)| other == name)
        };
        let rates = |rates: &[f64]| rates.iter().map(|rate| (*rate, 1.0)).collect::<Vec<_>>();
        let bins = match (asked.metric, asked.subject) {
            (Metric::RateSent, Subject::Flow(flow)) => rates(&series.flows[flow].sent_bps),
            (Metric::Target, Subject::Flow(flow)) => rates(&series.flows[flow].target_bps),
            (Metric::Goodput, Subject::Flow(flow)) => {
                let listener = self.sim.endpoint(self.peers[flow].receiver).application();
                rates(&listener.goodput.rates())
            }
            (Metric::Estimate, Subject::Flow(flow)) => {
                let estimates = series.flows[flow].estimate_bps.iter();
                estimates.map(|rate| rate.map_or((0.0, 0.0), |rate| (rate, 1.0))).collect()
            }
            (Metric::Received, Subject::Link(link)) => {
                rates(&series.links[link_at(self, link)?].total_bps)
            }
            (Metric::Received, subject) => rates(&self.received(subject, series)),
            (Metric::Loss, Subject::Flow(flow)) => {
                let flow = &series.flows[flow];
                let lost = flow.lost_packets.iter().copied();
                lost.zip(flow.sent_packets.iter().copied()).collect()
            }
            (Metric::Loss, Subject::Link(link)) => {
                let at = link_at(self, link)?;
                let passed = self.sim.watcher::<Observer>()?.links[at].total.counts();
                let dropped = series.links[at].dropped_packets.iter();
                dropped.zip(passed).map(|(lost, passed)| (*lost, lost + passed)).collect()
            }
            (Metric::Share, subject) => {
                let part = match subject {
                    Subject::Link(link) => series.links[link_at(self, link)?].media_bps.clone(),
                    subject => self.received(subject, series),
                };
                let whole = match asked.of_link {
                    Some(link) => series.links[link_at(self, link)?].capacity_bps.clone(),
                    None => self.rivals(subject, series),
                };
                part.into_iter().zip(whole).collect()
            }
            _ => return None,
        };
        Some(Row::new(bins, self.bin))
    }

    /// The rate of a flow, or of all connections of a `[[cross]]` together.
    fn received(&self, subject: Subject, series: &Series) -> Vec<f64> {
        match subject {
            Subject::Flow(flow) => series.flows[flow].received_bps.clone(),
            Subject::Cross(cross) => {
                let count = |index: usize| self.scenario.cross[index].count as usize;
                let first = (0..cross).map(count).sum::<usize>();
                let of_it = series.cross.iter().skip(first).take(count(cross));
                sum(of_it.map(|one| one.received_bps.as_slice()))
            }
            Subject::Link(_) => Vec::new(),
        }
    }

    /// All media, and cross traffic with a congestion control, that share a link with a subject.
    fn rivals(&self, subject: Subject, series: &Series) -> Vec<f64> {
        let way = match subject {
            Subject::Flow(flow) => path(&self.scenario.flows[flow], &self.scenario),
            Subject::Cross(cross) => vec![self.scenario.cross[cross].link.clone()],
            Subject::Link(link) => vec![self.scenario.links[link].name.clone()],
        };
        let flows = series.flows.iter().filter(|flow| flow.path.iter().any(|on| way.contains(on)));
        let cross =
            series.cross.iter().filter(|one| one.kind != "udp-cbr" && way.contains(&one.link));
        let media = flows.map(|flow| flow.received_bps.as_slice());
        sum(media.chain(cross.map(|one| one.received_bps.as_slice())))
    }
}

fn sum<'s>(rows: impl Iterator<Item = &'s [f64]>) -> Vec<f64> {
    let mut sums = Vec::new();
    for row in rows {
        sums.resize(sums.len().max(row.len()), 0.0);
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    sums
}
