//! Peers that mean harm, or are out of their minds.

use std::time::Duration;

use proptest::prelude::*;

use super::hand::{FIRST, Hand, Sent, data, peer_init, piece, sack};
use super::link::{Pair, path};
use crate::channel::ChannelConfig;
use crate::sctp::init::{Init, cookie};
use crate::sctp::wire::{PacketWriter, chunk, number, short};
use crate::sctp::{Association, Config, EARLY_BYTES_MAX, EndReason, Event, Output};
use crate::test_time::origin;

#[test]
fn what_waits_behind_a_missing_number_is_bounded_and_announced() {
    let mut hand = Hand::established();
    hand.say(&[data(0, 1, 0, 50, b"\x03\x80\0\0\0\0\0\0\0\0\0\0")]);
    let (mut window, mut blocks) = (0, Vec::new());
    // 44 megabytes, ordered, with the first missing.
    for tsn in 2..40_000u32 {
        let sent = hand.say(&[piece(tsn, 1, tsn as u16, 53, 3, &[1; 1_100])]);
        for (_, _, value) in sent.iter().filter(|(kind, _, _)| *kind == chunk::SACK) {
            window = number(value, 4).unwrap();
            blocks = value[12..].chunks_exact(4).map(|block| short(block, 2).unwrap()).collect();
        }
    }
    let taken = usize::from(blocks[0]) - 1;
    assert!(taken * 1_100 <= 1 << 20, "{taken} messages were taken");
    assert!(window < 1_300, "{window}");
    assert_eq!((blocks.len(), hand.messages().len(), hand.end()), (1, 0, None));
    hand.say(&[piece(1, 1, 1, 53, 3, &[2])]);
    assert_eq!(hand.messages().len(), taken + 1);
    hand.say(&[piece(taken as u32 + 2, 1, taken as u16 + 2, 53, 3, &[3])]);
    assert_eq!(hand.messages().last(), Some(&&[3][..]), "it goes on");
}

/// Whole messages that wait for nothing take no memory, whatever is missing before them.
#[test]
fn what_is_delivered_at_once_needs_no_window() {
    let mut hand = Hand::established();
    hand.say(&[data(0, 1, 0, 50, b"\x03\x80\0\0\0\0\0\0\0\0\0\0")]);
    let mut window = 0;
    for tsn in 2..10_000 {
        let sent = hand.say(&[piece(tsn, 1, 0, 53, 7, &[1; 1_100])]);
        let sacks = sent.iter().filter(|(kind, _, _)| *kind == chunk::SACK);
        window = sacks.map(|(_, _, value)| number(value, 4).unwrap()).fold(window, |_, it| it);
    }
    assert_eq!(hand.messages().len(), 9_998);
    assert!(window >= 1 << 20, "{window}");
}

#[test]
fn streams_are_bounded() {
    let mut config = Config::seeded([3; 32], true);
    config.channels_max = 10;
    let mut hand = Hand::with(config, &peer_init());
    for stream in 0..20u16 {
        hand.say(&[data(u32::from(stream), stream, 0, 51, b"x")]);
    }
    assert_eq!(hand.end(), None);
    hand.say(&[data(3, 3, 0, 51, b"x")]);
    let sent = hand.say(&[data(20, 20, 0, 51, b"x")]);
    assert_eq!(hand.end(), Some(EndReason::TooManyStreams));
    assert_eq!(sent, [(chunk::ABORT, 0, vec![0, 4, 0, 4])]);
}

#[test]
fn early_data_is_bounded() {
    let mut hand = Hand::established();
    let mut bytes = 0;
    for tsn in 0..3_000u32 {
        hand.say(&[data(tsn, 9, tsn as u16, 53, &[1; 1_000])]);
        bytes += 1_000;
    }
    assert!(bytes > 2 * EARLY_BYTES_MAX);
    assert!(hand.ours.is_stream_taken(9), "it is being reset");
    assert_eq!((hand.messages().len(), hand.end()), (0, None));
}

#[test]
fn tiny_pieces_are_bounded() {
    let mut hand = Hand::established();
    let (mut window, mut highest) = (1 << 20, 0);
    // Every second one is missing, so nothing fits together.
    for tsn in 0..20_000u32 {
        let sent = hand.say(&[piece(2 * tsn + 1, 1, 0, 53, 0, &[1])]);
        for (_, _, value) in sent.iter().filter(|(kind, _, _)| *kind == chunk::SACK) {
            window = window.min(number(value, 4).unwrap());
            highest = value[12..].len() / 4;
        }
    }
    assert_eq!(hand.end(), None);
    assert!(highest > 100 && window > (1 << 20) - 1_100 * 129, "{highest} blocks, {window} bytes");
}

#[test]
fn a_message_that_never_ends_ends_the_association() {
    let mut hand = Hand::established();
    hand.say(&[piece(0, 1, 0, 53, 2, &[1; 1_100])]);
    for tsn in 1..2_000 {
        hand.say(&[piece(tsn, 1, 0, 53, 0, &[1; 1_100])]);
        if hand.end().is_some() {
            break;
        }
    }
    assert!(matches!(hand.end(), Some(EndReason::MessageTooLarge | EndReason::Violation)));
}

#[test]
fn nonsense_about_what_we_sent_is_dropped() {
    let mut hand = Hand::established();
    let channel = hand.ours.open(&ChannelConfig::new("x")).unwrap();
    let sent = hand.wait(0);
    let tsn = number(&sent[0].2, 0).unwrap();
    let blocks = |blocks: &[u8]| {
        let (_, _, mut value) = sack(tsn.wrapping_sub(1));
        value[9] = (blocks.len() / 4) as u8;
        value.extend(blocks);
        (chunk::SACK, 0, value)
    };
    hand.say(&[sack(tsn.wrapping_add(1))]);
    hand.say(&[sack(tsn.wrapping_add(1 << 30))]);
    hand.say(&[blocks(&[0, 5, 0, 9])]);
    hand.say(&[blocks(&[0, 0, 0, 0])]);
    hand.say(&[blocks(&[0, 1, 0xff, 0xff])]);
    hand.say(&[(chunk::SACK, 0, vec![0; 5])]);
    assert_eq!(hand.end(), None);
    hand.ours.write(channel, true, b"x").unwrap();
    assert!(hand.wait(0).iter().any(|(kind, _, _)| *kind == chunk::DATA));
}

/// A peer that has all but the first piece, and never that, does not make us keep more and more.
#[test]
fn what_is_kept_for_a_peer_that_misses_one_piece_for_ever_is_bounded() {
    let mut hand = Hand::established();
    let channel = hand.ours.open(&ChannelConfig::new("x")).unwrap();
    let first = number(&hand.wait(0)[0].2, 0).unwrap();
    let mut highest = first;
    let mut sent = Vec::new();
    for _ in 0..2_000 {
        while hand.ours.write(channel, true, &[7; 1_000]).is_ok() {}
        sent.extend(hand.wait(1));
        let numbers = sent.iter().filter(|(kind, ..)| *kind == chunk::DATA);
        let numbers = numbers.map(|(_, _, value)| number(value, 0).unwrap().wrapping_sub(first));
        highest = numbers.fold(highest, |highest, number| highest.max(first + number));
        // All after the first one.
        let (_, _, mut value) = sack(first.wrapping_sub(1));
        let reached = (highest - first + 1).min(0xffff) as u16;
        if reached > 1 {
            value[4..8].copy_from_slice(&(32u32 << 20).to_be_bytes());
            value[9] = 1;
            value.extend([2u16.to_be_bytes(), reached.to_be_bytes()].concat());
        }
        sent = hand.say(&[(chunk::SACK, 0, value)]);
    }
    let kept = highest - first;
    assert!((20_000..=48 << 10).contains(&kept), "{kept} pieces went out");
    assert_eq!(hand.end(), None);
}

#[test]
fn packets_of_others_and_of_before_are_dropped() {
    let mut hand = Hand::established();
    let hello = data(0, 1, 0, 51, b"x");
    assert_eq!(hand.send(7, std::slice::from_ref(&hello)), []);
    assert_eq!(hand.send(0, std::slice::from_ref(&hello)), []);
    assert_eq!(hand.send(7, &[(chunk::ABORT, 0, Vec::new())]), []);
    assert_eq!(hand.end(), None);
    assert_eq!(hand.events, [Event::Established]);
    // Flag T: the tag is the peer's own.
    hand.send(peer_init().tag, &[(chunk::ABORT, 1, vec![0, 13, 0, 4])]);
    assert_eq!(hand.end(), Some(EndReason::Aborted { cause: Some(13) }));
}

#[test]
fn a_peer_that_begins_anew_ends_the_association() {
    let mut hand = Hand::established();
    let value = Init { tag: 0x8888, ..peer_init() }.to_value(None);
    let sent = hand.send(0, &[(chunk::INIT, 0, value)]);
    assert_eq!(hand.end(), None, "a promise");
    let echo = cookie(&sent[0].2).unwrap().to_vec();
    hand.say(&[(chunk::COOKIE_ECHO, 0, echo)]);
    assert_eq!(hand.end(), Some(EndReason::Restarted));
}

#[test]
fn a_flood_of_inits_leaves_nothing_behind() {
    let mut ours = Association::new(Config::seeded([5; 32], true), origin());
    for tag in 1..5_000u32 {
        let init = Init { tag, ..peer_init() };
        let packet =
            PacketWriter::new((1, 1), 0).chunk(chunk::INIT, 0, &init.to_value(None)).finish();
        ours.handle_packet(&packet, origin());
        while ours.poll().is_some() {}
    }
    assert!(!ours.is_established());
    assert_eq!(ours.next_timeout(), Some(origin() + Duration::from_millis(500)));
}

#[test]
fn data_without_content_is_harm() {
    let mut hand = Hand::established();
    let sent = hand.say(&[data(0, 1, 0, 51, b"")]);
    assert_eq!(hand.end(), Some(EndReason::Violation));
    assert_eq!(sent, [(chunk::ABORT, 0, vec![0, 13, 0, 4])]);
    assert_eq!(hand.say(&[data(0, 1, 0, 51, b"x")]), [], "it is over");
}

/// Chunks with values that nearly make sense.
fn any_chunk() -> impl Strategy<Value = Sent> {
    let kind = prop_oneof![
        4 => Just(chunk::DATA),
        2 => Just(chunk::SACK),
        2 => Just(chunk::RE_CONFIG),
        2 => Just(chunk::FORWARD_TSN),
        1 => any::<u8>().prop_filter("an end", |kind| {
            ![chunk::ABORT, chunk::SHUTDOWN].contains(kind)
        }),
    ];
    let begin = prop_oneof![
        3 => (0u32..20).prop_map(|tsn| FIRST.wrapping_add(tsn).to_be_bytes().to_vec()),
        1 => (0u16..4, 4u16..40).prop_map(|(kind, length)| {
            let mut bytes = (13 + kind).to_be_bytes().to_vec();
            bytes.extend(length.to_be_bytes());
            bytes.extend(FIRST.wrapping_add(u32::from(kind)).to_be_bytes());
            bytes
        }),
        1 => Just(Vec::new()),
    ];
    let rest = proptest::collection::vec(prop_oneof![3 => 0u8..6, 1 => any::<u8>()], 0..40);
    (kind, 0u8..8, begin, rest)
        .prop_map(|(kind, flags, begin, rest)| (kind, flags, [begin, rest].concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_chunks_bring_it_down(
        packets in proptest::collection::vec(proptest::collection::vec(any_chunk(), 1..4), 1..40),
    ) {
        let mut hand = Hand::established();
        let channel = hand.ours.open(&ChannelConfig::new("x")).unwrap();
        for (index, packet) in packets.iter().enumerate() {
            let sent = hand.say(packet);
            prop_assert!(sent.len() < 100, "{} chunks in answer", sent.len());
            if index == 10 {
                hand.ours.close(channel);
            }
            hand.wait(index as u64 * 7);
        }
        if let Some(at) = hand.ours.next_timeout() {
            hand.now = hand.now.max(at);
            hand.wait(0);
        }
    }

    #[test]
    fn no_bytes_bring_it_down(packets in proptest::collection::vec(any::<Vec<u8>>(), 1..20)) {
        let mut pair = Pair::connected(1, path(1));
        for packet in &packets {
            pair.inject(0, packet);
        }
        let channel = pair.open(0, &ChannelConfig::new("x"));
        pair.write(0, channel, b"alive");
        pair.idle();
        prop_assert_eq!(pair.messages(1, pair.remote(1, "x")), [b"alive"]);
    }

    #[test]
    fn no_bytes_bring_down_the_set_up(packets in proptest::collection::vec(any_chunk(), 1..20)) {
        let mut ours = Association::new(Config::seeded([6; 32], false), origin());
        let Some(Output::Packet(hello)) = ours.poll() else { panic!("INIT goes out") };
        let tag = number(&hello, 16).unwrap();
        for (index, (kind, flags, value)) in packets.iter().enumerate() {
            let tag = if index % 2 == 0 { tag } else { 0 };
            let packet = PacketWriter::new((1, 2), tag).chunk(*kind, *flags, value).finish();
            ours.handle_packet(&packet, origin());
            while ours.poll().is_some() {}
        }
    }
}
