//! Sums a run up: what follows from its series.

use crate::run::outcome::{CrossFigures, Figures, FlowFigures, LinkFigures, PhaseFigures, Series};
use crate::run::outcome::{CrossSeries, FlowSeries, LinkSeries};
use crate::run::rates::{PHASES_MAX, Rates, jain, phases};
use crate::scenario::{Flow, Scenario};

/// A capacity that rises by less is the same to a flow.
const RISE: f64 = 1.05;

/// The names of the links that a flow takes.
pub(super) fn path(flow: &Flow, scenario: &Scenario) -> Vec<String> {
    flow.path.iter().map(|link| scenario.links[*link].name.clone()).collect()
}

/// The flows that cross a link, by their place in the scenario.
pub(super) fn flows_over(link: &str, scenario: &Scenario) -> Vec<usize> {
    let crosses = |flow: &Flow| path(flow, scenario).iter().any(|name| name == link);
    let flows = scenario.flows.iter().enumerate();
    flows.filter(|(_, flow)| crosses(flow)).map(|(index, _)| index).collect()
}

/// The flows whose packets a link carries, by their place in the scenario: as [`flows_over`], and
/// over a shared medium those that begin or end at its access point, which no path names.
pub(super) fn carried_by(link: &str, scenario: &Scenario) -> Vec<usize> {
    let links = &scenario.links;
    let Some((_, access_point)) = links.medium().filter(|(medium, _)| links[*medium].name == link)
    else {
        return flows_over(link, scenario);
    };
    let touches = |flow: &Flow| {
        let ends = |link: Option<&usize>| links.ends(*link?);
        ends(flow.path.first()).is_some_and(|(from, _)| from == access_point)
            || ends(flow.path.last()).is_some_and(|(_, to)| to == access_point)
    };
    let flows = scenario.flows.iter().enumerate();
    flows.filter(|(_, flow)| touches(flow)).map(|(index, _)| index).collect()
}

/// The bins in which a flow is to send.
pub(super) fn active(flow: &FlowSeries) -> Vec<usize> {
    (0..flow.active.len()).filter(|bin| flow.active[*bin]).collect()
}

/// The later half of the bins in which all flows are to send: the time in which they have settled.
pub(super) fn settled(series: &Series) -> Vec<usize> {
    settled_of(&series.flows.iter().collect::<Vec<_>>())
}

/// The same for some of the flows.
fn settled_of(flows: &[&FlowSeries]) -> Vec<usize> {
    let bins = flows.iter().map(|flow| flow.active.len()).min().unwrap_or(0);
    let all = |bin: &usize| flows.iter().all(|flow| flow.active[*bin]);
    let bins: Vec<usize> = (0..bins).filter(all).collect();
    bins[bins.len() / 2..].to_vec()
}

/// Completes the figures of flows and links by what the series say.
pub(crate) fn figures(
    scenario: &Scenario,
    series: &Series,
    mut flows: Vec<FlowFigures>,
    mut links: Vec<LinkFigures>,
) -> Figures {
    for (figures, flow) in flows.iter_mut().zip(&series.flows) {
        fill_flow(figures, flow, series.bin_s);
    }
    for (figures, link) in links.iter_mut().zip(&series.links) {
        fill_link(figures, link, series.bin_s, !flows_over(&link.name, scenario).is_empty());
    }
    for (index, figures) in flows.iter_mut().enumerate() {
        let flow = &scenario.flows[index];
        figures.rate_cov_1s = rate_cov(flow, scenario, &series.flows[index], series);
    }
    let settled = settled(series);
    let rate = |flow: &FlowSeries| {
        Rates::new(&flow.received_bps, series.bin_s).mean(settled.iter().copied())
    };
    let rates: Vec<f64> = series.flows.iter().map(rate).collect();
    let slowest = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = rates.iter().copied().fold(0.0, f64::max);
    Figures {
        utilisation: least(series, &links, |link| link.utilisation),
        goodput_utilisation: least(series, &links, |link| link.goodput_utilisation),
        jain_index: jain(&rates),
        rate_ratio: (slowest > 0.0 && slowest.is_finite()).then(|| greatest / slowest),
        media_over_tcp: media_over_tcp(scenario, series),
        convergence_up_s: convergence_up(scenario, series),
        convergence_down_s: None,
        channels: Vec::new(),
        cross: cross(scenario, series),
        flows,
        links,
    }
}

fn fill_flow(figures: &mut FlowFigures, flow: &FlowSeries, bin_s: f64) {
    let bins = active(flow);
    let mean = |values: &[f64]| Rates::new(values, bin_s).mean(bins.iter().copied()).round();
    figures.sent_bps = mean(&flow.sent_bps);
    figures.received_bps = mean(&flow.received_bps);
    figures.goodput_bps = mean(&flow.goodput_bps);
    let estimates: Vec<f64> = flow.estimate_bps.iter().copied().flatten().collect();
    let count = estimates.len() as f64;
    figures.estimate_bps = (count > 0.0).then(|| (estimates.iter().sum::<f64>() / count).round());
    let first = bins.iter().position(|bin| flow.received_bps[*bin] > 0.0).unwrap_or(0);
    figures.starved_max_s =
        Rates::new(&flow.received_bps, bin_s).longest_below(&bins[first..], f64::MIN_POSITIVE);
}

fn fill_link(figures: &mut LinkFigures, link: &LinkSeries, bin_s: f64, has_media: bool) {
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    let (mut used, mut good, mut usable) = (0.0, 0.0, 0.0);
    // What is known of each phase beside the series.
    let known = std::mem::take(&mut figures.phases);
    for (index, bins) in phases(&link.available_bps, PHASES_MAX).into_iter().enumerate() {
        let mean = |values: &[f64]| Rates::new(values, bin_s).mean(bins.clone());
        let rows = [&link.capacity_bps, &link.media_bps, &link.goodput_bps, &link.total_bps];
        let [capacity, media, goodput, total] = rows.map(|row| mean(row));
        let attainable = mean(&link.attainable_bps);
        // Headers and retransmissions above what the flows can encode do not make up for another
        // phase.
        used += media.min(attainable) * bins.len() as f64;
        good += goodput * bins.len() as f64;
        usable += attainable * bins.len() as f64;
        figures.phases.push(PhaseFigures {
            start_s: bins.start as f64 * bin_s,
            end_s: bins.end as f64 * bin_s,
            capacity_bps: capacity.round(),
            available_bps: mean(&link.available_bps).round(),
            media_bps: media.round(),
            total_bps: total.round(),
            utilisation: share(total, capacity).unwrap_or(0.0),
            media_utilisation: share(media, attainable).filter(|_| has_media),
            goodput_bps: goodput.round(),
            goodput_utilisation: share(goodput, attainable).filter(|_| has_media),
            ..known.get(index).cloned().unwrap_or_default()
        });
    }
    figures.utilisation = share(used, usable).filter(|_| has_media);
    figures.goodput_utilisation = share(good, usable).filter(|_| has_media);
}

/// True when the link cannot carry all that its flows could send.
fn is_bottleneck(link: &LinkSeries) -> bool {
    let bins = link.attainable_bps.iter().zip(&link.available_bps);
    bins.into_iter().any(|(attainable, available)| *attainable > 0.0 && attainable >= available)
}

/// The least of a link's shares, among bottlenecks where there are any.
fn least(
    series: &Series,
    links: &[LinkFigures],
    share: fn(&LinkFigures) -> Option<f64>,
) -> Option<f64> {
    let all = || series.links.iter().zip(links);
    let least = |bottlenecks: bool| {
        all()
            .filter(|(link, _)| !bottlenecks || is_bottleneck(link))
            .filter_map(|(_, figures)| share(figures))
            .min_by(f64::total_cmp)
    };
    least(true).or_else(|| least(false))
}

/// Over the phases of the first link of the flow's path that has a capacity.
fn rate_cov(
    flow: &Flow,
    scenario: &Scenario,
    of_flow: &FlowSeries,
    series: &Series,
) -> Option<f64> {
    let path = path(flow, scenario);
    let link = series.links.iter().find(|link| path.contains(&link.name))?;
    let rates = Rates::new(&of_flow.received_bps, series.bin_s);
    let covs: Vec<f64> = phases(&link.available_bps, PHASES_MAX)
        .into_iter()
        .filter_map(|phase| {
            let bins: Vec<usize> = phase.filter(|bin| of_flow.active[*bin]).collect();
            rates.cov_of_seconds(&bins[bins.len() / 2..])
        })
        .collect();
    (!covs.is_empty()).then(|| covs.iter().sum::<f64>() / covs.len() as f64)
}

/// On the link where the two are furthest apart: only flows and connections that share a link
/// compete.
fn media_over_tcp(scenario: &Scenario, series: &Series) -> Option<f64> {
    let mut links: Vec<&str> = scenario.cross.iter().map(|cross| cross.link.as_str()).collect();
    links.sort_unstable();
    links.dedup();
    let ratios = links.into_iter().filter_map(|link| media_over_tcp_of(link, scenario, series));
    ratios.max_by(|a, b| a.ln().abs().total_cmp(&b.ln().abs()))
}

fn media_over_tcp_of(link: &str, scenario: &Scenario, series: &Series) -> Option<f64> {
    let over = carried_by(link, scenario);
    let flows: Vec<&FlowSeries> = over.iter().filter_map(|flow| series.flows.get(*flow)).collect();
    let mut bins = settled_of(&flows);
    let mut tcp = Vec::new();
    let each = scenario.cross.iter().flat_map(|cross| (0..cross.count).map(move |_| cross));
    let on_link = |of: &CrossSeries| of.kind == "tcp-long" && of.link == link;
    for (cross, of_cross) in each.zip(&series.cross).filter(|(_, of)| on_link(of)) {
        let at = |bin: usize| bin as f64 * series.bin_s;
        bins.retain(|bin| (cross.start.as_secs_f64()..cross.end.as_secs_f64()).contains(&at(*bin)));
        tcp.push(&of_cross.received_bps);
    }
    let mean = |row: &[f64]| Rates::new(row, series.bin_s).mean(bins.iter().copied());
    let tcp_mean = tcp.iter().map(|row| mean(row)).sum::<f64>() / tcp.len() as f64;
    let media = flows.iter().map(|flow| mean(&flow.received_bps)).sum::<f64>();
    (tcp_mean > 0.0 && !flows.is_empty()).then(|| media / flows.len() as f64 / tcp_mean)
}

/// The longest time from a rise of what media can have to 80 % of it, over all links.
fn convergence_up(scenario: &Scenario, series: &Series) -> Option<f64> {
    let mut longest: Option<f64> = None;
    for link in &series.links {
        if flows_over(&link.name, scenario).is_empty() {
            continue;
        }
        let rates = Rates::new(&link.media_bps, series.bin_s);
        for phase in phases(&link.available_bps, PHASES_MAX) {
            let rises = phase.start > 0
                && link.available_bps[phase.start] > RISE * link.available_bps[phase.start - 1];
            if rises {
                let time = rates.seconds_until(phase, |bin| 0.8 * link.attainable_bps[bin]);
                longest = Some(longest.map_or(time, |longest| longest.max(time)));
            }
        }
    }
    longest
}

fn cross(scenario: &Scenario, series: &Series) -> Vec<CrossFigures> {
    let each = scenario.cross.iter().flat_map(|cross| (0..cross.count).map(move |_| cross));
    let figures = each.zip(&series.cross).map(|(cross, of_cross)| {
        let bins = of_cross.received_bps.len();
        let bin = |at: std::time::Duration| (at.as_secs_f64() / series.bin_s) as usize;
        let rates = Rates::new(&of_cross.received_bps, series.bin_s);
        CrossFigures {
            link: of_cross.link.clone(),
            kind: of_cross.kind.clone(),
            received_bps: rates.mean(bin(cross.start).min(bins)..bin(cross.end).min(bins)).round(),
        }
    });
    figures.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two flows: one over `near`, which TCP crosses, one over `far` alone.
    const APART: &str = "
        meta = { name = 'apart', duration_s = 4, seeds = [1], schema = 1 }
        media.audio = { model = 'cbr', bps = 20000, ptime_ms = 20 }
        link = [
            { name = 'near', from = 'A', to = 'B', capacity_bps = 4000000, delay_ms = 10,
              queue = { type = 'tail-drop', size_ms = 300 } },
            { name = 'far', from = 'B', to = 'C', capacity_bps = 4000000, delay_ms = 10,
              queue = { type = 'tail-drop', size_ms = 300 } },
        ]
        flow = [
            { id = 1, direction = 'forward', start_s = 0, end_s = 4, media = ['audio'], path = ['near'] },
            { id = 2, direction = 'forward', start_s = 2, end_s = 4, media = ['audio'], path = ['far'] },
        ]
        cross = [
            { kind = 'tcp-long', cc = 'reno', link = 'near', count = 1, start_s = 0, end_s = 4 },
        ]
    ";

    fn apart() -> (Scenario, Series) {
        let scenario = Scenario::parse("apart.toml", APART).expect("it is right");
        let flow = |id, path: &str, rate, start| FlowSeries {
            id,
            path: vec![path.to_owned()],
            active: (0..4).map(|bin| bin >= start).collect(),
            received_bps: vec![rate; 4],
            goodput_bps: vec![rate / 2.0; 4],
            sent_bps: vec![rate; 4],
            ..FlowSeries::default()
        };
        let link = |name: &str, available: [f64; 4]| LinkSeries {
            name: name.to_owned(),
            capacity_bps: available.to_vec(),
            available_bps: available.to_vec(),
            attainable_bps: available.to_vec(),
            media_bps: vec![2e6; 4],
            goodput_bps: vec![1e6; 4],
            total_bps: vec![2e6; 4],
            ..LinkSeries::default()
        };
        let cross = CrossSeries {
            link: "near".to_owned(),
            kind: "tcp-long".to_owned(),
            received_bps: vec![2e6; 4],
            ..CrossSeries::default()
        };
        let series = Series {
            bin_s: 1.0,
            flows: vec![flow(1, "near", 1e6, 0), flow(2, "far", 9e6, 2)],
            links: vec![link("near", [1e6, 1e6, 4e6, 4e6]), link("far", [4e6; 4])],
            cross: vec![cross],
        };
        (scenario, series)
    }

    #[test]
    fn media_are_held_against_tcp_on_their_own_link() {
        let (scenario, series) = apart();
        assert_eq!(media_over_tcp(&scenario, &series), Some(0.5));
        let alone = Series { cross: Vec::new(), ..series };
        assert_eq!(media_over_tcp(&scenario, &alone), None);
    }

    #[test]
    fn a_medium_carries_what_begins_or_ends_at_its_access_point() {
        let found = crate::scenario::built_in("rfc8869-3.2-16bidir-tcp").expect("it is built in");
        let scenario = Scenario::parse(found.name, found.text).expect("it is right");
        let count = |link| carried_by(link, &scenario).len();
        assert_eq!((count("wifi"), count("wired-up"), count("wired-down")), (16, 8, 8));
    }

    #[test]
    fn phases_keep_their_delays_and_goodput_has_no_ceiling() {
        let (_, series) = apart();
        let known =
            |ms| PhaseFigures { queueing_delay_p95_ms: Some(ms), ..PhaseFigures::default() };
        let mut link =
            LinkFigures { phases: vec![known(200.0), known(5.0)], ..LinkFigures::default() };
        fill_link(&mut link, &series.links[0], 1.0, true);
        let delays: Vec<_> = link.phases.iter().map(|phase| phase.queueing_delay_p95_ms).collect();
        assert_eq!(delays, [Some(200.0), Some(5.0)]);
        assert_eq!((link.phases[1].start_s, link.phases[1].goodput_bps), (2.0, 1e6));
        // 2 Mbit/s were carried where 1 Mbit/s could be: utilisation stays below 1.
        assert_eq!(link.phases[0].media_utilisation, Some(2.0));
        assert_eq!((link.utilisation, link.goodput_utilisation), (Some(0.6), Some(0.4)));
    }
}
