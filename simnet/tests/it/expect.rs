//! `[[expect]]`: what can be said, what is wrong with it, and what it comes to.

use lapwing_simnet::run::{Outcome, Verdict, run};
use lapwing_simnet::scenario::{Metric, Scenario, Statistic, Subject, built_in};

/// A call of 12 s over a link that falls to a third after 6 s, beside TCP for a second.
const CALL: &str = "
[meta]
name = 'x'
duration_s = 12
seeds = [1]
schema = 1
[media.video]
model = 'rfc8593-statistical'
min_bps = 100000
max_bps = 1000000
start_bps = 300000
fps = 30
[[link]]
name = 'fwd'
from = 'A'
to = 'B'
capacity = [{ at_s = 0, bps = 1500000 }, { at_s = 6, bps = 500000 }]
delay_ms = 20
queue = { type = 'tail-drop', size_ms = 300 }
[[link]]
name = 'back'
from = 'B'
to = 'A'
delay_ms = 20
[[flow]]
id = 7
direction = 'forward'
start_s = 0
end_s = 11
media = ['video']
[[cross]]
kind = 'tcp-long'
cc = 'reno'
link = 'fwd'
count = 2
start_s = 9
end_s = 10
";

fn parse(statements: &str) -> Scenario {
    Scenario::parse("x.toml", &format!("{CALL}{statements}")).unwrap_or_else(|bad| panic!("{bad}"))
}

/// The faults of one statement, without file and line.
fn faults(statement: &str) -> String {
    let text = format!("{CALL}[[expect]]\n{statement}\n");
    let bad = Scenario::parse("x.toml", &text).expect_err("it is faulty");
    let each = bad.faults.iter().map(|fault| {
        let text = format!("{CALL}[[expect]]\n");
        assert!(fault.line >= text.lines().count(), "{fault:?} is in the statement");
        format!("{}: {}", fault.field.trim_start_matches("expect[0]."), fault.problem)
    });
    each.collect::<Vec<_>>().join("\n")
}

fn outcome(scenario: &Scenario) -> Outcome {
    run(scenario, 1).expect("it can be built")
}

fn measured(outcome: &Outcome, name: &str) -> f64 {
    let found = outcome.verdicts.iter().find(|verdict| verdict.name == name);
    let found = found.unwrap_or_else(|| panic!("there is a verdict on {name}"));
    found.measured.unwrap_or_else(|| panic!("{name} was measured"))
}

#[test]
fn a_statement_is_read_in_full() {
    let scenario = parse(
        "[[expect]]\nloss_max = 0.5\n\
         [[expect]]\nname = 'fast'\nmetric = 'received'\nflow = 7\nstatistic = 'time-to'\n\
         reaches = 8e5\nfor_s = 1\nsmooth_s = 0.5\nphase = 1\nat_most = 3\n\
         [[expect]]\nmetric = 'loss'\nlink = 'fwd'\nfrom_s = 2\nto_s = 4\nabout = 0.5\n\
         tolerance = 0.1\n",
    );
    assert_eq!(scenario.expect.len(), 1, "a short form may stand in the list");
    let [fast, loss] = &scenario.assertions[..] else { panic!("two statements") };
    assert_eq!((fast.name.as_str(), fast.metric), ("fast", Metric::Received));
    assert_eq!(fast.subject, Subject::Flow(0));
    assert_eq!(fast.window.1.as_secs(), 6, "as long as the first capacity");
    assert!(matches!(fast.statistic, Statistic::TimeTo(goal) if goal.level == 8e5 && !goal.falls));
    assert_eq!((loss.name.as_str(), loss.subject), ("loss mean, link 1, 2-4 s", Subject::Link(0)));
    assert_eq!((loss.bounds.at_least, loss.bounds.at_most), (Some(0.45), Some(0.55)));
}

/// Statements, and what is wrong with them.
const FAULTY: &[(&str, &str)] = &[
    ("flow = 7\nat_least = 1", "metric: the field is missing"),
    ("metric = 'loss'\nat_most = 1", "metric: of what is not said: flow or link is missing"),
    ("metric = 'loss'\nflow = 1\nat_most = 1", "flow: \"1\" is none of 7"),
    ("metric = 'loss'\nlink = 'far'\nat_most = 1", "link: \"far\" is none of fwd"),
    ("metric = 'loss'\nlink = 'back'\nat_most = 1", "link: \"back\" is none of fwd"),
    ("metric = 'loss'\ncross = 1\nat_most = 1", "cross: loss can only be of: flow, link"),
    ("metric = 'received'\ncross = 2\nat_most = 1", "cross: \"2\" is none of 1"),
    (
        "metric = 'loss'\nflow = 7\nlink = 'fwd'\nat_most = 1",
        "link: cannot be given together with flow",
    ),
    ("metric = 'loss'\nflow = 7\nfrom_s = 13\nat_most = 1", "from_s: 13 is not within 0 and 12"),
    ("metric = 'loss'\nflow = 7\nto_s = 12.5\nat_most = 1", "to_s: 12.5 is not within 0 and 12"),
    (
        "metric = 'loss'\nflow = 7\nfrom_s = 5\nto_s = 5\nat_most = 1",
        "to_s: the end must come after the beginning",
    ),
    (
        "metric = 'loss'\nflow = 7\nfrom_s = 11\nat_most = 1",
        "from_s: the end must come after the beginning",
    ),
    (
        "metric = 'loss'\nflow = 7\nphase = 3\nat_most = 1",
        "phase: the link's capacity has 2 phases",
    ),
    (
        "metric = 'loss'\nflow = 7\nphase = 2\nto_s = 9\nat_most = 1",
        "to_s: cannot be given together with phase",
    ),
    ("metric = 'loss'\nflow = 7", "metric: there is no at_least, at_most or about"),
    ("metric = 'loss'\nflow = 7\nat_most = 2", "at_most: 2 is not within 0 and 1"),
    (
        "metric = 'target'\nflow = 7\nat_least = 9\nat_most = 8",
        "at_most: contradicts at_least, which is 9",
    ),
    ("metric = 'target'\nflow = 7\nabout = 9", "tolerance: the field is missing"),
    ("metric = 'target'\nflow = 7\nat_most = 9\ntolerance = 0.1", "about: the field is missing"),
    (
        "metric = 'target'\nflow = 7\nabout = 9\ntolerance = 0.1\nat_most = 9",
        "at_most: cannot be given together with about",
    ),
    ("metric = 'target'\nflow = 7\nstatistic = 'at'\nat_most = 9", "at_s: the field is missing"),
    (
        "metric = 'target'\nflow = 7\nstatistic = 'at'\nat_s = 3\nfrom_s = 1\nat_most = 9",
        "from_s: cannot be given together with at_s",
    ),
    (
        "metric = 'target'\nflow = 7\nstatistic = 'time-to'\nat_most = 9",
        "reaches: the field is missing",
    ),
    (
        "metric = 'target'\nflow = 7\nstatistic = 'time-to'\nreaches = 1\nphase = 1\n\
             at_most = 9",
        "at_most: 9 is not within 0 and 6",
    ),
    (
        "metric = 'target'\nflow = 7\nat_s = 3\nat_most = 9",
        "at_s: there is no such field; there are about, at_least, at_most, cross, flow, ",
    ),
    (
        "metric = 'quality'\nflow = 7\nat_least = 30",
        "metric: quality is of clips only: media.video.clip",
    ),
    (
        "metric = 'loss'\nflow = 7\nat_most = 1\nname = 'a|b'",
        "name: \"a|b\" is not 1 to 80 letters",
    ),
    (
        "metric = 'loss'\nflow = 7\nat_most = 1\nname = 'loss_max'",
        "name: \"loss_max\" occurs twice",
    ),
    ("metric = 'los'\nflow = 7\nat_most = 1", "metric: \"los\" is none of rate-sent, received, "),
    (
        "metric = 'loss'\nflow = 7\nphase = 1\nsmooth_s = 7\nat_most = 1",
        "smooth_s: 7 is not within 0 and 6",
    ),
    (
        "metric = 'freezes'\nflow = 7\nat_most = 1\nstatistic = 'max'",
        "statistic: there is no such field",
    ),
];

#[test]
fn each_fault_of_a_statement_is_named() {
    for (statement, expected) in FAULTY {
        let found = faults(statement);
        assert!(found.starts_with(expected), "{statement}\n  {found}\n  {expected}");
        assert_eq!(found.lines().count(), 1, "{statement}\n  {found}");
    }
    let twice = "metric = 'loss'\nflow = 7\nat_most = 1\n";
    let found = faults(&format!("{twice}[[expect]]\n{twice}"));
    assert_eq!(found, "expect[1].name: \"loss mean, flow 7, 0-11 s\" occurs twice");
}

/// Statements, each as `name: field, field`.
fn statements(lines: &[&str]) -> String {
    let each = lines.iter().map(|line| {
        let (name, fields) = line.split_once(": ").expect("a name and fields");
        format!("[[expect]]\nname = '{name}'\n{}\n", fields.replace(", ", "\n"))
    });
    each.collect()
}

const METRICS: [&str; 10] = [
    "rate-sent",
    "received",
    "goodput",
    "estimate",
    "target",
    "queueing-delay",
    "one-way-delay",
    "loss",
    "frame-delay",
    "freezes",
];

const MORE: &[&str] = &[
    "of the link: metric = 'share', link = 'fwd', from_s = 3, to_s = 6, at_least = 0",
    "of its rate: metric = 'share', flow = 7, link = 'fwd', from_s = 3, to_s = 6, at_least = 0",
    "of all: metric = 'share', flow = 7, from_s = 9, to_s = 10, at_least = 0",
    "of all, TCP: metric = 'share', cross = 1, at_least = 0",
    "TCP: metric = 'received', cross = 1, at_least = 0",
    "all: metric = 'received', link = 'fwd', from_s = 9, to_s = 10, at_most = 520000",
    "queue: metric = 'queueing-delay', link = 'fwd', statistic = 'max', at_most = 350",
    "dropped: metric = 'loss', link = 'fwd', at_least = 0",
    "falls: metric = 'estimate', flow = 7, phase = 2, statistic = 'time-to', falls_to = 550000, \
     for_s = 0.5, at_most = 4",
    "at: metric = 'one-way-delay', flow = 7, statistic = 'at', at_s = 5, smooth_s = 1, at_most = 60",
    "before: metric = 'one-way-delay', flow = 7, statistic = 'p99', to_s = 0.01, at_most = 60",
];

#[test]
fn each_metric_is_measured() {
    let flow = METRICS.map(|metric| {
        format!("{metric}: metric = '{metric}', flow = 7, from_s = 3, to_s = 6, at_least = 0")
    });
    let flow = flow.each_ref().map(String::as_str);
    let outcome = outcome(&parse(&(statements(&flow) + &statements(MORE))));
    let value = |name: &str| measured(&outcome, name);
    let (sent, received) = (value("rate-sent"), value("received"));
    assert!((9e5..1.3e6).contains(&sent) && (0.95..1.02).contains(&(received / sent)));
    // IP, UDP, SRTP and RTP take 66 bytes and more of packets of 1,200.
    assert!((0.85..0.97).contains(&(value("goodput") / received)), "{}", value("goodput"));
    assert!(value("estimate") > 9e5 && (8e5..1e6 + 1.0).contains(&value("target")));
    let [queue, way, frame] = ["queueing-delay", "one-way-delay", "frame-delay"].map(value);
    // The link takes 6.6 ms for a packet of 1,232 bytes, beside 20 ms of propagation.
    assert!((24.0..26.7).contains(&(way - queue)), "{way} - {queue}");
    assert!(frame > way - 5.0 && frame < 100.0, "{frame}");
    assert_eq!((value("loss"), value("freezes")), (0.0, 0.0));
    assert!((value("of the link") - received / 1.5e6).abs() < 0.02);
    assert!((value("of its rate") - received / 1.5e6).abs() < 1e-6);
    assert!((value("of all") + value("of all, TCP") - 1.0).abs() < 1e-6);
    assert!(value("TCP") > 0.0 && value("all") > 4.8e5 && value("falls") > 0.0);
    for verdict in outcome.verdicts.iter().filter(|verdict| verdict.name != "before") {
        assert_eq!(verdict.word(), "pass", "{verdict:?}");
    }
    let before = outcome.verdicts.iter().find(|verdict| verdict.name == "before");
    let before = before.expect("it was asked");
    assert_eq!((before.word(), before.measured, before.pass), ("NOT MEASURED", None, false));
    assert!(!outcome.passed());
}

/// What `[expect]` of RFC 8867's first case says of losses and queues, in full.
const IN_FULL: &[&str] = &[
    "loss: metric = 'loss', flow = 1, from_s = 0, to_s = 100, at_most = 0.01",
    "queue: metric = 'queueing-delay', flow = 1, statistic = 'p95', from_s = 0, to_s = 100, \
     at_most = 80",
    "rate: metric = 'received', flow = 1, at_least = 500000",
];

#[test]
fn short_forms_and_statements_agree() {
    let found = built_in("rfc8867-5.1-owd50").expect("it is there");
    let (head, expect) = found.text.split_once("[expect]").expect("it expects something");
    let text = format!("{head}[[expect]]{expect}\n{}", statements(IN_FULL));
    let outcome = outcome(&Scenario::parse("5.1", &text).unwrap_or_else(|bad| panic!("{bad}")));
    let value = |name: &str| measured(&outcome, name);
    let pass = |name: &str| {
        let is = |verdict: &&Verdict| verdict.name == name;
        outcome.verdicts.iter().find(is).expect("a verdict").pass
    };
    for (short, full) in [("loss_max", "loss"), ("qdelay_p95_ms", "queue")] {
        assert_eq!((value(short), pass(short)), (value(full), pass(full)), "{short}");
    }
    // The short form's mean is of the time in which the flow is to send, as a statement's is.
    let rate = outcome.figures.flows[0].received_bps;
    assert!((value("rate") - rate).abs() < 1.0, "{} is not {rate}", value("rate"));
}
