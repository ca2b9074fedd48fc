//! The models against theory, so that the laboratory's numbers deserve trust.

use std::time::Duration;

use lapwing_simnet::nodes::{JitterConfig, Rate};
use lapwing_simnet::queues::{CodelConfig, DualPi2, DualPi2Config};
use lapwing_simnet::{
    Basis, Bitrate, EcnField, Limit, LinkSpec, Packet, PacketSpec, QueueSpec, RateSchedule, Seed,
    Time,
};

use crate::fixtures::{A, B, Script, at, ms, pair, send};

#[test]
fn m_d_1_waits_as_queueing_theory_says() {
    // Poisson arrivals, 1 ms of service, load 0.7: the mean wait is rho / (2 (1 - rho)) services
    // (Pollaczek-Khinchine).
    let (load, service) = (0.7, 1e-3);
    let mut stream = Seed(5).stream("arrivals");
    let mut now = 0.0;
    let transmit = PacketSpec::udp(at(A), at(B), vec![0; 1_222]);
    let arrivals = (0..400_000).map(|_| {
        now += stream.exponential(service / load);
        (Time::from_nanos((now * 1e9) as u64), transmit.clone())
    });
    let queue = QueueSpec::TailDrop(Limit::Packets(1_000_000));
    let link = LinkSpec::new().rate(Bitrate::mbps(10), queue);
    let mut pair = pair(1, &link, Script::new(arrivals));
    pair.sim.run_until(Time::from_secs(700));
    let delays = pair.sim.endpoint(pair.b).delays();
    assert_eq!(delays.len(), 400_000);
    let mean = delays.iter().map(Duration::as_secs_f64).sum::<f64>() / delays.len() as f64;
    let (wait, theory) = (mean - service, load / (2.0 * (1.0 - load)) * service);
    assert!((wait / theory - 1.0).abs() < 0.02, "{wait:.6} s instead of {theory:.6} s");
}

/// True for each packet that was lost.
fn losses(link: &LinkSpec, count: u64) -> Vec<bool> {
    let arrived = send(link, count, Duration::from_micros(100), 28);
    let mut lost = vec![true; count as usize];
    for (_, packet) in arrived {
        lost[packet.id() as usize] = false;
    }
    lost
}

fn bursts(lost: &[bool]) -> Vec<usize> {
    let groups = lost.chunk_by(|a, b| a == b);
    groups.filter(|group| group[0]).map(<[bool]>::len).collect()
}

#[test]
fn gilbert_bursts_and_loss_are_within_three_sigma() {
    // Good to bad 0.01, bad to good 0.25: bursts of 4, loss of 0.01 / 0.26.
    let (p, r, n) = (0.01, 0.25, 200_000);
    let lost = losses(&LinkSpec::new().gilbert_elliott(p, r, 0.0, 1.0), n);
    let bursts = bursts(&lost);
    let count = bursts.len() as f64;
    let mean = bursts.iter().sum::<usize>() as f64 / count;
    // The length of a burst is geometric: deviation sqrt(1 - r) / r.
    let sigma = (1.0 - r).sqrt() / r / count.sqrt();
    assert!((mean - 1.0 / r).abs() < 3.0 * sigma, "bursts of {mean:.3}, sigma {sigma:.3}");
    let rate = lost.iter().filter(|lost| **lost).count() as f64 / n as f64;
    let expected = p / (p + r);
    // Variance of the mean of a two-state chain with correlation 1 - p - r.
    let variance = expected * (1.0 - expected) * (2.0 - p - r) / (p + r) / n as f64;
    let off = (rate - expected).abs();
    assert!(off < 3.0 * variance.sqrt(), "loss {rate:.5} instead of {expected:.5}");
}

#[test]
fn gilbert_elliott_with_four_parameters_has_its_mean_loss() {
    let (p, r, good, bad, n) = (0.02, 0.1, 0.005, 0.4, 200_000);
    let lost = losses(&LinkSpec::new().gilbert_elliott(p, r, good, bad), n);
    let rate = lost.iter().filter(|lost| **lost).count() as f64 / n as f64;
    let in_bad = p / (p + r);
    let expected = in_bad * bad + (1.0 - in_bad) * good;
    // Losses given the state, and the state's own share.
    let given_state = in_bad * bad * (1.0 - bad) + (1.0 - in_bad) * good * (1.0 - good);
    let state = (bad - good) * (bad - good) * in_bad * (1.0 - in_bad) * (2.0 - p - r) / (p + r);
    let sigma = ((given_state + state) / n as f64).sqrt();
    let off = (rate - expected).abs();
    assert!(off < 3.0 * sigma, "loss {rate:.5} instead of {expected:.5}, sigma {sigma:.5}");
}

#[test]
fn bernoulli_loss_is_within_three_sigma_and_independent() {
    let (p, n) = (0.05, 200_000);
    let lost = losses(&LinkSpec::new().loss(p), n);
    let rate = lost.iter().filter(|lost| **lost).count() as f64 / n as f64;
    let sigma = (p * (1.0 - p) / n as f64).sqrt();
    assert!((rate - p).abs() < 3.0 * sigma, "{rate:.5}");
    let bursts = bursts(&lost);
    let mean = bursts.iter().sum::<usize>() as f64 / bursts.len() as f64;
    let sigma = p.sqrt() / (1.0 - p) / (bursts.len() as f64).sqrt();
    assert!((mean - 1.0 / (1.0 - p)).abs() < 3.0 * sigma, "bursts of {mean:.4}");
}

/// Share of delays up to a bound.
fn share(delays: &[f64], bound: f64) -> f64 {
    delays.iter().filter(|delay| **delay <= bound).count() as f64 / delays.len() as f64
}

#[test]
fn nr_bpdv_has_the_percentiles_of_a_folded_normal() {
    // Packets far apart never push each other: |N(0, 5 ms)|, cut at 15 ms.
    let link = LinkSpec::new().jitter(JitterConfig::default());
    let arrived = send(&link, 50_000, ms(40), 500);
    let delays: Vec<f64> =
        arrived.iter().map(|(at, p)| (*at - p.sent_at()).as_secs_f64() * 1e3).collect();
    assert_eq!(delays.len(), 50_000);
    // Standard normal: 38.29 % within 0.5 sigma, 68.27 % within 1, 95.45 % within 2; 0.27 % are cut
    // at 3.
    for (sigmas, expected) in [(0.5, 0.3829), (1.0, 0.6827), (2.0, 0.9545)] {
        let (found, sigma) = (share(&delays, 5.0 * sigmas), (expected * (1.0 - expected) / 5e4f64));
        let off = (found - expected).abs();
        assert!(off < 3.0 * sigma.sqrt(), "{found:.4} within {sigmas} deviations");
    }
    let greatest = delays.iter().copied().fold(0.0, f64::max);
    assert_eq!(greatest, 15.0);
    let cut = delays.iter().filter(|delay| **delay == 15.0).count();
    // 135 expected, deviation 11.6.
    assert!((100..=170).contains(&cut), "{cut} were cut");
}

#[test]
fn nr_bpdv_pushes_close_packets_apart() {
    // 500 bytes at 1 Mbit/s take 4 ms: nothing leaves sooner after its predecessor, and the order
    // is kept.
    let queue = QueueSpec::TailDrop(Limit::Packets(10));
    let link = LinkSpec::new().rate(Bitrate::mbps(1), queue).jitter(JitterConfig::default());
    let arrived = send(&link, 20_000, ms(5), 500);
    let gaps: Vec<_> = arrived.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!(gaps.iter().all(|gap| *gap >= ms(4)));
    let pushed = gaps.iter().filter(|gap| **gap == ms(4)).count();
    assert!(pushed > 1_000, "{pushed} were pushed");
}

#[test]
fn jitter_is_no_queue_when_the_capacity_falls() {
    // A full pipe of 200 ms at 2.5 Mbit/s, and then 0.25 Mbit/s: what was under way keeps its
    // spacing, and nothing is ever later than the drawn bound.
    let at = Time::from_secs;
    let steps = [(at(0), Bitrate::kbps(2_500)), (at(2), Bitrate::kbps(250))];
    let capacity = RateSchedule::steps(steps).expect("they go up");
    let queue = QueueSpec::TailDrop(Limit::Packets(1_000));
    let steady = LinkSpec::new().rate(capacity, queue).delay(ms(200));
    let [wire, jittered] = [steady.clone(), steady.jitter(JitterConfig::default())]
        .map(|link| send(&link, 600, ms(5), 1_500));
    assert_eq!(wire.len(), jittered.len());
    let mut later = 0;
    for ((plain, one), (late, other)) in wire.iter().zip(&jittered) {
        assert_eq!(one.id(), other.id());
        let extra = *late - *plain;
        assert!(extra <= ms(15), "packet {} comes {extra:?} late", one.id());
        later += u32::from(extra > Duration::ZERO);
    }
    assert!(later > 500, "{later} of {}", wire.len());
}

/// When packets left a standing overload of 25 % with a mark, from the first mark on.
fn codel_marks(config: CodelConfig) -> Vec<Time> {
    let mut transmit = PacketSpec::udp(at(A), at(B), vec![0; 1_222]);
    transmit.ecn = EcnField::Ect0;
    let plan = (0..10_000).map(|i| (Time::from_millis(i), transmit.clone()));
    let queue = QueueSpec::Codel(config, Limit::Packets(100_000));
    let link = LinkSpec::new().rate(Bitrate::mbps(8), queue);
    let mut pair = pair(1, &link, Script::new(plan));
    pair.sim.run_until(Time::from_secs(10));
    let marked = |(_, packet): &&(Time, Packet)| packet.ecn() == EcnField::Ce;
    pair.sim.endpoint(pair.b).arrived.iter().filter(marked).map(|(at, _)| *at).collect()
}

#[test]
fn codel_follows_its_control_law() {
    // Nobody slows down, so the queue stays and mark k + 1 comes 100 ms / sqrt(k) after mark k.
    let config = CodelConfig { ecn: true, ..CodelConfig::default() };
    let marks = codel_marks(config);
    assert!(marks.len() > 500, "{} marks", marks.len());
    // The wait exceeds 5 ms after 25 ms of overload, and 100 ms later CoDel begins.
    assert!((Time::from_millis(115)..Time::from_millis(135)).contains(&marks[0]), "{}", marks[0]);
    let mut expected = marks[0].as_secs_f64();
    for (k, mark) in (1..=500).zip(&marks[1..]) {
        expected += 0.1 / f64::from(k).sqrt();
        let off = mark.as_secs_f64() - expected;
        // A mark waits for the next packet to leave, every 1.25 ms.
        assert!((-0.001..0.003).contains(&off), "mark {k} is off by {off:.4} s");
    }
}

#[test]
fn dualpi2_couples_its_queues_by_the_square() {
    // Constant overload from a classic flow that does not slow down, beside a thin L4S flow.
    let classic = PacketSpec::udp(at(A), at(B), vec![0; 972]);
    let mut low = PacketSpec::udp(at(A), at(B), vec![0; 172]);
    low.ecn = EcnField::Ect1;
    let is_low = |i: u64| i % 11 == 10;
    let plan: Vec<_> = (0..60_000)
        .map(|i| {
            // 8 Mbit/s of classic traffic and 0.16 of L4S into 7.5: some eight percent must go.
            let at = Time::from_nanos(i * 909_000);
            (at, if is_low(i) { low.clone() } else { classic.clone() })
        })
        .collect();
    let (from, until) = (Time::from_secs(20), Time::from_secs(54));
    let sent = (0..).zip(&plan).filter(|(i, (at, _))| !is_low(*i) && (from..until).contains(at));
    let sent = sent.count() as f64;
    let config = DualPi2Config::default();
    let queue = QueueSpec::DualPi2(config, Limit::Time(ms(250), Basis::Current));
    let link = LinkSpec::new().rate(Bitrate::kbps(7_500), queue);
    let mut pair = pair(1, &link, Script::new(plan));
    pair.sim.run_until(Time::from_secs(60));
    let rate: &mut Rate = pair.sim.node(pair.link.up, 0).expect("the first node");
    let queue: &dyn std::any::Any = rate.queue();
    assert!(queue.is::<DualPi2>());
    let arrived = &pair.sim.endpoint(pair.b).arrived;
    let late = arrived.iter().filter(|(_, p)| (from..until).contains(&p.sent_at()));
    let of = |small: bool| late.clone().filter(move |(_, p)| (p.wire_bytes() < 500) == small);
    let classic = 1.0 - of(false).count() as f64 / sent;
    let marked = of(true).filter(|(_, p)| p.ecn() == EcnField::Ce).count();
    let low = marked as f64 / of(true).count() as f64;
    assert!((0.05..0.12).contains(&classic), "{classic:.4} of the classic packets dropped");
    // p_C = p'^2 and p_L = 2 p': so p_L = 2 sqrt(p_C) (RFC 9332 section 2.1), as long as nothing
    // saturates.
    let theory = 2.0 * classic.sqrt();
    assert!((low / theory - 1.0).abs() < 0.1, "{low:.3} of L4S marked instead of {theory:.3}");
    // And the thin L4S flow does not wait behind the classic one.
    let waits: Vec<_> = of(true).map(|(at, p)| *at - p.sent_at()).collect();
    assert!(waits.iter().all(|wait| *wait < ms(5)), "{:?}", waits.iter().max());
}

#[test]
fn normal_delay_has_its_mean_deviation_and_correlation() {
    let link = LinkSpec::new().normal_delay(ms(50), ms(5), 0.5);
    let arrived = send(&link, 100_000, ms(1), 100);
    let mut delays = vec![0.0; 100_000];
    for (at, packet) in &arrived {
        delays[packet.id() as usize] = (*at - packet.sent_at()).as_secs_f64() * 1e3;
    }
    let n = delays.len() as f64;
    let mean = delays.iter().sum::<f64>() / n;
    let variance = delays.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / n;
    let neighbours = delays.windows(2).map(|d| (d[0] - mean) * (d[1] - mean)).sum::<f64>() / n;
    // Standard errors, widened by the correlation (a factor of 3 in variance for the mean): 0.027,
    // and about 1 % of the others.
    assert!((mean - 50.0).abs() < 0.09, "mean {mean:.3} ms");
    assert!((variance.sqrt() - 5.0).abs() < 0.1, "deviation {:.3} ms", variance.sqrt());
    assert!((neighbours / variance - 0.5).abs() < 0.02, "{:.3}", neighbours / variance);
}
