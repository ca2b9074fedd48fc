//! Rates and delays that change over time: drawn, and from traces; in links and in scenarios.

use std::time::Duration;

use lapwing_simnet::rates::{DelaySchedule, Generator};
use lapwing_simnet::run::run;
use lapwing_simnet::scenario::{Scenario, Wire};
use lapwing_simnet::{Bitrate, Limit, LinkSpec, QueueSpec, RateSchedule, Seed, Time};

use crate::fixtures::{A, B, Script, at, ms, pair, send};

const WIDE: QueueSpec = QueueSpec::TailDrop(Limit::Packets(100_000));

/// A scenario with one link and these lines in it; the two files that there are.
fn scenario(lines: &str) -> Result<Scenario, String> {
    let text = format!(
        "[meta]\nname = 'x'\nduration_s = 10\nseeds = [1]\nschema = 1\n[[link]]\nname = 'fwd'\n\
         from = 'A'\nto = 'B'\n{lines}"
    );
    let files = |name: &str| match name {
        "train.csv" => Ok("0,1000000\n4,2000000\n".to_owned()),
        "lte/drive.up" => Ok("1\n2\n2\n".to_owned()),
        "delay.csv" => Ok("0,20\n5,x\n".to_owned()),
        _ => Err("no such file".to_owned()),
    };
    Scenario::parse_with("x.toml", &text, &files).map_err(|bad| bad.to_string())
}

const QUEUE: &str = "queue = { type = 'tail-drop', size_ms = 300 }\n";

fn capacity(scenario: &Scenario) -> &RateSchedule {
    match &scenario.links[0].kind {
        Wire::Directed { queue: Some(queue), .. } => &queue.capacity,
        other => panic!("{other:?} has a queue"),
    }
}

#[test]
fn a_trace_is_the_capacity_of_a_link() {
    let csv = scenario(&format!("capacity_trace = 'train.csv'\n{QUEUE}")).unwrap();
    assert_eq!(capacity(&csv).at(Time::from_secs(4)), Bitrate::mbps(2));
    let drive = scenario(&format!("capacity_trace = 'lte/drive.up'\n{QUEUE}")).unwrap();
    assert_eq!(capacity(&drive).at(Time::from_millis(3)), Bitrate::mbps(24));
    // 1,250 bytes at 1 Mbit/s, and at 2 Mbit/s.
    let trace = RateSchedule::from_csv("0,1e6\n0.04,2e6\n").unwrap();
    let arrived = send(&LinkSpec::new().rate(trace, WIDE), 3, ms(20), 1_250);
    let delays: Vec<_> = arrived.iter().map(|(at, packet)| *at - packet.sent_at()).collect();
    assert_eq!(delays, [ms(10), ms(10), ms(5)]);
}

#[test]
fn a_delay_changes_when_its_trace_does() {
    let trace = DelaySchedule::from_csv("0,50\n0.03,5\n").unwrap();
    let link = LinkSpec::new().traced_delay(trace);
    let mut pair = pair(1, &link, Script::steady(at(A), at(B), 3, ms(20), 100));
    pair.sim.run_until(Time::from_secs(1));
    // The third comes after the change, and first.
    let b = pair.sim.endpoint(pair.b);
    assert_eq!((b.ids(), b.delays()), (vec![2, 0, 1], vec![ms(5), ms(50), ms(50)]));
}

#[test]
fn a_link_sends_as_its_generator_says() {
    let mean = Bitrate::mbps(2);
    let span = Duration::from_secs(30);
    for generator in [Generator::lte(mean), Generator::wifi(mean), Generator::leo(mean)] {
        let rate = generator.draw(span, Seed(4).stream("capacity")).rate;
        // More than it can ever send: what arrives within the span is what the rate lets through.
        let script = Script::steady(at(A), at(B), 15_000, ms(2), 1_250);
        let mut pair = pair(1, &LinkSpec::new().rate(rate.clone(), WIDE), script);
        pair.sim.run_until(Time::ZERO + span);
        let arrived = pair.sim.endpoint(pair.b).arrived.len() as u64;
        let (mut now, mut sent) = (Time::ZERO, 0);
        loop {
            now = rate.finish(now, 1_250);
            if now > Time::ZERO + span {
                break;
            }
            sent += 1;
        }
        assert!(sent > 1_000 && arrived.abs_diff(sent) <= 1, "{generator:?}: {arrived}, {sent}");
    }
}

#[test]
fn each_seed_draws_a_capacity_of_its_own() {
    let lines =
        "capacity_generator = { model = 'leo', mean_bps = 3_000_000, max_bps = 5_000_000 }\n";
    let scenario = scenario(&format!("{lines}{QUEUE}")).unwrap();
    assert_eq!(capacity(&scenario).at(Time::ZERO), Bitrate::mbps(3));
    let drawn = scenario.drawn(1);
    assert_eq!(drawn, scenario.drawn(1));
    assert_ne!(capacity(&drawn), capacity(&scenario.drawn(2)));
    assert_eq!(drawn, drawn.drawn(2), "nothing is drawn twice");
    let Wire::Directed { delays, .. } = &drawn.links[0].kind else {
        panic!("a directed link");
    };
    assert_eq!(delays.len(), 1);
    assert_eq!(scenario.build(1).links.len(), 1);
}

#[test]
fn a_call_runs_over_a_drawn_capacity() {
    let lines = format!(
        "capacity_generator = {{ model = 'lte', mean_bps = 3_000_000 }}\ndelay_ms = 20\n{QUEUE}\
         [[link]]\nname = 'bwd'\nfrom = 'B'\nto = 'A'\ndelay_ms = 20\n\
         [media.audio]\nmodel = 'cbr'\nbps = 20_000\nptime_ms = 20\n\
         [[flow]]\nid = 1\ndirection = 'forward'\nstart_s = 0\nend_s = 10\nmedia = ['audio']\n"
    );
    let scenario = scenario(&lines).unwrap();
    let of = |seed| run(&scenario, seed).expect("it can be built");
    let outcome = of(1);
    let capacity = outcome.series.links[0].capacity_bps.clone();
    assert!(capacity.windows(2).any(|pair| pair[0] != pair[1]), "{capacity:?}");
    assert_ne!(capacity, of(2).series.links[0].capacity_bps);
}

#[test]
fn opportunities_are_a_rate_over_time() {
    // Nine packets in 30 ms, none or one to three in a millisecond: 3.6 Mbit/s.
    let trace = "3\n4\n4\n11\n11\n11\n19\n25\n30\n".to_owned();
    let text = format!(
        "[meta]\nname = 'x'\nduration_s = 10\nseeds = [1]\nschema = 1\n\
         [[link]]\nname = 'fwd'\nfrom = 'A'\nto = 'B'\ncapacity_trace = 'drive'\n{QUEUE}\
         [[link]]\nname = 'bwd'\nfrom = 'B'\nto = 'A'\n\
         [media.audio]\nmodel = 'cbr'\nbps = 400_000\nptime_ms = 20\n\
         [[flow]]\nid = 1\ndirection = 'forward'\nstart_s = 0\nend_s = 10\nmedia = ['audio']\n"
    );
    let scenario = Scenario::parse_with("x.toml", &text, &|_| Ok(trace.clone())).unwrap();
    let outcome = run(&scenario, 1).expect("it can be built");
    let link = &outcome.series.links[0];
    let off = |rate: &f64| (rate / 3.6e6 - 1.0).abs();
    // A tenth of a second is three turns of the trace and a third.
    assert!(link.capacity_bps.iter().all(|rate| off(rate) < 0.1), "{:?}", link.capacity_bps);
    let mean = link.capacity_bps.iter().sum::<f64>() / link.capacity_bps.len() as f64;
    assert!(off(&mean) < 0.001, "{mean}");
    let figures = &outcome.figures.links[0];
    assert!(figures.queueing_delay_p95_ms.is_some_and(|ms| ms < 20.0), "{figures:?}");
    assert_eq!(figures.dropped, 0.0);
}

#[test]
fn faults_of_generators_and_traces_are_named() {
    let cases = [
        (
            "capacity_generator = { model = 'gprs', mean_bps = 5 }",
            "x.toml:10: link[0].capacity_generator.model: \"gprs\" is none of lte, wifi, leo",
        ),
        (
            "capacity_generator = { model = 'lte', mean_bps = 1_000, max_bps = 1_000 }",
            "x.toml:10: link[0].capacity_generator.max_bps: 1000 is not within 1112 and 5000",
        ),
        (
            "capacity_generator = { model = 'lte', max_bps = 0 }",
            "x.toml:10: link[0].capacity_generator.mean_bps: the field is missing\n\
             x.toml:10: link[0].capacity_generator.max_bps: 0 is not within 1 and 1000000000000",
        ),
        (
            "capacity_trace = 'train.csv'\ncapacity_bps = 5",
            "x.toml:11: link[0].capacity_bps: cannot be given together with capacity_trace",
        ),
        (
            "capacity_trace = '../train.csv'",
            "x.toml:10: link[0].capacity_trace: \"../train.csv\" is not the name of a file beside \
             the scenario or below",
        ),
        (
            "capacity_trace = 'bus.csv'",
            "x.toml:10: link[0].capacity_trace: cannot read \"bus.csv\": no such file",
        ),
        (
            "delay_trace = 'delay.csv'",
            "x.toml:10: link[0].delay_trace: delay.csv:2:3: \"x\" is not a number",
        ),
    ];
    for (lines, expected) in cases {
        let queue = if lines.starts_with("delay") { "" } else { QUEUE };
        assert_eq!(scenario(&format!("{lines}\n{queue}")).unwrap_err(), expected, "{lines}");
    }
    let absolute = ["/etc/passwd", "C:\\x.csv", "a//b", ""];
    for name in absolute {
        let found = scenario(&format!("delay_trace = '{name}'")).unwrap_err();
        assert!(found.contains("is not the name of a file beside"), "{found}");
    }
    // A set of scenarios without files beside it.
    let text = "[meta]\nname = 'x'\nduration_s = 10\nseeds = [1]\nschema = 1\n[[link]]\n\
                name = 'fwd'\nfrom = 'A'\nto = 'B'\ndelay_trace = 'delay.csv'\n";
    let bad = Scenario::parse("x.toml", text).unwrap_err().to_string();
    assert!(
        bad.ends_with("cannot read \"delay.csv\": no files are read for this scenario"),
        "{bad}"
    );
}
