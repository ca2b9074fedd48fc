//! Applications that send less, feedback that does not come.

use std::time::Duration;

use super::call::{Flow, instant, print, run_one};
use super::link::LinkSpec;
use crate::bitrate::Bitrate;
use crate::congestion::{CongestionController, GoogCc, GoogCcConfig, IDLE_WAKEUP_EVERY, Limits};
use crate::test_time::origin;

const MBPS: f64 = 1e6;

#[test]
fn an_application_that_sends_little_is_probed_for_and_its_rate_is_there_when_it_wants_more() {
    let mut flow = Flow::new(1, 0.2 * MBPS);
    flow.desired = Some(Bitrate::kbps(1_500));
    flow.video.max_bps = 0.2 * MBPS;
    let spec = LinkSpec::new(2.0 * MBPS);
    let log = run_one(spec, 1, flow, 60);
    print("application-limited", &log, 60);
    let probes = log.probes.iter().filter(|probe| probe.0 > 5.0).count();
    println!("probes {:?}", log.probes);
    assert!((2..=13).contains(&probes), "every five seconds: {probes}");
    assert!(log.target(59.0) > 1.2 * MBPS, "{}", log.target(59.0));
    assert!(log.wait(95, 10.0, 60.0) < 20.0);
    let padded = log.padding_bytes as f64 * 8.0 / 60.0;
    assert!(padded < 60_000.0, "padding takes {padded} bit/s");
}

#[test]
fn a_pause_costs_nothing_and_does_not_harm() {
    let mut flow = Flow::new(2, 1.5 * MBPS);
    flow.active = vec![(0.0, 30.0), (60.0, 90.0)];
    let log = run_one(LinkSpec::new(MBPS), 2, flow, 90);
    print("pause", &log, 90);
    assert!(log.bps(31.0, 60.0) < 1.0, "nothing is sent");
    assert!(log.bps(70.0, 90.0) > 0.8 * MBPS);
    let woken = log.wakeups.iter().filter(|at| **at > 33.0 && **at < 60.0).count();
    assert!(woken <= 54, "{woken} in 27 s: two a second");
}

#[test]
fn lost_feedback_is_lived_with() {
    for seed in 1..=3 {
        let mut flow = Flow::new(seed, 2.5 * MBPS);
        flow.feedback_loss = 0.3;
        flow.feedback_every = Duration::from_millis(100);
        let log = run_one(LinkSpec::new(MBPS), seed, flow, 60);
        print("30 % of feedback lost", &log, 60);
        assert!(log.bps(15.0, 60.0) > 0.75 * MBPS, "seed {seed}");
        assert!(log.wait(95, 15.0, 60.0) < 250.0, "seed {seed}");
    }
}

#[test]
fn silence_takes_the_rate_down_and_feedback_brings_it_back() {
    let mut flow = Flow::new(1, 2.5 * MBPS);
    flow.heard = (f64::INFINITY, f64::INFINITY);
    let log = run_one(LinkSpec::new(MBPS), 1, flow, 30);
    print("no feedback", &log, 30);
    assert!((log.target(2.5) - 300_000.0).abs() < 1.0);
    assert!(log.target(29.0) < 10_000.0, "{}", log.target(29.0));

    let mut flow = Flow::new(1, 2.5 * MBPS);
    flow.heard = (0.0, 20.0);
    let log = run_one(LinkSpec::new(MBPS), 1, flow, 30);
    print("feedback ends", &log, 30);
    let (before, after) = (log.target(20.0), log.target(29.0));
    assert!(after < 0.4 * before, "{before} {after}");
}

#[test]
fn an_idle_connection_is_let_sleep() {
    let start = origin();
    let mut controller = GoogCc::new(GoogCcConfig::default(), start);
    let mut wakeups = 0;
    let mut now = start;
    while now < start + IDLE_WAKEUP_EVERY * 120 {
        controller.update(now);
        let Some(at) = controller.next_wakeup() else { break };
        assert!(at > now, "it does not spin");
        wakeups += 1;
        now = at;
    }
    assert!(wakeups <= 3, "{wakeups}");
}

#[test]
fn limits_hold_at_once() {
    let start = origin();
    let config = GoogCcConfig::default();
    let mut controller = GoogCc::new(config, start);
    let maximum = Bitrate::kbps(150);
    controller.set_limits(Limits { maximum, ..Limits::default() }, start);
    assert_eq!(controller.update(start).rate, maximum);
    controller.set_limits(Limits { minimum: Bitrate::kbps(400), ..Limits::default() }, start);
    assert_eq!(controller.update(start).rate, Bitrate::kbps(400));
    controller.on_receiver_limit(Some(Bitrate::kbps(200)), start);
    assert_eq!(controller.update(start).rate, Bitrate::kbps(400), "the minimum holds");
    controller.set_limits(Limits::default(), start);
    assert_eq!(controller.update(start).rate, Bitrate::kbps(200), "the receiver's limit");
    controller.on_receiver_limit(None, start);
    assert_eq!(controller.update(start).rate, config.start, "nothing limits any more");
    controller.on_receiver_limit(Some(Bitrate::kbps(200)), start);
    controller.on_path_changed(instant(1.0));
    assert_eq!(controller.update(instant(1.0)).rate, Bitrate::kbps(200));
}

#[test]
fn a_window_is_what_the_target_lets_out_in_a_round_trip_and_more() {
    let window = Some(Duration::from_millis(300));
    let config = GoogCcConfig { window, ..GoogCcConfig::default() };
    let mut controller = GoogCc::new(config, origin());
    let target = controller.update(origin());
    assert_eq!(target.window, Some(18_750), "300 kbit/s for half a second");
    let mut flow = Flow::with(Box::new(controller), 1, 2.5 * MBPS);
    flow.heard = (0.0, 20.0);
    let log = run_one(LinkSpec::new(MBPS), 1, flow, 40);
    print("window", &log, 40);
    assert!(log.bps(5.0, 20.0) > 0.8 * MBPS, "it does not stand in the way");
    assert!(log.bps(22.0, 40.0) < 0.03 * MBPS, "a packet now and then without feedback");
}
