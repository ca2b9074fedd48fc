//! Flows that a forwarder carries on.

use lapwing_simnet::Clock;
use lapwing_simnet::run::{FlowFigures, Outcome, Run, run};
use lapwing_simnet::scenario::{Scenario, built_in};

/// Two ways of 20 ms with a forwarder between, for 15 seconds.
const NETWORK: &str = "
[meta]
name = 'x'
duration_s = 15
seeds = [1]
schema = 1
[media.video]
model = 'rfc8593-statistical'
min_bps = 50_000
max_bps = 1_500_000
start_bps = 600_000
fps = 30
variation_pct = 5
response_ms = 100
[media.audio]
model = 'cbr'
bps = 32_000
ptime_ms = 20
[[link]]
name = 'up'
from = 'A'
to = 'M'
delay_ms = 20
capacity_bps = 4_000_000
queue = { type = 'tail-drop', size_ms = 300 }
[[link]]
name = 'down'
from = 'M'
to = 'B'
delay_ms = 20
capacity_bps = 4_000_000
queue = { type = 'tail-drop', size_ms = 300 }
[[link]]
name = 'further'
from = 'B'
to = 'C'
delay_ms = 20
capacity_bps = 4_000_000
queue = { type = 'tail-drop', size_ms = 300 }
";

const SENT: &str = "
[[flow]]
id = 1
direction = 'forward'
path = ['up']
start_s = 0
end_s = 14
media = ['video', 'audio']
";

/// A flow that carries another on.
fn onwards(id: u64, origin: u64, path: &str) -> String {
    format!(
        "[[flow]]\nid = {id}\ndirection = 'forward'\npath = ['{path}']\nstart_s = 0\nend_s = 14\n\
         media = ['video', 'audio']\nforwards = {origin}\n"
    )
}

fn parsed(flows: &str) -> Result<Scenario, String> {
    Scenario::parse("x.toml", &format!("{NETWORK}{flows}")).map_err(|bad| bad.to_string())
}

fn played(flows: &str) -> Outcome {
    let scenario = parsed(flows).unwrap_or_else(|bad| panic!("{bad}"));
    run(&scenario, 1).expect("it has no clip")
}

/// A figure of each flow.
fn of_flows<T>(outcome: &Outcome, figure: impl Fn(&FlowFigures) -> T) -> Vec<T> {
    outcome.figures.flows.iter().map(figure).collect()
}

#[test]
fn what_arrives_goes_on_through_two_forwarders() {
    let flows = format!("{SENT}{}{}", onwards(2, 1, "down"), onwards(3, 2, "further"));
    let outcome = played(&flows);
    let received = of_flows(&outcome, |flow| flow.frames_received);
    assert!(received[0] > 390, "{received:?}");
    // Those that came before the next way stood are not among them.
    assert!(received.windows(2).all(|pair| pair[1] <= pair[0] && pair[0] - pair[1] < 30));
    let delays = of_flows(&outcome, |flow| flow.frame_delay_p50_ms.expect("frames came"));
    for (ways, delay) in (1..).zip(delays) {
        // On each way a frame of 6 kB takes 12 ms to be sent, and it is handed on as a whole.
        let ways = f64::from(ways);
        assert!((20.0 * ways..36.0 * ways).contains(&delay), "{ways} ways: {delay} ms");
    }
    assert_eq!(of_flows(&outcome, |flow| flow.freezes), [0, 0, 0]);
    // Of the rates the sound is a part.
    let goodput = |flow: usize| outcome.series.flows[flow].goodput_bps[50..130].iter().sum::<f64>();
    assert!((goodput(2) / goodput(0) - 1.0).abs() < 0.01, "{} {}", goodput(2), goodput(0));
}

#[test]
fn the_first_picture_of_who_comes_late_is_asked_for() {
    let late = onwards(2, 1, "down").replace("start_s = 0", "start_s = 8");
    let scenario = parsed(&format!("{SENT}{late}")).expect("it is right");
    let mut run = Run::new(&scenario, 1, Clock::arbitrary()).expect("it has no clip");
    let mut said = Vec::new();
    while run.step() {
        said.extend(run.take_events());
    }
    let asked: Vec<f64> = said
        .iter()
        .filter(|line| line.host == "flow-1-sender" && line.kind.contains("keyframe"))
        .map(|line| line.at.as_secs_f64())
        .collect();
    assert!(asked.iter().any(|at| (8.0..9.0).contains(at)), "{asked:?}");
    let outcome = run.outcome().expect("it refers to no other run");
    let [_, late] = &outcome.figures.flows[..] else { panic!("two flows") };
    assert!((150..=180).contains(&late.frames_received), "{}", late.frames_received);
}

#[test]
fn each_receiver_gets_the_layer_that_its_way_has_room_for() {
    let found = built_in("forwarder-three").expect("it is shipped");
    let scenario = Scenario::parse(found.name, found.text).expect("it is right");
    let outcome = run(&scenario, 1).expect("it has no clip");
    assert_eq!(outcome.verdicts.len(), scenario.assertions.len());
    for verdict in &outcome.verdicts {
        assert!(verdict.pass, "{verdict:?}");
    }
    // Whoever can have the best layer has it whatever others have.
    let goodput = of_flows(&outcome, |flow| flow.goodput_bps);
    assert!(goodput[1] > 2.0 * goodput[2], "{goodput:?}");
    assert_eq!(of_flows(&outcome, |flow| flow.freezes)[1], 0);
}

#[test]
fn a_flow_that_is_held_is_forwarded_from_a_keyframe_on() {
    let held = "[[action]]\nat_s = 5\ndo = 'pause'\nflow = 2\n\
                [[action]]\nat_s = 8\ndo = 'resume'\nflow = 2\n";
    let outcome = played(&format!("{SENT}{}{held}", onwards(2, 1, "down")));
    let row = &outcome.series.flows[1].goodput_bps;
    assert!(row[52..80].iter().all(|rate| *rate == 0.0), "{row:?}");
    assert!(row[85..130].iter().sum::<f64>() / 45.0 > 500_000.0, "{row:?}");
    assert!(outcome.series.flows[0].goodput_bps[52..80].iter().sum::<f64>() > 0.0);
}

#[test]
fn a_forwarder_that_crashed_takes_nothing_and_fills_up_with_nothing() {
    let crash = "[[action]]\nat_s = 5\ndo = 'crash'\nflow = 2\nend = 'sender'\n";
    let outcome = played(&format!("{SENT}{}{crash}", onwards(2, 1, "down")));
    let received = of_flows(&outcome, |flow| flow.frames_received);
    assert!(received[0] > 390 && received[1] < 160, "{received:?}");
}

#[test]
fn it_repeats_and_str0ms_sessions_carry_it_too() {
    let flows =
        format!("{SENT}layers_bps = [150_000, 500_000, 1_400_000]\n{}", onwards(2, 1, "down"));
    assert_eq!(played(&flows).chain, played(&flows).chain);
    let outcome = played(&format!("{flows}\n[options]\nsessions = 'str0m'\n"));
    let goodput = of_flows(&outcome, |flow| flow.goodput_bps);
    assert!(goodput[1] > 400_000.0 && goodput[0] > goodput[1], "{goodput:?}");
}

#[test]
fn faults_name_the_field() {
    let layers = |text: &str| SENT.to_owned() + text;
    let clip = NETWORK.replace("model = 'rfc8593-statistical'", "model = 'clip'\nclip = 'c'");
    for (flows, fault) in [
        (onwards(2, 2, "down"), "flow[0].forwards: \"2\" names nothing"),
        (SENT.to_owned() + &onwards(2, 7, "down"), "flow[1].forwards: \"7\" is none of 1"),
        (SENT.to_owned() + &onwards(2, 1, "further"), "that flow ends at \"M\""),
        (
            SENT.replace("'video', ", "") + &onwards(2, 1, "down"),
            "flow[1].media: \"video\" is none of audio",
        ),
        (layers("layers_bps = [500_000, 150_000]"), "layers_bps: 150000 is not within 500001"),
        (layers("layers_bps = [1, 2_000_000]"), "layers_bps: 1 is not within 50000 and 1500000"),
        (layers("layers_bps = [60_000, 70_000, 80_000, 90_000]"), "at most 3 are allowed"),
        (
            SENT.to_owned() + &onwards(2, 1, "down") + "layers_bps = [60_000, 70_000]",
            "flow[1].layers_bps: cannot be given together with forwards",
        ),
    ] {
        let bad = parsed(&flows).expect_err(&flows);
        assert!(bad.contains(fault), "{bad}\nhas not: {fault}");
    }
    let text = format!("{clip}{SENT}{}", onwards(2, 1, "down"));
    let text = text.replace("variation_pct = 5\nresponse_ms = 100\n", "");
    let bad = Scenario::parse("x.toml", &text).expect_err("a clip").to_string();
    assert!(
        bad.contains("flow[1].forwards: cannot be given together with video of a clip"),
        "{bad}"
    );
}
