//! Packets that nobody should send.

use std::time::{Duration, Instant};

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use lapwing_media::{AudioReceiver, HearingSettings};
use proptest::prelude::*;

use super::line::{Arrival, received, speech};

#[derive(Clone, Debug)]
enum Step {
    /// The next packet of the clip.
    Good,
    /// A packet of these bytes at any time with any number.
    Bad {
        codec: Codec,
        payload_type: u8,
        number: u64,
        ticks: u64,
        data: Vec<u8>,
    },
    /// A packet of the clip so many later or earlier.
    Far(i64),
    Pull,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let codec = proptest::sample::select(
        &[Codec::Opus, Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Vp8][..],
    );
    let payload_type = proptest::sample::select(&[13_u8, 101, 111][..]);
    let near = 0_u64..100_000;
    let number = prop_oneof![near.clone(), any::<u64>()];
    let ticks = prop_oneof![near, any::<u64>()];
    let data = proptest::collection::vec(any::<u8>(), 0..80);
    prop_oneof![
        4 => Just(Step::Good),
        4 => (codec, payload_type, number, ticks, data).prop_map(
            |(codec, payload_type, number, ticks, data)| {
                Step::Bad { codec, payload_type, number, ticks, data }
            }
        ),
        1 => (-300_i64..300).prop_map(Step::Far),
        6 => Just(Step::Pull),
        1 => (0_u64..3_000).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is pushed, 10 ms come out of every pull, and the next good packets are played.
    #[test]
    fn any_packets_are_survived(steps in proptest::collection::vec(step(), 0..200)) {
        let mut settings = HearingSettings::mono();
        settings.telephone_events = vec![lapwing_engine::PayloadType(101)];
        let mut receiver = AudioReceiver::new(settings);
        let clip = speech(10);
        let (mut now, mut next) = (Instant::now(), 0_usize);
        for step in steps {
            match step {
                Step::Good => {
                    good(&mut receiver, &clip, next, now);
                    next += 1;
                }
                Step::Far(by) => {
                    good(&mut receiver, &clip, next.saturating_add_signed(by as isize), now);
                }
                Step::Bad { codec, payload_type, number, ticks, mut data } => {
                    // A key that is held for seconds is heard for seconds.
                    if payload_type == 101 && data.len() > 2 {
                        data[2] = 0;
                    }
                    let time = MediaTime::new(ticks, codec.clock_rate());
                    let frame = EncodedFrame { codec, time, keyframe: true, data: data.into() };
                    let arrival = Arrival { at: Duration::ZERO, number, frame };
                    receiver.push(received(arrival, payload_type, now), now);
                }
                Step::Pull => {
                    let samples = receiver.pull(now);
                    prop_assert_eq!(samples.frames(), 480);
                    prop_assert!(samples.data().iter().all(|sample| sample.is_finite()));
                    now += Duration::from_millis(10);
                }
                Step::Wait(ms) => now += Duration::from_millis(ms),
            }
        }
        let before = receiver.stats().jitter_buffer_emitted_count;
        for index in 0..500 {
            if index % 2 == 0 {
                good(&mut receiver, &clip, 100 + next + index / 2, now);
            }
            receiver.pull(now);
            now += Duration::from_millis(10);
        }
        let played = receiver.stats().jitter_buffer_emitted_count - before;
        prop_assert!(played > 48_000, "{played} samples of five seconds: {:?}", receiver.stats());
    }
}

fn good(receiver: &mut AudioReceiver, clip: &[EncodedFrame], index: usize, now: Instant) {
    let frame = EncodedFrame {
        time: MediaTime::new(960 * index as u64, 48_000),
        ..clip[index % clip.len()].clone()
    };
    let arrival = Arrival { at: Duration::ZERO, number: index as u64, frame };
    receiver.push(received(arrival, 111, now), now);
}

/// Packets four seconds ahead are played, and then all others come too late: half a second later
/// these are the stream again.
#[test]
fn a_stream_that_was_passed_is_heard_again() {
    let mut receiver = AudioReceiver::new(HearingSettings::mono());
    let clip = speech(10);
    let mut now = Instant::now();
    for index in 0..150 {
        good(&mut receiver, &clip, index, now);
        if index == 50 {
            (240..245).for_each(|ahead| good(&mut receiver, &clip, ahead, now));
        }
        for _ in 0..2 {
            receiver.pull(now);
            now += Duration::from_millis(10);
        }
    }
    let stats = receiver.stats();
    assert!(stats.dropped.late < 25, "{stats:?}");
    assert!(stats.jitter_buffer_emitted_count > 960 * 110, "{stats:?}");
}

#[test]
fn what_is_dropped_is_counted() {
    let mut receiver = AudioReceiver::new(HearingSettings::mono());
    let clip = speech(2);
    let now = Instant::now();
    let at = |ms| now + Duration::from_millis(ms);
    good(&mut receiver, &clip, 0, now);
    good(&mut receiver, &clip, 0, now);
    let mut push = |index: u64, data: Vec<u8>, codec| {
        let time = MediaTime::new(960 * index, 48_000);
        let frame = EncodedFrame { codec, time, keyframe: true, data: data.into() };
        receiver
            .push(received(Arrival { at: Duration::ZERO, number: index, frame }, 111, now), now);
    };
    push(1, vec![], Codec::Opus);
    push(1, vec![0x7f, 0xff, 0xff], Codec::Opus);
    push(2, vec![1, 2, 3], Codec::Vp8);
    push(1_000_000, vec![1, 2, 3], Codec::Opus);
    push(2_000_000, vec![1, 2, 3], Codec::Opus);
    for pull in 0..20 {
        receiver.pull(at(10 * pull));
    }
    good(&mut receiver, &clip, 0, at(200));
    let dropped = receiver.stats().dropped;
    assert_eq!((dropped.duplicate, dropped.empty, dropped.undecodable), (1, 1, 2), "{dropped:?}");
    assert_eq!((dropped.astray, dropped.late), (1, 1), "{dropped:?}");
}
