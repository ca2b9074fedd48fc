//! The same seed, the same lines.

use std::process::Command;
use std::time::Duration;

use lapwing_conformance::wall::{Ends, Side};
use lapwing_system as system;
use serde_json::{Value, json};

use super::both::{Said, ask, deliver, ends, media, negotiate, open, run_for};

/// A call with everything, and all that both ends said in it.
fn lines(loss: f64, seed: u64) -> Vec<String> {
    let mut ends = ends(loss, seed);
    open(&mut ends, json!({}));
    for side in Side::BOTH {
        media(&mut ends, side, "audio", json!({}));
        media(&mut ends, side, "video", json!({}));
    }
    ask(&mut ends, Side::Peer, json!({"do": "channel", "label": "chat"}));
    negotiate(&mut ends, Side::Peer);
    let mut said = Said::default();
    said.opened(&mut ends, "chat");
    let messages = json!({"kind": "binary", "size": 30_000, "count": 20});
    deliver(&mut ends, Side::Subject, "chat", messages);
    run_for(&mut ends, Duration::from_secs(3));
    said.read(&mut ends);
    let mut all: Vec<Value> = said.0.concat();
    for side in Side::BOTH {
        all.push(ask(&mut ends, side, json!({"do": "seen"})));
        all.push(ask(&mut ends, side, json!({"do": "stats"})));
    }
    all.push(json!(ends.elapsed().as_nanos() as u64));
    all.iter().map(Value::to_string).collect()
}

/// Set in the processes that print the lines of a call.
const CHILD: &str = "LAPWING_PRINT_LINES";
const TEST: &str = "simulated::repeats::a_seed_gives_the_same_lines_in_another_process";

#[test]
fn a_seed_gives_the_same_lines_in_another_process() {
    if let Ok(seed) = std::env::var(CHILD) {
        let seed = seed.parse().expect("a number");
        system::replace();
        for line in system::on_fresh_thread(|| lines(0.02, seed)) {
            println!("LINE {line}");
        }
        return;
    }
    let [first, second, other] = [7, 7, 8].map(lines_of_child);
    assert!(first.len() > 15, "only {first:?}");
    assert_eq!(first, second);
    assert_ne!(first, other);
}

fn lines_of_child(seed: u64) -> Vec<String> {
    let output = Command::new(std::env::current_exe().expect("a test has a binary"))
        .args([TEST, "--exact", "--nocapture"])
        .env(CHILD, seed.to_string())
        .output()
        .expect("the test binary starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().filter_map(|line| line.strip_prefix("LINE ")).map(str::to_owned).collect()
}
