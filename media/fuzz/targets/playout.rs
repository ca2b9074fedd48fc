//! The playout buffer: items of any time, at any moment, with depths that change. What comes out
//! goes forward, and what waits stays within its limit.
#![no_main]

use std::time::{Duration, Instant};

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use lapwing_media::{LatePolicy, PlayoutBuffer, Polled, Source};
use libfuzzer_sys::fuzz_target;

/// The limit of the buffer, in items.
const ITEMS_MAX: usize = 1_500;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[policy, depth], mut rest)) = bytes.split_first_chunk() else { return };
    let late = if policy & 1 == 0 { LatePolicy::Drop } else { LatePolicy::Keep };
    let mut buffer = PlayoutBuffer::new(Duration::from_millis(depth.into()), late);
    let (mut now, mut ticks) = (Instant::now(), 48_000_u64);
    while let Some((&[kind, by], after)) = rest.split_first_chunk() {
        rest = after;
        match kind % 5 {
            0 => now += Duration::from_millis(by.into()),
            1 => buffer.set_depth(Duration::from_millis(4 * u64::from(by))),
            2 => match buffer.poll(now) {
                Polled::Wait(at) => assert!(at > now),
                Polled::Item(_) | Polled::Empty => {}
            },
            jump => {
                let step = i64::from(by as i8) * if jump == 3 { 240 } else { 1 << 40 };
                ticks = ticks.saturating_add_signed(step);
                let time = MediaTime::new(ticks, 48_000);
                let data = vec![by].into();
                buffer.push(EncodedFrame { codec: Codec::Opus, time, keyframe: true, data }, now);
                assert!(buffer.len() <= ITEMS_MAX);
            }
        }
    }
});
