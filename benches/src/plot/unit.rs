//! What an axis counts, and how its figures are written.

/// What figures mean. Charts pick the multiple (kbit/s, ms) by the largest figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A plain number.
    Count,
    /// Figures are in seconds.
    Seconds,
    /// Figures are in bits per second.
    BitsPerSecond,
    /// Figures are in bytes.
    Bytes,
    /// Figures are shares, 0 to 1, written in percent.
    Share,
    /// Anything else, such as `frames/s`; large figures get `k` and `M`.
    Named(String),
}

/// A multiple of a unit: figures are divided by `divisor` and written with `name`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) divisor: f64,
    pub(super) name: String,
}

impl Unit {
    /// Shorthand for [`Unit::Named`].
    pub fn named(name: impl Into<String>) -> Self {
        Unit::Named(name.into())
    }

    /// The multiple that suits figures up to `max`.
    pub(super) fn scale(&self, max: f64) -> Scale {
        let (divisor, name) = match self {
            Unit::Count => return Scale { divisor: 1.0, name: String::new() },
            Unit::Named(name) => return Scale { divisor: 1.0, name: name.clone() },
            Unit::Seconds if max < 1e-6 => (1e-9, "ns"),
            Unit::Seconds if max < 1e-3 => (1e-6, "µs"),
            Unit::Seconds if max < 1.0 => (1e-3, "ms"),
            Unit::Seconds if max < 1200.0 => (1.0, "s"),
            Unit::Seconds => (60.0, "min"),
            Unit::BitsPerSecond if max < 1e3 => (1.0, "bit/s"),
            Unit::BitsPerSecond if max < 1e6 => (1e3, "kbit/s"),
            Unit::BitsPerSecond if max < 1e9 => (1e6, "Mbit/s"),
            Unit::BitsPerSecond => (1e9, "Gbit/s"),
            Unit::Bytes if max < 1e3 => (1.0, "bytes"),
            Unit::Bytes if max < 1e6 => (1e3, "kB"),
            Unit::Bytes if max < 1e9 => (1e6, "MB"),
            Unit::Bytes => (1e9, "GB"),
            Unit::Share => (0.01, "%"),
        };
        Scale { divisor, name: name.to_owned() }
    }

    /// One figure with its unit, three digits long: `1.25 Mbit/s`.
    ///
    /// ```
    /// use lapwing_benches::plot::Unit;
    /// assert_eq!(Unit::BitsPerSecond.write(1_250_000.0), "1.25 Mbit/s");
    /// assert_eq!(Unit::Share.write(0.031), "3.10 %");
    /// assert_eq!(Unit::named("packets/s").write(271_828.0), "272k packets/s");
    /// ```
    pub fn write(&self, figure: f64) -> String {
        let scale = self.scale(figure.abs());
        let number = short(figure / scale.divisor);
        if scale.name.is_empty() { number } else { format!("{number} {}", scale.name) }
    }
}

/// A number in three digits or so, with `k`, `M` or `G` from ten thousand on.
pub(super) fn short(figure: f64) -> String {
    let magnitude = figure.abs();
    if !figure.is_finite() {
        return "–".to_owned();
    }
    let (divisor, suffix) = match magnitude {
        m if m < 1e4 => (1.0, ""),
        m if m < 1e6 => (1e3, "k"),
        m if m < 1e9 => (1e6, "M"),
        _ => (1e9, "G"),
    };
    let figure = figure / divisor;
    let digits = match figure.abs() {
        _ if suffix.is_empty() && figure.fract() == 0.0 => 0,
        m if m < 0.1 => 3,
        m if m < 10.0 => 2,
        m if m < 100.0 => 1,
        _ => 0,
    };
    format!("{figure:.digits$}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        let cases = [
            (0.0, "0"),
            (7.0, "7"),
            (0.0512, "0.051"),
            (4.15159, "4.15"),
            (31.4159, "31.4"),
            (1200.0, "1200"),
            (12_345.0, "12.3k"),
            (3_900_000.0, "3.90M"),
            (-2.5e9, "-2.50G"),
            (f64::NAN, "–"),
        ];
        for (figure, text) in cases {
            assert_eq!(short(figure), text);
        }
    }

    #[test]
    fn multiples_follow_the_figure() {
        assert_eq!(Unit::Seconds.write(0.0021), "2.10 ms");
        assert_eq!(Unit::Seconds.write(2.0), "2 s");
        assert_eq!(Unit::Bytes.write(64_000.0), "64 kB");
        assert_eq!(Unit::Count.write(3.0), "3");
    }
}
