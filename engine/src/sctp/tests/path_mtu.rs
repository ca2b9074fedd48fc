//! How large packets may be, over paths of all widths.

use std::time::{Duration, Instant};

use super::hand::{Hand, peer_init};
use super::link::{Pair, Path, content, negotiated, path};
use crate::channel::ChannelConfig;
use crate::sctp::init::Init;
use crate::sctp::wire::{PacketView, chunk};
use crate::sctp::{ChannelNumber, Config, Event, PACKET_BYTES_BASE, PACKET_BYTES_MAX};

/// What IP and UDP and a record of DTLS take of a packet, with IPv4 and with IPv6.
const V4: usize = 20 + 8 + 37;
const V6: usize = 40 + 8 + 37;

fn pair(seed: u8, path: Path, packet_bytes_max: usize) -> Pair {
    let config = |end: u8| Config {
        remote_message_bytes_max: Some(256 << 10),
        packet_bytes_max,
        ..Config::seeded([2 * seed + end; 32], end == 0)
    };
    let mut pair = Pair::with(seed, path, [config(0), config(1)]);
    pair.connect();
    pair
}

/// Sends so many messages of 100,000 bytes, and gives how long they took.
fn transfer(pair: &mut Pair, channels: [ChannelNumber; 2], count: usize) -> Duration {
    let [a, b] = channels;
    let (begin, before) = (pair.now, pair.messages(1, b).len());
    let mut written = 0;
    let mut last: Option<Instant> = None;
    while pair.messages(1, b).len() < before + count {
        while written < count && pair.ends[0].write(a, true, &content(100_000, 7)).is_ok() {
            written += 1;
        }
        let now = pair.now;
        last = Some(now);
        assert!(now - begin < Duration::from_secs(120), "it does not come to an end");
        pair.run(Duration::from_millis(5));
    }
    assert!(pair.messages(1, b).iter().all(|message| *message == content(100_000, 7)));
    pair.events[1].retain(|event| !matches!(event, Event::Message { .. }));
    last.unwrap() - begin
}

fn channel(pair: &mut Pair) -> [ChannelNumber; 2] {
    let both = [pair.open(0, &negotiated(1)), pair.open(1, &negotiated(1))];
    pair.idle();
    both
}

/// The largest packet with data among the last that were sent.
fn largest(pair: &Pair) -> usize {
    let last = pair.sent[0].iter().rev().take(100);
    last.filter(|packet| !is_probe(packet)).map(Vec::len).max().unwrap()
}

fn is_probe(packet: &[u8]) -> bool {
    let mut chunks = PacketView::parse(packet).unwrap().chunks();
    chunks.any(|one| one.kind == chunk::HEARTBEAT)
}

fn probes(pair: &Pair) -> Vec<usize> {
    pair.sent[0].iter().filter(|packet| is_probe(packet)).map(Vec::len).collect()
}

#[test]
fn packets_are_as_large_as_the_path_carries() {
    for (carried, overhead) in [(1_500, V4), (1_500, V6), (1_280, V4), (1_280, V6), (1_420, V6)] {
        let mtu = carried - overhead;
        let mut pair = pair(1, Path { mtu, ..path(20) }, PACKET_BYTES_MAX);
        let channels = channel(&mut pair);
        transfer(&mut pair, channels, 10);
        pair.run(Duration::from_secs(20));
        transfer(&mut pair, channels, 10);
        let size = largest(&pair);
        // A little more than the base has no room for another piece.
        let is_useful = mtu > PACKET_BYTES_BASE + 160;
        let wanted = if is_useful { mtu.min(PACKET_BYTES_MAX) } else { PACKET_BYTES_BASE };
        assert!(size <= wanted && size + 32 > wanted, "{size} of {wanted} with {carried}");
    }
}

/// Probes are lost where the path is no wider than it has to be, which costs nothing.
#[test]
fn lost_probes_are_no_congestion() {
    let narrow = Path {
        mtu: PACKET_BYTES_BASE,
        bottleneck: Some((20_000_000, Duration::from_millis(100))),
        ..path(20)
    };
    let times = [PACKET_BYTES_BASE, PACKET_BYTES_MAX].map(|most| {
        let mut pair = pair(2, narrow, most);
        let channels = channel(&mut pair);
        let time = transfer(&mut pair, channels, 100);
        assert_eq!(largest(&pair), PACKET_BYTES_BASE);
        assert_eq!(probes(&pair).is_empty(), most == PACKET_BYTES_BASE);
        time
    });
    let [without, with] = times.map(|time| time.as_secs_f64());
    assert!((with / without - 1.0).abs() < 0.02, "{with} s with probes, {without} s without");
}

/// A path that becomes narrower in the midst of a transfer holds it up for a moment.
#[test]
fn a_path_that_becomes_narrower_blocks_nothing() {
    let mut pair = pair(
        3,
        Path { bottleneck: Some((20_000_000, Duration::from_millis(100))), ..path(20) },
        PACKET_BYTES_MAX,
    );
    let channels = channel(&mut pair);
    let before = transfer(&mut pair, channels, 100);
    assert_eq!(largest(&pair), PACKET_BYTES_MAX);
    pair.path.mtu = 1_420 - V6;
    let after = transfer(&mut pair, channels, 100);
    let size = largest(&pair);
    assert!((PACKET_BYTES_BASE..=1_420 - V6).contains(&size), "{size}");
    assert!(after < before + Duration::from_secs(1), "{after:?} after {before:?}");
    pair.path.mtu = usize::MAX;
    pair.run(Duration::from_secs(600));
    transfer(&mut pair, channels, 100);
    assert!(largest(&pair) > PACKET_BYTES_MAX - 32, "and wide again");
}

/// Messages larger than the base, alone each, where nothing shows that a packet is too large but
/// that it is lost.
#[test]
fn lone_messages_come_over_a_path_that_became_narrower() {
    let mut pair = pair(4, path(20), PACKET_BYTES_MAX);
    let channels = channel(&mut pair);
    transfer(&mut pair, channels, 10);
    pair.path.mtu = PACKET_BYTES_BASE;
    for _ in 0..30 {
        pair.write(0, channels[0], &content(1_380, 1));
        pair.run(Duration::from_millis(500));
    }
    pair.idle();
    assert_eq!(pair.messages(1, channels[1]).len(), 30);
    let last = pair.sent[0].iter().rfind(|packet| !is_probe(packet)).unwrap();
    assert!(last.len() <= PACKET_BYTES_BASE, "{} bytes", last.len());
}

#[test]
fn another_path_is_asked_anew() {
    let mut pair = pair(5, path(20), PACKET_BYTES_MAX);
    let channels = channel(&mut pair);
    pair.ends[0].path_changed();
    transfer(&mut pair, channels, 10);
    assert_eq!(probes(&pair), [PACKET_BYTES_BASE, PACKET_BYTES_MAX]);
    pair.path.mtu = 1_280 - V6;
    pair.ends[0].path_changed();
    transfer(&mut pair, channels, 10);
    assert!(largest(&pair) <= 1_280 - V6);
    let all = probes(&pair);
    assert_eq!(all[2..4], [PACKET_BYTES_BASE, PACKET_BYTES_MAX]);
}

#[test]
fn short_messages_are_not_worth_a_probe() {
    let mut pair = pair(6, path(20), PACKET_BYTES_MAX);
    let channels = channel(&mut pair);
    for _ in 0..100 {
        pair.write(0, channels[0], &[1; 100]);
        pair.run(Duration::from_millis(100));
    }
    assert_eq!(probes(&pair), []);
}

/// How often a peer without an answer to probes is asked.
fn asked(peer: &Init) -> usize {
    let mut hand = Hand::with(Config::seeded([3; 32], true), peer);
    let channel = hand.ours.open(&ChannelConfig::new("x")).unwrap();
    let (mut asked, mut sent) = (0, hand.wait(0));
    for _ in 0..400 {
        while hand.ours.write(channel, true, &[7; 20_000]).is_ok() {}
        let chunks = std::mem::take(&mut sent);
        asked += chunks.iter().filter(|(kind, ..)| *kind == chunk::HEARTBEAT).count();
        let numbers =
            chunks.iter().rev().find(|(kind, ..)| [chunk::DATA, chunk::I_DATA].contains(kind));
        if let Some((_, _, value)) = numbers {
            let highest = crate::sctp::wire::number(value, 0).unwrap();
            sent.extend(hand.say(&[super::hand::sack(highest)]));
        }
        sent.extend(hand.wait(20));
        assert!(sent.iter().all(|(_, _, value)| value.len() < PACKET_BYTES_BASE));
    }
    asked
}

#[test]
fn a_peer_that_answers_no_probe_gets_packets_of_the_base() {
    assert_eq!(asked(&Init { zero_checksum: true, ..peer_init() }), 3);
    assert_eq!(asked(&Init { interleaving: true, ..peer_init() }), 3);
}

/// One may fall over PAD that is not known to skip it.
#[test]
fn a_peer_that_may_not_know_probes_is_not_asked() {
    assert_eq!(asked(&peer_init()), 0);
}
