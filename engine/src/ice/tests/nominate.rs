//! Which pair is used.

use std::time::Duration;

use super::peer::{Says, Stage, THEIRS};
use super::world::{Ours, World, address, credentials};
use crate::ice::Remote;
use crate::ice::message;

const SECOND: Duration = Duration::from_secs(1);
const OTHER: &str = "192.0.2.9:6000";

/// Controlled, with two pairs that work; the first is better.
fn two_pairs() -> Stage {
    let mut stage = Stage::new(false);
    stage.add_remote(THEIRS);
    let mut second = super::world::host(address(OTHER));
    (second.priority, second.foundation) = (1000, "2".into());
    stage.agent.add_remote(&second, stage.now).unwrap();
    stage.answer_for(SECOND);
    stage
}

fn used(stage: &Stage) -> std::net::SocketAddr {
    stage.agent.selected().unwrap().destination
}

#[test]
fn before_a_nomination_the_best_pair_is_used() {
    let stage = two_pairs();
    assert_eq!(used(&stage), address(THEIRS));
    assert!(stage.agent.pairs().iter().all(|pair| !pair.nominated));
}

#[test]
fn of_an_aggressive_peers_pairs_the_best_is_used() {
    for order in [[THEIRS, OTHER], [OTHER, THEIRS]] {
        let mut stage = two_pairs();
        for at in order {
            stage.receive(Says::nominating(), at);
            stage.wait(SECOND / 10);
        }
        assert_eq!(used(&stage), address(THEIRS), "{order:?}");
        // It says so with every check.
        for _ in 0..10 {
            stage.receive(Says::nominating(), OTHER);
            stage.answer_for(SECOND / 4);
            stage.receive(Says::nominating(), THEIRS);
            stage.answer_for(SECOND / 4);
            assert_eq!(used(&stage), address(THEIRS));
        }
    }
}

#[test]
fn a_later_nomination_moves_the_path_both_ways() {
    let mut stage = two_pairs();
    for at in [OTHER, THEIRS, OTHER] {
        stage.receive(Says::nominating(), at);
        assert_eq!(used(&stage), address(at));
        stage.answer_for(SECOND * 2);
        assert_eq!(used(&stage), address(at), "checks without nomination do not move it");
    }
}

#[test]
fn the_largest_nomination_wins_at_once() {
    let mut stage = two_pairs();
    let says = |nomination| Says { nomination: Some(nomination), ..Says::nominating() };
    stage.receive(says(1), THEIRS);
    stage.receive(says(2), OTHER);
    assert_eq!(used(&stage), address(OTHER));
    stage.receive(says(1), THEIRS);
    assert_eq!(used(&stage), address(OTHER), "an old one that came late");
    stage.receive(says(3), THEIRS);
    assert_eq!(used(&stage), address(THEIRS));
}

#[test]
fn a_nomination_waits_for_our_own_check() {
    let mut stage = Stage::new(false);
    stage.receive(Says::nominating(), THEIRS);
    assert_eq!(stage.agent.selected(), None);
    let check = stage.next_check();
    stage.answer(&check);
    assert_eq!(used(&stage), address(THEIRS));
    assert!(stage.agent.pairs()[0].nominated);
}

#[test]
fn we_nominate_what_works_and_then_what_is_better() {
    let mut stage = Stage::new(true);
    let mut late = super::world::host(address(OTHER));
    (late.priority, late.foundation) = (1000, "2".into());
    stage.agent.add_remote(&late, stage.now).unwrap();
    let first = stage.next_check();
    stage.answer(&first);
    assert_eq!(used(&stage), address(OTHER));
    let nominating = stage.next_check();
    let request = message::read_request(&message::parse(&nominating.contents).unwrap());
    assert!(request.use_candidate && request.nomination.is_none());
    stage.answer(&nominating);
    let since = stage.now;
    stage.add_remote(THEIRS);
    let mut nominated = None;
    while nominated.is_none() {
        for check in stage.checks() {
            let request = message::read_request(&message::parse(&check.contents).unwrap());
            if request.use_candidate {
                assert_eq!(check.destination, address(THEIRS));
                nominated = Some(stage.now - since);
            }
            stage.answer(&check);
        }
        stage.wait(SECOND / 100);
        assert!(stage.now - since < SECOND * 3);
    }
    assert!(nominated.unwrap() > SECOND, "not at once: {nominated:?}");
    assert_eq!(used(&stage), address(THEIRS));
}

#[test]
fn a_peer_that_counts_nominations_gets_them() {
    let mut stage = Stage::new(true);
    let remote = Remote { renomination: true, ..Remote::new(credentials(2)) };
    stage.agent.set_remote(remote, true, stage.now);
    stage.add_remote(THEIRS);
    let first = stage.next_check();
    stage.answer(&first);
    let nominating = stage.next_check();
    let request = message::read_request(&message::parse(&nominating.contents).unwrap());
    assert_eq!((request.use_candidate, request.nomination), (true, Some(1)));
}

#[test]
fn a_lost_nomination_is_repeated() {
    let mut stage = Stage::new(true);
    stage.add_remote(THEIRS);
    let first = stage.next_check();
    stage.answer(&first);
    let lost = stage.next_check();
    stage.wait(SECOND / 2);
    let again = stage.next_check();
    assert_eq!(again.contents, lost.contents);
    stage.answer(&again);
    assert!(stage.agent.pairs()[0].nominated);
}

#[test]
fn both_sides_settle_on_the_same_pair_when_a_better_one_comes_late() {
    let mut world = World::new(Ours::new(1), Ours::new(2), 1);
    world.add_hosts(&["192.0.2.1:1", "192.0.2.3:1"], &["192.0.2.2:2"]);
    world.cut("192.0.2.1", "192.0.2.2");
    world.join();
    world.run_until_agreed(SECOND * 2).expect("they connect");
    let first = world.a.agent.selected().unwrap();
    assert_eq!(first.source, address("192.0.2.3:1"));
    world.run_for(SECOND * 20);
    world.cut.clear();
    world
        .run_until(SECOND * 20, |a, b| {
            let better = address("192.0.2.1:1");
            a.agreed_path_is(better, true) && b.agreed_path_is(better, false)
        })
        .expect("the better pair takes over");
}

impl Ours {
    fn agreed_path_is(&self, a: std::net::SocketAddr, is_source: bool) -> bool {
        use super::world::Side;
        self.agreed_path().is_some_and(|path| a == if is_source { path.0 } else { path.1 })
    }
}
