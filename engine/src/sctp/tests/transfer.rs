//! Data in both directions over links of all kinds.

use std::time::Duration;

use super::hand::Hand;
use super::link::{Pair, Path, content, negotiated, path};
use crate::channel::{ChannelConfig, ChannelPriority, Reliability};
use crate::sctp::wire::{PacketView, chunk};
use crate::sctp::{Association, Config, Event, Output};

const MINUTE: Duration = Duration::from_secs(60);

fn rough(loss: u32) -> Path {
    Path { jitter: Duration::from_millis(40), loss, twice: 30, ..path(20) }
}

#[test]
fn ordered_channels_keep_the_order_and_lose_nothing() {
    let mut pair = Pair::new(1, rough(100));
    let a = pair.open(0, &ChannelConfig::new("x"));
    let b = pair.open(1, &ChannelConfig::new("y"));
    pair.run_until(MINUTE, |pair| pair.opened(0).len() == 2 && pair.opened(1).len() == 2);
    let message = |number: u64| content(1 + (number as usize * 97) % 5_000, number);
    for number in 0..100 {
        pair.write(0, a, &message(number));
        pair.write(1, b, &message(1_000 + number));
        pair.run(Duration::from_millis(7));
    }
    pair.idle();
    let to_b = pair.messages(1, pair.remote(1, "x"));
    let to_a = pair.messages(0, pair.remote(0, "y"));
    assert_eq!(to_b, (0..100).map(message).collect::<Vec<_>>());
    assert_eq!(to_a, (1_000..1_100).map(message).collect::<Vec<_>>());
}

#[test]
fn unordered_channels_lose_nothing_and_wait_for_nothing() {
    let mut pair = Pair::new(2, rough(100));
    let config = ChannelConfig { ordered: false, ..ChannelConfig::new("x") };
    let a = pair.open(0, &config);
    pair.run_until(MINUTE, |pair| !pair.opened(1).is_empty());
    pair.run(Duration::from_secs(2));
    for number in 0..200u8 {
        pair.write(0, a, &[number; 100]);
        pair.run(Duration::from_millis(2));
    }
    pair.idle();
    let mut numbers: Vec<u8> =
        pair.messages(1, pair.remote(1, "x")).iter().map(|message| message[0]).collect();
    assert!(!numbers.is_sorted(), "with this loss some are overtaken");
    numbers.sort_unstable();
    assert_eq!(numbers, (0..200).collect::<Vec<u8>>());
}

#[test]
fn an_unordered_channel_is_ordered_until_the_peer_knows() {
    let mut pair = Pair::connected(3, path(20));
    let config = ChannelConfig { ordered: false, ..ChannelConfig::new("x") };
    let a = pair.open(0, &config);
    pair.write(0, a, b"first");
    pair.sent[0].clear();
    pair.idle();
    pair.write(0, a, b"second");
    pair.idle();
    let mut unordered = Vec::new();
    for packet in &pair.sent[0] {
        let view = PacketView::parse(packet).unwrap();
        let data = view.chunks().filter(|found| found.kind == chunk::I_DATA);
        unordered.extend(data.map(|data| data.flags & 4 != 0));
    }
    assert_eq!(unordered, [false, false, true], "announcement, first, second");
}

/// Messages that arrive of 300, each of two packets.
fn arrived(reliability: Reliability, ordered: bool) -> Vec<u8> {
    let mut pair = Pair::new(4, path(20));
    let config = ChannelConfig { ordered, reliability, ..ChannelConfig::new("x") };
    let a = pair.open(0, &config);
    pair.idle();
    pair.path = Path { loss: 100, ..path(20) };
    for number in 0..250u8 {
        pair.write(0, a, &[number; 1_500]);
        pair.run(Duration::from_millis(20));
    }
    pair.path = path(20);
    pair.write(0, a, &[250; 1_500]);
    pair.idle();
    assert_eq!(pair.ends[0].buffered_amount(a), 0, "what was given up waits no more");
    let messages = pair.messages(1, pair.remote(1, "x"));
    assert!(messages.iter().all(|message| *message == vec![message[0]; 1_500]), "whole ones");
    messages.iter().map(|message| message[0]).collect()
}

#[test]
fn messages_are_given_up_after_so_many_attempts() {
    for ordered in [true, false] {
        let none = arrived(Reliability::MaxRetransmits { count: 0 }, ordered);
        let one = arrived(Reliability::MaxRetransmits { count: 1 }, ordered);
        let all = arrived(Reliability::Reliable, ordered);
        assert_eq!(all.len(), 251);
        assert!((170..240).contains(&none.len()), "{} without a second attempt", none.len());
        assert!(one.len() > none.len() + 5, "{} with one", one.len());
        assert!(!ordered || (none.is_sorted() && one.is_sorted()));
        assert_eq!(none.last(), Some(&250), "the last of them comes through");
    }
}

#[test]
fn messages_are_given_up_after_a_time() {
    let short = arrived(Reliability::MaxLifetime { ms: 30 }, true);
    let long = arrived(Reliability::MaxLifetime { ms: 5_000 }, true);
    assert!((170..240).contains(&short.len()), "{} within 30 ms", short.len());
    assert!(long.len() > 245, "{} within five seconds", long.len());
}

#[test]
fn large_messages_come_whole() {
    let mut configs = [Config::seeded([1; 32], true), Config::seeded([2; 32], false)];
    for config in &mut configs {
        config.message_bytes_max = 4 << 20;
        config.remote_message_bytes_max = Some(4 << 20);
        config.buffer_bytes_max = 4 << 20;
    }
    let mut pair = Pair::with(5, rough(10), configs);
    let a = pair.open(0, &ChannelConfig::new("x"));
    pair.run_until(MINUTE, |pair| !pair.opened(1).is_empty());
    let sizes = [256 << 10, 1 << 20, 1, (256 << 10) + 1];
    for (number, size) in sizes.into_iter().enumerate() {
        pair.write(0, a, &content(size, number as u64));
    }
    pair.idle();
    let messages = pair.messages(1, pair.remote(1, "x"));
    assert_eq!(messages.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
    for (number, message) in messages.iter().enumerate() {
        assert!(*message == content(message.len(), number as u64), "message {number}");
    }
}

#[test]
fn a_message_that_was_not_announced_to_be_taken_closes_its_channel() {
    let mut configs = [Config::seeded([1; 32], true), Config::seeded([2; 32], false)];
    configs[0].remote_message_bytes_max = None;
    let mut pair = Pair::with(6, path(5), configs);
    let a = pair.open(0, &ChannelConfig::new("x"));
    let other = pair.open(0, &ChannelConfig::new("other"));
    pair.idle();
    pair.write(0, a, &content((256 << 10) + 1, 1));
    pair.idle();
    assert!(pair.is_closed(0, a) && pair.is_closed(1, pair.remote(1, "x")));
    assert_eq!(pair.messages(1, pair.remote(1, "x")).len(), 0);
    pair.write(0, other, b"goes on");
    pair.idle();
    assert_eq!(pair.messages(1, pair.remote(1, "other")), [b"goes on"]);
}

/// Megabits per second of one channel that always has something to send.
fn goodput(path: Path, bytes: usize) -> f64 {
    let mut pair = Pair::new(7, path);
    let a = pair.open(0, &ChannelConfig::new("x"));
    pair.run_until(MINUTE, |pair| !pair.opened(1).is_empty());
    let (begin, piece) = (pair.now, vec![7; 16_000]);
    let mut written = 0;
    while written < bytes {
        if pair.ends[0].write(a, true, &piece).is_ok() {
            written += piece.len();
        } else {
            let amount = pair.ends[0].buffered_amount(a);
            assert!(pair.run_until(MINUTE, |pair| pair.ends[0].buffered_amount(a) < amount));
        }
        pair.sent.iter_mut().for_each(Vec::clear);
    }
    let came = |pair: &Pair| pair.count(1, |event| matches!(event, Event::Message { .. }));
    assert!(pair.run_until(10 * MINUTE, |pair| came(pair) * piece.len() == written));
    written as f64 * 8e-6 / (pair.now - begin).as_secs_f64()
}

/// Thirty megabits in a second, and a tenth of a second of queue.
fn narrow(loss: u32) -> Path {
    Path { loss, bottleneck: Some((30_000_000, Duration::from_millis(100))), ..path(50) }
}

#[test]
fn random_losses_take_little_of_a_long_path() {
    let (clean, lossy, worse) = (
        goodput(narrow(0), 20_000_000),
        goodput(narrow(1), 20_000_000),
        goodput(narrow(10), 20_000_000),
    );
    assert!(clean > 24.0, "{clean} of 30 Mbit/s at 100 ms");
    assert!(lossy > 21.0, "{lossy} of 30 Mbit/s at 100 ms and 0.1 % loss");
    assert!(worse > 15.0, "{worse} of 30 Mbit/s at 100 ms and 1 % loss");
}

/// What waits for the bottleneck when a transfer has found it.
#[test]
fn a_transfer_keeps_the_queue_short() {
    let mut pair = Pair::new(9, narrow(0));
    let a = pair.open(0, &ChannelConfig::new("x"));
    let keep_full = |pair: &mut Pair, time: Duration| {
        let until = pair.now + time;
        while pair.now < until {
            while pair.ends[0].buffered_amount(a) < 500_000 {
                pair.write(0, a, &[7; 16_000]);
            }
            pair.run(Duration::from_millis(10));
            pair.sent.iter_mut().for_each(Vec::clear);
        }
    };
    pair.run_until(MINUTE, |pair| !pair.opened(1).is_empty());
    keep_full(&mut pair, Duration::from_secs(4));
    pair.waited_max = Duration::ZERO;
    keep_full(&mut pair, Duration::from_secs(10));
    assert!(pair.waited_max < Duration::from_millis(60), "{:?}", pair.waited_max);
}

/// Messages take turns piece by piece: a short one does not wait for the end of a long one.
#[test]
fn a_short_message_passes_a_long_one() {
    let mut pair = Pair::new(10, narrow(0));
    let bulk = pair.open(0, &ChannelConfig::new("bulk"));
    let urgent = ChannelConfig { priority: ChannelPriority::High, ..ChannelConfig::new("urgent") };
    let urgent = pair.open(0, &urgent);
    pair.idle();
    while pair.ends[0].write(bulk, true, &content(200_000, 1)).is_ok() {}
    pair.run(Duration::from_millis(100));
    let began = pair.now;
    pair.write(0, urgent, b"now");
    let to = pair.remote(1, "urgent");
    let came = |pair: &Pair| {
        pair.count(1, |event| matches!(event, Event::Message { channel, .. } if *channel == to))
    };
    assert!(pair.run_until(MINUTE, |pair| came(pair) == 1));
    let waited = pair.now - began;
    assert!(waited < Duration::from_millis(110), "{waited:?} for one way of 50 ms");
    assert!(pair.ends[0].buffered_amount(bulk) > 200_000, "the others go on waiting");
}

#[test]
fn channels_open_soon_where_packets_are_lost() {
    let mut times = Vec::new();
    for seed in 0..100 {
        let mut pair = Pair::new(seed, Path { loss: 50, ..path(25) });
        pair.open(0, &ChannelConfig::new("x"));
        let begin = pair.now;
        let open = |pair: &Pair| pair.opened(0).len() + pair.opened(1).len() == 2;
        assert!(pair.run_until(MINUTE, open));
        times.push((pair.now - begin).as_millis());
    }
    times.sort_unstable();
    assert!(times[50] <= 200, "half of them within {} ms", times[50]);
    assert!(times[95] <= 1_000, "95 % within {} ms", times[95]);
    assert!(times[99] <= 3_000, "all within {} ms", times[99]);
}

#[test]
fn associations_begin_where_many_packets_are_lost() {
    let mut late = 0;
    for seed in 0..100 {
        let mut pair = Pair::new(seed, Path { loss: 300, ..path(25) });
        let up = |pair: &Pair| pair.ends.iter().all(Association::is_established);
        late += usize::from(!pair.run_until(Duration::from_secs(10), up));
    }
    assert!(late <= 1, "{late} of 100 are not established after ten seconds");
}

#[test]
fn the_same_seeds_make_the_same_packets() {
    let run = || {
        let mut pair = Pair::new(8, rough(100));
        let loose = ChannelConfig {
            reliability: Reliability::MaxRetransmits { count: 0 },
            ..ChannelConfig::new("loose")
        };
        let channels: Vec<_> = (0..6).map(|_| pair.open(0, &loose)).collect();
        pair.run(Duration::from_secs(5));
        for round in 0..40u8 {
            channels.iter().for_each(|channel| pair.write(0, *channel, &[round; 2_000]));
            pair.run(Duration::from_millis(10));
        }
        channels.iter().for_each(|channel| pair.ends[0].close(*channel));
        pair.idle();
        (pair.sent, pair.events)
    };
    let (first, second) = (run(), run());
    assert!(first.0[0].len() > 300);
    assert!(first == second);
    let forwarded = first.0[0].iter().any(|packet| {
        let view = PacketView::parse(packet).unwrap();
        view.chunks().any(|found| found.kind == chunk::I_FORWARD_TSN && found.value.len() > 12)
    });
    assert!(forwarded, "several streams were given up at once");
    let news = |event: &Event| matches!(event, Event::Closed(_));
    assert_eq!(first.1[0].iter().filter(|event| news(event)).count(), 6);
}

/// Nothing passes for longer than anybody waits for an answer; then all does.
#[test]
fn a_transfer_outlives_an_outage() {
    for end in 0..2 {
        let mut pair = Pair::new(11, path(1));
        let a = pair.open(end, &ChannelConfig::new("x"));
        pair.idle();
        for number in 0..80u8 {
            let lost = (10..60).contains(&number);
            pair.path = Path { loss: if lost { 1_000 } else { 0 }, ..path(1) };
            pair.write(end, a, &[number; 300]);
            pair.run(Duration::from_millis(500));
        }
        pair.run(Duration::from_secs(4));
        let messages = pair.messages(1 - end, pair.remote(1 - end, "x"));
        let numbers: Vec<u8> = messages.iter().map(|message| message[0]).collect();
        assert_eq!(numbers, (0..80).collect::<Vec<u8>>());
    }
}

/// An outage teaches nothing of the path: what waited goes out when it is over, also where round
/// trips are too short to measure.
#[test]
fn what_waited_during_an_outage_comes_at_once_after_it() {
    for delay in [0, 1, 30] {
        let mut pair = Pair::new(12, path(delay));
        let a = pair.open(0, &ChannelConfig::new("x"));
        pair.idle();
        for number in 0..60u8 {
            let lost = (10..50).contains(&number);
            pair.path = Path { loss: if lost { 1_000 } else { 0 }, ..path(delay) };
            pair.write(0, a, b"a message");
            pair.run(Duration::from_millis(500));
        }
        let came = pair.messages(1, pair.remote(1, "x")).len();
        assert_eq!(came, 60, "{delay} ms: five seconds after");
    }
}

/// Packets of data between those who both need none have no checksum; those of the set-up have, and
/// all for a peer that does not say so.
#[test]
fn checksums_are_left_out_where_both_have_those_of_dtls() {
    let mut pair = Pair::connected(13, path(5));
    let a = pair.open(0, &ChannelConfig::new("x"));
    pair.write(0, a, b"a message");
    pair.idle();
    let mut kinds = [0, 0];
    for packet in &pair.sent[0] {
        let chunk = PacketView::parse(packet).unwrap().chunks().next().unwrap();
        let is_of_data = [chunk::SACK, chunk::I_DATA].contains(&chunk.kind);
        assert_eq!(packet[8..12] == [0; 4], is_of_data, "a packet that begins with {chunk:?}");
        kinds[usize::from(is_of_data)] += 1;
    }
    assert!(kinds[0] > 0 && kinds[1] > 0, "{kinds:?}");
    let mut hand = Hand::established();
    hand.ours.open(&ChannelConfig::new("x")).unwrap();
    let now = hand.now;
    hand.ours.handle_timeout(now);
    let packet = std::iter::from_fn(|| hand.ours.poll()).find_map(|output| match output {
        Output::Packet(packet) => Some(packet),
        Output::Event(_) => None,
    });
    let packet = packet.expect("the announcement");
    assert_ne!(packet[8..12], [0; 4]);
}

/// The time of a message is counted from when it is written, however long nothing happened before.
#[test]
fn the_time_of_a_message_begins_when_it_is_written() {
    let mut pair = Pair::connected(30, path(20));
    let mut config = negotiated(1);
    config.reliability = Reliability::MaxLifetime { ms: 100 };
    let [a, b] = [pair.open(0, &config), pair.open(1, &config)];
    pair.idle();
    pair.run(Duration::from_secs(5));
    pair.write(0, a, b"fresh");
    pair.idle();
    assert_eq!(pair.messages(1, b), [b"fresh"]);
}
