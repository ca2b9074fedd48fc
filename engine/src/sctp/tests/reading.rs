//! Readers that take their time.

use std::time::Duration;

use super::hand::{FIRST, Hand, data, piece};
use super::link::{content, negotiated, path};
use super::parts::{MS, channel, joined, pair, read_all};
use crate::channel::{ChannelConfig, ChannelReading};
use crate::sctp::Event;
use crate::sctp::wire::{chunk, number};

/// Who does not read holds a window of bytes at the most, for as long as it likes.
#[test]
fn a_reader_that_stops_stalls_the_sender_and_goes_on() {
    for reading in [ChannelReading::Paused, ChannelReading::Parts] {
        for ordered in [true, false] {
            let mut pair = pair(5, path(20), 64 << 10, true);
            let config = ChannelConfig { ordered, ..negotiated(1) };
            let [a, b] = [pair.open(0, &config), pair.open(1, &config)];
            pair.idle();
            pair.ends[1].set_reading(b, reading).unwrap();
            let message = |number: u64| content(10_000, number);
            let mut written = 0;
            for _ in 0..3_000 {
                while pair.ends[0].write(a, true, &message(written)).is_ok() {
                    written += 1;
                }
                pair.run(100 * MS);
            }
            // Five minutes: the window is full, and the buffer.
            let window = 1 << 20;
            let most = (window + (64 << 10)) / 10_000 + 2;
            assert!((most * 8 / 10..=most).contains(&(written as usize)), "{written} of {most}");
            assert_eq!(pair.messages(1, b).len(), 0);
            assert!(pair.ends.iter().all(|end| end.is_established()));
            let quiet = pair.sent[0].len();
            pair.run(Duration::from_secs(60));
            let asked = pair.sent[0].len() - quiet;
            assert!(asked < 150, "it asks now and then: {asked} packets");
            let mut got = if reading == ChannelReading::Parts {
                let mut parts = Vec::new();
                for _ in 0..100 {
                    parts.extend(read_all(&mut pair, b, 3_000));
                    pair.run(20 * MS);
                }
                joined(&parts)
            } else {
                pair.ends[1].set_reading(b, ChannelReading::Messages).unwrap();
                pair.run(Duration::from_secs(2));
                pair.messages(1, b)
            };
            let mut expected: Vec<_> = (0..written).map(message).collect();
            if !ordered {
                got.sort();
                expected.sort();
            }
            assert_eq!(got.len(), expected.len());
            assert!(got == expected, "{reading:?} {ordered}");
        }
    }
}

/// Reading one channel slowly does not keep announcements of others away, nor their messages, as
/// long as there is a window.
#[test]
fn other_channels_go_on_beside_a_paused_one() {
    let mut pair = pair(6, path(20), 64 << 10, true);
    let [a, b] = channel(&mut pair, 1);
    pair.ends[1].set_reading(b, ChannelReading::Paused).unwrap();
    (0..20).for_each(|_| pair.write(0, a, &[7; 1_000]));
    let other = pair.open(0, &ChannelConfig::new("other"));
    pair.idle();
    pair.write(0, other, b"hello");
    pair.idle();
    let remote = pair.remote(1, "other");
    assert_eq!(pair.messages(1, remote), [b"hello"]);
    assert_eq!(pair.messages(1, b).len(), 0);
}

#[test]
fn the_peer_hears_of_room_at_once() {
    let mut pair = pair(7, path(20), 4 << 20, true);
    let [a, b] = channel(&mut pair, 1);
    pair.ends[1].set_reading(b, ChannelReading::Paused).unwrap();
    (0..3_000).for_each(|_| pair.write(0, a, &[7; 1_000]));
    pair.run(Duration::from_secs(30));
    let sent = pair.sent[1].len();
    pair.ends[1].set_reading(b, ChannelReading::Messages).unwrap();
    pair.run(Duration::ZERO);
    assert_eq!(pair.sent[1].len(), sent + 1, "one packet that says so");
    let before = pair.messages(1, b).len();
    pair.run(60 * MS);
    assert!(pair.messages(1, b).len() > before, "and the sender goes on");
}

#[test]
fn what_a_peer_sends_beyond_the_window_is_dropped_while_nobody_reads() {
    let mut hand = Hand::established();
    hand.say(&[data(0, 1, 0, 50, b"\x03\x00\0\0\0\0\0\0\0\0\0\0")]);
    let Some(Event::Opened(opened)) = hand.events.last().cloned() else { panic!("it opens") };
    hand.ours.set_reading(opened.channel, ChannelReading::Paused).unwrap();
    let (mut window, mut reached) = (u32::MAX, 0);
    for tsn in 1..4_000u32 {
        let sent = hand.say(&[piece(tsn, 1, tsn as u16, 53, 3, &[1; 1_100])]);
        for (_, _, value) in sent.iter().filter(|(kind, _, _)| *kind == chunk::SACK) {
            window = number(value, 4).unwrap();
            reached = number(value, 0).unwrap().wrapping_sub(FIRST);
        }
    }
    assert_eq!((window, hand.end()), (0, None));
    assert!((800..1_000).contains(&reached), "{reached} messages were taken");
    hand.ours.set_reading(opened.channel, ChannelReading::Messages).unwrap();
    hand.wait(0);
    assert_eq!(hand.messages().len(), reached as usize);
    // It goes on where it was.
    hand.say(&[piece(reached + 1, 1, reached as u16 + 1, 53, 3, b"next")]);
    assert_eq!(hand.messages().last(), Some(&&b"next"[..]));
}

#[test]
fn what_came_before_the_peer_closed_can_be_read_after() {
    for reading in [ChannelReading::Paused, ChannelReading::Parts] {
        let mut pair = pair(8, path(20), 1 << 20, true);
        let a = pair.open(0, &ChannelConfig::new("x"));
        pair.idle();
        let b = pair.remote(1, "x");
        pair.ends[1].set_reading(b, reading).unwrap();
        pair.write(0, a, &content(5_000, 1));
        pair.write(0, a, &content(5_000, 2));
        pair.ends[0].close(a);
        pair.run(Duration::from_secs(10));
        assert!(!pair.is_closed(1, b) && !pair.is_closed(0, a), "it waits for the reader");
        let got = match reading {
            ChannelReading::Parts => joined(&read_all(&mut pair, b, 999)),
            _ => {
                pair.ends[1].set_reading(b, ChannelReading::Messages).unwrap();
                pair.run(Duration::ZERO);
                pair.messages(1, b)
            }
        };
        assert_eq!(got, [content(5_000, 1), content(5_000, 2)]);
        pair.idle();
        assert!(pair.is_closed(1, b) && pair.is_closed(0, a));
        // The stream has another life, read as usual.
        let a = pair.open(0, &ChannelConfig::new("y"));
        pair.idle();
        pair.write(0, a, b"hello");
        pair.idle();
        let remote = pair.remote(1, "y");
        assert_eq!(pair.messages(1, remote), [b"hello"]);
        // And who closes without reading loses what there is.
        pair.ends[1].set_reading(remote, reading).unwrap();
        pair.write(0, a, b"unread");
        pair.ends[0].close(a);
        pair.run(Duration::from_secs(1));
        pair.ends[1].close(remote);
        pair.idle();
        assert!(pair.is_closed(1, remote) && pair.is_closed(0, a));
        assert_eq!(pair.messages(1, remote), [b"hello"]);
    }
}
