//! Lengths as files have them.

/// Points (72 an inch) for a unit of a chart: 400 units are the 3.5 inches of a column of a paper.
pub(super) const POINTS: f64 = 0.63;

/// A number with two decimals at most, as short as it is.
pub(super) fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_are_short() {
        let numbers = [(1.0, "1"), (0.456, "0.46"), (-0.001, "0"), (100.0, "100"), (2.5, "2.5")];
        for (number, text) in numbers {
            assert_eq!(short(number), text);
        }
    }
}
