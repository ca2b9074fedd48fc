//! Holds a run against its scenario's expectations.

use std::ops::Range;

use crate::run::References;
use crate::run::figures::{active, flows_over, path, settled};
use crate::run::outcome::{Figures, FlowSeries, Series, Verdict};
use crate::run::rates::Rates;
use crate::scenario::{BULK, ChannelKind, Expectation, Scenario};

/// How what was measured is to lie to the bound.
enum Side {
    AtMost,
    AtLeast,
    /// Within this share of it.
    Within(f64),
}

/// A verdict on each expectation, in the order of their names.
pub(crate) fn judge(
    scenario: &Scenario,
    figures: &Figures,
    series: &Series,
    references: &References,
) -> Vec<Verdict> {
    let judge = Judge { scenario, figures, series, references };
    let names = Expectation::ALL.iter();
    let asked = names.filter_map(|(name, kind)| Some((name, *kind, *scenario.expect.get(kind)?)));
    asked
        // It is part of the ratio's own verdict.
        .filter(|(_, kind, _)| *kind != Expectation::PriorityRatioTol)
        .map(|(name, kind, bound)| {
            let measured = judge.measure(kind).filter(|value| value.is_finite());
            let pass = measured.is_some_and(|value| match judge.side(kind) {
                Side::AtMost => value <= bound,
                Side::AtLeast => value >= bound,
                Side::Within(share) => (value - bound).abs() <= bound * share,
            });
            let measured = measured.map(|value| (value * 1e6).round() / 1e6);
            Verdict { name: (*name).to_owned(), measured, bound, bounds: None, pass }
        })
        .collect()
}

struct Judge<'r> {
    scenario: &'r Scenario,
    figures: &'r Figures,
    series: &'r Series,
    references: &'r References,
}

/// A flow that has this share of its greatest rate is at it.
const AT_MAX: f64 = 0.9;

impl Judge<'_> {
    fn side(&self, kind: Expectation) -> Side {
        use Expectation as E;
        match kind {
            E::GoodputMinBps
            | E::JainMin
            | E::MediaOverTcpMin
            | E::MinRateBps
            | E::UtilMin
            | E::UtilVsNTcpMin
            | E::UtilVsReferenceMin => Side::AtLeast,
            E::PriorityRatio => {
                Side::Within(self.scenario.expect.get(&E::PriorityRatioTol).copied().unwrap_or(0.0))
            }
            E::Connected | E::Pair => Side::Within(0.0),
            E::CompletionMaxSecs
            | E::ConnectMsMax
            | E::Conv80UpSecs
            | E::Cov1sMax
            | E::DrainAfterDropSecs
            | E::LossMax
            | E::MediaOverTcpMax
            | E::MessageP99Ms
            | E::MessagesLostMax
            | E::Newcomer80pctFairSecs
            | E::OthersAtMaxWithinSecs
            | E::OutageMsMax
            | E::PriorityRatioTol
            | E::QdelayP95Ms
            | E::RatioMax
            | E::ReactSecs
            | E::Recover80pctSecs
            | E::Resume80pctSecs
            | E::StarveMaxSecs => Side::AtMost,
        }
    }

    fn measure(&self, kind: Expectation) -> Option<f64> {
        use Expectation as E;
        let figures = self.figures;
        let flows = || figures.flows.iter();
        let greatest = |values: &mut dyn Iterator<Item = f64>| values.max_by(f64::total_cmp);
        match kind {
            // Where no capacity rises or falls there is nothing to wait for.
            E::Conv80UpSecs => Some(figures.convergence_up_s.unwrap_or(0.0)),
            E::DrainAfterDropSecs => Some(figures.convergence_down_s.unwrap_or(0.0)),
            E::Cov1sMax => greatest(&mut flows().filter_map(|flow| flow.rate_cov_1s)),
            E::CompletionMaxSecs => self.completion(),
            E::ConnectMsMax => of_all(flows().map(|flow| flow.connect_ms)),
            E::OutageMsMax => of_all(flows().map(|flow| flow.outage_max_ms)),
            E::Connected => {
                alike(flows().map(|flow| Some(f64::from(u8::from(flow.connected_s.is_some())))))
            }
            E::Pair => alike(flows().map(|flow| Expectation::pair(flow.pair.as_deref()?))),
            E::GoodputMinBps => {
                let bulks = figures.channels.iter().filter(|channel| channel.kind == BULK);
                bulks.map(|channel| channel.goodput_bps).min_by(f64::total_cmp)
            }
            E::MessageP99Ms => {
                let others = figures.channels.iter().filter(|channel| channel.kind != BULK);
                greatest(&mut others.filter_map(|channel| channel.latency_p99_ms))
            }
            E::MessagesLostMax => {
                let all = figures.channels.iter().filter(|channel| channel.messages_sent > 0);
                greatest(&mut all.map(|one| one.messages_lost as f64 / one.messages_sent as f64))
            }
            E::JainMin => figures.jain_index,
            E::LossMax => greatest(&mut flows().map(|flow| flow.loss)),
            E::MediaOverTcpMax | E::MediaOverTcpMin => figures.media_over_tcp,
            E::MinRateBps => flows().map(|flow| flow.received_bps).min_by(f64::total_cmp),
            E::QdelayP95Ms => greatest(&mut flows().filter_map(|f| f.queueing_delay_p95_ms)),
            E::RatioMax => figures.rate_ratio,
            E::StarveMaxSecs => greatest(&mut flows().map(|flow| flow.starved_max_s)),
            E::UtilMin => figures.utilisation,
            E::Newcomer80pctFairSecs => self.newcomer(),
            E::OthersAtMaxWithinSecs => self.others_at_max(),
            E::PriorityRatio | E::PriorityRatioTol => self.priority_ratio(),
            E::ReactSecs => self.react(),
            E::Recover80pctSecs => self.recover(),
            E::Resume80pctSecs => self.resume(),
            E::UtilVsNTcpMin => self.against_tcp(),
            E::UtilVsReferenceMin => {
                let own = figures.links.first().and_then(|link| link.utilisation);
                Some(own? / self.references.utilisation?)
            }
        }
    }

    fn rates<'s>(&self, values: &'s [f64]) -> Rates<'s> {
        Rates::new(values, self.series.bin_s)
    }

    /// The longest time that a file took; `None` where one is not whole.
    fn completion(&self) -> Option<f64> {
        let files = self.scenario.channels.iter().filter(|channel| {
            matches!(channel.kind, ChannelKind::Bulk { file_bytes: Some(_), .. })
        });
        let of_files = files.flat_map(|file| {
            let channels = self.figures.channels.iter();
            channels.filter(|channel| channel.is_of(&file.name)).map(|channel| channel.completion_s)
        });
        of_files.collect::<Option<Vec<f64>>>()?.into_iter().max_by(f64::total_cmp)
    }

    /// What each flow would have if the flows of its narrowest link shared it evenly.
    fn fair_share(&self, flow: usize, bin: usize) -> f64 {
        let path = path(&self.scenario.flows[flow], self.scenario);
        let links = self.series.links.iter().filter(|link| path.contains(&link.name));
        let shares = links.map(|link| {
            let flows = flows_over(&link.name, self.scenario);
            let sending = flows.iter().filter(|flow| self.series.flows[**flow].active[bin]).count();
            link.attainable_bps[bin] / sending.max(1) as f64
        });
        shares.min_by(f64::total_cmp).unwrap_or(f64::INFINITY)
    }

    /// The longest time that a flow that came after others took to 80 % of its fair share.
    fn newcomer(&self) -> Option<f64> {
        let starts: Vec<_> = self.series.flows.iter().map(active).collect();
        let first = starts.iter().filter_map(|bins| bins.first()).min()?;
        let times = starts.iter().enumerate().filter_map(|(flow, bins)| {
            let within = *bins.first()?..*bins.last()? + 1;
            let rates = self.rates(&self.series.flows[flow].received_bps);
            let share = |bin| 0.8 * self.fair_share(flow, bin);
            (within.start > *first).then(|| rates.seconds_until(within, share))
        });
        times.max_by(f64::total_cmp)
    }

    /// The pause of each flow that has one, in bins.
    fn pauses(&self) -> impl Iterator<Item = (usize, Range<usize>)> + '_ {
        let flows = self.scenario.flows.iter().enumerate();
        flows.filter_map(|(index, flow)| {
            let (pause, resume) = flow.pause?;
            let bin = |at: std::time::Duration| (at.as_secs_f64() / self.series.bin_s) as usize;
            let last = self.series.flows[index].active.len();
            Some((index, bin(pause).min(last)..bin(resume).min(last)))
        })
    }

    /// The longest time after a pause began until the others together had nearly all they could.
    fn others_at_max(&self) -> Option<f64> {
        let times = self.pauses().map(|(paused, bins)| {
            let others: Vec<&FlowSeries> = others(&self.series.flows, paused);
            let sum = sum_of(&others);
            let goal = |bin: usize| {
                let count = self.series.flows.len();
                let shares = (0..count).filter(|flow| *flow != paused);
                AT_MAX * shares.map(|flow| self.fair_share(flow, bin)).sum::<f64>()
            };
            self.rates(&sum).seconds_until(bins, goal)
        });
        times.max_by(f64::total_cmp)
    }

    /// The longest time after a pause until 80 % of the mean rate of the five seconds before it.
    fn resume(&self) -> Option<f64> {
        let times = self.pauses().map(|(flow, bins)| {
            let rates = self.rates(&self.series.flows[flow].received_bps);
            let before = rates.mean(bins.start.saturating_sub(rates.bins(5.0))..bins.start);
            let end = active(&self.series.flows[flow]).last().map_or(bins.end, |last| last + 1);
            rates.seconds_until(bins.end..end.max(bins.end), |_| 0.8 * before)
        });
        times.max_by(f64::total_cmp)
    }

    /// Mean rate of the flows of the greatest weight over that of the least.
    fn priority_ratio(&self) -> Option<f64> {
        let bins = settled(self.series);
        let weights = || self.scenario.flows.iter().map(|flow| flow.priority);
        let mean_of = |weight: f64| {
            let flows = self.scenario.flows.iter().zip(&self.series.flows);
            let alike = flows.filter(|(flow, _)| flow.priority == weight);
            let rates: Vec<f64> = alike
                .map(|(_, of)| self.rates(&of.received_bps).mean(bins.iter().copied()))
                .collect();
            rates.iter().sum::<f64>() / rates.len() as f64
        };
        let (most, least) = (weights().max_by(f64::total_cmp)?, weights().min_by(f64::total_cmp)?);
        (most > least).then(|| mean_of(most) / mean_of(least))
    }

    /// The longest time from a change of cross traffic until the media settle at what they have
    /// later.
    fn react(&self) -> Option<f64> {
        let all: Vec<&FlowSeries> = self.series.flows.iter().collect();
        let sum = sum_of(&all);
        let bin = |at: std::time::Duration| (at.as_secs_f64() / self.series.bin_s) as usize;
        let mut changes: Vec<usize> =
            self.scenario.cross.iter().flat_map(|c| [bin(c.start), bin(c.end)]).collect();
        changes.retain(|change| (1..sum.len()).contains(change));
        changes.sort_unstable();
        changes.dedup();
        let last = self.series.flows.iter().filter_map(|f| active(f).last().copied()).min()? + 1;
        let ends = changes.iter().skip(1).copied().chain([last]);
        let times = changes.iter().zip(ends).filter(|(from, to)| *from < to).map(|(&from, to)| {
            let rates = self.rates(&sum);
            let goal = rates.mean(from + (to - from) / 2..to);
            rates.seconds_to_settle(from..to, goal)
        });
        times.max_by(f64::total_cmp)
    }

    /// The longest time that a flow stays below 80 % of its median rate, once it had it.
    fn recover(&self) -> Option<f64> {
        let times = self.series.flows.iter().filter_map(|flow| {
            let bins = active(flow);
            let mut sorted: Vec<f64> = bins.iter().map(|bin| flow.received_bps[*bin]).collect();
            sorted.sort_by(f64::total_cmp);
            let goal = 0.8 * sorted.get(sorted.len() / 2)?;
            let first = *bins.iter().find(|bin| flow.received_bps[**bin] >= goal)?;
            Some(self.rates(&flow.received_bps).longest_second_below(first..bins.last()? + 1, goal))
        });
        times.max_by(f64::total_cmp)
    }

    /// All media over what as many TCP connections carry, but no more than the flows can send.
    fn against_tcp(&self) -> Option<f64> {
        let rates: Vec<f64> = self
            .series
            .flows
            .iter()
            .map(|flow| self.rates(&flow.received_bps).mean(0..flow.received_bps.len()))
            .collect();
        let video = self.scenario.video.as_ref().map_or(0, |video| video.max.as_bps());
        let most = video as f64 * rates.len() as f64;
        Some(rates.iter().sum::<f64>() / self.references.tcp_bps?.min(most))
    }
}

/// The greatest of all; `None` where one is not known.
fn of_all(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.collect::<Option<Vec<f64>>>()?.into_iter().max_by(f64::total_cmp)
}

/// What all are; `None` where they differ, or one is not known.
fn alike(mut values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let first = values.next()??;
    values.all(|value| value == Some(first)).then_some(first)
}

fn others(flows: &[FlowSeries], but: usize) -> Vec<&FlowSeries> {
    flows.iter().enumerate().filter(|(flow, _)| *flow != but).map(|(_, flow)| flow).collect()
}

fn sum_of(flows: &[&FlowSeries]) -> Vec<f64> {
    let bins = flows.iter().map(|flow| flow.received_bps.len()).max().unwrap_or(0);
    (0..bins).map(|bin| flows.iter().map(|flow| flow.received_bps[bin]).sum()).collect()
}
