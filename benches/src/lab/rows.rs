//! Rows of stored series as points of charts.

use lapwing_simnet::run::{FlowSeries, Outcome, Series};

use crate::plot::{self, Lines, Unit};

/// Rates are shown as means over this: RFC 8868 section 3 measures them so.
pub(super) const RATE_S: f64 = 0.2;
/// Delays of frames are shown as means over this: a picture has 30 of them a second or fewer.
pub(super) const FRAME_S: f64 = 0.5;
/// Losses are shown as shares over this.
pub(super) const LOSS_S: f64 = 1.0;
/// Width of charts.
pub(super) const WIDTH: u32 = 888;
/// Left of the plots, so that all charts of a page have one time axis.
pub(super) const GUTTER: u32 = 72;

/// Bins that are taken together, so that a point stands for so many seconds.
fn together(series: &Series, seconds: f64) -> usize {
    let bins = (seconds / series.bin_s).round();
    if bins.is_finite() { (bins as usize).max(1) } else { 1 }
}

/// The middle of each group of bins.
fn middle(series: &Series, group: usize, size: usize, bins: usize) -> f64 {
    let first = group * size;
    let end = (first + size).min(bins);
    (first + end) as f64 / 2.0 * series.bin_s
}

/// Means of a row.
pub(super) fn means(series: &Series, row: &[f64], seconds: f64) -> Vec<(f64, f64)> {
    let size = together(series, seconds);
    let groups = row.chunks(size).enumerate();
    groups
        .map(|(group, bins)| {
            let mean = bins.iter().sum::<f64>() / bins.len() as f64;
            (middle(series, group, size, row.len()), mean)
        })
        .collect()
}

/// Means of what there is in a row; not a number where there is nothing, which breaks the line.
pub(super) fn means_of_some(series: &Series, row: &[Option<f64>], seconds: f64) -> Vec<(f64, f64)> {
    let size = together(series, seconds);
    let groups = row.chunks(size).enumerate();
    groups
        .map(|(group, bins)| {
            let there: Vec<f64> = bins.iter().copied().flatten().collect();
            let mean = there.iter().sum::<f64>() / there.len() as f64;
            (middle(series, group, size, row.len()), mean)
        })
        .collect()
}

/// A share of two rows of counts, 1 at most; not a number where nothing was counted.
pub(super) fn shares(
    series: &Series,
    part: &[f64],
    whole: &[f64],
    seconds: f64,
) -> Vec<(f64, f64)> {
    let size = together(series, seconds);
    let bins = part.len().min(whole.len());
    let groups = part.chunks(size).zip(whole.chunks(size)).enumerate();
    groups
        .map(|(group, (part, whole))| {
            let share = part.iter().sum::<f64>() / whole.iter().sum::<f64>();
            // `f64::min` would make 1 of what is not a number: all of nothing.
            let share = if share > 1.0 { 1.0 } else { share };
            (middle(series, group, size, bins), share)
        })
        .collect()
}

/// Share of a flow's packets that was lost in each second, until the flow is to end: the few
/// packets after that are goodbyes to a peer that has gone.
pub(super) fn losses(series: &Series, flow: &FlowSeries) -> Vec<(f64, f64)> {
    let end = flow.active.iter().rposition(|active| *active).map_or(0, |last| last + 1);
    let lost = &flow.lost_packets[..end.min(flow.lost_packets.len())];
    shares(series, lost, &flow.sent_packets, LOSS_S)
}

/// Sums of a row.
pub(super) fn sums(series: &Series, row: &[f64], seconds: f64) -> Vec<(f64, f64)> {
    let size = together(series, seconds);
    let groups = row.chunks(size).enumerate();
    groups
        .map(|(group, bins)| (middle(series, group, size, row.len()), bins.iter().sum()))
        .collect()
}

/// A row that is constant for long: its first value, each change, and its end.
pub(super) fn changes(series: &Series, row: &[f64]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (bin, value) in row.iter().enumerate() {
        if points.last().is_none_or(|(_, last)| last != value) {
            points.push((bin as f64 * series.bin_s, *value));
        }
    }
    if let Some((_, last)) = points.last().copied() {
        points.push((row.len() as f64 * series.bin_s, last));
    }
    points
}

/// A capacity above this many times the greatest rate would press the rates to the ground.
const CAPACITY_TIMES_MAX: f64 = 4.0;

/// Adds a capacity to a chart of rates of which `most` is the greatest: as a line, or, where it is
/// far above, as a name.
pub(super) fn with_capacity(chart: Lines, series: &Series, capacity: &[f64], most: f64) -> Lines {
    let least = capacity.iter().copied().fold(f64::INFINITY, f64::min);
    if most > 0.0 && least > CAPACITY_TIMES_MAX * most {
        let name = format!("capacity: above, from {} on", Unit::BitsPerSecond.write(least));
        return chart.series(plot::Series::step(name, []).muted());
    }
    chart.series(plot::Series::step("capacity", changes(series, capacity)).muted())
}

/// The greatest of a row; zero without any.
pub(super) fn greatest(row: &[f64]) -> f64 {
    row.iter().copied().fold(0.0, f64::max)
}

/// What the links of a flow's path can carry, the least in each bin; `None` if none has a capacity.
pub(super) fn path_capacity(outcome: &Outcome, flow: usize) -> Option<Vec<f64>> {
    let series = &outcome.series;
    let path = &series.flows.get(flow)?.path;
    let links = series.links.iter().filter(|link| path.contains(&link.name));
    links.map(|link| link.capacity_bps.clone()).reduce(|least, other| {
        least.iter().zip(&other).map(|(least, other)| least.min(*other)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Series {
        Series { bin_s: 0.5, ..Series::default() }
    }

    #[test]
    fn groups_have_their_middle_and_their_mean() {
        let row = [1.0, 3.0, 5.0];
        assert_eq!(means(&series(), &row, 1.0), [(0.5, 2.0), (1.25, 5.0)]);
        assert_eq!(sums(&series(), &row, 1.0), [(0.5, 4.0), (1.25, 5.0)]);
        // Bins wider than wanted stay as they are.
        assert_eq!(means(&series(), &row, 0.1).len(), 3);
        let some = means_of_some(&series(), &[None, Some(4.0), None], 1.0);
        assert_eq!(some[0], (0.5, 4.0));
        assert!(some[1].1.is_nan());
        assert_eq!(shares(&series(), &[1.0, 0.0], &[3.0, 1.0], 1.0), [(0.5, 0.25)]);
        assert_eq!(shares(&series(), &[2.0, 1.0], &[1.0, 1.0], 1.0), [(0.5, 1.0)]);
    }

    #[test]
    fn before_a_late_flow_begins_nothing_is_lost() {
        let flow = FlowSeries {
            active: vec![false, false, true, true],
            sent_packets: vec![0.0, 0.0, 4.0, 4.0],
            lost_packets: vec![0.0, 0.0, 2.0, 0.0],
            ..FlowSeries::default()
        };
        let losses = losses(&series(), &flow);
        assert_eq!(losses.len(), 2);
        assert!(losses[0].1.is_nan(), "{losses:?}");
        assert_eq!(losses[1], (1.5, 0.25));
    }

    #[test]
    fn losses_after_the_end_are_none() {
        let flow = FlowSeries {
            active: vec![true, true, false, false],
            sent_packets: vec![4.0, 4.0, 1.0, 1.0],
            lost_packets: vec![1.0, 1.0, 1.0, 1.0],
            ..FlowSeries::default()
        };
        assert_eq!(losses(&series(), &flow), [(0.5, 0.25)]);
        assert_eq!(losses(&series(), &FlowSeries::default()), []);
    }

    #[test]
    fn constant_rows_are_two_points_for_each_level() {
        assert_eq!(changes(&series(), &[2.0, 2.0, 1.0]), [(0.0, 2.0), (1.0, 1.0), (1.5, 1.0)]);
        assert_eq!(changes(&series(), &[]), []);
    }

    #[test]
    fn a_width_of_nothing_is_no_division_by_zero() {
        let series = Series { bin_s: 0.0, ..Series::default() };
        assert_eq!(means(&series, &[1.0, 2.0], 1.0).len(), 2);
    }
}
