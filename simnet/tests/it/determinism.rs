//! The same seed gives the same run; the first difference has a name.

use lapwing_simnet::nodes::JitterConfig;
use lapwing_simnet::{Basis, Limit};
use lapwing_simnet::{
    Bitrate, ChainLog, LinkSpec, QueueSpec, Sim, Time, Transcript, first_divergence,
};

use crate::fixtures::{A, B, Script, at, ms, pair};

/// Everything random that a link can do.
fn wild() -> LinkSpec {
    let limit = Limit::Time(ms(100), Basis::Current);
    LinkSpec::new()
        .rate(Bitrate::mbps(2), QueueSpec::Pie(Default::default(), limit))
        .delay(ms(20))
        .jitter(JitterConfig::default())
        .loss(0.02)
        .gilbert_elliott(0.01, 0.3, 0.0, 0.8)
        .duplicate(0.01, ms(1))
        .reorder(0.01, ms(5))
        .ecn_mark(0.1)
}

fn run(seed: u64, link: &LinkSpec) -> Sim {
    pair(seed, link, Script::steady(at(A), at(B), 2_000, ms(5), 1_200)).sim
}

fn chain(mut sim: Sim) -> ChainLog {
    sim.watch(ChainLog::default());
    sim.run_until(Time::from_secs(12));
    std::mem::take(sim.watcher().unwrap())
}

#[test]
fn the_same_seed_gives_the_same_chain() {
    let first = chain(run(7, &wild()));
    let second = chain(run(7, &wild()));
    assert!(first.links.len() > 8_000, "only {} events", first.links.len());
    assert_eq!(first.first_difference(&second), None);
    assert!(first_divergence(run(7, &wild()), run(7, &wild()), Time::from_secs(12)).is_none());
}

#[test]
fn another_seed_gives_another_chain() {
    let divergence = first_divergence(run(7, &wild()), run(8, &wild()), Time::from_secs(12));
    assert!(divergence.is_some());
}

#[test]
fn the_first_divergent_event_is_named_with_both_contexts() {
    let cut_at_4_seconds = || {
        let mut sim = run(7, &wild());
        let link = pair(7, &wild(), Script::default()).link.up;
        sim.at(Time::from_secs(4), move |sim| sim.set_link_up(link, false));
        sim
    };
    let control = || {
        let mut sim = run(7, &wild());
        sim.at(Time::from_secs(4), |_| {});
        sim
    };
    let found = first_divergence(control(), cut_at_4_seconds(), Time::from_secs(12)).unwrap();
    let (first, second) = (found.first.clone().unwrap(), found.second.clone().unwrap());
    assert!(first.contains("4.00"), "{found}");
    assert!(second.contains("Dropped(Outage) Link"), "{found}");

    // Stored chains name the same event, and a transcript around it shows what led there.
    let index = chain(control()).first_difference(&chain(cut_at_4_seconds())).unwrap() as u64;
    assert_eq!(index, found.index);
    let mut again = cut_at_4_seconds();
    again.watch(Transcript::new(index - 2..index + 1));
    again.run_until(Time::from_secs(12));
    let lines = &again.watcher::<Transcript>().unwrap().lines;
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2], second);
}

#[test]
fn chains_survive_a_file() {
    let first = chain(run(7, &wild()));
    let mut bytes = first.to_bytes();
    assert_eq!(bytes.len(), first.links.len() * 8);
    assert_eq!(ChainLog::from_bytes(&bytes), first);
    bytes.pop();
    let short = ChainLog::from_bytes(&bytes);
    assert_eq!(first.first_difference(&short), Some(first.links.len() - 1));
}

#[test]
fn a_further_effect_leaves_the_others_as_they_were() {
    let lost = |link: LinkSpec| {
        let script = Script::steady(at(A), at(B), 2_000, ms(5), 1_200);
        let mut pair = pair(7, &link, script);
        pair.sim.run_until(Time::from_secs(12));
        pair.sim.endpoint(pair.b).ids()
    };
    let plain = lost(LinkSpec::new().loss(0.1));
    assert!(plain.len() < 2_000);
    assert_eq!(lost(LinkSpec::new().ecn_mark(0.5).loss(0.1)), plain);
    assert_ne!(lost(LinkSpec::new().loss(0.0).loss(0.1)), plain);
}

#[test]
fn what_is_under_way_does_not_grow_with_the_run() {
    let mut sim = run(7, &wild());
    sim.run_until(Time::from_secs(2));
    let early = sim.pending();
    sim.run_until(Time::from_secs(9));
    assert!(early > 2 && sim.pending() < early + 20, "{early}, then {}", sim.pending());
    sim.run_until(Time::from_secs(60));
    assert_eq!(sim.pending(), 0);
}
