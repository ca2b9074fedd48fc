//! Consent, what is seen of a path that dies, and another that takes over.

use std::time::Duration;

use super::world::{Ours, Side, World, address};
use crate::IceConnectionState as State;
use crate::datagram::Protocol;
use crate::ice::Output;

const SECOND: Duration = Duration::from_secs(1);

fn one_path() -> World<Ours, Ours> {
    let mut world = World::joined(&["192.0.2.1:1"], &["192.0.2.2:2"]);
    world.run_for(SECOND * 20);
    assert!(world.a.is_up() && world.b.is_up());
    world
}

fn two_paths() -> World<Ours, Ours> {
    let mut world = World::joined(&["192.0.2.1:1", "192.0.2.3:3"], &["192.0.2.2:2"]);
    world.run_for(SECOND * 20);
    assert_eq!(world.a.agent.selected().unwrap().source, address("192.0.2.1:1"));
    world
}

#[test]
fn consent_is_renewed_every_five_seconds() {
    let mut world = World::joined(&["192.0.2.1:1"], &["192.0.2.2:2"]);
    world.run_for(SECOND * 2);
    let before = world.a.agent.pairs()[0].counters.consent_requests_sent;
    let mut at = Vec::new();
    let mut sent = before;
    for _ in 0..6_000 {
        world.run_for(SECOND / 100);
        let consents = world.a.agent.pairs()[0].counters.consent_requests_sent;
        if consents > sent {
            sent = consents;
            at.push(world.now);
        }
    }
    let gaps: Vec<Duration> = at.windows(2).map(|two| two[1] - two[0]).collect();
    assert!((9..=16).contains(&gaps.len()), "{gaps:?}");
    // The time runs from the answer.
    let within = |gap: &Duration| (SECOND * 4..=SECOND * 6 + SECOND / 10).contains(gap);
    assert!(gaps.iter().all(within), "{gaps:?}");
    let spread = *gaps.iter().max().unwrap() - *gaps.iter().min().unwrap();
    assert!(spread > SECOND / 4, "drawn, not fixed: {gaps:?}");
    assert!(world.a.agent.may_send(world.now));
    assert_eq!(world.a.states().last(), Some(&State::Completed));
}

#[test]
fn a_dead_path_is_disconnected_within_seven_seconds_and_fails_after_thirty() {
    for seed in 0..10 {
        let mut world = one_path();
        world.run_for(SECOND * seed / 2);
        world.cut("192.0.2.1", "192.0.2.2");
        let cut_at = world.now;
        let answered = world.a.agent.pairs()[0].counters.last_response_received.unwrap();
        let took = world.run_until(SECOND * 10, |a, _| a.agent.state() == State::Disconnected);
        let took = took.expect("it is seen");
        assert!(took <= SECOND * 7, "{took:?}");
        assert!(world.now - answered >= SECOND * 5);
        assert!(world.a.agent.may_send(world.now));
        world.run_until(SECOND * 40, |a, _| a.agent.state() == State::Failed).expect("it fails");
        assert_eq!(world.now - answered, SECOND * 30);
        assert!(cut_at + SECOND * 30 >= world.now);
        assert!(!world.a.agent.may_send(world.now));
        assert_eq!(world.a.agent.selected(), None);

        world.run_for(SECOND);
        world.cut.clear();
        let sent = world.packets_sent[0];
        world.run_for(SECOND * 100);
        assert_eq!(world.packets_sent[0], sent, "what failed is silent");
        assert_eq!(world.a.agent.next_timeout(), None);
    }
}

#[test]
fn a_path_that_comes_back_is_used_again() {
    let mut world = one_path();
    world.cut("192.0.2.1", "192.0.2.2");
    world.run_for(SECOND * 20);
    assert_eq!(world.a.agent.state(), State::Disconnected);
    world.cut.clear();
    world.run_for(SECOND * 2);
    assert!(world.a.is_up() && world.b.is_up());
}

#[test]
fn patience_is_configured_and_consent_is_not() {
    let config = crate::ice::AgentConfig { failed_after: SECOND * 50, ..super::world::config(1) };
    let mut world = World::new(Ours::with(config, 1), Ours::new(2), 1);
    world.add_hosts(&["192.0.2.1:1"], &["192.0.2.2:2"]);
    world.join();
    world.run_for(SECOND * 20);
    world.cut("192.0.2.1", "192.0.2.2");
    world.run_for(SECOND * 31);
    assert_eq!(world.a.agent.state(), State::Disconnected);
    assert!(!world.a.agent.may_send(world.now), "nothing but checks after 30 s");
    let sent = world.packets_sent[0];
    world.run_for(SECOND * 10);
    assert!(world.packets_sent[0] > sent, "checks go on");
    world.cut.clear();
    world.b.agent.restart_for_test(world.now);
    world.run_for(SECOND * 20);
    assert_eq!(world.a.agent.state(), State::Failed);
}

#[test]
fn checks_that_come_to_nothing_fail_in_time() {
    let mut world = World::new(Ours::new(1), Ours::new(2), 1);
    world.add_hosts(&["192.0.2.1:1"], &["192.0.2.2:2"]);
    world.cut("192.0.2.1", "192.0.2.2");
    world.join();
    world.a.agent.end_of_candidates();
    world.run_for(SECOND * 40);
    assert_eq!(world.a.states(), [State::Checking, State::Failed]);
    assert_eq!(world.a.reached(State::Failed), Some(SECOND * 30));
}

#[test]
fn pairs_that_failed_are_tried_again_while_there_is_no_path() {
    let mut world = World::new(Ours::new(1), Ours::new(2), 1);
    world.add_hosts(&["192.0.2.1:1"], &["192.0.2.2:2"]);
    world.cut("192.0.2.1", "192.0.2.2");
    world.join();
    world.run_for(SECOND * 25);
    world.cut.clear();
    world.run_until_agreed(SECOND * 5).expect("they connect");
}

#[test]
fn media_moves_to_a_living_path_within_two_seconds() {
    for after in 0..12 {
        let mut world = two_paths();
        (world.a.media, world.b.media) = (Some(SECOND / 50), Some(SECOND / 50));
        world.run_for(SECOND * 2 + SECOND * after / 4);
        let cut_at = world.now;
        world.cut("192.0.2.1", "192.0.2.2");
        world.run_for(SECOND * 10);
        for side in [&world.a, &world.b] {
            let gap = side.longest_gap(cut_at);
            assert!(gap < SECOND * 2, "{gap:?}");
            assert!(!side.states().contains(&State::Disconnected));
        }
        assert_eq!(world.a.agent.selected().unwrap().source, address("192.0.2.3:3"));
        assert_eq!(world.b.agent.selected().unwrap().destination, address("192.0.2.3:3"));
    }
}

#[test]
fn media_one_way_moves_too() {
    let mut world = two_paths();
    world.b.media = Some(SECOND / 50);
    world.run_for(SECOND * 3);
    let cut_at = world.now;
    world.cut("192.0.2.1", "192.0.2.2");
    world.run_for(SECOND * 10);
    let gap = world.a.longest_gap(cut_at);
    assert!(gap < SECOND * 2, "{gap:?}");
}

#[test]
fn without_media_a_path_moves_two_seconds_after_the_first_answer_that_does_not_come() {
    let mut world = two_paths();
    world.cut("192.0.2.1", "192.0.2.2");
    let took = world.run_until(SECOND * 10, |a, _| {
        a.agent.selected().is_some_and(|path| path.source == address("192.0.2.3:3"))
    });
    assert!(took.expect("it moves") <= SECOND * 8, "{took:?}");
    world.run_for(SECOND * 5);
    assert!(world.a.is_up() && world.b.is_up());
}

#[test]
fn the_better_path_is_returned_to_when_it_lives_again() {
    let mut world = two_paths();
    (world.a.media, world.b.media) = (Some(SECOND / 50), Some(SECOND / 50));
    world.cut("192.0.2.1", "192.0.2.2");
    world.run_for(SECOND * 20);
    world.cut.clear();
    world.run_for(SECOND * 20);
    for side in [&world.a, &world.b] {
        let sources: Vec<u16> =
            side.paths()
                .iter()
                .map(|path| {
                    if path.source.port() == 2 {
                        path.destination.port()
                    } else {
                        path.source.port()
                    }
                })
                .collect();
        assert_eq!(sources, [1, 3, 1], "one move there, one back");
    }
}

#[test]
fn loss_alone_moves_nothing_and_disconnects_nobody() {
    let mut world = two_paths();
    (world.a.media, world.b.media) = (Some(SECOND / 50), Some(SECOND / 50));
    world.loss = 200;
    world.run_for(SECOND * 180);
    for side in [&world.a, &world.b] {
        assert_eq!(side.paths().len(), 1);
        assert!(!side.states().contains(&State::Disconnected), "{:?}", side.states());
    }
}

#[test]
fn a_slow_path_is_no_dead_one() {
    for delay in [400, 1000, 1500] {
        let mut world = World::new(Ours::new(1), Ours::new(2), 1);
        world.delay = Duration::from_millis(delay);
        world.add_hosts(&["192.0.2.1:1", "192.0.2.3:3"], &["192.0.2.2:2"]);
        world.join();
        world.run_until_agreed(SECOND * 20).expect("they connect");
        world.run_for(SECOND * 60);
        for side in [&world.a, &world.b] {
            assert_eq!(side.paths().len(), 1, "{delay} {:?}", side.outputs);
            assert!(!side.states().contains(&State::Disconnected), "{delay}");
        }
    }
}

#[test]
fn losing_the_local_address_moves_at_once_or_disconnects() {
    let mut world = two_paths();
    world.a.agent.remove_local(address("192.0.2.1:1"), Protocol::Udp, world.now);
    assert_eq!(world.a.agent.selected().unwrap().source, address("192.0.2.3:3"));
    world.cut("192.0.2.1", "192.0.2.2");
    world.run_for(SECOND * 10);
    assert!(world.a.is_up() && world.b.is_up());
    world.a.agent.remove_local(address("192.0.2.3:3"), Protocol::Udp, world.now);
    world.a.drain(world.now);
    assert_eq!(world.a.agent.state(), State::Disconnected);
    assert_eq!(world.a.agent.selected(), None);
    assert!(world.a.outputs.iter().any(|(_, output)| *output == Output::Lost));
    assert!(!world.a.agent.may_send(world.now));
    world.add_hosts(&["192.0.2.5:5"], &[]);
    world.run_until_agreed(SECOND * 2).expect("another address takes over");
}

#[test]
fn an_idle_agent_wakes_up_at_most_twice_a_second() {
    let mut world = World::joined(
        &["192.0.2.1:1", "192.0.2.3:3", "192.0.2.5:5", "192.0.2.7:7"],
        &["192.0.2.2:2", "192.0.2.4:4", "192.0.2.6:6"],
    );
    world.run_for(SECOND * 30);
    let (wakes, packets) = ([world.a.wakes, world.b.wakes], world.packets_sent);
    world.run_for(SECOND * 100);
    for (now, before) in [world.a.wakes, world.b.wakes].into_iter().zip(wakes) {
        assert!(now - before <= 60, "{} in 100 s", now - before);
    }
    let came = world.packets_sent[0] - packets[0] + world.packets_sent[1] - packets[1];
    // What each side hears and what wakes it.
    assert!(came / 2 + 60 <= 200, "{came} packets in 100 s");
}

impl crate::ice::Agent {
    /// It forgets the peer, so that it answers no more.
    fn restart_for_test(&mut self, now: std::time::Instant) {
        let other = super::world::credentials(99);
        let remote = crate::ice::Remote::new(super::world::credentials(98));
        self.restart(other, remote, false, now);
    }
}
