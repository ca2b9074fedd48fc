//! Messages in parts.

use std::time::Duration;

use proptest::prelude::*;

use super::link::{Pair, Path, content, negotiated, path};
use crate::channel::{ChannelConfig, ChannelReading, MessagePart, Reliability};
use crate::sctp::{ChannelNumber, Config, Event, ReadError, WriteError};

pub(super) const MS: Duration = Duration::from_millis(1);

/// Two ends that take messages of any size, with a buffer of so many bytes.
pub(super) fn pair(seed: u8, path: Path, buffer: usize, interleaving: bool) -> Pair {
    let config = |end: u8| Config {
        remote_message_bytes_max: None,
        buffer_bytes_max: buffer,
        interleaving,
        ..Config::seeded([2 * seed + end; 32], end == 0)
    };
    let mut pair = Pair::with(seed, path, [config(0), config(1)]);
    pair.connect();
    pair
}

/// A channel that both ends have.
pub(super) fn channel(pair: &mut Pair, stream: u16) -> [ChannelNumber; 2] {
    let config = negotiated(stream);
    let both = [pair.open(0, &config), pair.open(1, &config)];
    pair.idle();
    both
}

/// Sends what is left, as far as there is room, and ends the message.
fn feed(pair: &mut Pair, channel: ChannelNumber, left: &mut &[u8], part: usize) -> bool {
    while !left.is_empty() {
        let taken = pair.ends[0].write_part(channel, &left[..left.len().min(part)]).unwrap();
        *left = &left[taken..];
        if taken == 0 {
            return false;
        }
    }
    pair.ends[0].end_message(channel).unwrap();
    true
}

pub(super) fn read_all(pair: &mut Pair, channel: ChannelNumber, bytes: usize) -> Vec<MessagePart> {
    std::iter::from_fn(|| pair.ends[1].read(channel, bytes)).collect()
}

/// The messages that parts make, each by itself.
pub(super) fn joined(parts: &[MessagePart]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut is_open = false;
    for part in parts {
        assert_eq!(part.is_first, !is_open, "no message begins within another");
        if part.is_first {
            messages.push(Vec::new());
        }
        messages.last_mut().unwrap().extend(&part.data);
        is_open = !part.is_last;
    }
    assert!(!is_open, "the last one ends");
    messages
}

#[test]
fn parts_make_one_message() {
    for interleaving in [true, false] {
        for length in [None, Some(70_000)] {
            let rough = Path { loss: 50, jitter: 10 * MS, ..path(20) };
            let mut pair = pair(1, rough, 1 << 20, interleaving);
            let [a, b] = channel(&mut pair, 1);
            let whole = content(70_000, 1);
            pair.ends[0].begin_message(a, true, length).unwrap();
            for part in whole.chunks(4_999) {
                assert_eq!(pair.ends[0].write_part(a, part), Ok(part.len()));
                pair.run(30 * MS);
            }
            let is_told = length.is_some();
            assert_eq!(pair.messages(1, b).len(), usize::from(is_told), "not before its end");
            pair.ends[0].end_message(a).unwrap();
            pair.write(0, a, b"next");
            pair.idle();
            assert_eq!(pair.messages(1, b), [whole, b"next".to_vec()]);
        }
    }
}

#[test]
fn all_but_the_last_byte_goes_out_at_once() {
    let mut pair = pair(2, path(20), 1 << 20, true);
    let [a, b] = channel(&mut pair, 1);
    pair.ends[1].set_reading(b, ChannelReading::Parts).unwrap();
    pair.ends[0].begin_message(a, false, None).unwrap();
    pair.ends[0].write_part(a, b"abc").unwrap();
    assert_eq!(pair.ends[0].buffered_amount(a), 2);
    pair.run(30 * MS);
    assert_eq!(pair.count(1, |event| *event == Event::Readable(b)), 1);
    let part = |data: &[u8], is_first, is_last| MessagePart {
        binary: false,
        data: data.to_vec(),
        is_first,
        is_last,
    };
    assert_eq!(read_all(&mut pair, b, 100), [part(b"ab", true, false)]);
    pair.ends[0].write_part(a, b"de").unwrap();
    pair.ends[0].end_message(a).unwrap();
    assert_eq!(pair.ends[0].buffered_amount(a), 3);
    pair.idle();
    assert_eq!(pair.ends[0].buffered_amount(a), 0);
    assert_eq!(pair.count(1, |event| *event == Event::Readable(b)), 2);
    assert_eq!(read_all(&mut pair, b, 2), [part(b"cd", false, false), part(b"e", false, true)]);
    // A length that is known leaves no doubt.
    pair.ends[0].begin_message(a, false, Some(2)).unwrap();
    pair.ends[0].write_part(a, b"xy").unwrap();
    pair.idle();
    assert_eq!(read_all(&mut pair, b, 100), [part(b"xy", true, true)]);
    // Others go out meanwhile, in whose place it was.
    let other = pair.open(0, &negotiated(2));
    pair.write(0, other, &[7; 10]);
    pair.ends[0].end_message(a).unwrap();
    // And empty ones.
    for length in [None, Some(0)] {
        pair.ends[0].begin_message(a, false, length).unwrap();
        pair.ends[0].end_message(a).unwrap();
        pair.idle();
        assert_eq!(read_all(&mut pair, b, 100), [part(b"", true, true)]);
    }
}

#[test]
fn what_is_asked_for_out_of_turn_is_refused_and_changes_nothing() {
    let mut pair = pair(3, path(20), 1 << 20, true);
    let [a, b] = channel(&mut pair, 1);
    let ours = &mut pair.ends[0];
    ours.set_remote_message_bytes_max(Some(100));
    assert_eq!(ours.write_part(a, b"x"), Err(WriteError::NoMessage));
    assert_eq!(ours.end_message(a), Err(WriteError::NoMessage));
    let too_large = WriteError::TooLarge { max: 100 };
    assert_eq!(ours.begin_message(a, true, Some(101)), Err(too_large));
    ours.begin_message(a, true, Some(4)).unwrap();
    assert_eq!(ours.begin_message(a, true, None), Err(WriteError::MessageOpen));
    assert_eq!(ours.write(a, true, b"x"), Err(WriteError::MessageOpen));
    assert_eq!(ours.write_part(a, b"12345"), Err(WriteError::WrongLength));
    assert_eq!(ours.write_part(a, b"12"), Ok(2));
    assert_eq!(ours.end_message(a), Err(WriteError::WrongLength));
    assert_eq!(ours.write_part(a, b"34"), Ok(2));
    ours.end_message(a).unwrap();
    ours.begin_message(a, true, None).unwrap();
    assert_eq!(ours.write_part(a, &[5; 100]), Ok(100));
    assert_eq!(ours.write_part(a, b"1"), Err(too_large));
    ours.end_message(a).unwrap();
    pair.idle();
    assert_eq!(pair.messages(1, b), [b"1234".to_vec(), vec![5; 100]]);
    let nobody = ChannelNumber::new(77, 77);
    assert_eq!(pair.ends[0].begin_message(nobody, true, None), Err(WriteError::NotOpen));
    let reading = pair.ends[0].set_reading(nobody, ChannelReading::Parts);
    assert_eq!((reading, pair.ends[0].read(nobody, 9)), (Err(ReadError::NotOpen), None));
    // Of a message that is read in part the rest is to be read.
    pair.ends[1].set_reading(b, ChannelReading::Parts).unwrap();
    pair.write(0, a, b"1234");
    pair.idle();
    assert_eq!(pair.ends[1].read(b, 3).unwrap().data, b"123");
    for reading in [ChannelReading::Messages, ChannelReading::Paused] {
        assert_eq!(pair.ends[1].set_reading(b, reading), Err(ReadError::MessageOpen));
    }
    assert_eq!(pair.ends[1].read(b, 3).unwrap().data, b"4");
    pair.ends[1].set_reading(b, ChannelReading::Messages).unwrap();
    assert_eq!(pair.ends[1].read(b, 3), None);
}

/// Ten megabytes through a buffer of 64 KiB and a window of one megabyte, with a reader that takes
/// a little at a time.
#[test]
fn a_message_of_any_size_goes_through_small_buffers() {
    for interleaving in [true, false] {
        let mut pair = pair(4, Path { loss: 10, ..path(10) }, 64 << 10, interleaving);
        let [a, b] = channel(&mut pair, 1);
        pair.ends[1].set_reading(b, ChannelReading::Parts).unwrap();
        let whole = content(10 << 20, 4);
        let (mut left, mut parts, mut rooms) = (&whole[..], Vec::new(), 0);
        pair.ends[0].begin_message(a, true, None).unwrap();
        let mut is_done = feed(&mut pair, a, &mut left, 16 << 10);
        for _ in 0..20_000 {
            pair.run(5 * MS);
            pair.sent = [Vec::new(), Vec::new()];
            assert!(pair.ends[0].buffered_amount(a) <= 64 << 10);
            let told = pair.count(0, |event| *event == Event::Room(a));
            if !is_done && told > rooms {
                rooms = told;
                is_done = feed(&mut pair, a, &mut left, 16 << 10);
            }
            parts.extend((0..4).filter_map(|_| pair.ends[1].read(b, 8 << 10)));
            if parts.last().is_some_and(|part: &MessagePart| part.is_last) {
                break;
            }
        }
        assert!(is_done && rooms > 10, "{rooms} times there was room again");
        assert_eq!(joined(&parts), [whole]);
        pair.ends[0].begin_message(a, true, Some(1)).unwrap();
    }
}

#[test]
fn a_channel_that_closes_gives_up_the_message_that_it_was_writing() {
    for interleaving in [true, false] {
        for (amount, wait) in [(0, 3), (1, 3), (5_000, 3), (0, 0), (5_000, 0)] {
            let mut pair = pair(9, Path { loss: 50, ..path(20) }, 1 << 20, interleaving);
            let a = pair.open(0, &ChannelConfig::new("x"));
            let other = pair.open(0, &ChannelConfig::new("other"));
            pair.idle();
            let b = pair.remote(1, "x");
            pair.write(0, a, b"before");
            pair.ends[0].begin_message(a, true, None).unwrap();
            pair.ends[0].write_part(a, &content(amount, 3)).unwrap();
            pair.run(Duration::from_secs(wait));
            pair.ends[0].close(a);
            assert_eq!(pair.ends[0].write_part(a, b"x"), Err(WriteError::NotOpen));
            pair.write(0, other, b"after");
            pair.idle();
            assert_eq!(pair.messages(1, b), [b"before"]);
            assert!(pair.is_closed(0, a) && pair.is_closed(1, b));
            let other = pair.remote(1, "other");
            assert_eq!(pair.messages(1, other), [b"after"]);
            let again = pair.open(0, &ChannelConfig::new("again"));
            pair.idle();
            pair.write(0, again, b"hello");
            pair.idle();
            let again = pair.remote(1, "again");
            assert_eq!(pair.messages(1, again), [b"hello"]);
        }
    }
}

/// While nothing comes of a message that was begun, a peer without I-DATA gets nothing else.
#[test]
fn messages_take_turns_with_one_in_parts_where_the_peer_can_tell_them_apart() {
    for interleaving in [true, false] {
        let mut pair = pair(10, path(20), 1 << 20, interleaving);
        let [a, _] = channel(&mut pair, 1);
        let [c, d] = channel(&mut pair, 2);
        pair.ends[0].begin_message(a, true, None).unwrap();
        pair.ends[0].write_part(a, &[1; 100]).unwrap();
        pair.idle();
        pair.write(0, c, b"other");
        pair.run(Duration::from_secs(5));
        assert_eq!(pair.messages(1, d).len(), usize::from(interleaving));
        pair.ends[0].end_message(a).unwrap();
        pair.idle();
        assert_eq!(pair.messages(1, d), [b"other"]);
    }
}

#[test]
fn a_message_whose_time_is_over_is_given_up_in_the_midst_of_it() {
    for interleaving in [true, false] {
        for reading in [ChannelReading::Messages, ChannelReading::Parts] {
            let mut pair = pair(11, path(20), 1 << 20, interleaving);
            let mut config = negotiated(1);
            config.reliability = Reliability::MaxLifetime { ms: 100 };
            let [a, b] = [pair.open(0, &config), pair.open(1, &config)];
            pair.idle();
            pair.ends[1].set_reading(b, reading).unwrap();
            pair.ends[0].begin_message(a, true, None).unwrap();
            pair.ends[0].write_part(a, &[1; 3_000]).unwrap();
            pair.run(50 * MS);
            let mut parts = read_all(&mut pair, b, 1 << 20);
            pair.path.loss = 1_000;
            pair.ends[0].write_part(a, &[2; 3_000]).unwrap();
            pair.run(200 * MS);
            pair.path.loss = 0;
            // What is written of it from here on goes nowhere.
            assert_eq!(pair.ends[0].write_part(a, &[3; 3_000]), Ok(3_000));
            pair.run(Duration::from_secs(5));
            pair.ends[0].end_message(a).unwrap();
            pair.write(0, a, b"next");
            pair.idle();
            parts.extend(read_all(&mut pair, b, 1 << 20));
            match reading {
                ChannelReading::Messages => assert_eq!(pair.messages(1, b), [b"next"]),
                _ => {
                    let last = parts.pop().unwrap();
                    assert!(last.is_first && last.is_last && last.data == b"next");
                    assert!(parts.iter().all(|part| !part.is_last), "the first never ends");
                }
            }
            assert_eq!(pair.ends[0].buffered_amount(a), 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the sizes of parts and reads, and whoever pauses.
    #[test]
    fn whatever_the_parts_are(
        seed in 20u8..100,
        messages in prop::collection::vec(prop::collection::vec(0usize..9_000, 0..6), 1..8),
        modes in prop::collection::vec(0u8..3, 1..12),
        reads in prop::collection::vec(1usize..20_000, 1..8),
        (interleaving, ordered, loss) in (any::<bool>(), any::<bool>(), 0u32..100),
    ) {
        let mut pair = pair(seed, Path { loss, jitter: 5 * MS, ..path(15) }, 20_000, interleaving);
        let config = ChannelConfig { ordered, ..negotiated(1) };
        let [a, b] = [pair.open(0, &config), pair.open(1, &config)];
        pair.idle();
        let (mut parts, mut expected, mut step) = (Vec::new(), Vec::new(), 0);
        let mut turn = |pair: &mut Pair, parts: &mut Vec<MessagePart>| {
            let reading = [
                ChannelReading::Messages, ChannelReading::Paused, ChannelReading::Parts,
            ][usize::from(modes[step % modes.len()])];
            // Refused in the midst of a message, which is then read on.
            let _ = pair.ends[1].set_reading(b, reading);
            parts.extend(pair.ends[1].read(b, reads[step % reads.len()]));
            pair.run(20 * MS);
            step += 1;
        };
        for (number, sizes) in messages.iter().enumerate() {
            let whole = content(sizes.iter().sum(), number as u64);
            let mut left = &whole[..];
            pair.ends[0].begin_message(a, true, None).unwrap();
            for size in sizes {
                let mut of_part = *size;
                while of_part > 0 {
                    let taken = pair.ends[0].write_part(a, &left[..of_part]).unwrap();
                    (left, of_part) = (&left[taken..], of_part - taken);
                    turn(&mut pair, &mut parts);
                }
            }
            pair.ends[0].end_message(a).unwrap();
            expected.push(whole);
            turn(&mut pair, &mut parts);
        }
        pair.run(Duration::from_secs(20));
        while let Some(part) = pair.ends[1].read(b, 7_000) {
            parts.push(part);
        }
        prop_assert_eq!(pair.ends[1].set_reading(b, ChannelReading::Messages), Ok(()));
        pair.idle();
        let mut got = [joined(&parts), pair.messages(1, b)].concat();
        got.sort();
        expected.sort();
        prop_assert!(got == expected, "{} of {}", got.len(), expected.len());
    }
}
