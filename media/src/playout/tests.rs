use super::*;
use lapwing_engine::Codec;
use proptest::prelude::*;

fn frame(ms: u64) -> EncodedFrame {
    let time = MediaTime::new(ms * 48, 48_000);
    EncodedFrame { codec: Codec::Opus, time, keyframe: true, data: vec![0].into() }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn times(buffer: &mut PlayoutBuffer<EncodedFrame>, now: Instant) -> Vec<u64> {
    std::iter::from_fn(|| buffer.poll(now).item()).map(|frame| frame.time.ticks() / 48).collect()
}

#[test]
fn what_comes_late_is_dropped_or_kept() {
    let start = Instant::now();
    for (policy, played) in [(LatePolicy::Drop, vec![0]), (LatePolicy::Keep, vec![0, 20])] {
        let mut buffer = PlayoutBuffer::new(ms(50), policy);
        buffer.push(frame(0), start);
        buffer.push(frame(20), start + ms(71));
        assert_eq!(times(&mut buffer, start + ms(71)), played);
        assert_eq!(buffer.stats().late, 1);
        assert_eq!(buffer.stats().played, played.len() as u64);
    }
}

#[test]
fn what_was_passed_or_held_already_is_dropped() {
    let start = Instant::now();
    let mut buffer = PlayoutBuffer::new(ms(50), LatePolicy::Keep);
    buffer.push(frame(1_000), start);
    buffer.push(frame(1_020), start);
    buffer.push(frame(1_020), start);
    assert_eq!(times(&mut buffer, start + ms(80)), [1_000, 1_020]);
    buffer.push(frame(1_010), start + ms(80));
    assert_eq!(times(&mut buffer, start + ms(999)), []);
    assert_eq!(buffer.stats().dropped, 2);
}

#[test]
fn a_jump_of_the_clock_starts_anew() {
    let start = Instant::now();
    let mut buffer = PlayoutBuffer::new(ms(50), LatePolicy::Drop);
    buffer.push(frame(100_000), start);
    buffer.push(frame(5), start + ms(20));
    assert_eq!(buffer.poll(start + ms(20)), Polled::Wait(start + ms(70)));
    assert_eq!(times(&mut buffer, start + ms(70)), [5]);
    assert_eq!(buffer.stats().restarts, 1);
}

#[test]
fn depth_moves_what_waits() {
    let start = Instant::now();
    let mut buffer = PlayoutBuffer::new(ms(50), LatePolicy::Drop);
    buffer.push(frame(0), start);
    buffer.set_depth(ms(80));
    assert_eq!(buffer.poll(start), Polled::Wait(start + ms(80)));
}

#[test]
fn the_buffer_is_bounded() {
    let start = Instant::now();
    let mut buffer = PlayoutBuffer::new(ms(5_000), LatePolicy::Drop);
    for index in 0..MAX_ITEMS as u64 + 10 {
        buffer.push(frame(index), start);
    }
    assert_eq!(buffer.len(), MAX_ITEMS);
    assert_eq!(buffer.stats().dropped, 10);
}

proptest! {
    /// Whatever arrives whenever, times given only grow, and every item is accounted for.
    #[test]
    fn order_and_count_hold(
        arrivals in proptest::collection::vec((0_u64..40_000, 0_u64..200), 1..200),
        depth in 0_u64..500,
    ) {
        let mut now = Instant::now();
        let mut buffer = PlayoutBuffer::new(ms(depth), LatePolicy::Keep);
        let (mut last, mut restarts) = (None, 0);
        for (time, step) in &arrivals {
            now += ms(*step);
            buffer.push(frame(*time), now);
            if buffer.stats().restarts > restarts {
                (last, restarts) = (None, buffer.stats().restarts);
            }
            for time in times(&mut buffer, now) {
                prop_assert!(last.is_none_or(|last| last < time));
                last = Some(time);
            }
        }
        let stats = buffer.stats();
        let sum = stats.played + stats.dropped + buffer.len() as u64;
        prop_assert_eq!(sum, arrivals.len() as u64);
    }
}
