//! Whether tables are the committed ones.

/// How far a figure may be from the committed one: the libraries use other instructions on other
/// processors, which round differently.
const TOLERANCE: f64 = 0.3;

/// Lines that differ, as text.
pub(crate) fn differences(committed: &str, found: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (committed.lines().collect(), found.lines().collect());
    if old.len() != new.len() {
        return vec![format!("{} lines instead of {}", new.len(), old.len())];
    }
    let lines = old.iter().zip(&new);
    let differing = lines.filter(|(old, new)| !is_same(old, new));
    differing.map(|(old, new)| format!("- {old}\n+ {new}")).collect()
}

fn is_same(old: &str, new: &str) -> bool {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.split_whitespace().collect(), new.split_whitespace().collect());
    let is_near = |(old, new): (&&str, &&str)| match (old.parse::<f64>(), new.parse::<f64>()) {
        (Ok(old), Ok(new)) => (old - new).abs() <= TOLERANCE.max(0.02 * old.abs()),
        _ => old == new || old.starts_with('─'),
    };
    old.len() == new.len() && old.iter().zip(&new).all(is_near)
}
