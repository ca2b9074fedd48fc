//! A process decides once whether its randomness and clock are those of the system.

use std::hash::{BuildHasher, RandomState};
use std::panic::catch_unwind;
use std::process::Command;

use lapwing_system::{Replaced, is_replaced, keep, on_fresh_thread, replace};

/// Set in the processes that decide.
const CHILD: &str = "LAPWING_DECIDE";

/// What a process prints that saw all that it should.
const SEEN: &str = "DECIDED ONCE";

/// The keys of hash maps on a new thread, which the standard library draws from the system.
fn drawn() -> u64 {
    on_fresh_thread(|| RandomState::new().hash_one(0))
}

/// Runs the test of this name again in a process of its own, where `decide` is what it does.
fn in_a_process(test: &str, decide: impl FnOnce()) {
    if std::env::var_os(CHILD).is_some() {
        decide();
        println!("{SEEN}");
        return;
    }
    let output = Command::new(std::env::current_exe().expect("a test has a binary"))
        .args([&format!("system::{test}"), "--exact", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .expect("the test binary starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains(SEEN), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_keeps_its_system_cannot_replace_it() {
    in_a_process("what_keeps_its_system_cannot_replace_it", || {
        assert_eq!(keep(), Ok(()));
        assert!(catch_unwind(replace).is_err());
        assert!(on_fresh_thread(|| catch_unwind(replace)).is_err());
        assert!(!is_replaced());
        assert_ne!(drawn(), drawn());
        assert_eq!(keep(), Ok(()), "it is kept already");
    });
}

#[test]
fn what_replaced_its_system_makes_no_secrets() {
    in_a_process("what_replaced_its_system_makes_no_secrets", || {
        replace();
        assert_eq!(keep(), Err(Replaced));
        assert!(is_replaced());
        assert_eq!(drawn(), drawn());
        replace();
        assert_eq!(keep(), Err(Replaced));
    });
}
