//! Candidates, and the pairs that they make.

use std::time::Duration;

use super::peer::{OURS, Says, Stage, THEIRS};
use super::world::{address, config, credentials, host};
use crate::CandidateKind;
use crate::ice::message;
use crate::ice::{Agent, LocalCandidate, Network, PairState, Remote};

#[test]
fn a_learnt_candidate_becomes_the_signalled_one() {
    let mut stage = Stage::new(false);
    stage.receive(Says::controlling(), THEIRS);
    stage.add_remote(THEIRS);
    let remote = stage.agent.remote_candidates();
    assert_eq!(remote.len(), 1);
    assert_eq!((remote[0].kind, remote[0].priority), (CandidateKind::Host, 2_130_706_431));
    assert_eq!(stage.agent.pairs().len(), 1);
}

#[test]
fn the_address_that_the_peer_sees_is_a_candidate_of_ours() {
    let mut stage = Stage::new(true);
    stage.add_remote(THEIRS);
    let check = stage.next_check();
    stage.answer_from(&check, address("203.0.113.5:40000"));
    let pair = &stage.agent.pairs()[0];
    assert_eq!(pair.state, PairState::Succeeded);
    assert_eq!(pair.local.kind, CandidateKind::PeerReflexive);
    assert_eq!(pair.local.socket_addr(), Some(address("203.0.113.5:40000")));
    assert_eq!(pair.local.related, Some(address(OURS)));
    assert_eq!(pair.local.priority >> 24, 110);
    assert_eq!(pair.source, address(OURS));
    assert_eq!(stage.agent.local_candidates().len(), 1, "it is not signalled");

    // A STUN server tells the same address later.
    let candidate = super::world::reflexive(address("203.0.113.5:40000"), address(OURS));
    let added = stage.agent.add_local(LocalCandidate::new(candidate).unwrap(), stage.now);
    assert_eq!(added.unwrap().kind, CandidateKind::ServerReflexive);
    assert_eq!(stage.agent.local_candidates().len(), 2);
    let pairs = stage.agent.pairs();
    assert_eq!(pairs.len(), 1);
    assert_eq!(pairs[0].local.kind, CandidateKind::ServerReflexive);
}

#[test]
fn link_local_addresses_pair_within_their_scope() {
    let mut agent = Agent::new(config(1), credentials(1), crate::test_time::origin());
    let now = crate::test_time::origin();
    let scoped = |scope| {
        let mut candidate = host(address("[fe80::1]:5000"));
        candidate.address = crate::CandidateAddress::Address(
            std::net::SocketAddrV6::new("fe80::1".parse().unwrap(), 5000, 0, scope).into(),
        );
        candidate
    };
    for candidate in [scoped(2), scoped(3), host(address("[2001:db8::1]:5000"))] {
        agent.add_local(LocalCandidate::new(candidate).unwrap(), now).unwrap();
    }
    agent.add_local(LocalCandidate::new(host(address(OURS))).unwrap(), now).unwrap();
    agent.set_remote(Remote::new(credentials(2)), true, now);
    for line in [
        "candidate:1 1 udp 9 fe80::2 6000 typ host",
        "candidate:2 1 udp 8 2001:db8::2 6000 typ host",
        "candidate:3 1 udp 7 192.0.2.2 6000 typ host",
    ] {
        agent.add_remote(&crate::IceCandidate::parse(line).unwrap(), now).unwrap();
    }
    let mut ways: Vec<String> =
        agent.pairs().iter().map(|pair| format!("{} {}", pair.source, pair.destination)).collect();
    ways.sort();
    assert_eq!(
        ways,
        [
            "192.0.2.1:5000 192.0.2.2:6000",
            "[2001:db8::1]:5000 [2001:db8::2]:6000",
            "[fe80::1%2]:5000 [fe80::2%2]:6000",
            "[fe80::1%3]:5000 [fe80::2%3]:6000",
        ]
    );
}

fn scoped(number: u16, scope: u32) -> std::net::SocketAddr {
    let ip = std::net::Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number);
    std::net::SocketAddrV6::new(ip, 5000, 0, scope).into()
}

/// Each machine numbers its interfaces by itself, and signals no number.
#[test]
fn link_local_addresses_of_two_machines_connect() {
    let mut now = crate::test_time::origin();
    let scopes = [2, 3];
    let mut agents = [0, 1].map(|n: u16| {
        let at = scoped(n + 1, scopes[usize::from(n)]);
        let mut agent = Agent::new(config(n.into()), credentials(n.into()), now);
        let candidate = crate::IceCandidate {
            address: crate::CandidateAddress::Address(at),
            ..host(scoped(n + 1, 0))
        };
        agent.add_local(LocalCandidate::new(candidate).unwrap(), now).unwrap();
        agent.set_remote(Remote::new(credentials(u64::from(1 - n))), n == 0, now);
        let line = format!("candidate:1 1 udp 2130706431 fe80::{} 5000 typ host", 2 - n);
        agent.add_remote(&crate::IceCandidate::parse(&line).unwrap(), now).unwrap();
        agent
    });
    for _ in 0..100 {
        for n in [0, 1] {
            while let Some(output) = agents[n].poll() {
                let crate::ice::Output::Transmit(sent) = output else { continue };
                assert_eq!(sent.source, scoped(n as u16 + 1, scopes[n]));
                assert_eq!(sent.destination, scoped(2 - n as u16, scopes[n]), "out of there");
                let (from, to) =
                    (scoped(n as u16 + 1, scopes[1 - n]), scoped(2 - n as u16, scopes[1 - n]));
                agents[1 - n].handle_stun(&sent.contents, from, to, sent.protocol, now);
            }
        }
        now += Duration::from_millis(5);
        agents.iter_mut().for_each(|agent| agent.handle_timeout(now));
    }
    for (n, agent) in agents.iter().enumerate() {
        let path = agent.selected().expect("they connect");
        assert_eq!(path.destination, scoped(2 - n as u16, scopes[n]));
        assert_eq!((agent.pairs().len(), agent.remote_candidates().len()), (1, 1));
    }
}

#[test]
fn reflexive_candidates_share_their_bases_pairs_and_tcp_pairs_by_direction() {
    let now = crate::test_time::origin();
    let mut agent = Agent::new(config(1), credentials(1), now);
    for line in [
        "candidate:1 1 udp 2130706431 10.0.0.1 5000 typ host",
        "candidate:2 1 udp 1694498815 203.0.113.1 40000 typ srflx raddr 10.0.0.1 rport 5000",
        "candidate:3 1 tcp 1518280447 10.0.0.1 9 typ host tcptype active",
        "candidate:4 1 tcp 1518214911 10.0.0.1 5001 typ host tcptype passive",
        "candidate:5 1 udp 33562623 203.0.113.250 50000 typ relay raddr 10.0.0.1 rport 5000",
    ] {
        let candidate = crate::IceCandidate::parse(line).unwrap();
        agent.add_local(LocalCandidate::new(candidate).unwrap(), now).unwrap();
    }
    agent.set_remote(Remote::new(credentials(2)), true, now);
    for line in [
        "candidate:1 1 udp 2130706431 192.0.2.2 6000 typ host",
        "candidate:2 2 udp 2130706430 192.0.2.2 6001 typ host",
        "candidate:3 1 tcp 1518280447 192.0.2.2 9 typ host tcptype active",
        "candidate:4 1 tcp 1518214911 192.0.2.2 6002 typ host tcptype passive",
    ] {
        agent.add_remote(&crate::IceCandidate::parse(line).unwrap(), now).unwrap();
    }
    let ways: Vec<String> =
        agent.pairs().iter().map(|pair| format!("{} {}", pair.source, pair.destination)).collect();
    assert_eq!(
        ways,
        [
            "10.0.0.1:5000 192.0.2.2:6000",
            "10.0.0.1:9 192.0.2.2:6002",
            "203.0.113.250:50000 192.0.2.2:6000",
        ],
        "the best first"
    );
}

#[test]
fn candidates_of_another_generation_or_component_are_left_out() {
    let mut stage = Stage::new(true);
    for line in [
        "candidate:1 1 udp 9 192.0.2.2 6000 typ host ufrag other",
        "candidate:1 2 udp 9 192.0.2.2 6001 typ host ufrag uf2",
    ] {
        let candidate = crate::IceCandidate::parse(line).unwrap();
        assert_eq!(stage.agent.add_remote(&candidate, stage.now), Ok(()));
    }
    assert_eq!(stage.agent.remote_candidates(), []);
    for line in [
        "candidate:1 1 udp 9 224.0.0.1 6000 typ host",
        "candidate:1 1 udp 9 192.0.2.2 0 typ host",
        "candidate:1 1 udp 9 name.local 5 typ host",
        "candidate:1 1 tcp 9 192.0.2.2 5 typ host",
    ] {
        let candidate = crate::IceCandidate::parse(line).unwrap();
        assert!(stage.agent.add_remote(&candidate, stage.now).is_err(), "{line}");
    }
}

#[test]
fn a_cheaper_network_goes_before_priority_and_is_told() {
    let now = crate::test_time::origin();
    let mut stage = Stage::new(true);
    let dear = LocalCandidate {
        network: Network { id: 7, cost: 900 },
        candidate: crate::IceCandidate { priority: u32::MAX, ..host(address("192.0.2.3:5000")) },
        base: address("192.0.2.3:5000"),
    };
    stage.agent.add_local(dear, now).unwrap();
    stage.add_remote(THEIRS);
    let mut checks = Vec::new();
    while checks.len() < 2 {
        checks.extend(stage.checks());
        stage.wait(Duration::from_millis(10));
    }
    let of_dear = checks.iter().find(|check| check.source == address("192.0.2.3:5000")).unwrap();
    let request = message::read_request(&message::parse(&of_dear.contents).unwrap());
    assert_eq!(request.network_cost, Some(900));
    for check in &checks {
        stage.answer(check);
    }
    stage.answer_for(Duration::from_secs(2));
    assert_eq!(stage.agent.selected().unwrap().source, address(OURS));
}
