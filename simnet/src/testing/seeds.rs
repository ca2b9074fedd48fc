//! The same test with many seeds.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The environment variable that names the one seed to play.
const VARIABLE: &str = "LAPWING_SEED";

/// Plays a test with each of these seeds, in their order.
///
/// The first that panics ends it, with a panic that names the seed. Where the environment has
/// `LAPWING_SEED`, the test is played with that seed alone, whether it is one of these or not:
///
/// ```text
/// LAPWING_SEED=17 cargo test a_call_survives
/// ```
///
/// ```
/// use lapwing_simnet::Seed;
/// use lapwing_simnet::testing::for_seeds;
/// for_seeds(1..=100, |seed| {
///     let mut dice = Seed(seed).stream("dice");
///     assert!(dice.unit() < 1.0);
/// });
/// ```
///
/// # Panics
/// When the test does, or when `LAPWING_SEED` is no number.
#[track_caller]
pub fn for_seeds(seeds: impl IntoIterator<Item = u64>, test: impl FnMut(u64)) {
    if let Err(words) = play(seeds, wanted().as_deref(), test) {
        panic!("{words}");
    }
}

#[expect(clippy::disallowed_methods, reason = "who tests chooses the seed; no run depends on it")]
fn wanted() -> Option<String> {
    std::env::var(VARIABLE).ok()
}

fn play(
    seeds: impl IntoIterator<Item = u64>,
    wanted: Option<&str>,
    mut test: impl FnMut(u64),
) -> Result<(), String> {
    let mut play = |seed| {
        // What a test leaves behind when it panics is dropped with it.
        catch_unwind(AssertUnwindSafe(|| test(seed))).map_err(|panic| {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
            let words = words.unwrap_or("a panic without words");
            format!("with seed {seed}: {words}\n{VARIABLE}={seed} plays it alone")
        })
    };
    match wanted.map(|text| (text, text.trim().parse())) {
        Some((_, Ok(seed))) => play(seed),
        Some((text, Err(_))) => Err(format!("{VARIABLE} is {text:?}, which is no number")),
        None => seeds.into_iter().try_for_each(play),
    }
}

#[cfg(test)]
mod tests {
    use super::play;

    #[test]
    fn the_seed_that_fails_is_named_and_played_alone() {
        let mut played = Vec::new();
        let mut test = |seed| {
            played.push(seed);
            assert!(seed % 3 != 0, "three divides it");
        };
        let failed = play(1..=9, None, &mut test).expect_err("the third fails");
        assert_eq!(failed, "with seed 3: three divides it\nLAPWING_SEED=3 plays it alone");
        assert_eq!(play(1..=9, Some(" 17 "), &mut test), Ok(()));
        assert!(play(1..=9, Some("all"), &mut test).is_err_and(|words| words.contains("\"all\"")));
        assert_eq!(played, [1, 2, 3, 17]);
    }
}
