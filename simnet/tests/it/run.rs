//! Runs of scenarios: what is measured, and that it repeats.

use std::time::Duration;

use lapwing_simnet::run::{Outcome, Run};
use lapwing_simnet::scenario::{Expectation, Scenario, built_in};
use lapwing_simnet::suite::{Board, Compared, Figure, Suite, compare, known_failures};
use lapwing_simnet::{ChainLog, Clock, Sessions};

/// A scenario of the repository, cut to some seconds.
fn scenario(name: &str, seconds: u64) -> Scenario {
    let found = built_in(name).expect("the scenario is built in");
    let mut scenario = Scenario::parse(found.name, found.text).expect("it is right");
    scenario.meta.duration = Duration::from_secs(seconds);
    scenario
}

fn finish(scenario: &Scenario, seed: u64, clock: Clock) -> (Outcome, ChainLog) {
    let mut run = Run::new(scenario, seed, clock).expect("it can be built");
    run.sim().watch(ChainLog::default());
    while run.step() {}
    let chain = std::mem::take(run.sim().watcher::<ChainLog>().expect("it watches"));
    (run.outcome().expect("its references can be built"), chain)
}

fn outcome(name: &str, seconds: u64) -> Outcome {
    finish(&scenario(name, seconds), 1, Clock::arbitrary()).0
}

#[test]
fn a_call_fills_a_narrow_link_and_is_measured() {
    let outcome = outcome("rfc8867-5.1-owd50", 20);
    let [flow] = &outcome.figures.flows[..] else { panic!("one flow") };
    // Candidates, checks and a handshake over 100 ms of round trip.
    assert!(flow.connected_s.is_some_and(|at| at < 2.0), "{flow:?}");
    assert!((500_000.0..1_000_000.0).contains(&flow.received_bps), "{flow:?}");
    assert!(flow.estimate_bps.is_some_and(|rate| (300_000.0..1_500_000.0).contains(&rate)));
    assert!(flow.frames_received > 450, "{flow:?}");
    // Propagation is 50 ms; the queue holds 300 ms, a packet is sent in 10 ms, jitter is at most 15
    // ms.
    let one_way = flow.one_way_delay_p50_ms.expect("packets arrived");
    assert!((50.0..375.0).contains(&one_way), "{one_way} ms");
    assert!(flow.queueing_delay_p95_ms.is_some_and(|ms| ms <= 301.0), "{flow:?}");
    assert!(flow.frame_delay_p50_ms.is_some_and(|ms| ms > 50.0), "{flow:?}");
    let [link, _] = &outcome.figures.links[..] else { panic!("two links have a capacity") };
    assert_eq!((link.name.as_str(), link.phases.len()), ("fwd", 1));
    assert!((0.5..1.0).contains(&link.phases[0].utilisation), "{link:?}");
    assert_eq!(outcome.series.bin_s, 0.1);
    assert_eq!(outcome.series.flows[0].sent_bps.len(), 200);
    // Nothing is sent before the call is set up, and nothing arrives that was not sent.
    let sum = |row: &[f64]| row.iter().sum::<f64>();
    let [sent, received] =
        [&outcome.series.flows[0].sent_bps, &outcome.series.flows[0].received_bps].map(|r| sum(r));
    assert!(received <= sent);
    // Goodput has neither headers nor feedback, repairs and padding.
    let goodput = sum(&outcome.series.flows[0].goodput_bps);
    assert!((0.7..0.97).contains(&(goodput / received)), "{goodput} of {received}");
    assert_eq!(outcome.series.links[0].goodput_bps, outcome.series.flows[0].goodput_bps);
    let share = link.goodput_utilisation.expect("media cross it");
    assert!(link.utilisation.is_some_and(|all| share < all), "{link:?}");
    assert_eq!(link.phases[0].queueing_delay_p95_ms, link.queueing_delay_p95_ms);
    // The distribution of delays tells the same as their percentiles.
    let told = &outcome.series.flows[0].one_way_delay_cdf;
    // A length is told to a microsecond, and stands for all of its bucket.
    let at_median = told.share_up_to(one_way + 0.001);
    assert!((0.49..0.75).contains(&at_median), "{at_median}");
    let [p50, p95] = [0.5, 0.95].map(|share| {
        let index = told.share.partition_point(|up_to| *up_to < share);
        told.ms[index]
    });
    assert!((p50 - one_way).abs() < 0.02 * one_way, "{p50} and {one_way}");
    assert!(flow.one_way_delay_p95_ms.is_some_and(|ms| (p95 - ms).abs() < 0.02 * ms), "{p95}");
    assert_eq!(outcome.verdicts.len(), 6);
}

#[test]
fn a_pause_is_no_freeze_and_leaves_its_share_to_the_others() {
    let mut scenario = scenario("rfc8867-5.8", 20);
    for flow in &mut scenario.flows {
        flow.pause = (flow.id == 2).then(|| (Duration::from_secs(8), Duration::from_secs(14)));
        flow.end = (Duration::from_secs(20), Duration::from_secs(20));
    }
    let (outcome, _) = finish(&scenario, 1, Clock::arbitrary());
    let flow = &outcome.series.flows[1];
    let sent = |from: usize, to: usize| flow.sent_bps[from..to].iter().sum::<f64>();
    // The estimator keeps its knowledge of the path alive by padding at some 160 kbit/s.
    let paused = sent(90, 140) / 50.0;
    assert!(paused < 200_000.0 && paused < sent(50, 80) / 30.0 / 2.0, "{paused} bit/s");
    // Padding is no goodput: nothing is but what was under way when the pause began.
    assert!(flow.goodput_bps[90..140].iter().all(|rate| *rate == 0.0));
    assert!(flow.received_bps[90..140].iter().sum::<f64>() > 0.0);
    assert!(!flow.active[100] && flow.active[70] && flow.active[150]);
    assert!(outcome.figures.flows[1].freeze_s < 3.0, "{:?}", outcome.figures.flows[1]);
    assert!(outcome.figures.flows[1].starved_max_s < 3.0);
}

#[test]
fn tcp_beside_a_call_is_counted() {
    let outcome = outcome("rfc8867-5.6-q300-cubic", 30);
    let [tcp] = &outcome.figures.cross[..] else { panic!("one connection") };
    assert_eq!((tcp.link.as_str(), tcp.kind.as_str()), ("fwd", "tcp-long"));
    let ratio = outcome.figures.media_over_tcp.expect("both flow");
    assert!((0.05..20.0).contains(&ratio), "{ratio}");
    let total = outcome.figures.links[0].phases[0].total_bps;
    assert!(tcp.received_bps < total && total <= 2_000_000.0, "{total}");
}

#[test]
fn memory_does_not_grow_with_the_length_of_a_run() {
    let mut long = scenario("rfc8867-5.1-owd50", 86_400);
    long.flows.clear();
    let mut run = Run::new(&long, 1, Clock::arbitrary()).expect("it can be built");
    run.step();
    let series = run.outcome().expect("it needs no reference").series;
    assert!(series.links[0].capacity_bps.len() <= 5_000);
    assert!((17.0..18.0).contains(&series.bin_s), "{}", series.bin_s);
}

#[test]
fn the_same_seed_gives_the_same_outcome() {
    let clock = Clock::arbitrary();
    let scenario = scenario("rfc8867-5.4", 8);
    let ((first, first_log), (second, second_log)) =
        (finish(&scenario, 3, clock), finish(&scenario, 3, clock));
    assert_eq!(first_log.first_difference(&second_log), None);
    assert_eq!(first, second);
    assert_ne!(first.chain, finish(&scenario, 4, clock).0.chain);
}

/// A row ends with the chain of its run, so nothing of it may differ: in this process, of which
/// nothing is replaced, from the one that made the table.
#[test]
fn a_row_of_the_committed_table_is_reproduced_in_any_process() {
    let scenario = scenario("rfc8867-5.1-owd50", 100);
    let outcome = finish(&scenario, 1, Clock::arbitrary()).0;
    let table = Board::new(Suite::Rfc8867, Sessions::default(), vec![outcome]).to_markdown(&[]);
    let row = table.lines().find(|line| line.starts_with("| rfc8867-")).expect("there is a row");
    let committed = include_str!("../../snapshots/own/rfc8867.md");
    assert!(committed.lines().any(|line| line == row), "not committed: {row}");
}

/// Where our controller is worse than str0m's in the committed tables.
/// docs/simnet-validation.md has the reasons.
const WORSE: &[(&str, Figure)] = &[
    ("rfc8867-5.3-udpbg", Figure::Up),
    ("rfc8867-5.6-q1000-cubic", Figure::Utilisation),
    ("rfc8867-5.6-q1000-cubic", Figure::MediaOverTcp),
    ("rfc8867-5.6-q1000-reno", Figure::MediaOverTcp),
    ("rfc8867-5.6-q300-cubic", Figure::Utilisation),
    ("rfc8867-5.6-q300-cubic", Figure::MediaOverTcp),
    ("rfc8867-5.7", Figure::Utilisation),
    ("rfc8867-5.7-cubic", Figure::Utilisation),
    ("rfc8867-6.2-5.1-codel-ecn", Figure::Utilisation),
    ("rfc8867-6.2-5.1-dualpi2", Figure::Utilisation),
    ("rfc8867-6.2-5.4-codel-ecn", Figure::Utilisation),
    ("rfc8867-6.2-5.5-codel-ecn", Figure::Utilisation),
    ("rfc8867-6.2-5.6-q300-cubic-codel-ecn", Figure::Utilisation),
    ("rfc8867-6.2-5.6-q300-reno-codel-ecn", Figure::Utilisation),
    ("rfc8867-6.2-5.7-codel-ecn", Figure::Utilisation),
    ("rfc8867-6.2-5.8-codel-ecn", Figure::Utilisation),
    ("rfc8867-6.3", Figure::Jain),
    ("rfc8869-3.1-1up", Figure::Utilisation),
    ("rfc8869-3.1-bidir", Figure::Utilisation),
    ("rfc8869-3.1-bidir-cbr-offon", Figure::Utilisation),
    ("rfc8869-3.1-bidir-cbr-offon", Figure::Jain),
    ("rfc8869-3.1-bidir-cbr-onoff", Figure::Utilisation),
    ("rfc8869-3.1-bidir-cbr-onoff", Figure::Up),
    ("rfc8869-3.2-16bidir", Figure::Utilisation),
    ("rfc8869-3.2-16bidir", Figure::Jain),
    ("rfc8869-3.2-16bidir-cbr-offon", Figure::Utilisation),
    ("rfc8869-3.2-16bidir-cbr-offon", Figure::QueueP95),
    ("rfc8869-3.2-16bidir-cbr-offon", Figure::Loss),
    ("rfc8869-3.2-16bidir-cbr-offon", Figure::Jain),
    ("rfc8869-3.2-16bidir-cbr-onoff", Figure::Utilisation),
    ("rfc8869-3.2-16bidir-cbr-onoff", Figure::QueueP95),
    ("rfc8869-3.2-16bidir-cbr-onoff", Figure::Loss),
    ("rfc8869-3.2-16bidir-cbr-onoff", Figure::Jain),
    ("rfc8869-3.2-16bidir-tcp", Figure::Utilisation),
    ("rfc8869-3.2-16bidir-tcp", Figure::QueueP95),
    ("rfc8869-3.2-16bidir-tcp", Figure::Jain),
    ("rfc8869-3.2-16up", Figure::QueueP50),
    ("rfc8869-3.2-vary-n12", Figure::Utilisation),
    ("rfc8869-3.2-vary-n16", Figure::Utilisation),
    ("rfc8869-3.2-vary-n16", Figure::Jain),
    ("rfc8869-3.2-vary-n20", Figure::Utilisation),
    ("rfc8869-3.2-vary-n20", Figure::Loss),
    ("rfc8869-3.2-vary-n20", Figure::Jain),
];

#[test]
fn ours_is_at_least_as_good_as_str0ms_but_where_it_is_known() {
    let suites = [
        (
            include_str!("../../snapshots/own/rfc8867.md"),
            include_str!("../../snapshots/str0m/rfc8867.md"),
        ),
        (
            include_str!("../../snapshots/own/rfc8869.md"),
            include_str!("../../snapshots/str0m/rfc8869.md"),
        ),
    ];
    let compared: Vec<Compared> = suites
        .iter()
        .flat_map(|(ours, theirs)| compare(ours, theirs).expect("the tables are right"))
        .collect();
    assert_eq!(compared.len(), 32 + 16, "every scenario of both suites");
    let worse: Vec<(&str, Figure)> = compared
        .iter()
        .flat_map(|row| row.worse.iter().map(|figure| (row.scenario.as_str(), *figure)))
        .collect();
    assert_eq!(worse, WORSE);
}

#[test]
fn what_is_known_to_fail_exists() {
    let known = known_failures(None).expect("the list is right");
    assert!(!known.is_empty());
    for failure in known {
        let found = built_in(&failure.scenario).expect("the scenario is built in");
        let scenario = Scenario::parse(found.name, found.text).expect("it is right");
        for name in &failure.expect {
            let kind = Expectation::ALL.iter().find(|(text, _)| text == name);
            let is_short = kind.is_some_and(|(_, kind)| scenario.expect.contains_key(kind));
            let is_said = scenario.assertions.iter().any(|asked| asked.name == *name);
            assert!(is_short || is_said, "{} expects no {name}", found.name);
        }
    }
}
