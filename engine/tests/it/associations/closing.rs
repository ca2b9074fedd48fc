//! Channels that close (RFC 8831 section 6.7), and streams that are used again.

use std::time::Duration;

use super::content::{mixed, of_size};
use super::peer::Told;
use super::run::{ALL, OTHER, OURS, Run, SEEDS, STARTS, Whose};
use super::wire::{CLEAN, rough};
use lapwing_engine::ChannelConfig;

const MINUTES: Duration = Duration::from_secs(1_200);

fn closed(run: &Run, end: usize) -> usize {
    run.count(end, |told| matches!(told, Told::Closed(_)))
}

/// Whoever closes delivers what it has first, and the stream is used again at once, many times.
fn lives(whose: Whose, loss: u32, seed: u64, closer: impl Fn(usize) -> Vec<usize>) {
    let start = STARTS[seed as usize % STARTS.len()];
    let path = if loss > 0 { rough(loss) } else { CLEAN };
    let mut run = Run::connected(whose, start, path, seed);
    let mut sent = [Vec::new(), Vec::new()];
    let opener = (seed / 2) as usize % 2;
    let mut first = None;
    for life in 0..6 {
        let name = format!("{whose:?} seed {seed} life {life}");
        let stream = run.open(opener, &ChannelConfig::new(&name));
        assert_eq!(*first.get_or_insert(stream), stream, "{name}: its number is free again");
        // What the end writes that does not close would be dropped: it comes before.
        let closers = closer(life);
        for end in [OURS, OTHER] {
            sent[end].extend(mixed(30_000, (10 * life + end) as u64));
            for message in mixed(30_000, (10 * life + end) as u64) {
                run.write(end, stream, message);
            }
        }
        let silent = [OURS, OTHER].into_iter().filter(|end| !closers.contains(end));
        for end in silent {
            let count = sent[end].len();
            let there = |run: &Run| run.messages(1 - end, stream).len() == count;
            assert!(run.until(MINUTES, there), "{name}: from end {end}");
        }
        closers.iter().for_each(|end| run.close(*end, stream));
        let gone = |run: &Run| closed(run, OURS) == life + 1 && closed(run, OTHER) == life + 1;
        assert!(run.until(MINUTES, gone), "{name}: closed at both ends");
        for end in [OURS, OTHER] {
            let came = run.messages(end, stream);
            let missing = sent[1 - end].len() - came.len();
            assert_eq!(missing, 0, "{name}: what was written before the close comes first");
            assert!(came.into_iter().eq(&sent[1 - end]), "{name}: to end {end}");
        }
    }
}

#[test]
fn the_one_end_closes() {
    for whose in ALL {
        for (seed, loss) in (0..SEEDS).zip([50, 0, 20].into_iter().cycle()) {
            lives(whose, loss, seed, |_| vec![OURS]);
        }
    }
}

#[test]
fn the_other_end_closes() {
    for whose in ALL {
        for (seed, loss) in (0..SEEDS).zip([50, 0, 20].into_iter().cycle()) {
            lives(whose, loss, seed, |_| vec![OTHER]);
        }
    }
}

#[test]
fn they_take_turns_to_close() {
    for whose in ALL {
        for (seed, loss) in (0..SEEDS).zip([50, 0, 20].into_iter().cycle()) {
            lives(whose, loss, seed, |life| vec![life % 2]);
        }
    }
}

#[test]
fn many_channels_come_and_go_while_packets_are_lost() {
    for whose in ALL {
        for seed in 0..SEEDS {
            let mut run = Run::connected(whose, STARTS[2], rough(30), seed);
            let mut open = Vec::new();
            let mut count = 0;
            for round in 0..60_usize {
                let opener = round % 2;
                let stream = run.open(opener, &ChannelConfig::new(format!("{round}")));
                run.write(opener, stream, of_size(round * 50, round as u64));
                open.push((opener, stream));
                if open.len() > 6 {
                    let (end, stream) = open.remove(round % 5);
                    run.close(end, stream);
                    count += 1;
                }
            }
            let gone = |run: &Run| closed(run, OURS) == count && closed(run, OTHER) == count;
            assert!(
                run.until(MINUTES, gone),
                "{whose:?} seed {seed}: {count} are closed at both ends"
            );
            let messages = |run: &Run| {
                let is_message = |told: &Told| matches!(told, Told::Message { .. });
                run.count(OURS, is_message) + run.count(OTHER, is_message)
            };
            assert!(
                run.until(MINUTES, |run| messages(run) == 60),
                "{whose:?} seed {seed}: one message each"
            );
        }
    }
}
