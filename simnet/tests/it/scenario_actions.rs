//! What actions of a scenario file do to a call, as it is measured.

use lapwing_simnet::Clock;
use lapwing_simnet::run::{MarkKind, Outcome, Run};
use lapwing_simnet::scenario::Scenario;

/// A call over 2 Mbit/s, 20 ms each way, for twenty seconds.
const CALL: &str = "
[meta]
name = 'x'
duration_s = 20
seeds = [1]
schema = 1
[media.video]
model = 'rfc8593-statistical'
min_bps = 100_000
max_bps = 800_000
start_bps = 400_000
fps = 30
response_ms = 100
[media.audio]
model = 'cbr'
bps = 64_000
ptime_ms = 20
[[link]]
name = 'there'
from = 'A'
to = 'B'
delay_ms = 20
capacity_bps = 2_000_000
queue = { type = 'tail-drop', size_ms = 300 }
[[link]]
name = 'back'
from = 'B'
to = 'A'
delay_ms = 20
capacity_bps = 2_000_000
queue = { type = 'tail-drop', size_ms = 300 }
[[flow]]
id = 7
direction = 'forward'
start_s = 0
end_s = 20
media = ['video', 'audio']
restarts_ice = true
";

fn played(actions: &[&str]) -> Outcome {
    let actions: String = actions.iter().map(|one| format!("[[action]]\n{one}\n")).collect();
    let text = format!("{CALL}{actions}");
    let scenario = Scenario::parse("x.toml", &text).unwrap_or_else(|bad| panic!("{bad}"));
    let mut run = Run::new(&scenario, 1, Clock::arbitrary()).expect("it has no clip");
    while run.step() {}
    run.outcome().expect("it refers to no other run")
}

/// The mean of a row of bins between two seconds.
fn mean(row: &[f64], from: usize, until: usize) -> f64 {
    row[from * 10..until * 10].iter().sum::<f64>() / ((until - from) * 10) as f64
}

fn mean_ms(row: &[Option<f64>], from: usize, until: usize) -> f64 {
    let known: Vec<f64> = row[from * 10..until * 10].iter().copied().flatten().collect();
    known.iter().sum::<f64>() / known.len() as f64
}

#[test]
fn a_link_becomes_another_one() {
    let outcome = played(&[
        "at_s = 8\ndo = 'set-link'\nlink = 'there'\ncapacity_bps = 300_000\ndelay_ms = 80",
        "at_s = 14\ndo = 'set-link'\nlink = 'there'\ncapacity_bps = 2_000_000\n\
         loss = { model = 'bernoulli', p = 0.1 }",
    ]);
    let (flow, link) = (&outcome.series.flows[0], &outcome.series.links[0]);
    assert_eq!([7, 9, 15].map(|second| link.capacity_bps[second * 10 + 5]), [2e6, 3e5, 2e6]);
    assert!(mean(&flow.received_bps, 5, 8) > 500_000.0, "{:?}", flow.received_bps);
    assert!(mean(&flow.received_bps, 9, 14) <= 300_000.0, "{:?}", flow.received_bps);
    let [before, after] =
        [(5, 8), (15, 18)].map(|(from, until)| mean_ms(&flow.frame_delay_ms, from, until));
    assert!(before < 60.0 && after > 80.0, "{before} ms, then {after} ms");
    let lost = |from, until| mean(&flow.lost_packets, from, until);
    assert_eq!(lost(5, 8), 0.0);
    assert!(lost(15, 19) > 0.3, "a tenth is lost: {:?}", flow.lost_packets);
}

#[test]
fn a_cut_link_carries_nothing_until_it_is_mended() {
    let outcome = played(&[
        "at_s = 8\ndo = 'link-down'\nlink = 'there'",
        "at_s = 10\ndo = 'link-up'\nlink = 'there'",
    ]);
    let outage = outcome.figures.flows[0].outage_max_ms.expect("frames came");
    assert!((1_950.0..2_600.0).contains(&outage), "{outage} ms");
    let spans: Vec<_> =
        outcome.series.links[0].outages.iter().map(|span| (span.from_s, span.until_s)).collect();
    assert_eq!(spans, [(8.0, 10.0)]);
}

#[test]
fn a_host_that_roams_goes_on_from_its_other_address() {
    let outcome = played(&["at_s = 8\ndo = 'roam'\nflow = 7"]);
    let pairs = outcome.series.flows[0].marks.iter();
    let pairs: Vec<&str> = pairs
        .filter(|mark| mark.kind == MarkKind::SelectedPair)
        .map(|mark| mark.text.as_str())
        .collect();
    assert!(pairs.last().is_some_and(|pair| pair.contains("10.64.0.1:")), "{pairs:?}");
    // It goes on, and is measured by its other address too.
    let flow = &outcome.series.flows[0];
    assert!(mean(&flow.received_bps, 16, 19) > 300_000.0, "{:?}", flow.received_bps);
    // The receiver likewise.
    let outcome = played(&["at_s = 8\ndo = 'roam'\nflow = 7\nend = 'receiver'"]);
    let flow = &outcome.series.flows[0];
    assert!(mean(&flow.received_bps, 16, 19) > 300_000.0, "{:?}", flow.received_bps);
}

#[test]
fn an_interface_that_is_down_carries_nothing() {
    let outcome = played(&[
        "at_s = 8\ndo = 'interface-down'\nflow = 7",
        "at_s = 11\ndo = 'interface-up'\nflow = 7",
    ]);
    let flow = &outcome.series.flows[0];
    assert_eq!(mean(&flow.received_bps, 9, 11), 0.0);
    assert!(mean(&flow.received_bps, 17, 19) > 300_000.0, "{:?}", flow.received_bps);
}

#[test]
fn media_pause_and_go_on_by_action() {
    let outcome =
        played(&["at_s = 8\ndo = 'pause'\nflow = 7", "at_s = 12\ndo = 'resume'\nflow = 7"]);
    let flow = &outcome.series.flows[0];
    // Feedback and probes remain.
    assert!(mean(&flow.received_bps, 9, 12) < 20_000.0, "{:?}", flow.received_bps);
    assert!(mean(&flow.received_bps, 15, 19) > 500_000.0, "{:?}", flow.received_bps);
    assert!(flow.active[70] && !flow.active[100] && flow.active[130]);
    assert_eq!(flow.target_bps[100], 0.0);
    let outage = outcome.figures.flows[0].outage_max_ms.expect("frames came");
    assert!(outage < 500.0, "a pause is none: {outage} ms");
}

#[test]
fn one_kind_of_media_is_muted() {
    let muted = |kind: &str| {
        let mute = format!("at_s = 8\ndo = 'mute'\nflow = 7\nmedia = '{kind}'");
        let unmute = format!("at_s = 12\ndo = 'unmute'\nflow = 7\nmedia = '{kind}'");
        let outcome = played(&[&mute, &unmute]);
        let row = outcome.series.flows[0].received_bps.clone();
        [(5, 8), (9, 12), (15, 19)].map(|(from, until)| mean(&row, from, until))
    };
    let [before, between, after] = muted("video");
    // Audio has 64 kbit/s, with headers 90.
    assert!(before > 500_000.0 && after > 500_000.0, "{before}, {after}");
    assert!((60_000.0..150_000.0).contains(&between), "{between}");
    let [before, between, _] = muted("audio");
    assert!(between > 300_000.0 && between < before, "{before}, {between}");
}

#[test]
fn a_crash_is_silent() {
    let outcome = played(&["at_s = 8\ndo = 'crash'\nflow = 7"]);
    let flow = &outcome.series.flows[0];
    assert!(mean(&flow.sent_bps, 5, 8) > 300_000.0);
    assert_eq!(mean(&flow.sent_bps, 9, 19), 0.0, "{:?}", flow.sent_bps);
    // The other end is not told, and sends until it finds out by itself.
    let outcome = played(&["at_s = 8\ndo = 'crash'\nflow = 7\nend = 'receiver'"]);
    let flow = &outcome.series.flows[0];
    assert!(mean(&flow.sent_bps, 9, 10) > 50_000.0, "{:?}", flow.sent_bps);
    assert!(outcome.figures.flows[0].frames_received > 200);
}

#[test]
fn faults_of_actions_have_their_line() {
    let lines = CALL.lines().count();
    let cases = [
        ("do = 'roam'\nflow = 1", 4, "flow: \"1\" is none of 7"),
        ("do = 'roam'\nflow = 7\nend = 'both'", 5, "end: \"both\" is none of sender, receiver"),
        ("do = 'set-link'\nlink = 'there'", 3, "do: the action changes nothing"),
        ("do = 'link-up'\nlink = 'far'", 4, "link: \"far\" is none of there, back"),
        ("do = 'mute'\nflow = 7\nmedia = 'smell'", 5, "media: \"smell\" is none of video, audio"),
    ];
    for (action, line, expected) in cases {
        let text = format!("{CALL}[[action]]\nat_s = 1\n{action}\n");
        let bad = Scenario::parse("x.toml", &text).expect_err("it is faulty").to_string();
        let line = lines + line;
        assert_eq!(bad, format!("x.toml:{line}: action[0].{expected}"), "{action}");
    }
}
