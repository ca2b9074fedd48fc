//! Channels: who opens them, how, and what they carry.

use std::time::Duration;

use super::link::{Pair, content, negotiated, path};
use crate::channel::{ChannelConfig, ChannelPriority, Reliability};
use crate::sctp::wire::{PacketView, chunk};
use crate::sctp::{ChannelNumber, Config, Event, OpenError, WriteError};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn both_ends_open_at_once() {
    let mut pair = Pair::new(1, path(50));
    let a = pair.open(0, &ChannelConfig::new("from a"));
    let b = pair.open(1, &ChannelConfig::new("from b"));
    pair.idle();
    assert_eq!(pair.ends[0].stream_of(a), Some(0));
    assert_eq!(pair.ends[1].stream_of(b), Some(1));
    assert_eq!(pair.ends[1].stream_of(pair.remote(1, "from a")), Some(0));
    assert_eq!(pair.ends[0].stream_of(pair.remote(0, "from b")), Some(1));
    let labels =
        |end| pair.opened(end).iter().map(|opened| opened.label.clone()).collect::<Vec<_>>();
    assert_eq!(labels(0), ["from a", "from b"]);
    assert_eq!(labels(1), ["from b", "from a"]);
    pair.ends[0].write(a, false, b"text").unwrap();
    let remote = pair.remote(0, "from b");
    pair.ends[0].write(remote, true, b"bytes").unwrap();
    pair.idle();
    let to = pair.remote(1, "from a");
    let text = Event::Message { channel: to, binary: false, data: b"text".to_vec() };
    let bytes = Event::Message { channel: b, binary: true, data: b"bytes".to_vec() };
    assert!(pair.events[1].contains(&text) && pair.events[1].contains(&bytes));
}

#[test]
fn a_channel_opens_in_three_trips_and_is_used_at_once() {
    let mut pair = Pair::new(2, path(50));
    let a = pair.open(0, &ChannelConfig::new("x"));
    let open = |pair: &Pair| !pair.opened(0).is_empty();
    assert!(pair.run_until(Duration::from_millis(150), open), "one and a half round trips");
    pair.write(0, a, b"early");
    let there = |pair: &Pair| pair.count(1, |event| matches!(event, Event::Message { .. })) == 1;
    assert!(pair.run_until(Duration::from_millis(50), there));
}

#[test]
fn what_was_asked_for_is_told() {
    let mut pair = Pair::connected(3, path(1));
    let config = ChannelConfig {
        label: "l".repeat(65_535),
        protocol: "p".repeat(65_535),
        ordered: false,
        reliability: Reliability::MaxLifetime { ms: 400 },
        priority: ChannelPriority::High,
        negotiated: None,
    };
    pair.open(0, &config);
    pair.idle();
    let opened = &pair.opened(1)[0];
    assert!(opened.remote && !opened.ordered);
    assert_eq!((&opened.label, &opened.protocol), (&config.label, &config.protocol));
    assert_eq!((opened.reliability, opened.priority), (config.reliability, config.priority));
    let long = ChannelConfig::new("l".repeat(65_536));
    assert_eq!(pair.ends[0].open(&long), Err(OpenError::TextTooLong));
}

#[test]
fn empty_messages_come_as_they_were_sent() {
    let mut pair = Pair::connected(4, path(1));
    let a = pair.open(0, &negotiated(9));
    let b = pair.open(1, &negotiated(9));
    for (end, channel) in [(0, a), (1, b)] {
        pair.ends[end].write(channel, true, b"").unwrap();
        pair.ends[end].write(channel, false, b"").unwrap();
        pair.ends[end].write(channel, true, b"x").unwrap();
        assert_eq!(pair.ends[end].buffered_amount(channel), 3);
    }
    pair.sent[0].clear();
    pair.idle();
    for (end, channel) in [(0, a), (1, b)] {
        let message = |binary, data: &[u8]| Event::Message { channel, binary, data: data.to_vec() };
        let messages: Vec<_> = pair.events[end]
            .iter()
            .filter(|event| matches!(event, Event::Message { .. }))
            .cloned()
            .collect();
        assert_eq!(messages, [message(true, b""), message(false, b""), message(true, b"x")]);
    }
    // One byte under the identifiers of RFC 8831 section 8.
    let mut identifiers = Vec::new();
    for packet in &pair.sent[0] {
        let view = PacketView::parse(packet).unwrap();
        for data in view.chunks().filter(|found| found.kind == chunk::I_DATA) {
            assert_eq!(data.value.len(), 17);
            identifiers.push(data.value[15]);
        }
    }
    assert_eq!(identifiers, [57, 56, 53]);
}

#[test]
fn a_message_that_is_too_large_is_refused_alone() {
    let mut configs = [Config::seeded([1; 32], true), Config::seeded([2; 32], false)];
    configs[0].remote_message_bytes_max = Some(1_000);
    let mut pair = Pair::with(5, path(1), configs);
    let a = pair.open(0, &ChannelConfig::new("x"));
    pair.idle();
    let too_large = Err(WriteError::TooLarge { max: 1_000 });
    assert_eq!(pair.ends[0].write(a, true, &[7; 1_001]), too_large);
    assert_eq!(pair.ends[0].buffered_amount(a), 0);
    pair.write(0, a, &[7; 1_000]);
    pair.idle();
    assert_eq!(pair.messages(1, pair.remote(1, "x")), [[7; 1_000]]);
    pair.ends[0].set_remote_message_bytes_max(None);
    pair.write(0, a, &[8; 100_000]);
    pair.idle();
    assert_eq!(pair.messages(1, pair.remote(1, "x")).len(), 2);
    assert!(pair.ends.iter().all(|end| end.is_established()));
}

#[test]
fn what_comes_before_a_negotiated_channel_is_kept() {
    let mut pair = Pair::connected(6, path(20));
    let a = pair.open(0, &negotiated(4));
    pair.write(0, a, b"one");
    pair.ends[0].write(a, false, b"").unwrap();
    pair.idle();
    assert!(pair.opened(1).is_empty());
    assert!(!pair.ends[1].is_stream_taken(4));
    let b = pair.open(1, &negotiated(4));
    pair.write(0, a, b"three");
    pair.write(1, b, b"back");
    pair.idle();
    assert_eq!(pair.messages(1, b), [b"one".to_vec(), Vec::new(), b"three".to_vec()]);
    assert_eq!(pair.messages(0, a), [b"back"]);
    let events = &pair.events[1];
    let at = |wanted: &dyn Fn(&Event) -> bool| events.iter().position(wanted).unwrap();
    let opened = at(&|event| matches!(event, Event::Opened(_)));
    assert!(opened < at(&|event| matches!(event, Event::Message { .. })));
}

#[test]
fn what_comes_too_early_and_too_much_closes_its_stream_alone() {
    let mut pair = Pair::connected(7, path(5));
    let other = pair.open(0, &ChannelConfig::new("other"));
    let a = pair.open(0, &negotiated(4));
    let mut written = 0;
    while pair.ends[0].write(a, true, &content(60_000, 1)).is_ok() {
        written += 60_000;
        let free = |pair: &Pair| pair.ends[0].buffered_amount(a) < 100_000;
        assert!(pair.run_until(MINUTE, free));
    }
    // And what was on the way until the sender heard of it.
    assert!((1 << 20..4 << 20).contains(&written), "{written} bytes");
    pair.idle();
    assert!(pair.is_closed(0, a), "the sender is told");
    pair.write(0, other, b"goes on");
    pair.idle();
    assert_eq!(pair.messages(1, pair.remote(1, "other")), [b"goes on"]);
    let again = pair.open(1, &negotiated(4));
    assert_eq!(pair.ends[1].stream_of(again), Some(4));
}

#[test]
fn streams_never_collide() {
    let mut pair = Pair::connected(8, path(20));
    let first = pair.open(0, &ChannelConfig::new("in band"));
    assert_eq!(pair.ends[0].open(&negotiated(0)), Err(OpenError::StreamInUse));
    pair.open(0, &negotiated(2));
    let second = pair.open(0, &ChannelConfig::new("in band"));
    assert_eq!(pair.ends[0].stream_of(first), Some(0));
    assert_eq!(pair.ends[0].stream_of(second), Some(4), "two is taken");
    pair.idle();
    // The peer knows of its own negotiated channel only when it has it; what it hears is enough.
    assert_eq!(pair.ends[1].open(&negotiated(4)), Err(OpenError::StreamInUse));
    // Early data of a negotiated channel keeps in-band channels away.
    let early = pair.open(1, &negotiated(6));
    pair.write(1, early, b"early");
    pair.idle();
    let third = pair.open(0, &ChannelConfig::new("in band"));
    assert_eq!(pair.ends[0].stream_of(third), Some(8));
    let own = pair.open(0, &negotiated(6));
    pair.idle();
    assert_eq!(pair.messages(0, own), [b"early"]);
    for end in 0..2 {
        assert_eq!(pair.ends[end].open(&negotiated(65_535)), Err(OpenError::NoSuchStream));
    }
}

#[test]
fn streams_never_collide_before_there_is_a_connection() {
    let mut pair = Pair::new(9, path(20));
    let agreed = pair.open(0, &negotiated(0));
    let in_band = pair.open(0, &ChannelConfig::new("x"));
    assert_eq!(pair.ends[0].stream_of(in_band), Some(2));
    assert_eq!(pair.ends[0].open(&negotiated(2)), Err(OpenError::StreamInUse));
    let theirs = pair.open(1, &negotiated(0));
    pair.idle();
    pair.write(0, agreed, b"agreed");
    pair.write(0, in_band, b"in band");
    pair.idle();
    assert_eq!(pair.messages(1, theirs), [b"agreed"]);
    assert_eq!(pair.messages(1, pair.remote(1, "x")), [b"in band"]);
}

#[test]
fn two_channels_of_one_stream_are_closed_rather_than_mixed_up() {
    // Each side opens another kind on stream 0 before it can hear of the other.
    let mut pair = Pair::connected(10, path(50));
    let a = pair.open(0, &ChannelConfig::new("in band"));
    let b = pair.open(1, &negotiated(0));
    pair.idle();
    assert!(pair.is_closed(0, a) && pair.is_closed(1, b));
    let again = pair.open(0, &ChannelConfig::new("again"));
    pair.write(0, again, b"works");
    pair.idle();
    assert_eq!(pair.ends[0].stream_of(again), Some(0));
    assert_eq!(pair.messages(1, pair.remote(1, "again")), [b"works"]);
}

#[test]
fn the_buffer_is_bounded_and_a_lone_message_finds_a_place() {
    let mut configs = [Config::seeded([1; 32], true), Config::seeded([2; 32], false)];
    configs[0].buffer_bytes_max = 50_000;
    let mut pair = Pair::with(11, path(20), configs);
    let a = pair.open(0, &ChannelConfig::new("a"));
    let b = pair.open(0, &ChannelConfig::new("b"));
    pair.idle();
    pair.write(0, a, &[1; 60_000]);
    assert_eq!(pair.ends[0].write(b, true, &[2]), Err(WriteError::Full));
    pair.idle();
    pair.write(0, b, &[2; 30_000]);
    pair.write(0, a, &[3; 20_000]);
    assert_eq!(pair.ends[0].write(a, true, &[4]), Err(WriteError::Full));
    assert_eq!(pair.ends[0].buffered_amount(a), 20_000);
    assert_eq!(pair.ends[0].buffered_amount(b), 30_000);
    pair.idle();
    assert_eq!(pair.ends[0].buffered_amount(a), 0);
    assert_eq!(pair.messages(1, pair.remote(1, "b")), [[2; 30_000]]);
}

#[test]
fn falling_to_the_threshold_is_told_once() {
    let mut pair = Pair::connected(12, path(20));
    let a = pair.open(0, &ChannelConfig::new("x"));
    pair.idle();
    let lows = |pair: &Pair| pair.count(0, |event| *event == Event::Low(a));
    assert_eq!(lows(&pair), 0, "an announcement is no message");
    pair.ends[0].set_low_threshold(a, 10_000);
    pair.write(0, a, &[1; 10_000]);
    pair.idle();
    assert_eq!(lows(&pair), 0, "it was never above");
    pair.write(0, a, &[1; 50_000]);
    assert!(pair.run_until(MINUTE, |pair| lows(pair) == 1));
    assert!(pair.ends[0].buffered_amount(a) <= 10_000);
    pair.idle();
    assert_eq!(lows(&pair), 1);
    pair.ends[0].set_low_threshold(a, 0);
    pair.write(0, a, &[1]);
    pair.idle();
    assert_eq!(lows(&pair), 2);
}

#[test]
fn channels_are_bounded_on_both_sides() {
    let mut configs = [Config::seeded([1; 32], true), Config::seeded([2; 32], false)];
    configs[0].channels_max = 5;
    configs[1].channels_max = 3;
    let mut pair = Pair::with(13, path(1), configs);
    pair.connect();
    let opened: Vec<_> = (0..5).map(|_| pair.open(0, &ChannelConfig::new("x"))).collect();
    assert_eq!(pair.ends[0].open(&ChannelConfig::new("x")), Err(OpenError::TooMany));
    pair.idle();
    assert_eq!(pair.opened(1).len(), 3);
    let closed = opened.iter().filter(|channel| pair.is_closed(0, **channel)).count();
    assert_eq!(closed, 2, "those that found no room");
    assert_eq!(pair.ends[1].open(&ChannelConfig::new("x")), Err(OpenError::TooMany));
}

#[test]
fn nothing_is_known_of_channels_that_are_not() {
    let mut pair = Pair::connected(14, path(1));
    let nobody = ChannelNumber::new(7, 7);
    assert_eq!(pair.ends[0].write(nobody, true, b"x"), Err(WriteError::NotOpen));
    assert_eq!(pair.ends[0].buffered_amount(nobody), 0);
    assert_eq!(pair.ends[0].stream_of(nobody), None);
    pair.ends[0].set_low_threshold(nobody, 9);
    pair.ends[0].close(nobody);
    pair.idle();
    assert!(!pair.is_closed(0, nobody));
}
