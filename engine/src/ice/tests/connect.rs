//! Two of ours find a path.

use std::time::Duration;

use super::world::{Nat, Ours, Side, World, config};
use crate::ice::AgentConfig;
use crate::{CandidateKind, IceConnectionState as State};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn hosts_connect_in_two_round_trips() {
    let mut world = World::joined(&["192.0.2.1:1"], &["192.0.2.2:2"]);
    let took = world.run_until_agreed(SECOND).expect("they connect");
    assert!(took <= Duration::from_millis(2 * 50 + 2 * 20), "{took:?}");
    world.run_for(SECOND);
    for side in [&world.a, &world.b] {
        assert_eq!(side.states(), [State::Checking, State::Connected, State::Completed]);
        assert_eq!(side.paths().len(), 1);
        assert_eq!(side.paths()[0].local_kind, CandidateKind::Host);
    }
    assert!(world.a.agent.is_controlling() && !world.b.agent.is_controlling());
}

#[test]
fn nothing_is_sent_before_both_descriptions_are_there() {
    let mut world = World::new(Ours::new(1), Ours::new(2), 1);
    world.add_hosts(&["192.0.2.1:1"], &["192.0.2.2:2"]);
    world.exchange_candidates();
    world.run_for(SECOND * 100);
    assert_eq!(world.packets_sent, [0, 0]);
    assert_eq!(world.a.agent.state(), State::New);
    assert_eq!(world.a.agent.next_timeout(), None);
}

#[test]
fn both_claim_control_or_neither_does() {
    for claims in [true, false] {
        for seeds in [(1, 2), (2, 1), (7, 8)] {
            let mut world = World::new(Ours::new(seeds.0), Ours::new(seeds.1), 1);
            world.add_hosts(&["192.0.2.1:1", "192.0.2.11:1"], &["192.0.2.2:2", "192.0.2.12:1"]);
            world.exchange_credentials(claims, claims);
            world.exchange_candidates();
            world.run_until_agreed(SECOND).expect("they connect");
            assert_ne!(world.a.agent.is_controlling(), world.b.agent.is_controlling());
        }
    }
}

#[test]
fn both_behind_nats_learn_each_others_addresses() {
    let mut world = World::new(Ours::new(1), Ours::new(2), 1);
    world.nats = [Some(Nat::new("203.0.113.1", false)), Some(Nat::new("203.0.113.2", false))];
    world.add_hosts(&["10.0.0.1:1"], &["10.0.0.2:2"]);
    world.add_reflexive(&["10.0.0.1:1"], &["10.0.0.2:2"]);
    world.join();
    world.run_until_agreed(SECOND * 2).expect("they connect");
    let path = world.a.agent.selected().unwrap();
    assert_eq!(path.local_kind, CandidateKind::ServerReflexive);
    assert_eq!(path.remote_kind, CandidateKind::ServerReflexive);
}

#[test]
fn a_nat_with_mappings_by_destination_makes_peer_reflexive_candidates() {
    let mut world = World::new(Ours::new(1), Ours::new(2), 1);
    world.nats[0] = Some(Nat::new("203.0.113.1", true));
    world.add_hosts(&["10.0.0.1:1"], &["192.0.2.2:2"]);
    world.add_reflexive(&["10.0.0.1:1"], &[]);
    world.join();
    world.run_until_agreed(SECOND * 2).expect("they connect");
    let (a, b) = (world.a.agent.selected().unwrap(), world.b.agent.selected().unwrap());
    assert_eq!((a.local_kind, a.remote_kind), (CandidateKind::PeerReflexive, CandidateKind::Host));
    assert_eq!((b.local_kind, b.remote_kind), (CandidateKind::Host, CandidateKind::PeerReflexive));
}

#[test]
fn candidates_may_trickle_late() {
    let mut world = World::new(Ours::new(1), Ours::new(2), 1);
    world.exchange_credentials(true, false);
    world.run_for(SECOND * 3);
    world.add_hosts(&["192.0.2.1:1"], &[]);
    world.exchange_candidates();
    world.run_for(SECOND * 3);
    assert_eq!(world.a.agent.state(), State::Checking);
    world.add_hosts(&[], &["192.0.2.2:2"]);
    // The peer need not be told: our check tells it.
    let took = world.run_until_agreed(SECOND).expect("they connect");
    assert!(took < SECOND / 2, "{took:?}");
}

#[test]
fn one_side_without_any_candidate_of_the_other_connects() {
    let mut world = World::new(Ours::new(1), Ours::new(2), 1);
    world.add_hosts(&["192.0.2.1:1"], &["192.0.2.2:2"]);
    world.exchange_credentials(true, false);
    for line in world.a.candidates() {
        world.b.add_remote(&line, world.now);
    }
    world.run_until_agreed(SECOND).expect("they connect");
    assert_eq!(world.a.agent.selected().unwrap().remote_kind, CandidateKind::PeerReflexive);
}

#[test]
fn checks_before_the_answer_count() {
    let mut world = World::new(Ours::new(1), Ours::new(2), 1);
    world.add_hosts(&["192.0.2.1:1"], &["192.0.2.2:2"]);
    let (a, b) = (world.a.credentials(), world.b.credentials());
    world.b.begin(a, false, world.now);
    world.exchange_candidates();
    world.run_for(SECOND);
    world.a.begin(b, true, world.now);
    let took = world.run_until_agreed(SECOND).expect("they connect");
    assert!(took <= Duration::from_millis(2 * 50 + 2 * 20), "{took:?}");
}

fn lite(seed: u64) -> AgentConfig {
    AgentConfig { lite: true, ..config(seed) }
}

#[test]
fn a_lite_agent_sends_no_checks_and_follows() {
    for full_offers in [true, false] {
        let mut world = World::new(Ours::new(1), Ours::with(lite(2), 2), 1);
        world.add_hosts(&["192.0.2.1:1"], &["192.0.2.2:2", "192.0.2.3:2"]);
        let (a, b) = (world.a.credentials(), world.b.credentials());
        let remote = crate::ice::Remote { lite: true, ..crate::ice::Remote::new(b) };
        world.a.agent.set_remote(remote, full_offers, world.now);
        world.b.begin(a, !full_offers, world.now);
        world.exchange_candidates();
        world.run_until_agreed(SECOND).expect("they connect");
        assert!(world.a.agent.is_controlling() && !world.b.agent.is_controlling());
        world.run_for(SECOND * 60);
        assert!(world.b.is_up() && world.b.agent.may_send(world.now));
        let pairs = world.b.agent.pairs();
        assert!(pairs.iter().all(|pair| pair.counters.requests_sent == 0), "{pairs:?}");
        let path = world.a.agent.selected().unwrap();
        assert_eq!(world.b.agent.selected().unwrap().source, path.destination);
    }
}

#[test]
fn a_lite_agent_notices_that_the_peer_is_gone() {
    let mut world = World::new(Ours::new(1), Ours::with(lite(2), 2), 1);
    world.add_hosts(&["192.0.2.1:1"], &["192.0.2.2:2"]);
    world.join();
    world.run_for(SECOND * 20);
    assert!(world.b.is_up());
    world.cut("192.0.2.1", "192.0.2.2");
    let cut_at = world.elapsed();
    world.run_for(SECOND * 60);
    let disconnected = world.b.reached(State::Disconnected).unwrap() - cut_at;
    let failed = world.b.reached(State::Failed).unwrap() - cut_at;
    assert!(disconnected > SECOND * 6 && disconnected <= SECOND * 13, "{disconnected:?}");
    assert!(failed > SECOND * 23 && failed <= SECOND * 31, "{failed:?}");
}

/// Eight hosts on either side; of all pairs only the last works where `last` says so.
fn eight_by_eight(last: bool) -> Option<Duration> {
    let [a, b] = [1, 2].map(|side| -> Vec<String> {
        (0..8).map(|n| format!("192.0.2.{}:{}", side * 10 + n, side)).collect()
    });
    let mut world = World::new(Ours::new(1), Ours::new(2), 1);
    let [a, b] = [&a, &b].map(|hosts| hosts.iter().map(String::as_str).collect::<Vec<_>>());
    world.add_hosts(&a, &b);
    for n in 0..8 {
        for m in 0..8 {
            if last && n + m < 14 {
                world.cut(&format!("192.0.2.{}", 10 + n), &format!("192.0.2.{}", 20 + m));
            }
        }
    }
    world.join();
    world.run_until_agreed(SECOND * 10)
}

#[test]
fn eight_by_eight_candidates_connect_within_a_second() {
    let took = eight_by_eight(false).expect("they connect");
    assert!(took < SECOND, "{took:?}");
    // The last of 64 pairs: a list so long is gone through faster.
    let took = eight_by_eight(true).expect("they connect");
    assert!(took < SECOND, "{took:?}");
}

#[test]
fn loss_slows_it_down_and_no_more() {
    let mut times: Vec<Duration> = (0..100)
        .map(|seed| {
            let mut world = World::new(Ours::new(2 * seed), Ours::new(2 * seed + 1), seed);
            world.loss = 300;
            world.add_hosts(&["192.0.2.1:1", "192.0.2.3:1"], &["192.0.2.2:2"]);
            world.join();
            world.run_until_agreed(SECOND * 30).expect("they connect within 30 s")
        })
        .collect();
    times.sort();
    assert!(times[50] < SECOND && times[95] < SECOND * 5, "{:?} {:?}", times[50], times[95]);
}
