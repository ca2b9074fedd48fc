//! What links do to packets, held against arithmetic of its own. The cases of suites are held when
//! their tables are made (`simnet/examples/board.rs`).

use std::time::Duration;

use lapwing_simnet::run::{Arrivals, Run};
use lapwing_simnet::scenario::{BUILT_IN, JitterModel, Scenario, Wire};
use lapwing_simnet::suite::Suite;
use lapwing_simnet::{Bitrate, Clock, RateSchedule};

fn load(name: &str) -> Scenario {
    let found = BUILT_IN.iter().find(|scenario| scenario.name == name).expect("it is built in");
    Scenario::parse(found.name, found.text).expect("it is right")
}

fn run(scenario: &Scenario) -> Run {
    Run::new(scenario, 1, Clock::arbitrary()).expect("it can be built")
}

/// Plays a run to its end, and gives what was judged, and how much of it was wrong.
fn play(mut run: Run, arrivals: Arrivals) -> (u64, u64, String) {
    run.sim().watch(arrivals);
    while run.step() {}
    let arrivals = run.sim().watcher::<Arrivals>().expect("it watches");
    let first = arrivals.faults().first().map(ToString::to_string).unwrap_or_default();
    (arrivals.judged(), arrivals.wrong(), first)
}

#[test]
fn every_packet_of_scenarios_outside_of_suites_leaves_when_it_must() {
    let is_of_suite = |name: &str| Suite::ALL.iter().any(|suite| name.starts_with(suite.name()));
    let mut tried = 0;
    for built_in in BUILT_IN.iter().filter(|one| !is_of_suite(one.name)) {
        let mut scenario = load(built_in.name);
        scenario.meta.duration = scenario.meta.duration.min(Duration::from_secs(30));
        let run = run(&scenario);
        let arrivals = Arrivals::of(&run);
        let (judged, wrong, first) = play(run, arrivals);
        assert!(judged > 100, "{judged} packets of {}", built_in.name);
        assert_eq!(wrong, 0, "of {judged} packets of {}: {first}", built_in.name);
        tried += 1;
    }
    assert!(tried >= 8, "{tried} scenarios");
}

#[test]
fn a_link_that_is_not_as_the_scenario_says_is_found() {
    let mut told = load("rfc8867-5.1-owd50");
    told.meta.duration = Duration::from_secs(5);
    if let Wire::Directed { jitter, .. } = &mut told.links[0].kind {
        *jitter = JitterModel::None;
    }
    // The same network but for a hundredth of the capacity, or a tenth of a millisecond.
    let changes: [fn(&mut Wire); 2] = [
        |wire| {
            if let Wire::Directed { queue: Some(queue), .. } = wire {
                queue.capacity = RateSchedule::constant(Bitrate::kbps(990));
            }
        },
        |wire| {
            if let Wire::Directed { delay, .. } = wire {
                *delay -= Duration::from_micros(100);
            }
        },
    ];
    for change in changes {
        let mut other = told.clone();
        change(&mut other.links[0].kind);
        let (judged, wrong, first) = play(run(&other), Arrivals::of(&run(&told)));
        assert!(judged > 500 && wrong > 50, "{wrong} of {judged}");
        assert!(first.contains("left fwd at"), "{first}");
    }
}
