//! How long a connection takes to be set up where each way loses packets, over many seeds:
//!
//!     cargo test -p lapwing-engine --test it setup::lossy -- --nocapture

use std::time::Duration;

use lapwing_engine::{Config, DtlsVersion};

use super::{introduced, opened, own, spoil};

const SEEDS: u64 = 200;

/// Numbers that look random and repeat.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Times to an open channel, sorted; shorter by those that took longer than half a minute.
fn times(loss: f64, seeds: u64, settings: fn(Config) -> Config) -> Vec<Duration> {
    let one = |seed: u64| {
        let (a, b) = (own(2 * seed), own(2 * seed + 1));
        let mut pair = introduced(settings(a), settings(b));
        let mut noise = noise(seed + 1);
        pair.rewrite = Some(Box::new(move |_, transmit| {
            if noise() < loss {
                spoil(transmit);
            }
        }));
        pair.negotiate(true);
        opened(&mut pair, Duration::from_secs(30))
    };
    let mut times: Vec<Duration> = (0..seeds).filter_map(one).collect();
    times.sort();
    times
}

fn told(name: &str, times: &[Duration], of: u64) -> Duration {
    let rank = |share: f64| {
        let index = ((of as f64 * share).ceil() as usize).max(1) - 1;
        times.get(index).copied().unwrap_or(Duration::MAX)
    };
    let secs = |time: Duration| time.as_secs_f64();
    println!(
        "{name} | {} of {of} within 30 s | p50 {:.2} s | p95 {:.2} s | p99 {:.2} s",
        times.len(),
        secs(rank(0.5)),
        secs(rank(0.95)),
        secs(rank(0.99)),
    );
    rank(0.95)
}

#[test]
fn a_fifth_lost() {
    let times = times(0.2, SEEDS, |config| config);
    let p95 = told("20 % each way", &times, SEEDS);
    assert!(p95 <= Duration::from_secs(5), "{p95:?}");
}

#[test]
fn three_in_ten_lost() {
    let times = times(0.3, SEEDS, |config| config);
    told("30 % each way", &times, SEEDS);
    assert!(times.len() as u64 * 100 >= SEEDS * 99, "{} of {SEEDS}", times.len());
}

#[test]
fn three_in_ten_lost_of_every_other_way() {
    const FEW: u64 = 40;
    type Way<'a> = (&'a str, fn(Config) -> Config);
    let ways: [Way<'_>; 3] = [
        ("30 %, DTLS 1.2", |config| Config { dtls: DtlsVersion::V1_2, ..config }),
        ("30 %, without SNAP", |config| Config { snap: false, ..config }),
        ("30 %, with SPED", |config| Config { sped: true, ..config }),
    ];
    for (name, settings) in ways {
        let times = times(0.3, FEW, settings);
        told(name, &times, FEW);
        assert!(times.len() as u64 + 1 >= FEW, "{name}: {} of {FEW}", times.len());
    }
}
