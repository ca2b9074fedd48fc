//! Bulk in both directions at once, over wires of all kinds.

use std::time::Duration;

use super::content::{mixed, of_size};
use super::run::{ALL, OTHER, OURS, Run, SEEDS, STARTS, Whose};
use super::wire::{CLEAN, rough};
use lapwing_engine::ChannelConfig;

/// Losses take sctp-proto this long at the most.
const HOURS: Duration = Duration::from_secs(12 * 3_600);

/// 1 MiB each way on one channel, everything as it was sent and in that order.
fn bulk(whose: Whose, loss: u32, seed: u64) -> Duration {
    let start = STARTS[seed as usize % STARTS.len()];
    let mut run = Run::connected(whose, start, rough(loss), seed);
    let opener = seed as usize % 2;
    let stream = run.open(opener, &ChannelConfig::new("bulk"));
    let sent = [0, 1].map(|end| mixed(1 << 20, 2 * seed + end));
    let before = run.elapsed();
    for end in [OURS, OTHER] {
        for message in &sent[end] {
            run.write(end, stream, message.clone());
        }
    }
    let expected = [sent[OTHER].len(), sent[OURS].len()];
    let there = |run: &Run| {
        [OURS, OTHER].iter().all(|end| run.messages(*end, stream).len() >= expected[*end])
    };
    let all_there = run.until(HOURS, there);
    let took = run.elapsed() - before;
    let counts = [OURS, OTHER].map(|end| run.messages(end, stream).len());
    assert!(all_there, "{whose:?} with loss {loss} seed {seed}: {counts:?} of {expected:?}");
    run.pass(Duration::from_secs(5));
    for end in [OURS, OTHER] {
        let sent: Vec<_> = sent[1 - end].iter().collect();
        assert!(
            run.messages(end, stream) == sent,
            "{whose:?} with loss {loss} seed {seed}: to end {end}"
        );
    }
    took
}

#[test]
fn all_arrives_in_order_both_ways_at_once() {
    for (seed, loss) in (0..SEEDS).zip([200, 50, 10, 0].into_iter().cycle()) {
        for whose in ALL {
            let took = bulk(whose, loss, seed);
            println!("{whose:?} with {loss} lost of a thousand: {took:.1?}");
        }
    }
}

#[test]
fn messages_of_256_kib_come_whole() {
    for whose in ALL {
        for seed in 0..SEEDS {
            let mut run = Run::connected(whose, STARTS[2], rough(10), seed);
            let large = run.open(OURS, &ChannelConfig::new("large"));
            let small = run.open(OTHER, &ChannelConfig::new("small"));
            let sent =
                [0, 1].map(|end| [1, 2, 3].map(|number| of_size(256 << 10, 10 * end + number)));
            for end in [OURS, OTHER] {
                for message in &sent[end] {
                    run.write(end, large, message.clone());
                    run.write(end, small, of_size(10, 7));
                }
            }
            let there = |run: &Run| {
                let count =
                    |stream| run.messages(OURS, stream).len() + run.messages(OTHER, stream).len();
                count(large) == 6 && count(small) == 6
            };
            assert!(run.until(HOURS, there), "{whose:?}");
            for end in [OURS, OTHER] {
                let sent: Vec<_> = sent[1 - end].iter().collect();
                assert!(run.messages(end, large) == sent, "{whose:?}: to end {end}");
                assert_eq!(run.messages(end, small), [&of_size(10, 7); 3], "{whose:?}");
            }
        }
    }
}

#[test]
fn channels_do_not_mix() {
    for whose in ALL {
        for seed in 0..SEEDS {
            let mut run = Run::connected(whose, STARTS[1], rough(20), seed);
            let config = |number: u64| ChannelConfig {
                ordered: !number.is_multiple_of(3),
                ..ChannelConfig::new(format!("{number}"))
            };
            let streams: Vec<_> =
                (0..12).map(|number| run.open(number as usize % 2, &config(number))).collect();
            let sent = |end: usize, channel: usize| mixed(40_000, (100 * end + channel) as u64);
            for end in [OURS, OTHER] {
                for (channel, stream) in streams.iter().enumerate() {
                    let messages = sent(end, channel).into_iter();
                    messages.for_each(|message| run.write(end, *stream, message));
                }
            }
            let total = |end: usize| (0..12).map(|channel| sent(end, channel).len()).sum::<usize>();
            let (to_ours, to_other) = (total(OTHER), total(OURS));
            let count = |run: &Run, end: usize| {
                streams.iter().map(|stream| run.messages(end, *stream).len()).sum::<usize>()
            };
            let there = |run: &Run| count(run, OURS) >= to_ours && count(run, OTHER) >= to_other;
            assert!(run.until(HOURS, there), "{whose:?}");
            run.pass(Duration::from_secs(5));
            for end in [OURS, OTHER] {
                for (channel, stream) in streams.iter().enumerate() {
                    let mut came: Vec<_> =
                        run.messages(end, *stream).into_iter().cloned().collect();
                    let mut sent = sent(1 - end, channel);
                    if channel.is_multiple_of(3) {
                        came.sort_by(|a, b| a.data.cmp(&b.data).then(a.binary.cmp(&b.binary)));
                        sent.sort_by(|a, b| a.data.cmp(&b.data).then(a.binary.cmp(&b.binary)));
                    }
                    assert!(came == sent, "{whose:?}: channel {channel} to end {end}");
                }
            }
        }
    }
}

#[test]
fn a_clean_wire_is_filled() {
    for whose in ALL {
        let mut run = Run::connected(whose, STARTS[0], CLEAN, 8);
        let stream = run.open(OURS, &ChannelConfig::new("one way"));
        let before = run.elapsed();
        for number in 0..16 {
            run.write(OURS, stream, of_size(256 << 10, number));
        }
        let there = |run: &Run| run.messages(OTHER, stream).len() == 16;
        assert!(run.until(Duration::from_secs(60), there), "{whose:?}");
        let took = run.elapsed() - before;
        println!("{whose:?}: 4 MiB to it in {took:.2?}");
        assert!(took < Duration::from_secs(2), "{whose:?}: {took:?} for 4 MiB");
    }
}

/// Packets that overtake others are taken for lost at first, which says nothing of the path.
#[test]
fn a_wire_that_jitters_is_filled() {
    for seed in 0..2 * SEEDS {
        let took = bulk(Whose::Ours, 0, seed);
        println!("seed {seed}: 1 MiB each way in {took:.2?}");
        assert!(took < Duration::from_secs(2), "seed {seed}: {took:?} for 1 MiB each way");
    }
}
