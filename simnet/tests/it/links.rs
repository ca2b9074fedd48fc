//! Every effect alone.

use std::time::Duration;

use lapwing_simnet::nodes::{
    Corruption, Delay, JitterConfig, OutageMode, PacketTooBig, PatternLoss, Rate, Window,
};
use lapwing_simnet::{Bitrate, EcnField, Limit, LinkSpec, Packet, QueueSpec, RateSchedule, Time};

use crate::fixtures::{A, B, Script, at, ms, pair, send};

const WIDE: QueueSpec = QueueSpec::TailDrop(Limit::Packets(1_000));

fn ids(arrived: &[(Time, Packet)]) -> Vec<u64> {
    arrived.iter().map(|(_, packet)| packet.id()).collect()
}

fn delays(arrived: &[(Time, Packet)]) -> Vec<Duration> {
    arrived.iter().map(|(at, packet)| *at - packet.sent_at()).collect()
}

#[test]
fn a_rate_spaces_packets_by_their_size() {
    // 1,250 bytes at 1 Mbit/s take 10 ms; three at once queue up.
    let link = LinkSpec::new().rate(Bitrate::mbps(1), WIDE).delay(ms(5));
    let arrived = send(&link, 3, Duration::ZERO, 1_250);
    assert_eq!(delays(&arrived), [ms(15), ms(25), ms(35)]);
}

#[test]
fn a_packet_under_way_feels_a_change_of_the_rate() {
    let steps = [(Time::ZERO, Bitrate::mbps(1)), (Time::from_millis(5), Bitrate::mbps(2))];
    let link = LinkSpec::new().rate(RateSchedule::steps(steps).unwrap(), WIDE);
    assert_eq!(delays(&send(&link, 1, ms(1), 1_250)), [Duration::from_micros(7_500)]);
}

#[test]
fn rate_and_delay_can_be_changed_during_a_run() {
    let link = LinkSpec::new().rate(Bitrate::mbps(1), WIDE).delay(ms(50));
    let mut pair = pair(1, &link, Script::steady(at(A), at(B), 3, ms(20), 1_250));
    let up = pair.link.up;
    pair.sim.at(Time::from_millis(15), move |sim| {
        sim.node::<Rate>(up, 0).unwrap().set_schedule(Bitrate::mbps(2));
    });
    pair.sim.at(Time::from_millis(35), move |sim| {
        sim.node::<Delay>(up, 1).unwrap().set(ms(1));
    });
    pair.sim.run_until(Time::from_secs(1));
    // The third overtakes the second: a route change.
    let b = pair.sim.endpoint(pair.b);
    assert_eq!(b.ids(), [2, 0, 1]);
    assert_eq!(b.delays(), [ms(6), ms(60), ms(55)]);
    assert!(pair.sim.node::<Delay>(up, 0).is_none());
}

#[test]
fn a_policer_passes_its_burst_and_then_its_rate() {
    // 2,500 bytes at once, then 1 Mbit/s: of 1,250 bytes every 5 ms, every second passes.
    let link = LinkSpec::new().policer(Bitrate::mbps(1), 2_500);
    let arrived = send(&link, 10, ms(5), 1_250);
    assert_eq!(ids(&arrived), [0, 1, 2, 4, 6, 8]);
}

#[test]
fn a_pattern_loses_what_it_says() {
    let numbers = LinkSpec::new().pattern(PatternLoss::numbers([5, 1]));
    assert_eq!(ids(&send(&numbers, 7, ms(1), 100)), [0, 2, 3, 4, 6]);
    let every_third = LinkSpec::new().pattern(PatternLoss::repeat("--x").unwrap());
    assert_eq!(ids(&send(&every_third, 7, ms(1), 100)), [0, 1, 3, 4, 6]);
}

#[test]
fn an_outage_loses_or_holds() {
    let window = [Window { from: Time::from_millis(2), until: Time::from_millis(4) }];
    let lose = LinkSpec::new().outage(OutageMode::Lose, window);
    assert_eq!(ids(&send(&lose, 6, ms(1), 100)), [0, 1, 4, 5]);
    let hold = LinkSpec::new().outage(OutageMode::Hold, window);
    let arrived = send(&hold, 6, ms(1), 100);
    assert_eq!(ids(&arrived), [0, 1, 2, 3, 4, 5]);
    assert_eq!(delays(&arrived), [ms(0), ms(0), ms(2), ms(1), ms(0), ms(0)]);
}

#[test]
fn a_copy_follows_its_original() {
    let arrived = send(&LinkSpec::new().duplicate(1.0, ms(3)), 2, ms(1), 100);
    assert_eq!(ids(&arrived), [0, 1, 0, 1]);
    assert_eq!(delays(&arrived), [ms(0), ms(0), ms(3), ms(3)]);
    assert_eq!(arrived[0].1.payload(), arrived[2].1.payload());
}

#[test]
fn held_packets_are_overtaken() {
    let arrived = send(&LinkSpec::new().reorder(0.2, ms(5)), 1_000, ms(1), 100);
    assert_eq!(arrived.len(), 1_000);
    let held = delays(&arrived).iter().filter(|delay| **delay == ms(5)).count();
    // Five standard deviations around 200.
    assert!((137..=263).contains(&held), "{held} were held");
    assert!(!ids(&arrived).is_sorted());
}

#[test]
fn corruption_changes_one_bit_or_the_length() {
    for (_, packet) in send(&LinkSpec::new().corrupt(Corruption::BitFlip, 1.0), 50, ms(1), 128) {
        let ones: u32 = packet.payload().iter().map(|byte| byte.count_ones()).sum();
        assert_eq!((packet.payload().len(), ones), (100, 1));
    }
    let cut = send(&LinkSpec::new().corrupt(Corruption::Truncate, 1.0), 50, ms(1), 128);
    assert!(cut.iter().all(|(_, packet)| packet.payload().len() < 100));
    assert_eq!(send(&LinkSpec::new().corrupt(Corruption::BitFlip, 1.0), 5, ms(1), 28).len(), 5);
}

#[test]
fn ecn_is_marked_where_it_can_be_and_bleached() {
    let ecn_after = |link: LinkSpec, sent: EcnField| {
        let mut transmit = lapwing_simnet::PacketSpec::udp(at(A), at(B), vec![0; 10]);
        transmit.ecn = sent;
        let mut pair = pair(1, &link, Script::new([(Time::ZERO, transmit)]));
        pair.sim.run_until(Time::from_secs(1));
        (pair.sim.endpoint(pair.b).arrived[0].1.ecn(), pair.sim.link_stats(pair.link.up).marked_out)
    };
    let mark = LinkSpec::new().ecn_mark(1.0);
    assert_eq!(ecn_after(mark.clone(), EcnField::Ect0), (EcnField::Ce, 1));
    assert_eq!(ecn_after(mark.clone(), EcnField::Ect1), (EcnField::Ce, 1));
    assert_eq!(ecn_after(mark, EcnField::NotEct), (EcnField::NotEct, 0));
    assert_eq!(ecn_after(LinkSpec::new().ecn_bleach(), EcnField::Ce), (EcnField::NotEct, 0));
}

#[test]
fn a_small_mtu_drops_and_reports_if_it_is_honest() {
    let reports = |report| {
        let mut pair = pair(
            1,
            &LinkSpec::new().mtu(1_200, report),
            Script::steady(at(A), at(B), 1, ms(1), 1_201),
        );
        pair.sim.run_until(Time::from_secs(1));
        assert_eq!(pair.sim.endpoint(pair.b).arrived.len(), 0);
        assert_eq!(pair.sim.link_stats(pair.link.up).packets_dropped(), 1);
        let arrived = &pair.sim.endpoint(pair.a).arrived;
        arrived.iter().map(|(_, packet)| PacketTooBig::parse(packet)).collect::<Vec<_>>()
    };
    assert_eq!(reports(false), []);
    assert_eq!(reports(true), [Some(PacketTooBig { mtu: 1_200, destination: at(B) })]);
    assert_eq!(send(&LinkSpec::new().mtu(1_200, true), 1, ms(1), 1_200).len(), 1);
}

#[test]
fn ordered_jitter_keeps_order_and_spacing() {
    let config = JitterConfig::default();
    let queue = QueueSpec::TailDrop(Limit::Packets(10));
    let link = LinkSpec::new().rate(Bitrate::mbps(10), queue).jitter(config);
    let arrived = send(&link, 5_000, ms(2), 1_250);
    assert!(ids(&arrived).is_sorted());
    assert!(arrived.windows(2).all(|pair| pair[1].0 - pair[0].0 >= ms(1)), "1,250 bytes need 1 ms");
    let free = send(&LinkSpec::new().reordering_jitter(config), 5_000, ms(2), 1_250);
    assert!(!ids(&free).is_sorted());
    assert!(delays(&free).iter().all(|delay| *delay <= ms(15)));
}
