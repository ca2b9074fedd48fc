//! Queue disciplines under simple loads.

use std::time::Duration;

use lapwing_simnet::queues::{CodelConfig, FqCodelConfig, PieConfig};
use lapwing_simnet::{
    Basis, Bitrate, EcnField, Limit, LinkSpec, Packet, PacketSpec, QueueSpec, RateSchedule, Time,
};

use crate::fixtures::{A, B, PORT, Script, at, ms, pair, send};

fn bottleneck(kbps: u64, queue: QueueSpec) -> LinkSpec {
    LinkSpec::new().rate(Bitrate::kbps(kbps), queue)
}

fn ids(arrived: &[(Time, Packet)]) -> Vec<u64> {
    arrived.iter().map(|(_, packet)| packet.id()).collect()
}

#[test]
fn tail_drop_keeps_the_first_and_head_drop_the_last() {
    // One is being sent, three wait.
    let limit = Limit::Packets(3);
    let tail = send(&bottleneck(100, QueueSpec::TailDrop(limit)), 8, ms(0), 1_250);
    assert_eq!(ids(&tail), [0, 1, 2, 3]);
    let head = send(&bottleneck(100, QueueSpec::HeadDrop(limit)), 8, ms(0), 1_250);
    assert_eq!(ids(&head), [0, 5, 6, 7]);
}

#[test]
fn limits_in_bytes_and_in_time_agree() {
    // 300 ms at 1 Mbit/s are 37,500 bytes: 30 packets wait, one is being sent.
    let by_time = Limit::Time(ms(300), Basis::Current);
    for limit in [Limit::Bytes(37_500), by_time, Limit::Packets(30)] {
        let arrived = send(&bottleneck(1_000, QueueSpec::TailDrop(limit)), 100, ms(0), 1_250);
        assert_eq!(arrived.len(), 31, "{limit:?}");
        assert_eq!(arrived[30].0, Time::from_millis(310));
    }
}

#[test]
fn the_basis_decides_what_a_change_of_capacity_does() {
    let waiting = |basis| {
        let mbps = Bitrate::mbps;
        let rate = RateSchedule::steps([(Time::ZERO, mbps(4)), (Time::from_millis(500), mbps(1))]);
        let queue = QueueSpec::TailDrop(Limit::Time(ms(100), basis));
        let link = LinkSpec::new().rate(rate.unwrap(), queue);
        // 10 Mbit/s offered: the queue is full when the capacity falls.
        let mut pair = pair(1, &link, Script::steady(at(A), at(B), 1_000, ms(1), 1_250));
        pair.sim.run_until(Time::from_millis(499));
        let before = pair.sim.backlog(pair.link.up);
        pair.sim.run_until(Time::from_millis(990));
        (before, pair.sim.backlog(pair.link.up))
    };
    // 100 ms at 4 Mbit/s are 50,000 bytes, at 1 Mbit/s 12,500.
    assert_eq!(waiting(Basis::Reference(Bitrate::mbps(4))), (50_000, 50_000));
    assert_eq!(waiting(Basis::Current), (50_000, 12_500));
}

#[test]
fn a_queue_shorter_than_a_packet_takes_one() {
    let limit = Limit::Time(ms(1), Basis::Current);
    let arrived = send(&bottleneck(100, QueueSpec::TailDrop(limit)), 4, ms(0), 1_250);
    assert_eq!(ids(&arrived), [0, 1]);
}

/// Waits of packets that arrived in the second half of an overload of 25 % for 20 s.
fn overload(queue: QueueSpec, ecn: EcnField) -> (Vec<Duration>, f64, f64) {
    let mut transmit = PacketSpec::udp(at(A), at(B), vec![0; 1_222]);
    transmit.ecn = ecn;
    let plan = (0..20_000).map(|i| (Time::from_millis(i), transmit.clone()));
    let mut pair = pair(1, &bottleneck(8_000, queue), Script::new(plan));
    pair.sim.run_until(Time::from_secs(30));
    let b = &pair.sim.endpoint(pair.b).arrived;
    let late: Vec<_> = b.iter().filter(|(_, p)| p.sent_at() >= Time::from_secs(10)).collect();
    let marked = late.iter().filter(|(_, p)| p.ecn() == EcnField::Ce).count() as f64 / 10_000.0;
    let waits = late.iter().map(|(at, packet)| *at - packet.sent_at()).collect();
    (waits, 1.0 - late.len() as f64 / 10_000.0, marked)
}

fn median(mut waits: Vec<Duration>) -> Duration {
    waits.sort();
    waits[waits.len() / 2]
}

const DEEP: Limit = Limit::Packets(100_000);

#[test]
fn active_queues_hold_an_overload_near_their_target() {
    let pie = overload(QueueSpec::Pie(PieConfig::default(), DEEP), EcnField::NotEct);
    assert!((ms(10)..ms(25)).contains(&median(pie.0)), "PIE");
    // All that exceeds the capacity must go: a fifth of the packets.
    assert!((pie.1 - 0.2).abs() < 0.02, "PIE drops {}", pie.1);
    let dual = overload(QueueSpec::DualPi2(Default::default(), DEEP), EcnField::NotEct);
    assert!((ms(10)..ms(25)).contains(&median(dual.0)), "DualPI2");
    assert!((dual.1 - 0.2).abs() < 0.02, "DualPI2 drops {}", dual.1);
    let plain = overload(QueueSpec::TailDrop(DEEP), EcnField::NotEct);
    assert!(median(plain.0) > Duration::from_secs(2));
    assert_eq!(plain.1, 0.0);
}

#[test]
fn pie_marks_until_marking_cannot_help() {
    let config = PieConfig { ecn: true, ..PieConfig::default() };
    let (_, lost, marked) = overload(QueueSpec::Pie(config, DEEP), EcnField::Ect0);
    // This load does not answer to marks, so the probability rises to a tenth and beyond: then ECN
    // is ignored.
    assert!((lost - 0.2).abs() < 0.02 && marked < 0.02, "lost {lost}, marked {marked}");
}

#[test]
fn codel_marks_instead_of_dropping() {
    let config = CodelConfig { ecn: true, ..CodelConfig::default() };
    let (_, lost, marked) = overload(QueueSpec::Codel(config, DEEP), EcnField::Ect0);
    assert_eq!(lost, 0.0);
    assert!(marked > 0.01, "marked {marked}");
    let (_, lost, marked) = overload(QueueSpec::Codel(config, DEEP), EcnField::NotEct);
    assert!(lost > 0.01 && marked == 0.0, "lost {lost}, marked {marked}");
}

#[test]
fn fq_codel_keeps_a_thin_flow_fast_beside_a_greedy_one() {
    let thin_to = std::net::SocketAddr::new(B.parse().unwrap(), PORT);
    let mut thin_from = at(A);
    thin_from.set_port(6_000);
    let greedy = PacketSpec::udp(at(A), at(B), vec![0; 1_222]);
    let thin = PacketSpec::udp(thin_from, thin_to, vec![0; 172]);
    let plan = (0..5_000).flat_map(|i| {
        let at = Time::from_millis(i);
        let extra = (i % 20 == 0).then(|| (at, thin.clone()));
        [Some((at, greedy.clone())), extra].into_iter().flatten()
    });
    let queue = QueueSpec::FqCodel(FqCodelConfig::default(), Limit::Packets(1_000));
    let mut pair = pair(1, &bottleneck(8_000, queue), Script::new(plan));
    pair.sim.run_until(Time::from_secs(20));
    let arrived = &pair.sim.endpoint(pair.b).arrived;
    let of = |port| {
        let mine = arrived.iter().filter(move |(_, p)| p.source().port() == port);
        mine.map(|(at, p)| *at - p.sent_at()).collect::<Vec<_>>()
    };
    // A thin packet waits for at most the packet being sent and one turn of the greedy flow.
    let thin = of(6_000);
    assert_eq!(thin.len(), 250);
    assert!(thin.iter().all(|wait| *wait < ms(5)), "{:?}", thin.iter().max());
    assert!(median(of(PORT)) > ms(20));
}

#[test]
fn fq_codel_takes_room_from_the_longest_queue() {
    let codel = CodelConfig { interval: Duration::from_secs(60), ..CodelConfig::default() };
    let config = FqCodelConfig { codel, ..FqCodelConfig::default() };
    let queue = QueueSpec::FqCodel(config, Limit::Packets(10));
    let mut other = at(A);
    other.set_port(6_000);
    let greedy = PacketSpec::udp(at(A), at(B), vec![0; 1_000]);
    let thin = PacketSpec::udp(other, at(B), vec![0; 1_000]);
    let burst = std::iter::repeat_n((Time::ZERO, greedy), 30).chain([(Time::ZERO, thin)]);
    let mut pair = pair(1, &bottleneck(100, queue), Script::new(burst));
    pair.sim.run_until(Time::from_secs(20));
    let ids = pair.sim.endpoint(pair.b).ids();
    // The first is being sent; of the others the last ten remain, and the thin flow goes before the
    // rest of the greedy one.
    assert_eq!(ids.len(), 11);
    assert_eq!((ids[0], ids.contains(&30)), (0, true));
    assert!(ids.iter().position(|id| *id == 30).unwrap() <= 3, "{ids:?}");
}

/// Every discipline, each with a limit that the load below reaches.
fn disciplines() -> Vec<QueueSpec> {
    let limit = Limit::Bytes(20_000);
    let ecn = CodelConfig { ecn: true, ..CodelConfig::default() };
    vec![
        QueueSpec::TailDrop(limit),
        QueueSpec::HeadDrop(limit),
        QueueSpec::Codel(CodelConfig::default(), limit),
        QueueSpec::Codel(ecn, limit),
        QueueSpec::FqCodel(FqCodelConfig::default(), limit),
        QueueSpec::Pie(PieConfig::default(), limit),
        QueueSpec::DualPi2(Default::default(), limit),
    ]
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 40, ..Default::default() })]

    #[test]
    fn no_queue_loses_doubles_or_reorders_what_it_does_not_report(
        load in proptest::collection::vec((0u64..4_000, 28usize..1_500, 0u8..3, 0u16..4), 1..400),
    ) {
        for queue in disciplines() {
            let mut now = 0;
            let plan = load.iter().map(|(gap_us, bytes, ecn, flow)| {
                now += gap_us * 1_000;
                let mut from = at(A);
                from.set_port(PORT + flow);
                let mut transmit = PacketSpec::udp(from, at(B), vec![0; bytes - 28]);
                transmit.ecn = [EcnField::NotEct, EcnField::Ect0, EcnField::Ect1][usize::from(*ecn)];
                (Time::from_nanos(now), transmit)
            });
            let mut pair = pair(1, &bottleneck(4_000, queue), Script::new(plan.collect::<Vec<_>>()));
            pair.sim.run_until(Time::from_secs(60));
            let stats = pair.sim.link_stats(pair.link.up);
            let arrived = &pair.sim.endpoint(pair.b).arrived;
            proptest::prop_assert_eq!(stats.packets_in, load.len() as u64);
            proptest::prop_assert_eq!(stats.packets_in, stats.packets_out + stats.packets_dropped());
            proptest::prop_assert_eq!(stats.packets_out, arrived.len() as u64);
            proptest::prop_assert_eq!((pair.sim.backlog(pair.link.up), pair.sim.pending()), (0, 0));
            for flow in 0..4 {
                // DualPI2 has two queues: the order holds within a flow and its ECN class.
                for low in [false, true] {
                    let ids: Vec<_> = arrived
                        .iter()
                        .filter(|(_, p)| p.source().port() == PORT + flow)
                        .filter(|(_, p)| (load[p.id() as usize].2 == 2) == low)
                        .map(|(_, p)| p.id())
                        .collect();
                    proptest::prop_assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", ids);
                }
            }
        }
    }
}
