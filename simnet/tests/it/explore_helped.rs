//! The search for faults with boxes and servers: what must connect does, and what cannot does not.

use lapwing_simnet::explore::{
    Action, Helped, InjectedFault, Invariant, Kind, Peer, Reachable, Search, Tape, Timed, Topology,
    Universe, run, search, shrink_universe,
};
use lapwing_simnet::middlebox::Dependence;
use lapwing_simnet::reach::Behind;
use proptest::prelude::*;

const SYMMETRIC: Behind =
    Behind::Nat(Dependence::AddressAndPortDependent, Dependence::AddressAndPortDependent);
const HOME: Behind =
    Behind::Nat(Dependence::EndpointIndependent, Dependence::AddressAndPortDependent);

/// The simplest network with this between the two, and what happens in it.
fn universe(helped: Helped, actions: &[(u32, Action)]) -> Universe {
    let simplest = Universe::draw_helped(&mut Tape::new(&[]));
    let actions = actions.iter().map(|(at_ms, action)| Timed { at_ms: *at_ms, action: *action });
    let topology = Topology::Helped(helped);
    Universe { topology, actions: actions.collect(), ..simplest }
}

fn carriers(relays: u32, by_tcp: bool) -> Helped {
    Helped { behind: [SYMMETRIC, SYMMETRIC], relays, by_tcp }
}

#[test]
fn what_must_connect_is_told_by_boxes_and_relays() {
    let homes = Helped { behind: [HOME, HOME], ..carriers(0, false) };
    let lost = |relay| (5_000, Action::RelayLost(relay));
    let blocked = |peer| (5_000, Action::BlockUdp(peer));
    let expired = (5_000, Action::CredentialsExpire);
    let both = [blocked(Peer::A), blocked(Peer::B)];
    let (yes, no) = (Reachable::Yes, Reachable::No);
    type Row<'a> = (Helped, &'a [(u32, Action)], Reachable);
    let rows: [Row<'_>; 14] = [
        (homes, &[], yes),
        (homes, &[blocked(Peer::A)], no),
        (Helped { relays: 1, ..homes }, &[lost(0), expired], yes),
        (carriers(0, true), &[], no),
        (carriers(1, false), &[], yes),
        (carriers(1, false), &[expired], no),
        (carriers(0, false), &[(5_000, Action::Rebind(Peer::A))], Reachable::Unsaid),
        (carriers(2, false), &[lost(1)], yes),
        (carriers(2, false), &[lost(0), lost(1)], no),
        // A relay's number is taken modulo how many there are.
        (carriers(1, false), &[lost(1)], no),
        // The one has a relayed address, and the other sends to it from a relayed one or by UDP.
        (carriers(1, true), &[blocked(Peer::A)], yes),
        (carriers(1, false), &both, no),
        (carriers(1, true), &both, yes),
        (carriers(1, true), &[blocked(Peer::B), lost(0)], no),
    ];
    let mut unlike = Vec::new();
    for (number, (helped, actions, expected)) in rows.into_iter().enumerate() {
        let universe = universe(helped, actions);
        assert_eq!(universe.reachable(), expected, "{}", universe.to_toml());
        unlike.extend(run(&universe, None).violation.map(|found| (number, found)));
    }
    assert_eq!(unlike, []);
}

/// The verdict can fail, both ways.
#[test]
fn engines_without_relays_and_walls_with_holes_are_found() {
    let relayed = universe(carriers(1, false), &[(4_000, Action::RestartIce(Peer::A))]);
    let found = run(&relayed, Some(InjectedFault::ForgetsRelays)).violation.expect("it is found");
    assert_eq!(found.invariant, Invariant::Heals, "{found}");
    let homes = Helped { behind: [HOME, HOME], ..carriers(0, false) };
    let actions = [(4_000, Action::BlockUdp(Peer::A)), (5_000, Action::Pause(Peer::B, 900))];
    let walled = universe(homes, &actions);
    let fails = |universe: &Universe| {
        let found = run(universe, Some(InjectedFault::LetsUdpPass)).violation;
        found.is_some_and(|found| found.invariant == Invariant::Unreachable)
    };
    assert!(fails(&walled));
    let shrunk = shrink_universe(walled, fails, &mut 40);
    assert_eq!(shrunk.actions, [Timed { at_ms: 4_000, action: Action::BlockUdp(Peer::A) }]);
    let open = Helped { behind: [Behind::Open; 2], relays: 0, by_tcp: false };
    assert_eq!(shrunk.topology, Topology::Helped(open));
    // What is left fails alone, from its file too, and is no fault without it.
    let file = Universe::parse("a.toml", &shrunk.to_toml()).expect("it is right");
    assert!(fails(&file));
    assert_eq!(run(&file, None).violation, None);
}

/// The universes of a search, in some of which relays must carry the call, and in others nothing
/// can.
#[test]
fn universes_with_servers_hold_and_repeat() {
    let plan = Search { seed: 1, first: 0, universes: 24, shrink_runs: 0, kind: Kind::Helped };
    let mut said = [0, 0];
    let mut outcomes = Vec::new();
    let judge = |universe: &Universe| {
        said[usize::from(universe.reachable() == Reachable::Yes)] += 1;
        let outcome = run(universe, None);
        outcomes.push(outcome.clone());
        outcome
    };
    let failures = search(&plan, judge, |_| {});
    assert_eq!(failures, []);
    assert!(said[0] >= 4 && said[1] >= 10, "{said:?}");
    for number in [1, 7] {
        let universe = Kind::Helped.draw(&mut Tape::new(&plan.tape(number)));
        assert_eq!(run(&universe, None), outcomes[number as usize], "universe {number} repeats");
    }
}

#[test]
fn faults_of_files_with_servers_are_named() {
    let head =
        "seed = 1\n[topology]\nkind = \"helped\"\nrelays = 3\n[topology.a]\nbehind = \"wall\"\n";
    let text = format!("{head}[[action]]\nat_ms = 1\ndo = \"relay-lost\"\nrelay = 2\n");
    let bad = Universe::parse("a.toml", &text).expect_err("it has faults").to_string();
    for expected in [
        "a.toml:4: topology.relays: 3 is not within 0 and 2",
        "a.toml:6: topology.a.behind: \"wall\" is none of open, firewall, nat",
        "topology.b: the field is missing",
        "a.toml:10: action[0].relay: 2 is not within 0 and 1",
    ] {
        assert!(bad.contains(expected), "{expected}\n{bad}");
    }
}

proptest! {
    #[test]
    fn every_tape_gives_a_universe_with_servers_that_survives_its_file(
        tape in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let universe = Universe::draw_helped(&mut Tape::new(&tape));
        prop_assert!(universe.actions.is_sorted_by_key(|timed| timed.at_ms));
        let text = universe.to_toml();
        prop_assert_eq!(Universe::parse("a.toml", &text), Ok(universe.clone()), "{}", text);
    }
}
