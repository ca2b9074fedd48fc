//! What the network does, and what is heard of it.

use lapwing_engine::CopyDistances;

use super::line::{Arrival, Heard, Random, carry, listen, speech};
use super::redundant::{Copies, carry_redundant};

const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

fn jitter(seconds: usize, seed: u64, deviation: f64) -> Vec<Arrival> {
    let mut random = Random(seed * 7_919);
    carry(speech(seconds), |_| Some(30.0 + 3.0 * deviation + deviation * random.normal()))
}

fn share(heard: &Heard) -> f64 {
    let stats = heard.last();
    stats.concealed_samples as f64 / stats.total_samples_received as f64
}

#[test]
fn a_clean_line_conceals_nothing_at_the_least_delay() {
    let heard = listen(carry(speech(20), |_| Some(30.0)), 20.0);
    assert_eq!(heard.last().concealed_samples, 0);
    assert_eq!(heard.last().dropped, Default::default());
    let delay = heard.delay_ms(2.0, 20.0);
    assert!((15.0..50.0).contains(&delay), "{delay} ms");
}

#[test]
fn jitter_is_waited_for() {
    for seed in SEEDS {
        let heard = listen(jitter(30, seed, 10.0), 30.0);
        assert!(share(&heard) <= 0.005, "{seed}: {}", share(&heard));
        let delay = heard.delay_ms(0.0, 30.0);
        assert!(delay <= 60.0, "{seed}: {delay} ms");
    }
}

#[test]
fn a_lost_packet_comes_back_from_the_next() {
    for seed in SEEDS {
        let mut random = Random(seed * 7_919);
        let lossy = |random: &mut Random| (random.next() >= 0.05).then_some(30.0);
        let heard = listen(carry(speech(30), |_| lossy(&mut random)), 30.0);
        let stats = heard.last();
        assert!(stats.repaired_frames > 30, "{stats:?}");
        assert!(share(&heard) < 0.035, "{seed}: {}", share(&heard));
        assert_eq!(stats.interruption_count, 0);
        assert!(heard.delay_ms(5.0, 30.0) < 60.0, "{}", heard.delay_ms(5.0, 30.0));
    }
}

#[test]
fn bursts_interrupt_no_longer_than_they_are() {
    for seed in SEEDS {
        let mut random = Random(seed * 7_919);
        // The length of the burst that lasts, and how many have eight packets and more: 160 ms
        // that a receiver cannot invent.
        let (mut burst, mut long) = (0, 0);
        let heard = listen(
            carry(speech(30), |_| {
                let (leave, enter) = (random.next() < 1.0 / 3.0, random.next() < 0.1 / 2.7);
                let bad = if burst > 0 { !leave } else { enter };
                burst = if bad { burst + 1 } else { 0 };
                long += u64::from(burst == 8);
                (!bad).then_some(30.0)
            }),
            30.0,
        );
        let stats = heard.last();
        assert!(stats.interruption_count <= long, "{seed}: {stats:?}, {long}");
        assert!((0.02..0.12).contains(&share(&heard)), "{seed}: {}", share(&heard));
    }
}

/// What later packets tell of is waited for where packets get lost, and there alone.
#[cfg(feature = "dred")]
#[test]
fn what_later_packets_tell_of_is_waited_for_and_played() {
    use super::line::telling_speech;

    for seed in SEEDS {
        let lossy = || {
            let (mut random, mut bad) = (Random(seed * 7_919), false);
            move |_| {
                bad = if bad { random.next() >= 1.0 / 3.0 } else { random.next() < 0.2 / 2.4 };
                (!bad).then_some(30.0)
            }
        };
        let plain = listen(carry(speech(30), lossy()), 30.0);
        let telling = listen(carry(telling_speech(30), lossy()), 30.0);
        let stats = telling.last();
        assert!(share(&telling) < 0.5 * share(&plain), "{seed}: {stats:?}");
        assert!(stats.recalled_samples > 2 * stats.concealed_samples, "{seed}: {stats:?}");
        let sound = stats.concealed_samples + stats.jitter_buffer_emitted_count;
        assert!(stats.total_samples_received.abs_diff(sound) < 48_000, "{seed}: {stats:?}");
        let delay = telling.delay_ms(5.0, 30.0);
        assert!((50.0..130.0).contains(&delay), "{seed}: {delay} ms");
    }
    let clean = listen(carry(telling_speech(20), |_| Some(30.0)), 20.0);
    assert_eq!((clean.last().recalled_samples, clean.last().concealed_samples), (0, 0));
    assert!(clean.delay_ms(2.0, 20.0) < 50.0);
}

/// Frames that come again with those after them are packets like all others: they are waited for,
/// and none of them is too many.
#[test]
fn what_is_sent_again_is_waited_for() {
    for (seed, distance, concealed) in
        SEEDS.iter().flat_map(|seed| [(seed, 1, 0.005), (seed, 2, 0.0015)])
    {
        let mut random = Random(seed * 7_919);
        let lossy = |_| (random.next() >= 0.05).then_some(30.0);
        let copies = Copies::Fixed(CopyDistances::following(distance));
        let heard = listen(carry_redundant(speech(30), copies, lossy).arrivals, 30.0);
        let stats = heard.last();
        assert!(share(&heard) < concealed, "{seed}, {distance}: {}", share(&heard));
        assert_eq!(stats.dropped.duplicate, 0, "{seed}, {distance}: {stats:?}");
        assert!(heard.delay_ms(5.0, 30.0) < 70.0, "{}", heard.delay_ms(5.0, 30.0));
    }
}

/// Copies that follow losses take no bits before there are some, and leave a third of what would be
/// concealed in bursts of three at 20 %.
#[test]
fn copies_that_follow_losses_come_when_they_are_needed() {
    for seed in SEEDS {
        let lossy = || {
            let (mut random, mut bad) = (Random(seed * 7_919), false);
            move |index: usize| {
                let enter = if index < 500 { 0.0 } else { 0.2 / 0.8 / 3.0 };
                bad = if bad { random.next() >= 1.0 / 3.0 } else { random.next() < enter };
                (!bad).then_some(30.0)
            }
        };
        let of = |copies| carry_redundant(speech(30), copies, lossy());
        let none = of(Copies::Fixed(CopyDistances::NONE));
        let adaptive = of(Copies::Adaptive);
        let ratio = adaptive.bytes as f64 / none.bytes as f64;
        assert!((2.2..2.5).contains(&ratio), "nothing for the first ten seconds: {ratio}");
        let [none, adaptive] = [none, adaptive].map(|it| share(&listen(it.arrivals, 30.0)));
        assert!(adaptive < none * 0.35, "{seed}: {adaptive} of {none}");
    }
}

/// All packets from the tenth second on wait until half a second later.
fn spike(seconds: usize) -> Vec<Arrival> {
    carry(speech(seconds), |index| {
        let sent = index as f64 * 20.0;
        Some(if (10_000.0..10_500.0).contains(&sent) { 10_530.0 - sent } else { 30.0 })
    })
}

#[test]
fn a_spike_is_over_when_it_is_over() {
    let heard = listen(spike(20), 20.0);
    let before = heard.delay_ms(5.0, 10.0);
    let after = heard.delay_ms(13.6, 20.0);
    assert!((after - before).abs() < 25.0, "{before} ms became {after}");
    assert_eq!(heard.concealed(10.8, 20.0), 0);
    assert!(heard.concealed(9.0, 10.8) <= 500 * 48 + 480);
    assert_eq!(heard.last().interruption_count, 1);
}

#[test]
fn a_path_that_becomes_longer_is_followed() {
    let frames = carry(speech(40), |index| Some(if index < 500 { 30.0 } else { 230.0 }));
    let heard = listen(frames, 40.0);
    assert!(heard.concealed(9.0, 40.0) <= 230 * 48, "{}", heard.concealed(9.0, 40.0));
    assert_eq!(heard.concealed(10.6, 40.0), 0);
    assert!(heard.delay_ms(35.0, 40.0) < 50.0, "{}", heard.delay_ms(35.0, 40.0));
}

#[test]
fn a_clock_that_drifts_is_followed_for_ten_minutes() {
    for drift in [200e-6, -200e-6] {
        let frames = carry(speech(600), |index| Some(200.0 + index as f64 * 20.0 * drift));
        let heard = listen(frames, 598.0);
        assert_eq!(heard.concealed(1.0, 598.0), 0, "{drift}");
        let (early, late) = (heard.delay_ms(10.0, 60.0), heard.delay_ms(540.0, 598.0));
        assert!((late - early).abs() < 30.0, "{early} ms became {late}");
        let stats = heard.last();
        let moved = stats.removed_samples_for_acceleration as i64
            - stats.inserted_samples_for_deceleration as i64;
        // 200 ppm of ten minutes are 120 ms.
        let expected = (-drift * 600.0 * 48_000.0) as i64;
        assert!((moved - expected).abs() < 40 * 48, "{moved} for {expected}");
    }
}

#[test]
fn the_same_packets_give_the_same_bytes() {
    let play = || {
        let mut random = Random(99);
        let mut arrivals = jitter(10, 3, 15.0);
        arrivals.retain(|_| random.next() > 0.1);
        listen(arrivals, 10.0)
    };
    let (a, b) = (play(), play());
    assert_eq!(a.data, b.data);
    assert_eq!(a.last(), b.last());
}
