//! The page of a sweep: a figure over the parameters, as heat maps, or over the only one as a line
//! with its confidence.

use lapwing_simnet::scenario::AxisValue;

use super::Figure;
use crate::plot::{Chart, Heat, HeatPanel, Lines, Report, Series, Table, Tone, Unit};

use super::rows::WIDTH;
use super::student::half_width;

/// A parameter and the values that it takes in turn.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepAxis {
    /// Its name, like `link.fwd.delay_ms`.
    pub name: String,
    /// Its values, numbers in the unit of the name.
    pub values: Vec<AxisValue>,
}

/// A run of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepRun {
    /// The combination of values: the first axis varies slowest.
    pub point: usize,
    /// The seed.
    pub seed: u64,
    /// The figures of [`SweepView::figures`], in their order.
    pub values: Vec<Option<f64>>,
}

/// A figure over the seeds of a combination.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverSeeds {
    /// The least.
    pub least: f64,
    /// The mean.
    pub mean: f64,
    /// The greatest.
    pub greatest: f64,
    /// How far from the mean the one over all seeds may be, with a confidence of 95 % by Student's
    /// t distribution; `None` of a single seed.
    pub half_width: Option<f64>,
}

/// A sweep as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepView {
    /// The scenario's name.
    pub scenario: String,
    /// The parameters.
    pub axes: Vec<SweepAxis>,
    /// The seeds of each combination.
    pub seeds: Vec<u64>,
    /// What is shown of each run.
    pub figures: Vec<Figure>,
    /// The runs there are, by combination.
    pub runs: Vec<SweepRun>,
}

impl SweepView {
    /// Combinations in all.
    pub fn points(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// The values of a combination, in the order of the axes.
    ///
    /// ```
    /// use lapwing_benches::lab::{SweepAxis, SweepView};
    /// use lapwing_simnet::scenario::AxisValue::{self, Number};
    /// let axis = |name: &str, values: &[f64]| {
    ///     let values = values.iter().copied().map(AxisValue::Number).collect();
    ///     SweepAxis { name: name.to_owned(), values }
    /// };
    /// let axes = vec![axis("a", &[1.0, 2.0]), axis("b", &[3.0, 4.0, 5.0])];
    /// let (figures, runs) = (Vec::new(), Vec::new());
    /// let view = SweepView { scenario: String::new(), axes, seeds: vec![1], figures, runs };
    /// assert_eq!(view.values(4), [Number(2.0), Number(4.0)]);
    /// ```
    pub fn values(&self, point: usize) -> Vec<AxisValue> {
        let at = self.axes.iter().zip(positions(&self.axes, point));
        at.filter_map(|(axis, position)| axis.values.get(position).cloned()).collect()
    }

    /// A figure over the seeds of a combination, as far as they have it.
    pub fn over_seeds(&self, figure: usize, point: usize) -> Option<OverSeeds> {
        let first = self.runs.partition_point(|run| run.point < point);
        let runs = self.runs[first..].iter().take_while(|run| run.point == point);
        let values: Vec<f64> =
            runs.filter_map(|run| run.values.get(figure).copied().flatten()).collect();
        let least = values.iter().copied().min_by(f64::total_cmp)?;
        let greatest = values.iter().copied().max_by(f64::total_cmp)?;
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Some(OverSeeds { least, mean, greatest, half_width: half_width(&values) })
    }

    /// The combination of these positions on the axes.
    fn point(&self, positions: &[usize]) -> usize {
        let axes = self.axes.iter().zip(positions);
        axes.fold(0, |point, (axis, position)| point * axis.values.len() + position)
    }
}

/// A row for each combination: its values, and of each figure the mean over seeds, how far it may
/// be off (95 %), and the least and the greatest.
pub fn sweep_table(view: &SweepView) -> Table {
    let axes = view.axes.iter().map(|axis| axis.name.clone());
    let figures = view.figures.iter().map(|figure| figure.name().to_owned());
    let mut table = Table::new(axes.chain(figures));
    for point in 0..view.points() {
        let values = view.values(point).iter().map(value).collect::<Vec<_>>();
        let figures = view.figures.iter().enumerate().map(|(index, figure)| {
            match view.over_seeds(index, point) {
                None => "–".to_owned(),
                Some(OverSeeds { mean, half_width: None, .. }) => figure.write(Some(mean)),
                Some(OverSeeds { least, mean, greatest, half_width }) => {
                    let all = [Some(mean), half_width, Some(least), Some(greatest)];
                    let [mean, half, least, greatest] = all.map(|value| figure.write(value));
                    format!("{mean} ± {half} ({least} to {greatest})")
                }
            }
        });
        table.push(values.into_iter().chain(figures));
    }
    table
}

/// The page of a sweep. The first parameter goes across and the second upwards; of the third there
/// is a map for each value beside each other, of all others a row of maps for each combination.
pub fn sweep_page(view: &SweepView, notes: &[String]) -> Report {
    let SweepView { scenario, seeds, .. } = view;
    let (wanted, there) = (view.points() * seeds.len(), view.runs.len());
    let tone = if there == wanted { Tone::Good } else { Tone::Warn };
    let seeds: Vec<String> = seeds.iter().map(u64::to_string).collect();
    let text = format!("{there} of {wanted} runs: {} combinations", view.points());
    let mut report = Report::new(format!("{scenario}: sweep")).verdict(tone, &text).text(&format!(
        "Means over seeds {}. What follows on ± is half the interval that has the mean over all \
             seeds with a confidence of 95 %, by Student's t distribution.",
        seeds.join(", ")
    ));
    if !view.axes.is_empty() {
        report = report.section("Over the parameters");
        for (index, figure) in view.figures.iter().enumerate() {
            report = report.chart(&match line(view, index, *figure) {
                Some(chart) => chart,
                None => heat(view, index, *figure).chart(),
            });
        }
    }
    report = report.section_folded("Every combination").table(&sweep_table(view));
    notes.iter().fold(report, |report, note| report.text(note))
}

/// A figure over the only axis, if that has numbers: its mean, and where that may be.
fn line(view: &SweepView, index: usize, figure: Figure) -> Option<Chart> {
    let [axis] = &view.axes[..] else { return None };
    let number = |value: &AxisValue| match value {
        AxisValue::Number(number) => Some(*number),
        _ => None,
    };
    let numbers = axis.values.iter().map(number).collect::<Option<Vec<f64>>>()?;
    let mut points: Vec<(f64, Option<OverSeeds>)> = numbers
        .into_iter()
        .enumerate()
        .map(|(point, number)| (number, view.over_seeds(index, point)))
        .collect();
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    let series = |pick: &dyn Fn(OverSeeds) -> f64| {
        let at = |(x, y): &(f64, Option<OverSeeds>)| (*x, y.map_or(f64::NAN, pick));
        points.iter().map(at).collect::<Vec<(f64, f64)>>()
    };
    let end = |sign: f64| {
        series(&move |over: OverSeeds| over.mean + sign * over.half_width.unwrap_or(f64::NAN))
    };
    let lines = Lines::new(figure.title())
        .size(WIDTH, 260)
        .x(&axis.name, Unit::Count)
        .y(figure.unit())
        .series(Series::line("95 % from", end(-1.0)).muted())
        .series(Series::line("to", end(1.0)).muted())
        // Last, so that it lies over a narrow band.
        .series(Series::line("mean", series(&|over| over.mean)).coloured(0));
    Some(lines.chart())
}

fn heat(view: &SweepView, index: usize, figure: Figure) -> Heat {
    let axis = |number: usize| view.axes.get(number);
    let labels = |axis: &SweepAxis| axis.values.iter().map(value).collect::<Vec<_>>();
    let mut heat = Heat::new(figure.title(), figure.unit()).width(WIDTH);
    if let Some(x) = axis(0) {
        heat = heat.x(&x.name, labels(x));
    }
    if let Some(y) = axis(1) {
        heat = heat.y(&y.name, labels(y));
    }
    let rest = view.axes.get(3..).unwrap_or_default();
    for row in 0..rest.iter().map(|axis| axis.values.len()).product() {
        let others = positions(rest, row);
        let named = rest.iter().zip(&others);
        let heading: Vec<String> = named
            .map(|(axis, position)| format!("{} = {}", axis.name, value(&axis.values[*position])))
            .collect();
        let across = axis(2).map_or(1, |axis| axis.values.len());
        let panels = (0..across).map(|column| panel(view, index, column, &others));
        heat = heat.row(heading.join(", "), panels.collect::<Vec<_>>());
    }
    heat
}

/// The map of a value of the third axis and of positions on those after it.
fn panel(view: &SweepView, index: usize, column: usize, others: &[usize]) -> HeatPanel {
    let third = view.axes.get(2);
    let title = third.map_or_else(String::new, |axis| {
        format!("{} = {}", axis.name, value(&axis.values[column]))
    });
    let count = |number: usize| view.axes.get(number).map(|axis| axis.values.len());
    let cell = |x: usize, y: usize| {
        let mut positions = vec![x];
        positions.extend(count(1).map(|_| y));
        positions.extend(count(2).map(|_| column));
        positions.extend(others);
        view.over_seeds(index, view.point(&positions)).map(|over| over.mean)
    };
    let row = |y: usize| (0..count(0).unwrap_or(1)).map(|x| cell(x, y)).collect();
    HeatPanel { title, rows: (0..count(1).unwrap_or(1)).map(row).collect() }
}

/// The positions on some axes of their combination with this number.
fn positions(axes: &[SweepAxis], number: usize) -> Vec<usize> {
    let mut rest = number;
    let mut positions: Vec<usize> = axes
        .iter()
        .rev()
        .map(|axis| {
            let count = axis.values.len().max(1);
            let position = rest % count;
            rest /= count;
            position
        })
        .collect();
    positions.reverse();
    positions
}

/// A parameter's value, short.
fn value(value: &AxisValue) -> String {
    match value {
        AxisValue::Number(number) if number.abs() >= 1e4 => Unit::named("").write(*number),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(name: &str, values: &[f64]) -> SweepAxis {
        let values = values.iter().copied().map(AxisValue::Number).collect();
        SweepAxis { name: name.to_owned(), values }
    }

    /// Every run's figure is the number of its combination, but for the second seed, which has half
    /// of one more.
    fn view(axes: Vec<SweepAxis>) -> SweepView {
        let points: usize = axes.iter().map(|axis| axis.values.len()).product();
        let run = |point: usize, seed: u64| {
            let value = point as f64 + if seed == 2 { 0.5 } else { 0.0 };
            SweepRun { point, seed, values: vec![Some(value)] }
        };
        let runs = (0..points).flat_map(|point| [run(point, 1), run(point, 2)]).collect();
        let (figures, scenario) = (vec![Figure::QueueP95], "grid".to_owned());
        SweepView { scenario, axes, seeds: vec![1, 2], figures, runs }
    }

    #[test]
    fn maps_have_the_means_of_their_combinations() {
        let four = [
            axis("a", &[1.0, 2.0]),
            axis("b", &[3.0, 4.0, 5.0]),
            axis("c", &[6.0, 7.0]),
            axis("d", &[8.0, 9.0]),
        ];
        let view = view(four.to_vec());
        assert_eq!(view.points(), 24);
        // a = 2, b = 4, c = 7, d = 9.
        let map = panel(&view, 0, 1, &[1]);
        assert_eq!(map.title, "c = 7");
        assert_eq!(map.rows[1][1], Some((((3 + 1) * 2 + 1) * 2 + 1) as f64 + 0.25));
        assert_eq!(view.values(19), [2.0, 4.0, 7.0, 9.0].map(AxisValue::Number));
        let html = sweep_page(&view, &["two failed".to_owned()]).html();
        for text in ["48 of 48 runs", "d = 9", "c = 7", "across: a; upwards: b", "two failed"] {
            assert!(html.contains(text), "{text}");
        }
    }

    #[test]
    fn few_parameters_and_missing_runs_are_drawn() {
        let mut one = view(vec![axis("capacity_bps", &[300_000.0, 5e6])]);
        let html = sweep_page(&one, &[]).html();
        assert!(html.contains("95 % from") && html.contains("300k"), "{html}");
        let over = one.over_seeds(0, 1).expect("it has both seeds");
        assert_eq!((over.least, over.mean, over.greatest), (1.0, 1.25, 1.5));
        assert!((over.half_width.expect("of two") - 12.7062 * 0.25).abs() < 1e-4);
        assert!(sweep_table(&one).to_string().contains("1.25 ms ± 3.18 ms ("));
        one.runs.truncate(1);
        let html = sweep_page(&one, &[]).html();
        assert!(html.contains("1 of 4 runs"));
        assert_eq!(one.over_seeds(0, 1), None);
        assert!(sweep_table(&one).to_string().contains("5.00M"));
        let words = ["tail-drop", "codel"].map(|word| AxisValue::Text(word.to_owned()));
        let words = SweepAxis { name: "queue.type".to_owned(), values: words.to_vec() };
        let html = sweep_page(&view(vec![words]), &[]).html();
        assert!(html.contains("codel") && html.contains("<svg"));
        let none = view(Vec::new());
        assert!(!sweep_page(&none, &[]).html().contains("<svg"));
    }
}
