//! One axis: its range, its ticks, and where a figure lies on it.

use super::unit::Scale;

/// The ticks of an axis may not outnumber this, whatever its range.
const TICKS_MAX: usize = 24;

/// A range of figures laid on a range of pixels.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    from: f64,
    to: f64,
    scale: Scale,
    step: f64,
}

/// How the ends of an axis are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// At the data's ends.
    Tight,
    /// At the next tick beyond the data.
    Round,
}

impl Axis {
    /// An axis from `low` to `high` on the pixels `from` to `to`, with `ticks` ticks or so.
    pub(super) fn new(range: (f64, f64), pixels: (f64, f64), scale: Scale, ticks: usize) -> Self {
        Self::with_ends(range, pixels, scale, ticks, Ends::Tight)
    }

    /// As [`Self::new`], with a rule for the ends.
    pub(super) fn with_ends(
        (low, high): (f64, f64),
        (from, to): (f64, f64),
        scale: Scale,
        ticks: usize,
        ends: Ends,
    ) -> Self {
        let high = if high > low { high } else { low + scale.divisor };
        let step = nice_step((high - low) / scale.divisor, ticks) * scale.divisor;
        let (low, high) = match ends {
            Ends::Tight => (low, high),
            Ends::Round => ((low / step).floor() * step, (high / step - 1e-9).ceil() * step),
        };
        Axis { low, high, from, to, scale, step }
    }

    /// The pixel of a figure.
    pub(super) fn at(&self, figure: f64) -> f64 {
        self.from + (figure - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// Pixels and labels of the ticks.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let first = (self.low / self.step - 1e-9).ceil();
        let digits = decimals(self.step / self.scale.divisor);
        (0..TICKS_MAX)
            .map(|index| (first + index as f64) * self.step)
            .take_while(|figure| *figure <= self.high + self.step * 1e-6)
            .map(|figure| (self.at(figure), label(figure / self.scale.divisor, digits)))
            .collect()
    }

    /// The unit of the labels.
    pub(super) fn unit(&self) -> &str {
        &self.scale.name
    }
}

/// The round number (1, 2 or 5 and zeros) that divides `span` into `count` parts or so.
fn nice_step(span: f64, count: usize) -> f64 {
    let raw = span / count.max(1) as f64;
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= raw * 0.999);
    step.unwrap_or(10.0) * power
}

/// Digits behind the point that a step needs.
fn decimals(step: f64) -> usize {
    let digits = -(step * 1.000_001).log10().floor();
    if digits > 0.0 { (digits as usize).min(9) } else { 0 }
}

fn label(figure: f64, digits: usize) -> String {
    let figure = if figure.abs() < 1e-12 { 0.0 } else { figure };
    if figure.abs() >= 1e6 && figure % 1e5 == 0.0 {
        return format!("{}M", figure / 1e6);
    }
    if figure.abs() >= 1e4 && figure % 100.0 == 0.0 {
        return format!("{}k", figure / 1e3);
    }
    format!("{figure:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::Unit;

    fn labels(low: f64, high: f64, unit: &Unit) -> Vec<String> {
        let axis = Axis::new((low, high), (0.0, 100.0), unit.scale(high), 5);
        axis.ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(labels(0.0, 10.0, &Unit::Count), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels(0.0, 0.9, &Unit::Count), ["0.0", "0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(
            labels(0.0, 2.5e6, &Unit::BitsPerSecond),
            ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]
        );
        assert_eq!(labels(0.0, 250_000.0, &Unit::named("packets/s"))[1], "50k");
        assert_eq!(labels(0.0, 4e6, &Unit::Count)[1], "1M");
        assert_eq!(labels(0.0, 0.25, &Unit::Share), ["0", "5", "10", "15", "20", "25"]);
    }

    #[test]
    fn strange_ranges_end() {
        for (low, high) in [(0.0, 0.0), (5.0, 5.0), (-3.0, 8.0), (0.0, 1e-12), (1e17, 1e17 + 64.0)]
        {
            let ticks = labels(low, high, &Unit::Count);
            assert!(ticks.len() <= TICKS_MAX, "{low} to {high} gave {}", ticks.len());
        }
    }

    #[test]
    fn figures_lie_between_the_ends() {
        let scale = Unit::Count.scale(7.0);
        let axis = Axis::with_ends((0.0, 7.0), (100.0, 0.0), scale, 4, Ends::Round);
        assert_eq!((axis.low, axis.high), (0.0, 8.0));
        assert_eq!((axis.at(0.0), axis.at(8.0)), (100.0, 0.0));
    }
}
