//! Addresses behind names of multicast DNS, ours and the peer's.

use std::net::IpAddr;
use std::time::Duration;

use lapwing_engine::{
    CandidateAddress, CandidateKind, ChannelConfig, Config, Event, IceCandidate, IceServer, Input,
    Interface, MdnsPolicy, Transmit,
};

use crate::pair::{Pair, Peer};

fn config(number: u64, mdns: MdnsPolicy) -> Config {
    Config { mdns, ..Config::seeded(number) }
}

/// Two ends with something to negotiate.
fn pair(a: MdnsPolicy, b: MdnsPolicy) -> Pair {
    let mut pair = Pair::new(config(1, a), config(2, b));
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room"));
    pair
}

fn described(peer: &mut Peer) -> String {
    let negotiation = peer.rtc.negotiation();
    negotiation.local_description().expect("one is set").sdp
}

/// Candidates that were signalled.
fn signalled(peer: &Peer) -> Vec<IceCandidate> {
    let candidate = |event: &Event| match event {
        Event::IceCandidate(init) => init.candidate.clone(),
        _ => None,
    };
    peer.events.iter().filter_map(candidate).collect()
}

/// Kinds and addresses of the peer's candidates, as this end knows them.
fn known(peer: &Peer) -> Vec<(CandidateKind, String)> {
    let all = peer.rtc.stats().remote_candidates;
    all.into_iter().map(|one| (one.candidate_type, one.address)).collect()
}

fn host(address: &str) -> (CandidateKind, String) {
    (CandidateKind::Host, address.to_owned())
}

fn is_multicast(transmit: &Transmit) -> bool {
    transmit.destination.ip().is_multicast()
}

#[test]
fn hidden_addresses_are_found_on_the_link() {
    let mut pair = pair(MdnsPolicy::Hide, MdnsPolicy::Hide);
    pair.exchange(true);
    for peer in [&pair.a, &pair.b] {
        let candidates = signalled(peer);
        assert_eq!(candidates.len(), 1);
        let CandidateAddress::Name(name, port) = &candidates[0].address else {
            panic!("a name: {candidates:?}")
        };
        assert!(name.len() == 36 + 6 && name.ends_with(".local"), "{name}");
        assert_eq!((*port, candidates[0].related), (5000, None));
        assert_eq!(peer.links.len(), 1);
    }
    pair.trickle();
    pair.connect();
    // Both have asked: nobody knows the other by its checks alone.
    assert!(known(&pair.a).contains(&host("192.0.2.2")));
    assert!(known(&pair.b).contains(&host("192.0.2.1")));

    let mut names = Vec::new();
    for peer in [&mut pair.a, &mut pair.b] {
        let sdp = described(peer);
        assert!(!sdp.contains("192.0.2."), "{sdp}");
        assert!(sdp.contains("m=application 9 ") && sdp.contains("c=IN IP4 0.0.0.0"), "{sdp}");
        let line = sdp.lines().find(|line| line.contains(".local ")).expect("a named candidate");
        names.push(line.split(' ').nth(4).expect("an address").to_owned());
    }
    assert_ne!(names[0], names[1]);

    pair.on_a(|rtc, now| rtc.close(now));
    let farewells = pair.a.sent.iter().filter(|sent| is_multicast(sent)).count();
    assert_eq!((farewells, pair.a.links.len(), pair.a.sockets), (1, 0, 0));
}

#[test]
fn a_seed_draws_the_same_names() {
    let drawn = || {
        let mut pair = pair(MdnsPolicy::Hide, MdnsPolicy::Resolve);
        pair.exchange(true);
        signalled(&pair.a)
    };
    assert_eq!(drawn(), drawn());
}

#[test]
fn a_name_is_answered_for_again_after_what_was_lost() {
    let mut pair = pair(MdnsPolicy::Hide, MdnsPolicy::Resolve);
    // The announcement, and the first question.
    let mut lost = 0;
    pair.rewrite = Some(Box::new(move |_, transmit| {
        if is_multicast(transmit) && lost < 2 {
            lost += 1;
            transmit.contents.truncate(11);
        }
    }));
    pair.negotiate(true);
    pair.run(Duration::from_secs(5));
    assert!(known(&pair.b).contains(&host("192.0.2.1")));
    assert!(pair.b.links.is_empty(), "nothing is left to be asked for");
    assert_eq!(pair.a.links.len(), 1);
}

#[test]
fn who_wants_nothing_of_multicast_has_none() {
    let mut pair = pair(MdnsPolicy::Off, MdnsPolicy::Hide);
    pair.negotiate(true);
    pair.connect();
    assert!(pair.a.links.is_empty());
    assert_eq!(pair.a.questions.len(), 1, "the system's resolver is asked all the same");
    let (kind, address) = &known(&pair.a)[0];
    assert_eq!((*kind, address.as_str()), (CandidateKind::PeerReflexive, "192.0.2.2"));
    let shown = signalled(&pair.a);
    assert!(shown.iter().all(|one| one.socket_addr().is_some()), "{shown:?}");
}

#[test]
fn who_may_not_look_up_names_does_not_ask_the_link() {
    let mut b = config(2, MdnsPolicy::Resolve);
    b.resolve_names = false;
    let mut pair = Pair::new(config(1, MdnsPolicy::Hide), b);
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room"));
    pair.negotiate(true);
    assert!(pair.b.links.is_empty() && pair.b.questions.is_empty());
}

#[test]
fn what_a_server_sees_does_not_say_where_we_are() {
    let server = IceServer::new(["stun:192.0.2.99"], "", "").expect("a server");
    let hidden = config(1, MdnsPolicy::Hide).with_ice_server(server);
    let mut pair = Pair::new(hidden, config(2, MdnsPolicy::Off));
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room"));
    pair.exchange(true);
    let to = "192.0.2.99:3478".parse().expect("an address");
    let asked = pair.a.sent.iter().find(|sent| sent.destination == to).expect("a question");
    let mut answer = vec![1, 1, 0, 12];
    answer.extend(&asked.contents[4..20]);
    // XOR-MAPPED-ADDRESS of 203.0.113.7:1234.
    answer.extend([0, 0x20, 0, 8, 0, 1]);
    answer.extend((1234_u16 ^ 0x2112).to_be_bytes());
    answer.extend((0xcb00_7107_u32 ^ 0x2112_a442).to_be_bytes());
    let (source, destination) = (asked.destination, asked.source);
    pair.on_a(|rtc, now| {
        let protocol = lapwing_engine::Protocol::Udp;
        let contents = &answer[..];
        let datagram =
            lapwing_engine::Datagram { protocol, source, destination, ecn: None, contents };
        rtc.handle_input(Input::Datagram(datagram), now);
    });
    let reflexive = signalled(&pair.a);
    let reflexive: Vec<_> =
        reflexive.iter().filter(|one| one.kind == CandidateKind::ServerReflexive).collect();
    assert_eq!(reflexive.len(), 1);
    assert_eq!(reflexive[0].socket_addr(), "203.0.113.7:1234".parse().ok());
    assert_eq!(reflexive[0].related, "0.0.0.0:0".parse().ok());
    let sdp = described(&mut pair.a);
    assert!(sdp.contains("203.0.113.7") && !sdp.contains("192.0.2."), "{sdp}");
}

#[test]
fn names_follow_the_interfaces() {
    let mut pair = pair(MdnsPolicy::Hide, MdnsPolicy::Resolve);
    pair.exchange(true);
    let before = signalled(&pair.a);
    let interface = |name: &str, address: &str| {
        Interface::new(name, address.parse::<IpAddr>().expect("an address"))
    };
    let moved = [interface("wlan0", "198.51.100.7"), interface("wlan0", "2001:db8::7")];
    pair.on_a(|rtc, now| rtc.handle_input(Input::Interfaces(&moved), now));
    let links: Vec<String> = pair.a.links.values().map(ToString::to_string).collect();
    assert_eq!(links, ["198.51.100.7:5353", "[2001:db8::7]:5353"]);
    let after = signalled(&pair.a);
    assert_eq!((before.len(), after.len()), (1, 3));
    // Back home, under the name of before.
    let home = [interface("eth0", "192.0.2.1")];
    pair.on_a(|rtc, now| rtc.handle_input(Input::Interfaces(&home), now));
    let name = |candidate: &IceCandidate| match &candidate.address {
        CandidateAddress::Name(name, _) => name.clone(),
        CandidateAddress::Address(address) => panic!("{address} is shown"),
    };
    let all: Vec<String> = signalled(&pair.a).iter().map(name).collect();
    assert_eq!((all.len(), &all[3]), (4, &all[0]));
}
