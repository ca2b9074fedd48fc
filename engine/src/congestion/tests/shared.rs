//! Calls that share a path.

use std::time::Duration;

use super::call::{Flow, print, run, run_beside};
use super::link::LinkSpec;
use super::tcp::Tcp;

/// Jain's index of fairness.
fn jain(rates: &[f64]) -> f64 {
    let sum: f64 = rates.iter().sum();
    let squares: f64 = rates.iter().map(|rate| rate * rate).sum();
    sum * sum / (rates.len() as f64 * squares)
}

#[test]
fn two_calls_share() {
    for seed in 1..=5 {
        let flows = vec![Flow::new(seed, 2.5e6), Flow::new(seed + 100, 2.5e6)];
        let flows = run(LinkSpec::new(2e6), seed, flows, 120);
        let rates: Vec<_> = flows.iter().map(|flow| flow.log.bps(40.0, 120.0)).collect();
        print("first of two", &flows[0].log, 120);
        print("second of two", &flows[1].log, 120);
        let index = jain(&rates);
        println!("seed {seed}: {rates:?}, Jain {index:.3}");
        assert!(index > 0.8, "seed {seed}: {rates:?}");
        let used = rates.iter().sum::<f64>() / 2e6;
        assert!(used > 0.8, "seed {seed}: {used}");
    }
}

#[test]
fn one_that_comes_later_gets_its_share() {
    for seed in 1..=3 {
        let mut late = Flow::new(seed + 100, 2.5e6);
        late.active = vec![(30.0, f64::INFINITY)];
        let flows = run(LinkSpec::new(2e6), seed, vec![Flow::new(seed, 2.5e6), late], 150);
        let rates: Vec<_> = flows.iter().map(|flow| flow.log.bps(80.0, 150.0)).collect();
        println!("seed {seed}: {rates:?}, Jain {:.3}", jain(&rates));
        assert!(jain(&rates) > 0.8, "seed {seed}: {rates:?}");
    }
}

/// RFC 8867 section 5.4.
#[test]
fn three_calls_that_come_one_after_the_other_share() {
    for seed in 1..=3 {
        let flows = (0..3).map(|number| {
            let mut flow = Flow::new(seed + 100 * number, 1.5e6);
            flow.active = vec![(20.0 * number as f64, f64::INFINITY)];
            flow
        });
        let mut spec = LinkSpec::new(3.5e6);
        spec.jitter = Duration::from_millis(5);
        let flows = run(spec, seed, flows.collect(), 120);
        let rates: Vec<_> = flows.iter().map(|flow| flow.log.bps(60.0, 120.0)).collect();
        let p95 = flows[0].log.wait(95, 60.0, 120.0);
        println!("seed {seed}: {rates:.0?}, Jain {:.3}, p95 {p95:.0} ms", jain(&rates));
        assert!(jain(&rates) > 0.9, "seed {seed}: {rates:?}");
        assert!(p95 < 100.0, "seed {seed}: {p95}");
        assert!(rates.iter().sum::<f64>() > 0.8 * 3.5e6, "seed {seed}: {rates:?}");
    }
}

/// A long TCP transfer with CUBIC, as in RFC 8867 section 5.6: it fills the queue whatever we do.
#[test]
fn beside_a_transfer_a_call_goes_on() {
    for seed in 1..=5 {
        for queue in [300, 1_000] {
            let mut spec = LinkSpec::new(2e6);
            spec.queue = Duration::from_millis(queue);
            spec.jitter = Duration::from_millis(5);
            let mut flow = Flow::new(seed, 1.5e6);
            flow.active = vec![(5.0, f64::INFINITY)];
            let mut tcp = [Tcp::new()];
            let flows = run_beside(spec, seed, vec![flow], &mut tcp, 120);
            print("beside TCP", &flows[0].log, 120);
            let (media, tcp) = (flows[0].log.bps(60.0, 120.0), tcp[0].bps(60.0, 120.0));
            println!("seed {seed}, queue {queue}: {media:.0} to {tcp:.0}: {:.2}", media / tcp);
            assert!(media > 0.1 * tcp, "seed {seed}: {media} of {tcp}");
            assert!(tcp > 300_000.0, "seed {seed}: {tcp}");
        }
    }
}
