//! Whether a bench is run for its figures or only to see that it works.

/// True when the program was called without `--bench`, or with `--test`: `cargo test` runs benches
/// so, and Criterion takes it the same way.
pub fn is_check() -> bool {
    let given = |name| std::env::args().any(|argument| argument == name);
    given("--test") || !given("--bench")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_test_is_a_check() {
        assert!(super::is_check());
    }
}
