//! The set-up (RFC 9260 section 5.1): whoever starts, whatever is lost.

use std::time::Duration;

use super::peer::Told;
use super::run::{ALL, OTHER, OURS, Run, SEEDS, STARTS, Start, Whose};
use super::wire::{CLEAN, rough};
use lapwing_engine::{ChannelConfig, ChannelPriority, Reliability};

#[test]
fn whoever_starts_both_have_it_once() {
    for whose in ALL {
        for start in STARTS {
            for (seed, loss) in (0..SEEDS).zip([200, 50, 10, 0].into_iter().cycle()) {
                let mut run = Run::connected(whose, start, rough(loss), seed);
                run.pass(Duration::from_secs(30));
                for end in [OURS, OTHER] {
                    assert_eq!(
                        run.told[end],
                        [Told::Established],
                        "{whose:?} {start:?} {loss} seed {seed}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_set_up_takes_two_round_trips() {
    for whose in ALL {
        let mut run = Run::new(whose, Start::Ours, CLEAN, 1);
        let up = |run: &Run| run.told.iter().all(|told| told.contains(&Told::Established));
        assert!(run.until(Duration::from_millis(80), up), "{whose:?}");
        assert_eq!(run.elapsed(), Duration::from_millis(80), "{whose:?}");
    }
}

/// Channels of all kinds.
fn kinds() -> Vec<ChannelConfig> {
    let mut plain = ChannelConfig::new("");
    plain.priority = ChannelPriority::High;
    let mut unordered = ChannelConfig::new("unordered, with a sub-protocol");
    unordered.ordered = false;
    unordered.protocol = "chat".to_owned();
    unordered.priority = ChannelPriority::VeryLow;
    let mut some = ChannelConfig::new("három");
    some.reliability = Reliability::MaxRetransmits { count: 3 };
    some.priority = ChannelPriority::Medium;
    let mut soon = ChannelConfig::new("x".repeat(1_000));
    soon.reliability = Reliability::MaxLifetime { ms: 65_535 };
    soon.ordered = false;
    vec![plain, unordered, some, soon]
}

#[test]
fn channels_are_announced_as_they_were_asked_for() {
    for whose in ALL {
        for opener in [OURS, OTHER] {
            // Asked for before there is an association.
            let mut run = Run::new(whose, STARTS[opener], CLEAN, 2);
            let streams = kinds().into_iter().map(|kind| (run.begin_to_open(opener, &kind), kind));
            let streams: Vec<_> = streams.collect();
            let there = |run: &Run| run.told[1 - opener].len() > streams.len();
            assert!(run.until(Duration::from_secs(60), there), "{whose:?}: not all are heard of");
            run.pass(Duration::from_secs(1));
            for (end, remote) in [(opener, false), (1 - opener, true)] {
                let opened = streams.iter().map(|(stream, config)| Told::Opened {
                    stream: *stream,
                    config: config.clone(),
                    remote,
                });
                let expected: Vec<_> = [Told::Established].into_iter().chain(opened).collect();
                assert_eq!(run.told[end], expected, "{whose:?}");
            }
            // Of seed 2, we are the client of DTLS.
            let parity = if opener == OURS { 0 } else { 1 };
            assert!(streams.iter().all(|(stream, _)| stream % 2 == parity), "RFC 8832 section 6");
        }
    }
}

#[test]
fn both_open_channels_at_once() {
    for whose in [Whose::SctpProto, Whose::Dcsctp, Whose::DcsctpExtended] {
        for seed in 0..SEEDS {
            let mut run = Run::new(whose, Start::Both, rough(50), seed);
            for number in 0..20 {
                for end in [OURS, OTHER] {
                    run.begin_to_open(end, &ChannelConfig::new(format!("{number} of {end}")));
                }
            }
            let opened =
                |run: &Run, end: usize| run.count(end, |told| matches!(told, Told::Opened { .. }));
            let there = |run: &Run| opened(run, OURS) == 40 && opened(run, OTHER) == 40;
            assert!(run.until(Duration::from_secs(600), there), "{whose:?} seed {seed}");
        }
    }
}
