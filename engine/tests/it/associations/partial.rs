//! Channels that give messages up (RFC 3758): what arrives was sent, and comes once.

use std::time::Duration;

use super::content::{number, numbered};
use super::peer::Message;
use super::run::{ALL, OTHER, OURS, Run, SEEDS, STARTS, Whose};
use super::wire::{CLEAN, rough};
use lapwing_engine::{ChannelConfig, Reliability};

const COUNT: u32 = 200;

/// Numbers of the messages that arrive of those that an end sent while some were lost, and then ten
/// short ones on a clean wire, one at a time.
fn arrived(whose: Whose, from: usize, config: &ChannelConfig, seed: u64) -> Vec<u32> {
    let start = STARTS[seed as usize % STARTS.len()];
    let mut run = Run::connected(whose, start, CLEAN, seed);
    let stream = run.open(seed as usize % 2, config);
    run.pass(Duration::from_secs(1));
    run.wire.path = rough(100);
    // dcsctp 0.1.16 forgets the rest of a message whose time is up, and tells nobody when what it
    // has sent of it came. Where there is no order nothing waits behind it, but it stays: there it
    // is tried with messages of one packet.
    let is_timed = matches!(config.reliability, Reliability::MaxLifetime { .. });
    let is_short = is_timed && !config.ordered && from == OTHER && whose.is_dcsctp();
    let sent = numbered(COUNT, if is_short { 1_000 } else { 3_000 }, 10, seed);
    for message in &sent {
        if number(message) == COUNT {
            run.pass(Duration::from_secs(300));
            run.wire.path = CLEAN;
        }
        run.write(from, stream, message.clone());
        let pause = if number(message) < COUNT { 10 } else { 1_000 };
        run.pass(Duration::from_millis(pause));
    }
    run.pass(Duration::from_secs(300));
    assert!(run.is_taken(from), "{whose:?} from {from} seed {seed}: nothing waits for ever");
    let came: Vec<&Message> = run.messages(1 - from, stream);
    for message in &came {
        assert!(
            **message == sent[number(message) as usize],
            "{whose:?} from {from} seed {seed}: a message as it was sent"
        );
    }
    let mut numbers: Vec<u32> = came.into_iter().map(number).collect();
    if config.ordered {
        assert!(numbers.is_sorted(), "{whose:?} from {from} seed {seed}: in order");
    }
    numbers.sort_unstable();
    let all = numbers.len();
    numbers.dedup();
    assert_eq!(numbers.len(), all, "{whose:?} from {from} seed {seed}: each once");
    let last: Vec<u32> = numbers.iter().copied().filter(|number| *number >= COUNT).collect();
    assert_eq!(
        last,
        (COUNT..COUNT + 10).collect::<Vec<_>>(),
        "{whose:?} from {from} seed {seed}: what came after"
    );
    numbers
}

#[test]
fn a_message_that_may_go_out_once_comes_or_not() {
    for whose in ALL {
        for from in [OURS, OTHER] {
            for seed in 0..2 * SEEDS {
                let ordered = seed / 2 % 2 == 0;
                let reliability = Reliability::MaxRetransmits { count: 0 };
                let config = ChannelConfig { ordered, reliability, ..ChannelConfig::new("once") };
                let numbers = arrived(whose, from, &config, seed);
                let came = numbers.len();
                assert!(
                    (120..205).contains(&came),
                    "{whose:?} from {from} seed {seed}: {came} came"
                );
            }
        }
    }
}

#[test]
fn a_message_of_short_life_comes_or_not() {
    for whose in ALL {
        for from in [OURS, OTHER] {
            for seed in 0..2 * SEEDS {
                let ordered = seed / 2 % 2 == 0;
                let reliability = Reliability::MaxLifetime { ms: 40 };
                let config = ChannelConfig { ordered, reliability, ..ChannelConfig::new("soon") };
                let numbers = arrived(whose, from, &config, seed);
                let came = numbers.len();
                assert!(
                    (20..210).contains(&came),
                    "{whose:?} from {from} seed {seed}: {came} came"
                );
            }
        }
    }
}

#[test]
fn more_attempts_and_longer_lives_bring_more() {
    for whose in ALL {
        for from in [OURS, OTHER] {
            let kinds =
                [Reliability::MaxRetransmits { count: 8 }, Reliability::MaxLifetime { ms: 60_000 }];
            for (seed, reliability) in (0..2 * SEEDS).zip(kinds.into_iter().cycle()) {
                let config = ChannelConfig { reliability, ..ChannelConfig::new("patient") };
                let came = arrived(whose, from, &config, seed).len();
                assert!(
                    came > 205,
                    "{whose:?} from {from} seed {seed}, {reliability:?}: {came} came"
                );
            }
        }
    }
}
