//! What the receiver of sound allocates: nothing, once it has seen the worst of its packets.
//! (libopus has what it needs within its state, and on the stack.)

#![expect(clippy::unwrap_used, reason = "a test may fail")]

#[path = "../it/clips.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod clips;
#[path = "../../../engine/tests/heap/counter.rs"]
mod counter;
#[path = "../it/hearing/line.rs"]
#[expect(dead_code, reason = "other tests use more of it")]
mod line;

use std::time::{Duration, Instant};

use lapwing_engine::EncodedFrame;
use lapwing_media::{AudioReceiver, AudioReceiverStats, HearingSettings};
use line::{Arrival, Random, carry, received, speech};

/// Jitter, losses and a clock that is fast: everything that a receiver does happens.
fn bad_network(frames: Vec<EncodedFrame>) -> Vec<Arrival> {
    let mut random = Random(17);
    carry(frames, |index| {
        let delay = 200.0 - 0.04 * index as f64 + 15.0 * random.normal();
        (random.next() >= 0.05).then_some(delay)
    })
}

/// Allocations after twenty seconds of sixty, which are enough to see a bit of everything.
fn listen(frames: Vec<EncodedFrame>) -> (AudioReceiverStats, u64) {
    let mut receiver = AudioReceiver::new(HearingSettings::mono());
    let start = Instant::now();
    let mut arrivals = bad_network(frames).into_iter().peekable();
    let mut allocated = 0;
    for pull in 0..6_000_u32 {
        let at = Duration::from_millis(10) * pull;
        let allocations = counter::allocations(|| {
            while let Some(arrival) = arrivals.next_if(|arrival| arrival.at <= at) {
                let now = start + arrival.at;
                receiver.push(received(arrival, 111, now), now);
            }
            receiver.pull(start + at);
        });
        allocated += if pull >= 2_000 { allocations } else { 0 };
    }
    (receiver.stats(), allocated)
}

#[test]
fn a_receiver_in_its_steady_state_allocates_nothing() {
    let (stats, allocated) = listen(speech(60));
    assert!(stats.repaired_frames > 20 && stats.concealment_events > 20, "{stats:?}");
    assert!(stats.removed_samples_for_acceleration > 0, "{stats:?}");
    assert_eq!(allocated, 0, "allocations in 40 s");
}

#[cfg(feature = "dred")]
#[test]
fn what_later_packets_tell_of_is_played_without_allocating() {
    let (stats, allocated) = listen(line::telling_speech(60));
    assert!(stats.recalled_samples > 48_000, "{stats:?}");
    assert_eq!(allocated, 0, "allocations in 40 s");
}
