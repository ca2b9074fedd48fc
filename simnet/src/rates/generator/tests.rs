//! Means, times and bounds of what is drawn.

use super::*;
use crate::random::Seed;

const MEAN: Bitrate = Bitrate::mbps(4);
const SPAN: Duration = Duration::from_secs(300);

fn all() -> [Generator; 3] {
    [Generator::lte(MEAN), Generator::wifi(MEAN), Generator::leo(MEAN)]
}

/// The mean of a schedule over [`SPAN`], in bit/s.
fn mean(schedule: &RateSchedule) -> f64 {
    let end = Time::ZERO + SPAN;
    let (mut at, mut bits) = (Time::ZERO, 0.0);
    while at < end {
        let next = schedule.next_change(at).min(end);
        bits += schedule.at(at).as_bps() as f64 * (next - at).as_secs_f64();
        at = next;
    }
    bits / SPAN.as_secs_f64()
}

/// Mean and standard error of independent figures.
fn estimate(figures: &[f64]) -> (f64, f64) {
    let n = figures.len() as f64;
    let mean = figures.iter().sum::<f64>() / n;
    let squares = figures.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

#[test]
fn the_mean_is_what_was_asked_for() {
    let more = [(2.0, 0), (4.9, 0), (1.2, 0), (1.1, 1), (2.4, 1), (1.1, 2), (1.9, 2)];
    let other = more.map(|(ratio, kind): (f64, usize)| {
        let max = Bitrate::bps((MEAN.as_bps() as f64 * ratio) as u64);
        all()[kind].with_max(max).unwrap()
    });
    for generator in all().into_iter().chain(other) {
        let draw = |seed| mean(&generator.draw(SPAN, Seed(seed).stream("mean")).rate);
        let (found, error) = estimate(&(0..100).map(draw).collect::<Vec<_>>());
        let off = (found - MEAN.as_bps() as f64).abs();
        assert!(off < 3.0 * error, "{generator:?}: {found}, error {error}");
        // The estimate is worth something.
        assert!(error < 0.05 * found, "{generator:?}: {error}");
    }
}

/// How long each level between the first and the last change lasted.
fn times(drawn: &Drawn) -> Vec<(Bitrate, f64)> {
    let steps = drawn.rate.as_steps();
    let inner = steps.windows(2).skip(1);
    inner.map(|pair| (pair[0].1, (pair[1].0 - pair[0].0).as_secs_f64())).collect()
}

#[test]
fn levels_last_as_long_as_they_should() {
    let lasted = |generator: Generator, pick: &dyn Fn(Bitrate) -> bool| {
        let drawn = generator.draw(SPAN * 20, Seed(3).stream("times"));
        let picked = times(&drawn).into_iter().filter(|(rate, _)| pick(*rate));
        estimate(&picked.map(|(_, time)| time).collect::<Vec<_>>())
    };
    let lte = Generator::lte(MEAN);
    let inner = |rate: Bitrate| rate < lte.max() && rate > lte.part(0.15);
    let wifi = Generator::wifi(MEAN);
    let weights = wifi_weights(wifi.share_of_max());
    let mut cases = vec![(lasted(lte, &inner), 1.0 / MOVES_PER_SECOND)];
    for level in 0..3 {
        let rate = wifi.part(WIFI_LEVELS[level]);
        // A level that is drawn again goes on.
        let expected = WIFI_TIMES[level] / (1.0 - weights[level]);
        cases.push((lasted(wifi, &|found| found == rate), expected));
    }
    for ((found, error), expected) in cases {
        assert!((found - expected).abs() < 3.0 * error, "{found} +- {error}, {expected}");
    }
}

#[test]
fn a_satellite_hands_over_every_15_seconds() {
    let drawn = Generator::leo(MEAN).draw(SPAN, Seed(5).stream("leo"));
    let gaps: Vec<_> =
        times(&drawn).into_iter().filter(|(rate, _)| *rate == Bitrate::ZERO).collect();
    assert!((18..=21).contains(&gaps.len()), "{gaps:?}");
    assert!(gaps.iter().skip(1).all(|(_, time)| (time - 0.1).abs() < 1e-6), "{gaps:?}");
    let delays = drawn.delays.expect("the delay changes");
    let changes = delays.as_steps();
    let slots = changes.windows(2).skip(1).map(|pair| pair[1].0 - pair[0].0);
    assert!(slots.into_iter().all(|slot| slot == LEO_SLOT));
    assert!(changes.iter().all(|(_, delay)| *delay <= LEO_DELAY));
    // The new delay comes with the gap.
    assert!(changes.iter().skip(1).all(|(at, _)| drawn.rate.at(*at) == Bitrate::ZERO));
}

#[test]
fn the_same_stream_gives_the_same_and_another_does_not() {
    for generator in all() {
        let draw = |name| generator.draw(SPAN, Seed(9).stream(name));
        assert_eq!(draw("a"), draw("a"));
        assert_ne!(draw("a"), draw("b"));
        assert!(draw("a").rate.as_steps().iter().all(|(_, rate)| *rate <= generator.max()));
    }
}

#[test]
fn no_schedule_is_longer_than_its_limit() {
    let week = Duration::from_secs(7 * 86_400);
    let drawn = Generator::lte(MEAN).draw(week, Seed(1).stream("long"));
    assert_eq!(drawn.rate.as_steps().len(), MAX_STEPS);
    let nothing = Generator::leo(Bitrate::ZERO).draw(Duration::ZERO, Seed(1).stream("short"));
    assert_eq!(nothing.rate.at(Time::ZERO), Bitrate::ZERO);
}

#[test]
fn a_maximum_out_of_reach_is_refused_with_the_bounds() {
    let bad = Generator::lte(MEAN).with_max(MEAN).unwrap_err();
    assert_eq!((bad.least.as_bps(), bad.greatest.as_bps()), (4_444_445, 20_000_000));
    assert_eq!(
        bad.to_string(),
        "with this mean, the maximum is from 4444445 bit/s to 20000000 bit/s"
    );
    assert!(Generator::wifi(MEAN).with_max(Bitrate::mbps(10)).is_ok());
    assert!(Generator::wifi(MEAN).with_max(Bitrate::mbps(11)).is_err());
}
