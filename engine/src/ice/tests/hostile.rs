//! Junk, forgery, floods: nothing panics, and nothing grows without a limit.

use std::time::Duration;

use proptest::prelude::*;

use super::peer::{OURS, Says, Stage, THEIRS};
use super::world::{address, config, host};
use crate::datagram::Protocol;
use crate::ice::{
    Agent, AgentConfig, CarriedAttribute, DropReason, Handled, LocalCandidate, Output,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut stage = Stage::new(true);
        stage.add_remote(THEIRS);
        stage.deliver(&bytes, THEIRS);
        let mut headed = vec![bytes.first().map_or(0, |first| first & 1), 1];
        headed.extend((bytes.len() as u16 / 4 * 4).to_be_bytes());
        headed.extend([0x21, 0x12, 0xa4, 0x42]);
        headed.extend([0; 12]);
        headed.extend(&bytes[..bytes.len() / 4 * 4]);
        stage.deliver(&headed, THEIRS);
        prop_assert!(stage.sent().len() <= 1, "no more than the check that was due");
    }

    #[test]
    fn damaged_messages_are_survived(
        at in proptest::collection::vec((0usize..400, any::<u8>()), 1..6),
        cut in 0usize..400,
        controlling: bool,
    ) {
        let mut stage = Stage::new(controlling);
        stage.add_remote(THEIRS);
        let check = stage.next_check();
        let transaction = stun_types::message::Message::from_bytes(&check.contents)
            .unwrap()
            .transaction_id();
        let answer = crate::ice::message::write_success(
            transaction, address(OURS), &[], super::world::credentials(2).key(),
        );
        let request = stage.check(Says::nominating());
        for valid in [answer, request] {
            let mut damaged = valid.clone();
            for (index, value) in &at {
                let index = index % damaged.len();
                damaged[index] ^= value;
            }
            damaged.truncate(damaged.len().min(cut.max(1)));
            let before = stage.agent.pairs();
            stage.deliver(&damaged, THEIRS);
            if damaged != valid {
                // FINGERPRINT's own type may be damaged: what is signed is whole then.
                let is_whole = damaged.len() == valid.len()
                    && damaged[..valid.len() - 8] == valid[..valid.len() - 8];
                prop_assert!(is_whole || stage.agent.pairs() == before);
            }
        }
    }

    #[test]
    fn any_order_of_calls_is_survived(calls in proptest::collection::vec(any::<(u8, u8)>(), 1..120)) {
        let mut stage = Stage::new(calls[0].1 & 1 == 0);
        for (call, argument) in calls {
            play(&mut stage, call, argument);
            prop_assert!(stage.agent.pairs().len() <= 100);
            stage.wait(Duration::ZERO);
            stage.wait(Duration::ZERO);
            let wake = stage.agent.next_timeout();
            prop_assert!(wake.is_none_or(|at| at > stage.now), "it would be woken forever");
        }
    }
}

fn play(stage: &mut Stage, call: u8, argument: u8) {
    use super::world::credentials;
    use crate::ice::Remote;
    let at = format!("192.0.2.{}:{}", argument % 4 + 2, 6000 + u16::from(argument / 4 % 3));
    match call % 12 {
        0 => stage.add_remote(&at),
        1 => drop(stage.receive(Says::nominating(), &at)),
        2 => drop(stage.receive(Says::controlled(), &at)),
        3 => stage.answer_for(Duration::from_millis(u64::from(argument))),
        4 => stage.wait(Duration::from_millis(u64::from(argument) * 100)),
        5 => {
            let (ours, theirs) = (credentials(20), credentials(30 + u64::from(argument)));
            stage.renew(ours.clone(), theirs.clone());
            stage.agent.restart(ours, Remote::new(theirs), argument & 1 == 0, stage.now);
        }
        6 => {
            let ours = format!("192.0.2.1:{}", 5000 + u16::from(argument % 3));
            let candidate = LocalCandidate::new(host(address(&ours))).unwrap();
            stage.agent.add_local(candidate, stage.now);
        }
        7 => stage.agent.remove_local(address(OURS), Protocol::Udp, stage.now),
        8 => stage.agent.note_received(address(&at), address(OURS), stage.now),
        9 => drop(stage.agent.send(vec![0; usize::from(argument)], stage.now)),
        10 => stage.agent.expect_credentials(credentials(40)),
        _ => stage.agent.forget_credentials(),
    }
}

#[test]
fn a_forged_source_gets_at_most_three_bytes_for_each_of_its_own() {
    for checks in [1, 3, 20] {
        let mut stage = Stage::new(false);
        let victim = "198.51.100.66:53";
        let mut received = 0;
        // Somebody repeats checks of the peer's from an address that is not the peer's.
        for _ in 0..checks {
            let check = stage.check(Says::nominating());
            received += check.len();
            stage.deliver(&check, victim);
            stage.wait(Duration::from_millis(20));
        }
        for _ in 0..3_000 {
            stage.wait(Duration::from_millis(10));
        }
        let to_victim = stage.sent().into_iter().filter(|sent| sent.destination == address(victim));
        let sent: usize = to_victim.map(|sent| sent.contents.len()).sum();
        assert!(sent > received / 2 && sent <= 3 * received, "{sent} for {received}");
        let traffic = stage.agent.traffic(address(victim)).unwrap();
        assert_eq!((traffic.sent, traffic.received), (sent as u64, received as u64));
        assert!(!traffic.validated);
    }
}

#[test]
fn early_answers_count_too() {
    let mut stage = Stage::before_remote(config(1));
    let victim = "198.51.100.66:53";
    let check = stage.check(Says::nominating());
    stage.deliver(&check, victim);
    stage.agent.set_remote(crate::ice::Remote::new(super::world::credentials(2)), false, stage.now);
    for _ in 0..1_000 {
        stage.wait(Duration::from_millis(20));
    }
    let sent: usize = stage.sent().iter().map(|sent| sent.contents.len()).sum();
    assert!(sent <= 3 * check.len(), "{sent} for {}", check.len());
}

#[test]
fn what_is_carried_goes_to_nobody_who_did_not_ask_for_as_much() {
    let mut stage = Stage::new(false);
    let large = CarriedAttribute { kind: 0xc070, value: vec![7; 1_000] };
    stage.agent.carry(vec![large], &[0xc070]);
    let victim = "198.51.100.66:53";
    let check = stage.check(Says::nominating());
    stage.deliver(&check, victim);
    let answers = stage.sent();
    assert!(answers[0].contents.len() < 3 * check.len(), "{}", answers[0].contents.len());
    // Whoever answers is there, and gets all of it.
    stage.add_remote(THEIRS);
    let asked = stage.next_check();
    assert!(asked.contents.len() > 1_000);
    stage.answer(&asked);
    stage.sent();
    stage.deliver(&check, THEIRS);
    assert!(stage.sent()[0].contents.len() > 1_000);
}

fn many(number: u32) -> String {
    format!("198.51.{}.{}:7", number / 250, number % 250 + 1)
}

#[test]
fn a_flood_of_authentic_checks_is_bounded() {
    let mut stage = Stage::new(false);
    let mut taken = 0;
    for number in 0..2_000u32 {
        let handled = stage.receive(Says::nominating(), &many(number));
        match handled {
            Handled::Request => taken += 1,
            other => assert_eq!(other, Handled::Dropped(DropReason::NoRoom)),
        }
        if number % 10 == 0 {
            stage.wait(Duration::from_millis(1));
        }
    }
    assert_eq!(taken, 64, "an address that is not remembered is not answered");
    assert_eq!(stage.agent.remote_candidates().len(), 64);
    assert!(stage.agent.pairs().len() <= 100);
    let queued = std::iter::from_fn(|| stage.agent.poll()).count();
    assert!(queued <= 1024, "{queued}");
}

/// A NAT that gives the peer another address every half a minute, for two hours.
#[test]
fn a_peer_that_roams_for_long_always_finds_room() {
    let mut stage = Stage::new(false);
    for number in 0..240u32 {
        let at = many(number);
        assert_eq!(stage.receive(Says::nominating(), &at), Handled::Request, "{number}");
        for _ in 0..60 {
            stage.wait(Duration::from_millis(500));
            for check in stage.checks() {
                if check.destination == address(&at) {
                    stage.answer(&check);
                }
            }
            if stage.now.duration_since(super::world::origin()).as_secs().is_multiple_of(5) {
                stage.receive(Says::nominating(), &at);
            }
        }
        assert_eq!(stage.agent.selected().map(|path| path.destination), Some(address(&at)));
        assert!(stage.agent.remote_candidates().len() <= 64);
        assert!(stage.agent.pairs().len() <= 100);
    }
}

/// More pairs than there is room for are signalled, and none of them works.
#[test]
fn a_check_that_comes_displaces_a_pair_that_only_candidates_make() {
    let mut stage = Stage::new(true);
    for port in 1..=200u32 {
        let mut candidate = host(address(&format!("192.0.2.9:{port}")));
        (candidate.priority, candidate.foundation) = (u32::MAX / 2 - port, port.to_string());
        stage.agent.add_remote(&candidate, stage.now).unwrap();
    }
    assert_eq!(stage.agent.pairs().len(), 100);
    for _ in 0..300 {
        stage.wait(Duration::from_millis(10));
    }
    stage.sent();
    assert_eq!(stage.receive(Says::controlled(), THEIRS), Handled::Request);
    let check = loop {
        let check = stage.next_check();
        if check.destination == address(THEIRS) {
            break check;
        }
    };
    stage.answer(&check);
    assert_eq!(stage.agent.selected().map(|path| path.destination), Some(address(THEIRS)));
    assert_eq!(stage.agent.pairs().len(), 100);
}

#[test]
fn candidates_and_pairs_are_bounded_and_the_best_stay() {
    let mut stage = Stage::new(true);
    for port in 0..100 {
        let candidate = LocalCandidate::new(host(address(&format!("192.0.2.1:{}", 7000 + port))));
        stage.agent.add_local(candidate.unwrap(), stage.now);
    }
    assert_eq!(stage.agent.local_candidates().len(), 64);
    let mut errors = 0;
    for port in 1..=400u32 {
        let mut candidate = host(address(&format!("192.0.2.9:{port}")));
        (candidate.priority, candidate.foundation) = (port, port.to_string());
        errors += u32::from(stage.agent.add_remote(&candidate, stage.now).is_err());
    }
    assert_eq!(errors, 400 - 256);
    let pairs = stage.agent.pairs();
    assert_eq!(pairs.len(), 100);
    let waiting = pairs.iter().filter(|pair| pair.state == crate::ice::PairState::Waiting);
    assert!(waiting.clone().count() > 90);
    assert!(waiting.map(|pair| pair.remote.priority).min() > Some(250));
}

#[test]
fn the_same_inputs_give_the_same_outputs() {
    let run = || {
        let mut stage = Stage::new(true);
        stage.add_remote(THEIRS);
        let mut all: Vec<Output> = Vec::new();
        for _ in 0..500 {
            for check in stage.checks() {
                stage.answer(&check);
                all.push(Output::Transmit(check));
            }
            stage.wait(Duration::from_millis(20));
        }
        (all, stage.outputs)
    };
    assert_eq!(run(), run());
}

#[test]
fn debug_shows_no_password() {
    let agent = Agent::new(
        AgentConfig::new(config(1).rng),
        crate::ice::Credentials::new("frag", "a secret that is long enough"),
        super::world::origin(),
    );
    let shown = format!("{agent:?}");
    assert!(shown.contains("frag") && !shown.contains("secret"), "{shown}");
}
