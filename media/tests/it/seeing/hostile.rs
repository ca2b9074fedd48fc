//! Anything at any time.

use std::time::{Duration, Instant};

use lapwing_engine::MediaTime;
use lapwing_media::{Picture, Polled, SeeingSettings, VideoReceiver, VideoStep};
use proptest::prelude::*;

use super::line::{Arrival, PATH_MS, Received, after_ms, captured, in_order, watch};

/// What a sender may do next.
#[derive(Clone, Debug)]
enum Act {
    Push { number: u64, packets: u64, ticks: u64, keyframe: bool, contiguous: bool, empty: bool },
    Undecodable,
    Decoded { pictures: usize, ticks: u64 },
    Wait(u64),
    Poll,
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..60_u64, any::<u64>(), Just(u64::MAX)]
}

fn act() -> impl Strategy<Value = Act> {
    let ticks = prop_oneof![0..200_000_u64, any::<u64>(), Just(u64::MAX)];
    let push = (number(), 0..4_u64, ticks.clone(), any::<[bool; 2]>(), 0..20_u8);
    prop_oneof![
        6 => push.prop_map(|(number, packets, ticks, [keyframe, contiguous], empty)| Act::Push {
            number,
            packets,
            ticks,
            keyframe,
            contiguous,
            empty: empty == 0,
        }),
        1 => Just(Act::Undecodable),
        1 => (0..12_usize, ticks).prop_map(|(pictures, ticks)| Act::Decoded { pictures, ticks }),
        3 => (0..3_000_u64).prop_map(Act::Wait),
        4 => Just(Act::Poll),
    ]
}

proptest! {
    #[test]
    fn no_frames_at_any_time_break_it(
        acts in prop::collection::vec(act(), 1..200),
        repair in 0..500_u64,
    ) {
        let repair = Duration::from_millis(repair);
        let mut receiver =
            VideoReceiver::new(SeeingSettings { repair, ..SeeingSettings::call() });
        let mut now = Instant::now();
        let (mut asked, mut last_asked) = (0, None);
        for act in acts {
            match act {
                Act::Push { number, packets, ticks, keyframe, contiguous, empty } => {
                    let received = Received {
                        packets: (number, number.saturating_add(packets)),
                        ticks,
                        keyframe,
                        contiguous,
                        bytes: if empty { 0 } else { 100 },
                        layer: None,
                        bounds: None,
                    };
                    receiver.push(received.frame(now), now);
                }
                Act::Undecodable => receiver.undecodable(),
                Act::Decoded { pictures, ticks } => {
                    let time = MediaTime::new(ticks, MediaTime::VIDEO_RATE);
                    let picture = Picture::new(2, 2, time).unwrap();
                    receiver.decoded(vec![picture; pictures], Duration::from_millis(1), now);
                }
                Act::Wait(ms) => now += Duration::from_millis(ms),
                Act::Poll => {
                    let step = receiver.poll(now);
                    if let Polled::Wait(at) = step {
                        prop_assert!(at >= now);
                    }
                }
            }
            if receiver.feedback(now).is_some() {
                prop_assert!(last_asked.is_none_or(|at| now >= at + Duration::from_millis(300)));
                (asked, last_asked) = (asked + 1, Some(now));
            }
        }
        // What came is decoded, dropped, or waits.
        let stats = receiver.stats();
        prop_assert_eq!(stats.key_frames_asked_for, asked);
        let dropped = stats.dropped;
        let before_decoding = dropped.sum() - dropped.not_shown - dropped.undecodable;
        prop_assert!(before_decoding + stats.jitter_buffer_emitted_count <= stats.frames_received);
        let done = stats.frames_decoded + dropped.undecodable;
        prop_assert!(done <= stats.jitter_buffer_emitted_count);
    }

    /// A key frame and what follows it is shown, whatever came before.
    #[test]
    fn it_recovers_from_anything(
        before in prop::collection::vec((number(), any::<u64>(), any::<bool>()), 0..40),
        origin in 0..u64::MAX / 4,
    ) {
        let mut arrivals: Vec<Arrival> = before.into_iter().enumerate().map(|(index, it)| {
            let (number, ticks, keyframe) = it;
            let packets = (number, number);
            let received =
                Received { packets, ticks, keyframe, ..Received::plain(1) };
            Arrival { at: Duration::from_millis(20 * index as u64), received }
        }).collect();
        arrivals.extend(in_order(8, |_| 1_000.0).into_iter().map(|mut arrival| {
            let (first, last) = arrival.received.packets;
            arrival.received.packets = (origin + first, origin + last);
            arrival
        }));
        let seen = watch(arrivals, 12);
        // Where the numbers happen to have been passed, it takes a second to believe, and then it
        // wants a key frame, which this sender never makes.
        let shown = seen.shown.iter().filter(|(time, _)| *time > captured(150)).count();
        prop_assert!(shown >= 45 || !seen.asked.is_empty(), "{shown} {:?}", seen.stats);
    }
}

/// Ten seconds, then the same stream from other numbers and times on.
fn changes(numbers: u64, ticks: u64, keyframe: bool) -> super::line::Seen {
    let mut arrivals = in_order(10, |_| PATH_MS);
    for index in 0..250 {
        let mut received = Received::plain(index);
        received.packets = (received.packets.0 + numbers, received.packets.1 + numbers);
        received.ticks += ticks;
        // Without one at first, the second that comes is what was asked for.
        received.keyframe = index == if keyframe { 0 } else { 10 };
        let at = after_ms(captured(250 + index), PATH_MS);
        arrivals.push(Arrival { at, received });
    }
    watch(arrivals, 21)
}

#[test]
fn another_source_is_taken_over_with_its_key_frame() {
    let seen = changes(1_000_000, 5_000_000_000, true);
    assert_eq!((seen.stats.restarts, seen.stats.frames_rendered), (1, 500));
    assert_eq!((seen.stats.freeze_count, seen.asked.len()), (0, 0));
}

#[test]
fn another_source_without_a_key_frame_is_asked_for_one() {
    let seen = changes(1_000_000, 5_000_000_000, false);
    assert_eq!((seen.stats.restarts, seen.stats.dropped.astray), (1, 1));
    assert!((1..=2).contains(&seen.asked.len()), "{:?}", seen.asked);
    assert_eq!(seen.stats.frames_rendered, 490);
}

#[test]
fn a_clock_that_jumps_alone_costs_nothing() {
    for ticks in [90_000 * 3, 90_000 * 3_600, 5_000_000_000] {
        // The numbers go on where they were.
        let seen = changes(750, ticks, true);
        assert_eq!(seen.stats.frames_rendered, 500, "{ticks}");
        assert_eq!((seen.stats.freeze_count, seen.asked.len()), (0, 0), "{ticks}");
    }
}

#[test]
fn a_sender_that_stops_for_a_while_is_a_pause() {
    let seen = changes(750, 90_000 * 10, true);
    assert_eq!(seen.stats.pause_count, 0);
    let mut arrivals = in_order(10, |_| PATH_MS);
    arrivals.extend(in_order(10, |_| PATH_MS).into_iter().skip(1).map(|mut arrival| {
        arrival.at += Duration::from_secs(20);
        arrival.received.packets.0 += 750;
        arrival.received.packets.1 += 750;
        arrival.received.ticks += 20 * 90_000;
        arrival
    }));
    let seen = watch(arrivals, 31);
    assert_eq!((seen.stats.pause_count, seen.stats.freeze_count), (1, 0));
    assert_eq!((seen.stats.restarts, seen.stats.frames_rendered), (0, 499));
}

#[test]
fn memory_is_bounded_where_nobody_decodes() {
    let mut receiver = VideoReceiver::new(SeeingSettings::call());
    let start = Instant::now();
    for index in 0..10_000 {
        let now = start + Duration::from_millis(index);
        receiver.push(Received::plain(index).frame(now), now);
    }
    let stats = receiver.stats();
    assert!(stats.dropped.overflow >= 300, "{:?}", stats.dropped);
    assert!(stats.frames_received - stats.dropped.sum() <= 300);
    let mut steps = 0;
    while let Polled::Item(VideoStep::Decode(_)) = receiver.poll(start + Duration::from_secs(20)) {
        steps += 1;
    }
    assert!(steps <= 300);
}
