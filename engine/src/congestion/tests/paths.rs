//! One call over one path: how much of it is used, and how long its queue is.

use std::time::Duration;

use super::call::{Flow, print, run_one};
use super::link::LinkSpec;
use crate::datagram::Ecn;

const MBPS: f64 = 1e6;

#[test]
fn a_megabit_is_reached_from_three_hundred_kilobits() {
    for seed in 1..=5 {
        let log = run_one(LinkSpec::new(MBPS), seed, Flow::new(seed, 2.5e6), 60);
        print("1 Mbit/s", &log, 60);
        let reached = log.reaches(0.85 * MBPS, 0.0).expect("it is reached");
        assert!(reached < 10.0, "seed {seed}: {reached} s");
        let used = log.bps(10.0, 60.0) / MBPS;
        assert!(used > 0.85, "seed {seed}: {used}");
        assert!(log.wait(95, 10.0, 60.0) < 200.0, "seed {seed}");
    }
}

#[test]
fn a_fall_and_a_rise_are_followed() {
    for seed in 1..=5 {
        let spec = LinkSpec::new(MBPS).then(30.0, 0.4 * MBPS).then(60.0, 1.5 * MBPS);
        let log = run_one(spec, seed, Flow::new(seed, 2.5e6), 100);
        print("1, 0.4, 1.5 Mbit/s", &log, 100);
        let fallen = log.mean_target(33.0, 60.0);
        assert!(fallen < 0.42 * MBPS && fallen > 0.3 * MBPS, "seed {seed}: {fallen}");
        assert!(log.wait(95, 35.0, 60.0) < 200.0, "seed {seed}: the queue is drained");
        let risen = log.reaches(0.85 * 1.5 * MBPS, 60.0).expect("it is reached");
        assert!(risen < 85.0, "seed {seed}: {risen} s");
        assert!(log.loss() < 0.03, "seed {seed}: {}", log.loss());
    }
}

/// The variable capacity of RFC 8867 section 5.1.
#[test]
fn a_path_that_changes_is_used_with_a_short_queue() {
    for seed in 1..=5 {
        let mut spec =
            LinkSpec::new(MBPS).then(40.0, 2.5 * MBPS).then(60.0, 0.6 * MBPS).then(80.0, MBPS);
        spec.jitter = Duration::from_millis(5);
        let log = run_one(spec, seed, Flow::new(seed, 1.5e6), 100);
        print("RFC 8867 5.1", &log, 100);
        let phases = [(0.0, 40.0, 1.0), (40.0, 60.0, 1.5), (60.0, 80.0, 0.6), (80.0, 100.0, 1.0)];
        let used = phases.map(|(from, to, mbps)| log.bps(from, to) / mbps / MBPS);
        let (up, p95) = (log.reaches(0.8 * 1.5 * MBPS, 40.0), log.wait(95, 0.0, 100.0));
        println!("seed {seed}: {used:.2?}, up at {up:?}, p95 {p95:.0}, loss {:.4}", log.loss());
        assert!(used.iter().all(|used| *used > 0.8), "seed {seed}: {used:?}");
        assert!(up.is_some_and(|up| up < 45.0), "seed {seed}: {up:?}");
        assert!(log.loss() < 0.01, "seed {seed}: {}", log.loss());
        assert!(p95 < 80.0, "seed {seed}: {p95}");
        assert!(log.wait(95, 62.0, 80.0) < 100.0, "seed {seed}: drained in two seconds");
    }
}

#[test]
fn random_loss_of_two_percent_takes_little() {
    for seed in 1..=5 {
        let spec = LinkSpec { loss: 0.02, ..LinkSpec::new(MBPS) };
        let log = run_one(spec, seed, Flow::new(seed, 2.5e6), 60);
        print("2 % loss", &log, 60);
        let used = log.bps(15.0, 60.0) / MBPS;
        assert!(used > 0.75, "seed {seed}: {used}");
    }
}

#[test]
fn a_policer_is_found() {
    // No queue to speak of: all that is above the rate is lost.
    let spec = LinkSpec { queue: Duration::from_millis(25), ..LinkSpec::new(MBPS) };
    let log = run_one(spec, 1, Flow::new(1, 2.5e6), 60);
    print("policer", &log, 60);
    assert!(log.bps(20.0, 60.0) > 0.6 * MBPS);
    assert!(log.loss() < 0.13, "{}", log.loss());
}

#[test]
fn many_megabits_are_found_by_probes() {
    let log = run_one(LinkSpec::new(20.0 * MBPS), 1, Flow::new(1, 10e6), 30);
    print("20 Mbit/s", &log, 30);
    assert!(log.reaches(9e6, 0.0).is_some_and(|at| at < 15.0));
    assert!(log.wait(95, 0.0, 30.0) < 20.0);
}

#[test]
fn marks_keep_the_queue_short() {
    for ecn in [Ecn::Ect0, Ecn::Ect1] {
        let marks_above = Some(Duration::from_millis(15));
        let spec = LinkSpec { marks_above, ..LinkSpec::new(MBPS) };
        let mut flow = Flow::new(1, 2.5e6);
        flow.ecn = Some(ecn);
        let log = run_one(spec, 1, flow, 60);
        print("marks", &log, 60);
        assert!(log.bps(10.0, 60.0) > 0.7 * MBPS, "{ecn:?}");
        assert!(log.wait(95, 10.0, 60.0) < 60.0, "{ecn:?}");
        assert!(log.loss() < 0.01, "{ecn:?}");
    }
}
