//! Restarts: the old path goes on until another works.

use std::time::Duration;

use super::peer::{Says, Stage, THEIRS};
use super::world::{Ours, Side, World, address, credentials};
use crate::IceConnectionState as State;
use crate::ice::{DropReason, Handled, Remote};

const SECOND: Duration = Duration::from_secs(1);

fn connected() -> World<Ours, Ours> {
    let mut world = World::joined(&["192.0.2.1:1"], &["192.0.2.2:2"]);
    world.run_for(SECOND * 3);
    assert!(world.a.is_up() && world.b.is_up());
    world
}

impl World<Ours, Ours> {
    /// The first side's offer arrives after 1 s, and the answer 1 s later.
    fn restart(&mut self) {
        let (a, b) = (credentials(11), credentials(12));
        self.a.agent.expect_credentials(a.clone());
        self.run_for(SECOND);
        self.b.agent.restart(b.clone(), Remote::new(a.clone()), false, self.now);
        for line in self.a.candidates() {
            self.b.add_remote(&line, self.now);
        }
        self.run_for(SECOND);
        self.a.agent.restart(a, Remote::new(b), true, self.now);
        for line in self.b.candidates() {
            self.a.add_remote(&line, self.now);
        }
    }
}

#[test]
fn media_goes_on_over_a_restart() {
    let mut world = connected();
    (world.a.media, world.b.media) = (Some(SECOND / 50), Some(SECOND / 50));
    world.run_for(SECOND);
    let began = world.now;
    world.restart();
    assert_eq!(world.a.agent.state(), State::Checking);
    assert!(world.a.agent.may_send(world.now));
    world.run_until_agreed(SECOND).expect("the new generation connects");
    world.run_for(SECOND * 10);
    for side in [&world.a, &world.b] {
        let gap = side.longest_gap(began);
        assert!(gap <= Duration::from_millis(40), "{gap:?}");
        assert_eq!(side.paths().len(), 2);
        assert_eq!(side.agent.pairs().len(), 1, "the old one is gone");
        assert_eq!(side.agent.remote_candidates().len(), 1);
    }
    assert_eq!(world.a.agent.local_credentials(), &credentials(11));
}

#[test]
fn the_old_path_is_kept_with_its_own_consent_while_the_new_one_fails() {
    let mut world = connected();
    let old = world.a.agent.selected().unwrap();
    let (a, b) = (credentials(11), credentials(12));
    world.a.agent.restart(a, Remote::new(b), true, world.now);
    world.run_for(SECOND * 20);
    assert_eq!(world.a.agent.state(), State::Checking);
    assert_eq!(world.a.agent.selected().map(|path| path.destination), Some(old.destination));
    assert!(world.a.agent.may_send(world.now));
    assert!(world.b.is_up(), "the peer is still answered");
    world.run_for(SECOND * 20);
    assert_eq!(world.a.agent.state(), State::Failed);
    assert_eq!(world.a.agent.selected(), None);
}

#[test]
fn a_failed_agent_begins_again() {
    let mut world = connected();
    world.cut("192.0.2.1", "192.0.2.2");
    world.run_for(SECOND * 60);
    assert_eq!(world.a.agent.state(), State::Failed);
    world.cut.clear();
    world.restart();
    world.run_until_agreed(SECOND).expect("they connect");
    let states = world.a.states();
    let wanted = [State::Failed, State::Checking, State::Connected];
    assert!(states.windows(3).any(|three| three == wanted), "{states:?}");
}

#[test]
fn checks_with_offered_credentials_are_answered_before_the_answer() {
    let mut stage = Stage::new(true);
    stage.add_remote(THEIRS);
    stage.answer_for(SECOND);
    let (ours, theirs) = (credentials(11), credentials(12));
    stage.renew(ours.clone(), theirs.clone());
    let unknown = Handled::Dropped(DropReason::UnknownUfrag);
    assert_eq!(stage.receive(Says::controlled(), THEIRS), unknown);
    stage.agent.expect_credentials(ours.clone());
    assert_eq!(stage.receive(Says::controlled(), "192.0.2.9:9"), Handled::EarlyRequest);
    let sent = stage.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].destination, address("192.0.2.9:9"));
    assert_eq!(stage.agent.local_candidates()[0].ufrag.as_deref(), Some(ours.ufrag()));

    stage.agent.restart(ours, Remote::new(theirs), true, stage.now);
    let check = stage.next_check();
    assert_eq!(check.destination, address("192.0.2.9:9"), "it was remembered");
    stage.answer(&check);
    assert_eq!(stage.agent.selected().unwrap().destination, address("192.0.2.9:9"));
}

#[test]
fn an_offer_that_is_taken_back_is_forgotten() {
    let mut stage = Stage::new(true);
    let (ours, theirs) = (credentials(11), credentials(12));
    stage.agent.expect_credentials(ours.clone());
    stage.renew(ours, theirs);
    assert_eq!(stage.receive(Says::controlled(), THEIRS), Handled::EarlyRequest);
    stage.agent.forget_credentials();
    assert_eq!(stage.agent.early.len(), 0);
    let unknown = Handled::Dropped(DropReason::UnknownUfrag);
    assert_eq!(stage.receive(Says::controlled(), THEIRS), unknown);
    assert_eq!(stage.agent.local_candidates()[0].ufrag.as_deref(), Some("uf1"));
}

#[test]
fn another_answer_to_the_same_offer_is_a_generation_of_its_own() {
    let mut stage = Stage::new(true);
    stage.add_remote(THEIRS);
    stage.answer_for(SECOND);
    assert!(stage.agent.selected().is_some());
    stage.agent.set_remote(Remote::new(credentials(3)), true, stage.now);
    assert_eq!(stage.agent.state(), State::Checking);
    stage.renew(credentials(1), credentials(3));
    stage.add_remote("192.0.2.9:9");
    stage.answer_for(SECOND);
    assert_eq!(stage.agent.selected().unwrap().destination, address("192.0.2.9:9"));
}

#[test]
fn restarts_in_a_row_leave_nothing_behind() {
    let mut world = connected();
    for round in 0..50 {
        let (a, b) = (credentials(100 + round), credentials(200 + round));
        world.a.agent.restart(a.clone(), Remote::new(b.clone()), true, world.now);
        world.b.agent.restart(b, Remote::new(a), false, world.now);
        world.exchange_candidates();
        world.run_for(SECOND / 50);
    }
    world.run_until_agreed(SECOND).expect("they connect");
    assert_eq!(world.a.agent.pairs().len(), 1);
    assert_eq!(world.a.agent.local_candidates().len(), 1);
    assert_eq!(world.a.agent.remote_candidates().len(), 1);
}
