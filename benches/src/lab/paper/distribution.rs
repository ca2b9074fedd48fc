//! How delays are distributed, over all seeds.

use lapwing_simnet::run::{Distribution, FlowSeries, Outcome};

use super::kind::PaperKind;
use super::subject::{LINES_MAX, PaperFigure, Subject};
use crate::plot::{Lines, Panels, Series, Unit};

/// The horizontal axis ends where so many are shorter: the longest would press all others together.
const SHOWN: f64 = 0.999;

/// The distribution of a flow's delays.
type Pick = fn(&FlowSeries) -> &Distribution;

/// One-way and queueing delays of packets.
pub(super) fn distributions(scenario: &str, subjects: &[Subject<'_>]) -> PaperFigure {
    let one_way = panel("one-way delay", subjects, |flow| &flow.one_way_delay_cdf);
    let queueing = panel("queueing delay", subjects, |flow| &flow.queueing_delay_cdf);
    let title = format!("{scenario}: delays of packets");
    let panels = Panels::new(title).columns(2).own_axes().panel(one_way).panel(queueing);
    let seeds: usize = subjects.iter().map(|subject| subject.runs.len()).max().unwrap_or(0);
    let caption = format!(
        "Cumulative distribution of the packets' one-way and queueing delay in {scenario}, {} of \
         all packets over {}, up to the 99.9th percentile.",
        if by_flow(subjects) { "by flow," } else { "over all flows," },
        if seeds == 1 { "one seed".to_owned() } else { format!("{seeds} seeds") }
    );
    PaperFigure::new(PaperKind::Cdf, caption, &panels)
}

fn panel(title: &str, subjects: &[Subject<'_>], pick: Pick) -> Lines {
    let mut lines: Vec<(String, Distribution)> = Vec::new();
    for subject in subjects {
        let flows = subject.runs.iter().map(|run| run.series.flows.len()).max().unwrap_or(0);
        if !by_flow(subjects) {
            let all = subject.runs.iter().flat_map(|run| run.series.flows.iter().map(pick));
            lines.push((subject.name.to_owned(), pooled(&all.collect::<Vec<_>>())));
            continue;
        }
        for index in 0..flows {
            let of = |run: &'_ Outcome| run.series.flows.get(index).map(|flow| flow.id);
            let id = subject.runs.iter().find_map(of).unwrap_or_default();
            let told = subject.runs.iter().filter_map(|run| run.series.flows.get(index)).map(pick);
            let name = match (subjects.len(), flows) {
                (_, 1) => subject.name.to_owned(),
                (1, _) => format!("flow {id}"),
                _ => format!("{}, flow {id}", subject.name),
            };
            lines.push((name, pooled(&told.collect::<Vec<_>>())));
        }
    }
    let longest = lines.iter().filter_map(|(_, told)| length_at(told, SHOWN)).fold(0.0, f64::max);
    let chart = Lines::new(title).x("delay", Unit::named("ms")).y_name("packets").y(Unit::Share);
    let chart = chart.x_range(0.0, longest.max(1.0)).y_range(0.0, 1.0);
    lines.into_iter().enumerate().fold(chart, |chart, (index, (name, told))| {
        chart.series(Series::line(name, points(&told)).coloured(index))
    })
}

/// True when flows have lines of their own: when there is room.
fn by_flow(subjects: &[Subject<'_>]) -> bool {
    let first =
        |subject: &Subject<'_>| subject.runs.first().map_or(0, |run| run.series.flows.len());
    subjects.iter().map(first).sum::<usize>() <= LINES_MAX
}

/// From nothing on.
fn points(told: &Distribution) -> Vec<(f64, f64)> {
    let start = told.ms.first().map(|ms| (*ms, 0.0));
    start.into_iter().chain(told.ms.iter().copied().zip(told.share.iter().copied())).collect()
}

/// The length that this share of all do not exceed.
fn length_at(told: &Distribution, share: f64) -> Option<f64> {
    let index = told.share.partition_point(|up_to| *up_to < share);
    told.ms.get(index).or(told.ms.last()).copied()
}

/// Several distributions as one, each by how many it counts.
fn pooled(parts: &[&Distribution]) -> Distribution {
    let count: u64 = parts.iter().map(|part| part.count).sum();
    let mut ms: Vec<f64> = parts.iter().flat_map(|part| part.ms.iter().copied()).collect();
    ms.sort_by(f64::total_cmp);
    ms.dedup();
    let up_to = |ms: f64| {
        let counted = parts.iter().map(|part| part.share_up_to(ms) * part.count as f64);
        counted.sum::<f64>() / count as f64
    };
    let share = ms.iter().copied().map(up_to).collect();
    Distribution { count, ms, share }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_count_by_their_packets() {
        let part = |count, ms: f64| Distribution { count, ms: vec![ms], share: vec![1.0] };
        let all = pooled(&[&part(30, 10.0), &part(10, 20.0), &Distribution::default()]);
        assert_eq!(all, Distribution { count: 40, ms: vec![10.0, 20.0], share: vec![0.75, 1.0] });
        assert_eq!(length_at(&all, 0.75), Some(10.0));
        assert_eq!(length_at(&all, 0.999), Some(20.0));
        assert_eq!(points(&all)[0], (10.0, 0.0));
        assert_eq!(pooled(&[]), Distribution::default());
    }
}
