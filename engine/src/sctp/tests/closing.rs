//! Channels close, and their streams are used again.

use std::collections::BTreeMap;
use std::time::Duration;

use super::link::{Pair, Path, content, negotiated, path};
use crate::channel::ChannelConfig;
use crate::sctp::resets::{parameter, parse_request};
use crate::sctp::wire::{PacketView, chunk, parameters};
use crate::sctp::{Event, WriteError};

const MINUTE: Duration = Duration::from_secs(60);

/// Different requests to reset each stream that an end sent.
fn resets(pair: &Pair, end: usize) -> BTreeMap<u16, usize> {
    let mut requests = BTreeMap::new();
    for packet in &pair.sent[end] {
        let view = PacketView::parse(packet).unwrap();
        for chunk in view.chunks().filter(|found| found.kind == chunk::RE_CONFIG) {
            for (_, value) in
                parameters(chunk.value).filter(|(kind, _)| *kind == parameter::OUTGOING_RESET)
            {
                let (number, streams) = parse_request(value).unwrap();
                requests.insert(number, streams);
            }
        }
    }
    let mut counts = BTreeMap::new();
    for stream in requests.into_values().flatten() {
        *counts.entry(stream).or_default() += 1;
    }
    counts
}

#[test]
fn closing_delivers_first_and_both_are_told() {
    let mut pair = Pair::connected(1, path(30));
    let a = pair.open(0, &ChannelConfig::new("x"));
    pair.idle();
    pair.write(0, a, &content(100_000, 1));
    pair.ends[0].close(a);
    pair.ends[0].close(a);
    assert_eq!(pair.ends[0].write(a, true, b"late"), Err(WriteError::NotOpen));
    pair.idle();
    let b = pair.remote(1, "x");
    assert_eq!(pair.messages(1, b), [content(100_000, 1)]);
    assert_eq!(pair.count(0, |event| *event == Event::Closed(a)), 1);
    assert_eq!(pair.count(1, |event| *event == Event::Closed(b)), 1);
    assert_eq!(pair.ends[0].stream_of(a), None);
    assert!(!pair.ends[0].is_stream_taken(0) && !pair.ends[1].is_stream_taken(0));
    let once = BTreeMap::from([(0, 1)]);
    assert_eq!((resets(&pair, 0), resets(&pair, 1)), (once.clone(), once));
}

#[test]
fn both_close_at_once() {
    let mut pair = Pair::connected(2, path(30));
    let a = pair.open(0, &negotiated(3));
    let b = pair.open(1, &negotiated(3));
    pair.idle();
    pair.write(0, a, b"last of a");
    pair.write(1, b, b"last of b");
    pair.ends[0].close(a);
    pair.ends[1].close(b);
    pair.idle();
    assert!(pair.is_closed(0, a) && pair.is_closed(1, b));
    let once = BTreeMap::from([(3, 1)]);
    assert_eq!((resets(&pair, 0), resets(&pair, 1)), (once.clone(), once));
    let again = (pair.open(0, &negotiated(3)), pair.open(1, &negotiated(3)));
    pair.write(0, again.0, b"anew");
    pair.idle();
    assert_eq!(pair.messages(1, again.1), [b"anew"]);
}

#[test]
fn a_channel_that_is_not_open_yet_is_closed_at_once() {
    let mut pair = Pair::new(3, path(30));
    let a = pair.open(0, &ChannelConfig::new("x"));
    pair.ends[0].close(a);
    let b = pair.open(0, &ChannelConfig::new("y"));
    assert_eq!(pair.ends[0].stream_of(b), Some(0), "its stream is free");
    pair.idle();
    assert!(pair.is_closed(0, a));
    assert_eq!(pair.opened(1).len(), 1);
    assert_eq!(pair.opened(1)[0].label, "y");
}

#[test]
fn a_channel_that_is_not_answered_yet_is_closed_in_order() {
    let mut pair = Pair::connected(4, path(30));
    let a = pair.open(0, &ChannelConfig::new("x"));
    pair.write(0, a, b"hello");
    pair.ends[0].close(a);
    pair.idle();
    let b = pair.remote(1, "x");
    assert_eq!(pair.messages(1, b), [b"hello"]);
    assert!(pair.is_closed(0, a) && pair.is_closed(1, b));
}

#[test]
fn a_thousand_channels_close_at_once() {
    let mut pair = Pair::connected(5, path(20));
    let channels: Vec<_> = (0..1_000).map(|_| pair.open(0, &ChannelConfig::new("x"))).collect();
    pair.idle();
    assert_eq!(pair.opened(1).len(), 1_000);
    channels.iter().for_each(|channel| pair.ends[0].close(*channel));
    pair.idle();
    for end in 0..2 {
        assert_eq!(pair.count(end, |event| matches!(event, Event::Closed(_))), 1_000);
        assert!(pair.ends[end].is_established());
        assert_eq!(resets(&pair, end).len(), 1_000);
        assert!(resets(&pair, end).values().all(|count| *count == 1));
    }
    let after = pair.open(1, &ChannelConfig::new("after"));
    pair.write(1, after, b"alive");
    pair.idle();
    assert_eq!(pair.messages(0, pair.remote(0, "after")), [b"alive"]);
}

/// Closes a channel and opens another on the same stream as soon as the one is gone, many times,
/// while packets are lost: a reset that comes once too often would close the next channel.
fn reuse(seed: u8, opener: impl Fn(usize) -> usize) -> Pair {
    let rough = Path { jitter: Duration::from_millis(30), loss: 150, twice: 50, ..path(20) };
    let mut pair = Pair::new(seed, rough);
    pair.run_until(MINUTE, |pair| pair.ends.iter().all(|end| end.is_established()));
    for round in 0..12 {
        let (from, to) = (opener(round), 1 - opener(round));
        let label = format!("round {round}");
        let channel = pair.open(from, &ChannelConfig::new(label.clone()));
        pair.write(from, channel, label.as_bytes());
        let there = |pair: &Pair| {
            pair.opened(to).iter().any(|opened| {
                opened.label == label && !pair.messages(to, opened.channel).is_empty()
            })
        };
        assert!(pair.run_until(MINUTE, there), "{label} with seed {seed}");
        let remote = pair.remote(to, &label);
        assert_eq!(pair.messages(to, remote), [label.as_bytes()]);
        assert!(!pair.is_closed(to, remote) && !pair.is_closed(from, channel), "{label}");
        pair.ends[from].close(channel);
        let gone = |pair: &Pair| pair.is_closed(from, channel);
        assert!(pair.run_until(MINUTE, gone), "{label} with seed {seed}");
    }
    pair
}

#[test]
fn a_stream_is_used_again_at_once() {
    for seed in 0..20 {
        let pair = reuse(seed, |_| 0);
        let opened = pair.opened(0);
        assert_eq!(opened.len(), 12);
        assert_eq!(resets(&pair, 0), BTreeMap::from([(0, 12)]), "seed {seed}");
        assert!(pair.ends.iter().all(|end| end.is_established()));
    }
}

#[test]
fn streams_of_both_are_used_again_at_once() {
    for seed in 20..30 {
        let pair = reuse(seed, |round| round % 2);
        assert!(pair.ends.iter().all(|end| end.is_established()));
    }
}

#[test]
fn a_negotiated_stream_is_used_again_by_both_at_once() {
    for seed in 30..45 {
        let rough = Path { jitter: Duration::from_millis(30), loss: 100, ..path(20) };
        let mut pair = Pair::new(seed, rough);
        for round in 0..8u8 {
            let ends = [pair.open(0, &negotiated(7)), pair.open(1, &negotiated(7))];
            pair.run_until(MINUTE, |pair| pair.opened(0).len() > usize::from(round));
            pair.run_until(MINUTE, |pair| pair.opened(1).len() > usize::from(round));
            pair.write(0, ends[0], &[round]);
            pair.write(1, ends[1], &[round, round]);
            let there = |pair: &Pair| {
                !pair.messages(0, ends[0]).is_empty() && !pair.messages(1, ends[1]).is_empty()
            };
            assert!(pair.run_until(MINUTE, there), "round {round} with seed {seed}");
            assert_eq!(pair.messages(0, ends[0]), [vec![round, round]]);
            assert_eq!(pair.messages(1, ends[1]), [vec![round]]);
            pair.ends[usize::from(round % 2)].close(ends[usize::from(round % 2)]);
            let gone = |pair: &Pair| pair.is_closed(0, ends[0]) && pair.is_closed(1, ends[1]);
            assert!(pair.run_until(MINUTE, gone), "round {round} with seed {seed}");
        }
    }
}

#[test]
fn many_channels_come_and_go_while_packets_are_lost() {
    for seed in 50..60 {
        let rough = Path { jitter: Duration::from_millis(10), loss: 100, ..path(10) };
        let mut pair = Pair::connected(seed, rough);
        let mut open = Vec::new();
        for round in 0..200usize {
            let end = round % 2;
            let channel = pair.open(end, &ChannelConfig::new(format!("{round}")));
            pair.write(end, channel, format!("{round}").as_bytes());
            open.push((end, channel));
            pair.run(Duration::from_millis(15));
            if open.len() > 10 {
                let (end, channel) = open.remove(round % 7);
                pair.ends[end].close(channel);
            }
        }
        open.into_iter().for_each(|(end, channel)| pair.ends[end].close(channel));
        pair.idle();
        for end in 0..2 {
            let opened = pair.opened(end);
            assert_eq!(opened.len(), 200, "seed {seed}");
            assert_eq!(pair.count(end, |event| matches!(event, Event::Closed(_))), 200);
            for remote in opened.iter().filter(|opened| opened.remote) {
                assert_eq!(pair.messages(end, remote.channel), [remote.label.as_bytes()]);
            }
        }
    }
}
