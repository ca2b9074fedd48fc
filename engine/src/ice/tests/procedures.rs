//! One procedure of RFC 8445 at a time, against a peer that is played by hand.

use std::time::Duration;

use stun_types::message::{Message, MessageClass};

use super::peer::{OURS, Says, Stage, THEIRS};
use super::world::{address, config, credentials, host};
use crate::CandidateKind;
use crate::datagram::Protocol;
use crate::ice::message;
use crate::ice::{CarriedAttribute, DropReason, Handled, Output, PairState, Remote};

const MOMENT: Duration = Duration::from_millis(30);

fn class_of(contents: &[u8]) -> MessageClass {
    Message::from_bytes(contents).unwrap().class()
}

#[test]
fn a_check_is_answered_to_where_it_came_from_and_triggers_one() {
    let mut stage = Stage::new(false);
    let from = "198.51.100.9:999";
    assert_eq!(stage.receive(Says::controlling(), from), Handled::Request);
    let sent = stage.sent();
    assert_eq!(sent.len(), 2, "an answer, and a triggered check: {sent:?}");
    for transmit in &sent {
        assert_eq!((transmit.source, transmit.destination), (address(OURS), address(from)));
    }
    let answer = message::parse(&sent[0].contents).unwrap();
    assert_eq!(answer.class(), MessageClass::Success);
    assert_eq!(message::mapped_address(&answer), Some(address(from)));
    assert!(message::is_authentic(&answer, credentials(1).key()));
    let check = message::parse(&sent[1].contents).unwrap();
    assert_eq!(message::username(&check).unwrap(), ("uf2".to_owned(), "uf1".to_owned()));
    let request = message::read_request(&check);
    assert_eq!(request.priority.unwrap() >> 24, 110, "its priority is of a peer-reflexive one");

    let remote = stage.agent.remote_candidates();
    assert_eq!(remote.len(), 1);
    assert_eq!(remote[0].kind, CandidateKind::PeerReflexive);
    assert_eq!(remote[0].priority, Says::controlling().priority);
}

#[test]
fn forged_checks_change_nothing() {
    let mut stage = Stage::new(false);
    let mut check = stage.check(Says::nominating());
    let index = check.len() - 12;
    check[index] ^= 1;
    let fingerprint_at = check.len() - 8;
    check.truncate(fingerprint_at);
    check[3] -= 8;
    let expected = Handled::Dropped(DropReason::NotAuthentic);
    assert_eq!(stage.deliver(&check, THEIRS), expected);
    let [mut wrong_name, mut wrong_peer] = [(); 2].map(|()| Stage::new(false));
    wrong_name.renew(credentials(9), credentials(2));
    wrong_peer.renew(credentials(1), credentials(9));
    let expected = Handled::Dropped(DropReason::UnknownUfrag);
    for other in [&mut wrong_name, &mut wrong_peer] {
        assert_eq!(other.receive(Says::nominating(), THEIRS), expected);
        assert_eq!(other.sent(), []);
    }
    assert_eq!(stage.sent(), []);
    assert_eq!(stage.agent.pairs(), []);
    let elsewhere = stage.check(Says::controlling());
    let (theirs, other) = (address(THEIRS), address("192.0.2.77:1"));
    let handled = stage.agent.handle_stun(&elsewhere, theirs, other, Protocol::Udp, stage.now);
    assert_eq!(handled, Handled::Dropped(DropReason::UnknownDestination));
}

#[test]
fn forged_and_strayed_answers_change_nothing() {
    let mut stage = Stage::new(true);
    stage.add_remote(THEIRS);
    let check = stage.next_check();
    let transaction = Message::from_bytes(&check.contents).unwrap().transaction_id();
    let ours = address(OURS);
    let mut deliver = |contents: Vec<u8>, source| {
        let source = address(source);
        stage.agent.handle_stun(&contents, source, ours, Protocol::Udp, stage.now)
    };
    let answer = |key: u64, transaction| {
        message::write_success(transaction, ours, &[], credentials(key).key())
    };
    let dropped = Handled::Dropped;
    assert_eq!(deliver(answer(9, transaction), THEIRS), dropped(DropReason::NotAuthentic));
    assert_eq!(deliver(answer(2, 999.into()), THEIRS), dropped(DropReason::UnknownTransaction));
    let elsewhere = "192.0.2.2:7";
    assert_eq!(deliver(answer(2, transaction), elsewhere), dropped(DropReason::AnotherPath));
    assert_eq!(deliver(answer(2, transaction), THEIRS), Handled::Response);
    assert_eq!(deliver(answer(2, transaction), THEIRS), dropped(DropReason::UnknownTransaction));
}

#[test]
fn what_must_be_understood_and_is_not_is_answered_with_420() {
    let mut stage = Stage::new(false);
    let credentials = credentials(1);
    let carried = [CarriedAttribute { kind: 0x7001, value: vec![1] }];
    let check = message::write_request(&message::Outgoing {
        transaction: 5.into(),
        to_ufrag: "uf1",
        from_ufrag: "uf2",
        key: credentials.key(),
        priority: 1,
        role: message::RoleClaim { controlling: true, tie_breaker: 0 },
        use_candidate: false,
        nomination: None,
        network: None,
        carried: &carried,
    });
    assert_eq!(stage.deliver(&check, THEIRS), Handled::Refused);
    let sent = stage.sent();
    assert_eq!(sent.len(), 1);
    let answer = message::parse(&sent[0].contents).unwrap();
    assert_eq!(message::error_code(&answer), Some(420));
    let named = answer.raw_attribute(0x000A.into()).unwrap();
    assert_eq!(named.value[..], [0x70, 0x01]);
    assert!(message::is_authentic(&answer, credentials.key()));
    assert_eq!(stage.agent.pairs(), []);
}

#[test]
fn the_smaller_tie_breaker_is_told_to_change_its_role() {
    for controlling in [true, false] {
        let mut stage = Stage::new(controlling);
        // Who keeps control when both claim it has the larger one; who keeps being controlled has
        // the smaller.
        let tie_breaker = if controlling { 0 } else { u64::MAX };
        let says = Says { controlling, tie_breaker, ..Says::nominating() };
        assert_eq!(stage.receive(says, THEIRS), Handled::Refused);
        let sent = stage.sent();
        let answer = message::parse(&sent[0].contents).unwrap();
        assert_eq!(message::error_code(&answer), Some(487));
        assert_eq!(stage.agent.is_controlling(), controlling);
        assert_eq!(stage.agent.pairs(), []);
    }
}

#[test]
fn the_larger_tie_breaker_changes_ours() {
    for controlling in [true, false] {
        let mut stage = Stage::new(controlling);
        let tie_breaker = if controlling { u64::MAX } else { 0 };
        let says = Says { controlling, tie_breaker, ..Says::controlling() };
        assert_eq!(stage.receive(says, THEIRS), Handled::Request);
        assert_eq!(stage.agent.is_controlling(), !controlling);
    }
}

#[test]
fn told_so_we_change_and_check_again_but_once() {
    let mut stage = Stage::new(true);
    stage.add_remote(THEIRS);
    let check = stage.next_check();
    let transaction = Message::from_bytes(&check.contents).unwrap().transaction_id();
    let conflict = message::write_role_conflict(transaction, credentials(2).key());
    assert_eq!(stage.deliver(&conflict, THEIRS), Handled::Response);
    assert!(!stage.agent.is_controlling());
    let next = stage.next_check();
    let request = message::read_request(&message::parse(&next.contents).unwrap());
    assert!(!request.role.unwrap().controlling);

    // A late refusal of the role that we had.
    stage.receive(Says { controlling: false, tie_breaker: 0, ..Says::controlled() }, THEIRS);
    assert!(stage.agent.is_controlling());
    let transaction = Message::from_bytes(&next.contents).unwrap().transaction_id();
    let late = message::write_role_conflict(transaction, credentials(2).key());
    assert_eq!(stage.deliver(&late, THEIRS), Handled::Response);
    assert!(stage.agent.is_controlling());
}

#[test]
fn another_error_fails_the_pair() {
    let mut stage = Stage::new(true);
    stage.add_remote(THEIRS);
    let check = stage.next_check();
    let transaction = Message::from_bytes(&check.contents).unwrap().transaction_id();
    let refused = message::write_unknown(transaction, &[1], credentials(2).key());
    assert_eq!(stage.deliver(&refused, THEIRS), Handled::Response);
    assert_eq!(stage.agent.pairs()[0].state, PairState::Failed);
}

#[test]
fn checks_are_paced_and_the_best_pair_is_first() {
    let mut stage = Stage::new(true);
    for port in [1, 2, 3] {
        let mut candidate = host(address(&format!("192.0.2.9:{port}")));
        candidate.priority = port;
        candidate.foundation = port.to_string();
        stage.agent.add_remote(&candidate, stage.now).unwrap();
    }
    // The first went out when it was all there was.
    let mut ports = Vec::new();
    for _ in 0..6 {
        let checks = stage.checks();
        assert!(checks.len() <= 1, "one every 20 ms");
        ports.extend(checks.iter().map(|check| check.destination.port()));
        assert_eq!(
            stage.agent.pairs().iter().filter(|pair| pair.state == PairState::InProgress).count(),
            ports.len()
        );
        stage.wait(Duration::from_millis(10));
    }
    assert_eq!(ports, [1, 3, 2]);
}

#[test]
fn a_failed_pair_waits_again_when_the_peer_is_heard_on_it() {
    let mut stage = Stage::new(false);
    stage.add_remote(THEIRS);
    for _ in 0..80 {
        stage.wait(Duration::from_millis(100));
    }
    assert_eq!(stage.agent.pairs()[0].state, PairState::Failed);
    stage.sent();
    stage.receive(Says::controlling(), THEIRS);
    assert_eq!(stage.agent.pairs()[0].state, PairState::InProgress);
    let check = stage.next_check();
    stage.answer(&check);
    assert_eq!(stage.agent.pairs()[0].state, PairState::Succeeded);
}

#[test]
fn early_checks_are_answered_and_remembered() {
    let mut stage = Stage::before_remote(config(1));
    for says in [Says::nominating(), Says::controlling()] {
        assert_eq!(stage.receive(says, THEIRS), Handled::EarlyRequest);
    }
    for port in 1..200 {
        let handled = stage.receive(Says::nominating(), &format!("198.51.100.1:{port}"));
        let no_room = Handled::Dropped(DropReason::NoRoom);
        assert_eq!(handled, if port < 100 { Handled::EarlyRequest } else { no_room });
    }
    let sent = stage.sent();
    assert_eq!(sent.len(), 2 + 99, "every one that is remembered is answered");
    assert!(sent.iter().all(|sent| class_of(&sent.contents) == MessageClass::Success));
    assert_eq!(stage.agent.early.len(), 100);
    assert_eq!(stage.agent.pairs(), []);
    assert!(stage.agent.is_authentic_path(address(THEIRS), address(OURS)));

    stage.agent.set_remote(Remote::new(credentials(2)), false, stage.now);
    let first = stage.next_check();
    assert_eq!(first.destination, address(THEIRS));
    stage.answer(&first);
    let path = stage.agent.selected().expect("the check nominated it");
    assert_eq!(path.destination, address(THEIRS));
    assert!(stage.agent.pair(path.pair).unwrap().nominated);
}

#[test]
fn early_checks_of_somebody_else_are_forgotten() {
    let mut stage = Stage::before_remote(config(1));
    stage.renew(credentials(1), credentials(3));
    assert_eq!(stage.receive(Says::nominating(), THEIRS), Handled::EarlyRequest);
    stage.sent();
    stage.agent.set_remote(Remote::new(credentials(2)), false, stage.now);
    assert_eq!(stage.agent.pairs(), []);
}

#[test]
fn attributes_are_carried_both_ways() {
    let mut stage = Stage::new(false);
    let attribute = CarriedAttribute { kind: 0xC070, value: vec![9; 5] };
    stage.agent.carry(vec![attribute.clone()], &[0xC070, 0xC071]);
    stage.receive(Says::controlling(), THEIRS);
    let sent = stage.sent();
    assert_eq!(sent.len(), 2);
    for transmit in &sent {
        let message = message::parse(&transmit.contents).unwrap();
        assert_eq!(message::carried(&message, &[0xC070]), std::slice::from_ref(&attribute));
    }
    let transaction = Message::from_bytes(&sent[1].contents).unwrap().transaction_id();
    let answer = message::write_success(
        transaction,
        address(OURS),
        std::slice::from_ref(&attribute),
        credentials(2).key(),
    );
    stage.deliver(&answer, THEIRS);
    stage.sent();
    let carried: Vec<_> =
        stage.outputs.iter().filter(|output| matches!(output, Output::Carried { .. })).collect();
    let nothing = Output::Carried { response: false, attributes: vec![] };
    let answered = Output::Carried { response: true, attributes: vec![attribute] };
    assert_eq!(carried, [&nothing, &answered]);
}

#[test]
fn counters_are_those_of_the_specification() {
    let mut stage = Stage::new(true);
    stage.add_remote(THEIRS);
    let check = stage.next_check();
    stage.wait(MOMENT);
    stage.answer(&check);
    let nominating = stage.next_check();
    let waited = stage.now;
    stage.wait(MOMENT * 2);
    stage.answer(&nominating);
    stage.receive(Says::controlled(), THEIRS);
    let pair = &stage.agent.pairs()[0];
    let counters = pair.counters;
    assert_eq!((counters.requests_sent, counters.responses_received), (2, 2));
    assert_eq!((counters.requests_received, counters.responses_sent), (1, 1));
    assert_eq!(counters.consent_requests_sent, 0);
    assert_eq!(counters.current_round_trip_time, Some(stage.now - waited));
    assert_eq!(counters.total_round_trip_time, MOMENT + (stage.now - waited));
    assert_eq!(counters.round_trip_time_measurements, 2);
    assert_eq!(counters.last_response_received, Some(stage.now));
    assert!(pair.nominated && pair.selected);

    let mut consents = 0;
    for _ in 0..2_000 {
        for check in stage.checks() {
            consents += 1;
            stage.answer(&check);
        }
        stage.wait(Duration::from_millis(10));
    }
    let counters = stage.agent.pairs()[0].counters;
    assert_eq!(counters.consent_requests_sent, consents);
    assert!((3..=5).contains(&consents), "20 s at 4 to 6 s: {consents}");
    assert_eq!(counters.requests_sent, 2 + consents);
}
