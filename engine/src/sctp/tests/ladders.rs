//! The error cases of RFC 9260, one packet after the other.

use std::time::Duration;

use super::hand::{FIRST, Hand, Sent, data, peer_init, sack};
use crate::channel::ChannelConfig;
use crate::sctp::init::{Init, cookie};
use crate::sctp::resets::{request_value, response_value};
use crate::sctp::wire::{PacketView, PacketWriter, chunk, number, parameters, push_parameter};
use crate::sctp::{Association, Config, EndReason, Event, Output};
use crate::test_time::origin;

/// An association that has not heard of its peer, and its tag.
fn waiting(seed: u8) -> (Association, u32) {
    let mut ours = Association::new(Config::seeded([seed; 32], true), origin());
    let Some(Output::Packet(hello)) = ours.poll() else { panic!("INIT goes out") };
    let hello = PacketView::parse(&hello).unwrap().chunks().next().unwrap().value.to_vec();
    (ours, Init::parse(&hello).unwrap().tag)
}

/// Sends chunks with a tag; gives those that come back, with the tags of their packets.
fn send(ours: &mut Association, tag: u32, chunks: &[Sent]) -> Vec<(u32, Sent)> {
    let mut writer = PacketWriter::new((5000, 5000), tag);
    chunks.iter().for_each(|(kind, flags, value)| writer.push(*kind, *flags, value));
    ours.handle_packet(&writer.finish(), origin());
    let mut sent = Vec::new();
    while let Some(output) = ours.poll() {
        let Output::Packet(packet) = output else { continue };
        let view = PacketView::parse(&packet).unwrap();
        let chunks = view.chunks().map(|one| (one.kind, one.flags, one.value.to_vec()));
        sent.extend(chunks.map(|one| (view.tag(), one)));
    }
    sent
}

fn init(init: &Init) -> Sent {
    (chunk::INIT, 0, init.to_value(None))
}

/// The cookie that an INIT of the peer's is answered with.
fn cookie_of(ours: &mut Association, peer: &Init) -> Vec<u8> {
    let sent = send(ours, 0, &[init(peer)]);
    let (_, (_, _, ack)) = sent.iter().find(|(_, one)| one.0 == chunk::INIT_ACK).unwrap();
    cookie(ack).unwrap().to_vec()
}

/// RFC 9260 section 5.1.5: a cookie of somebody else, or a damaged one, makes nothing.
#[test]
fn cookies_that_are_not_ours_make_no_association() {
    let (mut other, _) = waiting(7);
    let foreign = cookie_of(&mut other, &peer_init());
    let (mut ours, tag) = waiting(8);
    let own = cookie_of(&mut ours, &peer_init());
    let echo = |cookie: &[u8]| (chunk::COOKIE_ECHO, 0, cookie.to_vec());
    assert_eq!(send(&mut ours, tag, &[echo(&foreign)]), []);
    assert_eq!(send(&mut ours, tag, &[echo(&[])]), []);
    for length in 0..own.len() {
        assert_eq!(send(&mut ours, tag, &[echo(&own[..length])]), [], "{length} bytes of it");
    }
    for place in 0..8 {
        let mut damaged = own.clone();
        damaged[place] ^= 1;
        assert_eq!(send(&mut ours, tag, &[echo(&damaged)]), [], "byte {place}");
    }
    assert_eq!(send(&mut ours, tag ^ 1, &[echo(&own)]), [], "under another tag");
    assert!(!ours.is_established());
    let sent = send(&mut ours, tag, &[echo(&own)]);
    assert_eq!(sent, [(peer_init().tag, (chunk::COOKIE_ACK, 0, Vec::new()))]);
    assert!(ours.is_established());
}

/// Section 5.2.4, action D: the cookie comes again, and is answered again. Nothing else happens,
/// however late it is: cookies have no time of their own, DTLS knows who repeats a packet.
#[test]
fn a_cookie_that_comes_again_is_acknowledged_and_changes_nothing() {
    let mut hand = Hand::established();
    hand.say(&[data(0, 1, 0, 50, b"\x03\0\0\0\0\0\0\0\0\0\0\0")]);
    let sent = hand.send(0, &[init(&peer_init())]);
    let echo = cookie(&sent[0].2).unwrap().to_vec();
    for wait in [0, 100, 100_000] {
        hand.wait(wait);
        let told = hand.events.len();
        let sent = hand.say(&[(chunk::COOKIE_ECHO, 0, echo.clone())]);
        assert_eq!(sent, [(chunk::COOKIE_ACK, 0, Vec::new())]);
        assert_eq!((hand.events.len(), hand.end()), (told, None));
    }
    hand.say(&[data(1, 1, 1, 51, b"goes on")]);
    assert_eq!(hand.messages(), [b"goes on"]);
}

/// Sections 5.2.2 and 5.2.3: INIT is answered in any state and changes none; INIT ACK and COOKIE
/// ACK that nobody waits for are nothing.
#[test]
fn what_belongs_to_the_set_up_is_harmless_after_it() {
    let mut hand = Hand::established();
    let told = hand.events.len();
    for tag in [peer_init().tag, 9] {
        let sent = hand.send(0, &[init(&Init { tag, ..peer_init() }), data(0, 1, 0, 51, b"x")]);
        let kinds: Vec<u8> = sent.iter().map(|one| one.0).collect();
        assert_eq!(kinds, [chunk::INIT_ACK], "what is behind INIT is not read");
    }
    let ack = (chunk::INIT_ACK, 0, Init { tag: 9, ..peer_init() }.to_value(Some(b"cooky")));
    assert_eq!(hand.say(&[ack]), []);
    assert_eq!(hand.say(&[(chunk::COOKIE_ACK, 0, Vec::new())]), []);
    let stale = [0, 3, 0, 8, 0, 0, 0, 1].to_vec();
    assert_eq!(hand.say(&[(chunk::ERROR, 0, stale)]), []);
    assert_eq!((hand.events.len(), hand.end()), (told, None));
}

/// Section 8.5.1: which tag a packet has to have, by its first chunk.
#[test]
fn tags_are_those_of_the_rules() {
    let peer = peer_init();
    let abort = |flags| (chunk::ABORT, flags, Vec::new());
    let complete = |flags| (chunk::SHUTDOWN_COMPLETE, flags, Vec::new());
    // INIT has none; others have ours, or the peer's own with flag T.
    let mut hand = Hand::established();
    assert_eq!(hand.send(peer.tag, &[init(&peer)]), []);
    assert_eq!(hand.say(&[init(&peer)]), []);
    assert_eq!(hand.say(&[abort(1)]), [], "reflected, but ours");
    assert_eq!(hand.send(peer.tag, &[abort(0)]), [], "the peer's, but not reflected");
    assert_eq!(hand.send(peer.tag, &[(chunk::SHUTDOWN, 1, vec![0; 4])]), [], "T is of two only");
    assert_eq!(hand.end(), None);
    hand.say(&[abort(0)]);
    assert_eq!(hand.end(), Some(EndReason::Aborted { cause: None }));
    // SHUTDOWN COMPLETE, where the peer has forgotten us.
    for (tag, flags, is_end) in [(peer.tag, 1, true), (peer.tag, 0, false), (1, 1, false)] {
        let mut hand = Hand::established();
        let sent = hand.say(&[(chunk::SHUTDOWN, 0, FIRST.wrapping_sub(1).to_be_bytes().to_vec())]);
        assert_eq!(sent, [(chunk::SHUTDOWN_ACK, 0, Vec::new())]);
        hand.send(tag, &[complete(flags)]);
        assert_eq!(hand.end().is_some(), is_end, "{tag:x} {flags}");
    }
    // And none that was not asked for.
    let mut hand = Hand::established();
    hand.say(&[complete(0)]);
    assert_eq!(hand.end(), None);
}

/// Section 3.2.1: unknown parameters end the reading or not, and are told or not, by their highest
/// bits.
#[test]
fn unknown_parameters_of_an_init_are_told_of_where_they_ask_for_it() {
    for (kind, is_read, is_told) in
        [(0x3fff, false, false), (0x7fff, false, true), (0xbfff, true, false), (0xffff, true, true)]
    {
        let (mut ours, tag) = waiting(9);
        let plain = Init { resets: false, forward_tsn: false, ..peer_init() };
        let mut value = plain.to_value(None);
        push_parameter(&mut value, kind, b"abc");
        push_parameter(&mut value, 0x8008, &[chunk::RE_CONFIG]);
        let sent = send(&mut ours, 0, &[(chunk::INIT, 0, value)]);
        let ack = &sent[0].1.2;
        let told: Vec<&[u8]> = parameters(&ack[16..])
            .filter_map(|(kind, value)| (kind == 8).then_some(value))
            .collect();
        let [high, low] = u16::to_be_bytes(kind);
        let whole = [high, low, 0, 7, b'a', b'b', b'c'];
        assert_eq!(told == [&whole[..]], is_told, "{kind:#x}");
        assert_eq!(told.is_empty(), !is_told);
        // Whether the parameter behind it was read shows how a channel is closed.
        send(&mut ours, tag, &[(chunk::COOKIE_ECHO, 0, cookie(ack).unwrap().to_vec())]);
        let channel = ours.open(&ChannelConfig::new("x")).unwrap();
        ours.handle_timeout(origin());
        let Some(Output::Packet(open)) =
            std::iter::from_fn(|| ours.poll()).find(|output| matches!(output, Output::Packet(_)))
        else {
            panic!("it is announced");
        };
        let tsn = number(&open, 16).unwrap();
        ours.close(channel);
        let sent = send(&mut ours, tag, &[sack(tsn)]);
        let has_reset = sent.iter().any(|(_, one)| one.0 == chunk::RE_CONFIG);
        assert_eq!(has_reset, is_read, "{kind:#x}");
    }
}

#[test]
fn an_answer_to_many_unknown_parameters_fits_a_packet() {
    let (mut ours, _) = waiting(10);
    let mut value = peer_init().to_value(None);
    (0..200).for_each(|_| push_parameter(&mut value, 0xffff, &[7; 40]));
    let sent = send(&mut ours, 0, &[(chunk::INIT, 0, value)]);
    assert!(sent[0].1.2.len() < 1_000, "{} bytes", sent[0].1.2.len());
    assert!(cookie(&sent[0].1.2).is_some());
}

/// Section 3.2: a chunk whose length makes no sense ends the reading of its packet.
#[test]
fn chunks_with_lengths_that_make_no_sense_are_not_read() {
    for length in [0_u16, 1, 3, 200, u16::MAX] {
        let mut hand = Hand::established();
        let tag = {
            let sent = hand.send(0, &[init(&peer_init())]);
            Init::parse(&sent[0].2).unwrap().tag
        };
        let mut packet = PacketWriter::new((5000, 5000), tag);
        packet.push(chunk::HEARTBEAT, 0, &[0, 1, 0, 4]);
        packet.push(chunk::HEARTBEAT, 0, &[0, 1, 0, 4]);
        let mut packet = packet.finish_without_checksum();
        packet[22..24].copy_from_slice(&length.to_be_bytes());
        hand.ours.handle_packet(&packet, hand.now);
        let sent = hand.wait(0);
        assert_eq!(sent.len(), 1, "the first alone, with {length}");
        assert_eq!(hand.end(), None);
    }
}

/// Section 6.2.1: what a peer said that it has, it may take back. What it never says again goes out
/// again.
#[test]
fn a_peer_that_takes_back_what_it_said_gets_it_again() {
    let mut hand = Hand::established();
    let channel = hand.ours.open(&ChannelConfig::new("x")).unwrap();
    let first = number(&hand.wait(0)[0].2, 0).unwrap();
    hand.say(&[sack(first)]);
    let mut sent = Vec::new();
    for text in [b"a", b"b", b"c"] {
        hand.ours.write(channel, false, text).unwrap();
        sent.extend(hand.wait(1));
    }
    // It has the third.
    let (_, _, mut value) = sack(first);
    value[9] = 1;
    value.extend([0, 3, 0, 3]);
    hand.say(&[(chunk::SACK, 0, value)]);
    let mut again = Vec::new();
    for _ in 0..60 {
        again.extend(hand.wait(500));
        // And then it says nothing of it any more.
        again.extend(hand.say(&[sack(first)]));
    }
    let third = first.wrapping_add(3);
    let is_it = |(kind, _, value): &&Sent| *kind == chunk::DATA && number(value, 0) == Some(third);
    assert!(again.iter().filter(is_it).count() >= 1, "the third goes out again");
    assert_eq!(hand.end(), None);
}

/// Resets of streams that nobody uses are done, and leave nothing behind.
#[test]
fn resets_of_streams_that_nobody_has_are_answered_and_forgotten() {
    let mut hand = Hand::established();
    let told = hand.events.len();
    let mut request = FIRST;
    for _ in 0..50 {
        let streams: Vec<u16> = (0..500).map(|stream| stream * 7 % 1_024).collect();
        let value = request_value(request, 0, FIRST.wrapping_sub(1), &streams);
        let sent = hand.say(&[(chunk::RE_CONFIG, 0, value)]);
        assert_eq!(sent, [(chunk::RE_CONFIG, 0, response_value(request, 1))]);
        request = request.wrapping_add(1);
    }
    // All streams, and one that is not there.
    for streams in [&[][..], &[65_535]] {
        let value = request_value(request, 0, FIRST.wrapping_sub(1), streams);
        assert_eq!(hand.say(&[(chunk::RE_CONFIG, 0, value)]).len(), 1);
        request = request.wrapping_add(1);
    }
    assert_eq!((hand.events.len(), hand.end()), (told, None));
    assert!((0..1_024).all(|stream| !hand.ours.is_stream_taken(stream)));
    let resets = hand.wait(5_000).iter().filter(|one| one.0 == chunk::RE_CONFIG).count();
    assert_eq!(resets, 0, "none goes back");
}

/// A peer that says it takes messages of two gibibytes, or any, gets them in parts: no more is kept
/// than what may wait.
#[test]
fn a_peer_that_announces_huge_messages_costs_no_memory() {
    for most in [Some(2 << 30), Some(u64::MAX), None] {
        let mut config = Config::seeded([3; 32], true);
        config.remote_message_bytes_max = most;
        let mut hand = Hand::with(config, &peer_init());
        let channel = hand.ours.open(&ChannelConfig::new("x")).unwrap();
        hand.wait(0);
        hand.ours.begin_message(channel, true, Some(2 << 30)).unwrap();
        let mut taken = 0;
        for _ in 0..1_000 {
            taken += hand.ours.write_part(channel, &[7; 1 << 16]).unwrap();
            hand.wait(10);
        }
        // The buffer, and what may be on the way to a peer that says nothing.
        assert!(taken <= (1 << 20) + (64 << 10), "{taken} bytes were taken");
        assert_eq!(hand.end(), None);
    }
}

/// A peer that never acknowledges, and one that sends the same for ever.
#[test]
fn what_is_sent_over_and_over_is_told_of_and_costs_nothing() {
    let mut hand = Hand::established();
    hand.say(&[data(0, 1, 0, 50, b"\x03\0\0\0\0\0\0\0\0\0\0\0")]);
    for _ in 0..10_000 {
        let sent = hand.say(&[data(0, 1, 0, 50, b"\x03\0\0\0\0\0\0\0\0\0\0\0")]);
        assert!(sent.len() <= 1);
    }
    let opened = hand.events.iter().filter(|event| matches!(event, Event::Opened(_))).count();
    assert_eq!((opened, hand.end()), (1, None));
    let sent = hand.wait(Duration::from_secs(1).as_millis() as u64);
    assert!(sent.iter().all(|one| one.2.len() < 200));
}
