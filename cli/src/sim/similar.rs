//! What someone may have meant who gave a name that there is not.

/// Names that are offered at most: more would be a list to search in again.
const OFFERED_MAX: usize = 6;

/// The names that a text is the beginning of; if there are none, those nearest to it, unless they
/// are far. None if there are too many.
pub(super) fn similar<'n>(
    text: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Vec<&'n str> {
    let begun: Vec<&str> = names.clone().filter(|name| name.starts_with(text)).collect();
    if !begun.is_empty() {
        return if begun.len() > OFFERED_MAX { Vec::new() } else { begun };
    }
    // A third may be wrong: with more, any two words are alike.
    let far = 1 + text.chars().count() / 3;
    let distances: Vec<(usize, &str)> = names.map(|name| (distance(text, name), name)).collect();
    let least = distances.iter().map(|(distance, _)| *distance).min().unwrap_or(far);
    let nearest = distances.into_iter().filter(|(distance, _)| *distance == least && least < far);
    nearest.map(|(_, name)| name).take(OFFERED_MAX).collect()
}

/// Letters that are put in, left out or exchanged between two words, at least (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let exchanged = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_letters() {
        for (a, b, expected) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("abc", "bc", 1)]
        {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        }
    }

    #[test]
    fn a_beginning_goes_before_what_is_near() {
        let names = ["owd50", "owd50-udp", "owd100", "relay", "relay-lost"];
        let of = |text| similar(text, names.into_iter());
        assert_eq!(of("owd1"), ["owd100"]);
        assert_eq!(of("owd5"), ["owd50", "owd50-udp"]);
        assert_eq!(of("rely"), ["relay"]);
        assert_eq!(of("owd500"), ["owd50", "owd100"]);
        assert!(of("something").is_empty());
        let many: Vec<String> = (0..7).map(|number| format!("a{number}")).collect();
        assert!(similar("a", many.iter().map(String::as_str)).is_empty());
        assert!(similar("a", [].into_iter()).is_empty());
    }
}
