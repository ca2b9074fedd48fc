//! A node that speaks with others, and with whoever means harm.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, ResourceRecord, TYPE};

use super::message::{Kind, Message, Query, Question, Record, write_query, write_response};
use super::*;
use crate::datagram::{Datagram, Protocol, Transmit};
use crate::test_time::origin;

const SECOND: Duration = Duration::from_secs(1);

fn at(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn name(number: u8) -> LocalName {
    LocalName::from_random([number; 16])
}

fn give(node: &mut Mdns, source: &str, to: &str, contents: &[u8], now: Instant) -> bool {
    let (source, destination) = (at(source), at(to));
    let protocol = Protocol::Udp;
    node.receive(&Datagram { protocol, source, destination, ecn: None, contents }, now)
}

fn sent(node: &mut Mdns) -> Vec<Transmit> {
    std::iter::from_fn(|| node.poll_transmit()).collect()
}

const OURS: &str = "192.0.2.1:5353";
const PEER: &str = "192.0.2.2:5353";
const GROUP: &str = "224.0.0.251:5353";

/// A node with a name whose announcements are over.
fn announced(now: Instant) -> (Mdns, Instant) {
    let mut node = Mdns::default();
    assert!(node.open(at(OURS), "eth0", now));
    assert!(node.publish(&name(1), ip("192.0.2.1"), "eth0", now));
    assert!(sent(&mut node).is_empty());
    for second in 1..=2 {
        assert_eq!(node.next_timeout(), Some(now + second * SECOND));
        node.timeout(now + second * SECOND);
        assert_eq!(sent(&mut node).len(), 1);
    }
    assert_eq!(node.next_timeout(), None);
    (node, now + 10 * SECOND)
}

/// A question as others write it.
fn question(names: &[(&str, u16, bool)]) -> Vec<u8> {
    let mut packet = Packet::new_query(77);
    for (name, kind, unicast) in names {
        let kind = QTYPE::try_from(*kind).expect("a type");
        let class = QCLASS::CLASS(CLASS::IN);
        let name = Name::new(name).expect("a name");
        packet.questions.push(simple_dns::Question::new(name, kind, class, *unicast));
    }
    packet.build_bytes_vec().expect("a message")
}

#[test]
fn questions_are_answered_by_multicast_and_not_more_than_once_a_second() {
    let (mut node, now) = announced(origin());
    let asked = question(&[(&name(1).as_str().to_uppercase(), 1, false)]);
    for _ in 0..1_000 {
        assert!(give(&mut node, PEER, OURS, &asked, now));
    }
    let answers = sent(&mut node);
    assert_eq!(answers.len(), 1);
    assert_eq!((answers[0].source, answers[0].destination), (at(OURS), at(GROUP)));
    let packet = Packet::parse(&answers[0].contents).expect("a message");
    assert!(packet.has_flags(PacketFlag::RESPONSE | PacketFlag::AUTHORITATIVE_ANSWER));
    assert_eq!((packet.id(), packet.questions.len(), packet.answers.len()), (0, 0, 1));
    let ResourceRecord { name: of, class, ttl, rdata, cache_flush } = &packet.answers[0];
    assert_eq!((of.to_string().as_str(), *class), (name(1).as_str(), CLASS::IN));
    assert_eq!((*ttl, *cache_flush), (120, true));
    assert!(matches!(rdata, RData::A(found) if found.address == 0xc000_0201), "{rdata:?}");
    let none = &packet.additional_records[0].rdata;
    assert!(matches!(none, RData::NSEC(_)), "that there are no others: {none:?}");
    // Who asked meanwhile hears it when the second is over.
    assert_eq!(node.next_timeout(), Some(now + SECOND));
    node.timeout(now + SECOND);
    assert_eq!(sent(&mut node).len(), 1);
    assert_eq!(node.next_timeout(), None);
}

#[test]
fn the_first_question_is_answered_at_once() {
    let (mut node, now) = (Mdns::default(), origin());
    node.open(at(OURS), "eth0", now);
    node.publish(&name(1), ip("192.0.2.1"), "eth0", now);
    give(&mut node, PEER, OURS, &question(&[(name(1).as_str(), 1, false)]), now);
    assert_eq!(sent(&mut node).len(), 1);
    node.timeout(now + SECOND);
    assert_eq!(sent(&mut node).len(), 1, "it is announced once more");
    assert_eq!(node.next_timeout(), None);
}

#[test]
fn who_wants_the_answer_alone_gets_it_when_the_link_has_heard_it_lately() {
    let (mut node, now) = announced(origin());
    let asked = question(&[(name(1).as_str(), 255, true)]);
    give(&mut node, PEER, OURS, &asked, now);
    assert_eq!(sent(&mut node)[0].destination, at(PEER));
    let later = now + 30 * SECOND;
    give(&mut node, PEER, OURS, &asked, later);
    assert_eq!(sent(&mut node)[0].destination, at(GROUP), "the link may have forgotten");
}

#[test]
fn who_knows_nothing_of_multicast_is_answered_like_by_a_server() {
    let (mut node, now) = announced(origin());
    let asked = question(&[(name(1).as_str(), 28, false)]);
    give(&mut node, "192.0.2.9:40000", OURS, &asked, now);
    let answers = sent(&mut node);
    assert_eq!(answers[0].destination, at("192.0.2.9:40000"));
    let packet = Packet::parse(&answers[0].contents).expect("a message");
    assert_eq!((packet.id(), packet.questions.len()), (77, 1));
    assert!(packet.answers.iter().all(|record| record.ttl == 10 && !record.cache_flush));
}

#[test]
fn a_flood_of_questions_is_answered_within_bounds() {
    let (mut node, now) = announced(origin());
    let alone = question(&[(name(1).as_str(), 1, true)]);
    let mut count = 0;
    for number in 0..10_000_u32 {
        let now = now + Duration::from_micros(u64::from(number) * 100);
        let source = format!("192.0.2.{}:{}", number % 250 + 2, 1_024 + number % 10_000);
        give(&mut node, &source, OURS, &alone, now);
        count += sent(&mut node).len();
    }
    assert_eq!(count, 40);
}

#[test]
fn what_is_known_already_is_not_told() {
    let (mut node, now) = announced(origin());
    let known = |ttl| {
        let mut packet = Packet::new_query(0);
        let (name, address) = (name(1), std::net::Ipv4Addr::new(192, 0, 2, 1));
        let name = Name::new(name.as_str()).expect("a name").into_owned();
        let (kind, class) = (QTYPE::TYPE(TYPE::A), QCLASS::CLASS(CLASS::IN));
        packet.questions.push(simple_dns::Question::new(name.clone(), kind, class, false));
        let data = RData::A(address.into());
        packet.answers.push(ResourceRecord::new(name, CLASS::IN, ttl, data));
        packet.build_bytes_vec().expect("a message")
    };
    give(&mut node, PEER, OURS, &known(60), now);
    assert_eq!(sent(&mut node), []);
    give(&mut node, PEER, OURS, &known(59), now);
    assert_eq!(sent(&mut node).len(), 1, "half of its life is over");
}

#[test]
fn names_are_told_on_their_interface_only_and_taken_back_at_the_end() {
    let now = origin();
    let mut node = Mdns::default();
    node.open(at(OURS), "eth0", now);
    node.open(at("[2001:db8::1]:5353"), "eth0", now);
    node.open(at("198.51.100.1:5353"), "wlan0", now);
    node.publish(&name(1), ip("192.0.2.1"), "eth0", now);
    node.publish(&name(2), ip("198.51.100.1"), "wlan0", now);
    node.timeout(now + SECOND);
    let told: Vec<_> = sent(&mut node).iter().map(|sent| (sent.source, sent.destination)).collect();
    let v6 = (at("[2001:db8::1]:5353"), at("[ff02::fb]:5353"));
    let wlan = (at("198.51.100.1:5353"), at(GROUP));
    assert_eq!(told, [(at(OURS), at(GROUP)), v6, wlan]);
    let asked = question(&[(name(2).as_str(), 1, false)]);
    give(&mut node, PEER, OURS, &asked, now + 5 * SECOND);
    sent(&mut node).iter().for_each(|sent| {
        let Some(Message::Response(records)) = Message::read(&sent.contents) else {
            panic!("an answer")
        };
        let is_link = |record: &Record| (record.name == name(2)) == (sent.source == wlan.0);
        assert!(records.iter().all(is_link), "{records:?} on {}", sent.source);
    });
    node.close();
    let farewells = sent(&mut node);
    assert_eq!(farewells.len(), 3);
    for farewell in farewells {
        let Some(Message::Response(records)) = Message::read(&farewell.contents) else {
            panic!("an answer")
        };
        assert!(records.iter().all(|record| record.ttl == 0));
    }
    assert_eq!(node.next_timeout(), None);
}

#[test]
fn names_are_asked_for_less_and_less_often_until_they_are_given_up() {
    let start = origin();
    let mut node = Mdns::default();
    assert!(node.ask(&name(1), start));
    assert_eq!(node.next_timeout(), None, "there is no link");
    node.open(at(OURS), "eth0", start);
    let mut asked = Vec::new();
    let mut now = start;
    loop {
        for sent in sent(&mut node) {
            let Some(Message::Query(query)) = Message::read(&sent.contents) else {
                panic!("a question")
            };
            let kinds: Vec<_> = query.questions.iter().map(|question| question.kind).collect();
            assert_eq!((kinds, sent.destination), (vec![Kind::V4, Kind::V6], at(GROUP)));
            asked.push((now - start).as_secs());
        }
        let Some(next) = node.next_timeout() else { break };
        now = next;
        node.timeout(now);
    }
    assert_eq!(asked, [0, 1, 3, 7, 15]);
    assert_eq!((now - start, node.poll_found()), (31 * SECOND, Some((name(1), Vec::new()))));
    assert!(!node.needs_links());
}

#[test]
fn only_what_was_asked_for_is_believed_and_from_the_right_port() {
    let now = origin();
    let mut node = Mdns::default();
    node.open(at(OURS), "eth0", now);
    node.ask(&name(1), now);
    let other = write_response(&[(&name(2), ip("192.0.2.66"))], 120).expect("a message");
    give(&mut node, PEER, OURS, &other, now);
    let answer = write_response(&[(&name(1), ip("192.0.2.2"))], 120).expect("a message");
    give(&mut node, "192.0.2.2:5354", OURS, &answer, now);
    assert_eq!(node.poll_found(), None);
    give(&mut node, PEER, OURS, &answer, now);
    assert_eq!(node.poll_found(), Some((name(1), vec![ip("192.0.2.2")])));
    assert_eq!(node.next_timeout(), None);
    sent(&mut node);

    // What is remembered is given at once, for as long as the answer said.
    assert!(node.ask(&name(1), now + 119 * SECOND));
    assert_eq!(node.poll_found(), Some((name(1), vec![ip("192.0.2.2")])));
    assert_eq!(sent(&mut node), []);
    assert!(node.ask(&name(1), now + 120 * SECOND));
    assert_eq!((node.poll_found(), sent(&mut node).len()), (None, 1));

    // What is taken back is forgotten.
    give(&mut node, PEER, OURS, &answer, now + 120 * SECOND);
    let farewell = write_response(&[(&name(1), ip("192.0.2.2"))], 0).expect("a message");
    give(&mut node, PEER, OURS, &farewell, now + 121 * SECOND);
    node.poll_found();
    assert!(node.ask(&name(1), now + 121 * SECOND));
    assert_eq!((node.poll_found(), sent(&mut node).len()), (None, 1));
}

#[test]
fn there_are_limits_on_names() {
    let now = origin();
    let mut node = Mdns::default();
    node.open(at(OURS), "eth0", now);
    let numbers = 0..=255;
    let asked = numbers.clone().filter(|number| node.ask(&name(*number), now)).count();
    assert_eq!(asked, ASKED_MAX);
    let published = |number: &u8| node.publish(&name(*number), ip("192.0.2.1"), "eth0", now);
    assert_eq!(numbers.filter(published).count(), PUBLISHED_MAX);
    let many: Vec<LocalName> = (0..=255).map(name).collect();
    let all = write_query(&many).expect("a message");
    assert_eq!(Message::read(&all), None, "more than anybody asks at once");
}

#[test]
fn names_that_point_at_themselves_are_refused() {
    let head = |questions: u8| [0, 0, 0, 0, 0, questions, 0, 0, 0, 0, 0, 0];
    let mut to_itself = head(1).to_vec();
    to_itself.extend([0xc0, 12, 0, 1, 0, 1]);
    assert_eq!(Message::read(&to_itself), None);
    let mut ahead = head(1).to_vec();
    ahead.extend([0xc0, 18, 0, 1, 0, 1, 1, b'a', 5, b'l', b'o', b'c', b'a', b'l', 0]);
    assert_eq!(Message::read(&ahead), None);
    // A label, then back to it.
    let mut around = head(1).to_vec();
    around.extend([1, b'a', 0xc0, 12, 0, 1, 0, 1]);
    assert_eq!(Message::read(&around), None);
    // The same where it is none: the second name ends as the first.
    let mut back = head(2).to_vec();
    back.extend([1, b'a', 5, b'l', b'o', b'c', b'a', b'l', 0, 0, 1, 0, 1]);
    back.extend([1, b'b', 0xc0, 14, 0, 1, 0, 1]);
    let Some(Message::Query(Query { questions, .. })) = Message::read(&back) else {
        panic!("a question")
    };
    let names: Vec<&str> = questions.iter().map(|question| question.name.as_str()).collect();
    assert_eq!(names, ["a.local", "b.local"]);
}

#[test]
fn a_head_that_promises_much_is_believed_little() {
    let promise = [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(Message::read(&promise), None);
    let mut long = vec![0; MESSAGE_BYTES_MAX];
    assert!(Message::read(&long).is_some());
    long.push(0);
    assert_eq!(Message::read(&long), None);
}

fn any_question() -> impl Strategy<Value = Question> {
    let kind = prop_oneof![Just(Kind::V4), Just(Kind::V6), Just(Kind::Any)];
    (any::<u8>(), kind, any::<bool>()).prop_map(|(number, kind, unicast)| Question {
        name: name(number % 4),
        kind,
        unicast,
    })
}

/// A message that is one, of names that matter, with some bytes changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let query = prop::collection::vec(any_question(), 0..6).prop_map(|questions| {
        let kind = |kind| match kind {
            Kind::V4 => 1,
            Kind::V6 => 28,
            Kind::Any => 255,
        };
        let all = questions.iter().map(|one| (one.name.as_str(), kind(one.kind), one.unicast));
        question(&all.collect::<Vec<_>>())
    });
    let records = prop::collection::vec((0..4_u8, any::<IpAddr>()), 0..6);
    let response = (records, any::<u32>()).prop_map(|(records, ttl)| {
        let names: Vec<_> = records.iter().map(|(number, ip)| (name(*number), *ip)).collect();
        let all: Vec<_> = names.iter().map(|(name, ip)| (name, *ip)).collect();
        write_response(&all, ttl).expect("a message")
    });
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (prop_oneof![query, response], changes).prop_map(|(mut bytes, changes)| {
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = Message::read(&bytes);
    }

    #[test]
    fn what_is_written_is_read(
        records in prop::collection::vec((any::<[u8; 16]>(), any::<IpAddr>()), 0..16),
        ttl in any::<u32>(),
    ) {
        let records: Vec<Record> = records
            .into_iter()
            .map(|(name, address)| Record { name: LocalName::from_random(name), address, ttl })
            .collect();
        let all: Vec<_> = records.iter().map(|record| (&record.name, record.address)).collect();
        let written = write_response(&all, ttl).expect("a message");
        prop_assert_eq!(Message::read(&written), Some(Message::Response(records)));
    }

    #[test]
    fn a_node_survives_whatever_comes(
        messages in prop::collection::vec((damaged(), any::<bool>(), 0..3_000_u64), 0..40),
    ) {
        let mut now = origin();
        let mut node = Mdns::default();
        node.open(at(OURS), "eth0", now);
        node.publish(&name(0), ip("192.0.2.1"), "eth0", now);
        node.ask(&name(1), now);
        let mut sent_before = sent(&mut node).len();
        for (message, legacy, wait) in messages {
            now += Duration::from_millis(wait);
            node.timeout(now);
            give(&mut node, if legacy { "192.0.2.9:7" } else { PEER }, OURS, &message, now);
            sent_before += sent(&mut node).len();
            while let Some((found, addresses)) = node.poll_found() {
                prop_assert_eq!(found, name(1));
                prop_assert!(addresses.len() <= 4);
            }
            // A multicast for each, a farewell, an answer for one.
            prop_assert!(sent_before <= 3 * 41 + 2);
        }
    }
}
