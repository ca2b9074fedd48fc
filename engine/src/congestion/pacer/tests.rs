//! The pacer as a whole.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Full, Item, Pacer, PacerConfig, Release};
use crate::bitrate::Bitrate;
use crate::congestion::controller::{PROBES_MAX, Probe, Target};
use crate::feedback::PacketClass;
use crate::test_time::origin;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn pacer(target: &Target) -> Pacer<u32> {
    let mut pacer = Pacer::new(PacerConfig::default(), origin());
    pacer.set_target(target, origin());
    pacer
}

fn put(pacer: &mut Pacer<u32>, class: PacketClass, size: u32, key: u32, now: Instant) {
    pacer.enqueue(Item { size, class, key }, now).expect("it has room");
}

/// Runs by the pacer's own timeouts until `end`: milliseconds, bytes and cluster of what leaves,
/// with as much padding as is asked for.
fn run(pacer: &mut Pacer<u32>, end: Duration) -> Vec<(u64, u32, Option<u32>)> {
    let mut now = origin();
    let mut left = Vec::new();
    loop {
        while let Some(release) = pacer.poll(now) {
            let at = (now - origin()).as_millis() as u64;
            match release {
                Release::Packet(released) => left.push((at, released.item.size, released.probe)),
                Release::Padding { bytes, probe } => {
                    pacer.on_padding(bytes, now);
                    left.push((at, bytes, probe));
                }
            }
        }
        match pacer.next_timeout() {
            Some(at) if at <= origin() + end => {
                assert!(at > now, "what may leave has left");
                now = at;
            }
            _ => return left,
        }
    }
}

#[test]
fn packets_leave_at_the_rate_and_sound_at_once() {
    let start = origin();
    let mut pacer = pacer(&Target::of_rate(Bitrate::mbps(1)));
    for key in 0..5 {
        put(&mut pacer, PacketClass::Video, 1_250, key, start);
    }
    put(&mut pacer, PacketClass::Audio, 125, 9, start);
    let left = run(&mut pacer, ms(100));
    let times: Vec<_> = left.iter().map(|one| (one.0, one.1)).collect();
    let video = [(1, 1_250), (11, 1_250), (21, 1_250), (31, 1_250), (41, 1_250)];
    assert_eq!(times, [&[(0, 125)][..], &video[..]].concat(), "sound is paid for");
}

#[test]
fn many_small_packets_leave_in_bursts_of_five_milliseconds_at_most() {
    let start = origin();
    let mut pacer = pacer(&Target::of_rate(Bitrate::mbps(80)));
    for key in 0..1_000 {
        put(&mut pacer, PacketClass::Video, 1_000, key, start);
    }
    let left = run(&mut pacer, ms(200));
    assert_eq!(left.len(), 1_000);
    assert!(left.last().is_some_and(|last| (95..=101).contains(&last.0)), "{:?}", left.last());
    let mut bursts = std::collections::BTreeMap::new();
    left.iter().for_each(|one| *bursts.entry(one.0).or_insert(0_u32) += one.1);
    assert!(bursts.values().all(|bytes| *bytes <= 50_000 + 10_000), "{bursts:?}");
    assert!(bursts.len() <= 45, "{} wake-ups", bursts.len());
}

#[test]
fn above_the_window_only_sound_leaves_and_a_packet_now_and_then() {
    let start = origin();
    let target = Target { window: Some(3_000), ..Target::of_rate(Bitrate::mbps(10)) };
    let mut pacer = pacer(&target);
    for key in 0..6 {
        put(&mut pacer, PacketClass::Video, 1_000, key, start);
    }
    let left = run(&mut pacer, ms(1_100));
    let times: Vec<_> = left.iter().map(|one| one.0).collect();
    assert_eq!(times, [0, 0, 0, 500, 1_000]);
    put(&mut pacer, PacketClass::Audio, 100, 9, start + ms(1_100));
    assert!(matches!(pacer.poll(start + ms(1_100)), Some(Release::Packet(_))), "sound");
    assert!(pacer.poll(start + ms(1_100)).is_none());
    pacer.set_in_flight(0);
    assert!(pacer.poll(start + ms(1_100)).is_some());
}

fn cluster(id: u32) -> Probe {
    Probe { id, rate: Bitrate::mbps(4), duration: ms(16), packets: 5, spacing: ms(2) }
}

#[test]
fn a_cluster_takes_media_and_then_padding() {
    let mut probes = [None; PROBES_MAX];
    probes[0] = Some(cluster(3));
    let mut pacer = pacer(&Target { probes, ..Target::of_rate(Bitrate::kbps(800)) });
    assert!(run(&mut pacer, ms(50)).is_empty(), "it needs a packet to begin with");
    put(&mut pacer, PacketClass::Video, 1_000, 1, origin());
    put(&mut pacer, PacketClass::Video, 1_000, 2, origin());
    let left = run(&mut pacer, ms(50));
    assert!(left.iter().all(|one| one.2 == Some(3)), "{left:?}");
    let bytes: u32 = left.iter().map(|one| one.1).sum();
    assert!((8_000..9_000).contains(&bytes), "16 ms of 4 Mbit/s: {bytes}");
    assert!(left.last().is_some_and(|last| (13..=16).contains(&last.0)), "{left:?}");
    assert!(left.iter().any(|one| one.1 == 1_000) && left.len() >= 5);
}

#[test]
fn a_caller_without_padding_is_not_asked_again_and_again() {
    let start = origin();
    let mut probes = [None; PROBES_MAX];
    probes[0] = Some(cluster(3));
    let padding = Bitrate::kbps(400);
    let mut pacer = pacer(&Target { probes, padding, ..Target::of_rate(Bitrate::kbps(800)) });
    put(&mut pacer, PacketClass::Video, 1_000, 1, start);
    assert!(matches!(pacer.poll(start), Some(Release::Packet(_))));
    let at = pacer.next_timeout().expect("the cluster goes on");
    assert!(matches!(pacer.poll(at), Some(Release::Padding { probe: Some(3), .. })));
    assert!(pacer.poll(at).is_none(), "no answer is none");
    assert_eq!(pacer.next_timeout(), None);
    assert!(pacer.poll(start + ms(500)).is_none());
    put(&mut pacer, PacketClass::Video, 1_000, 2, start + ms(500));
    assert!(matches!(pacer.poll(start + ms(500)), Some(Release::Packet(_))));
    assert!(pacer.next_timeout().is_some(), "it may have some by now");
}

#[test]
fn padding_fills_up_to_its_rate_and_media_counts() {
    let start = origin();
    let padding = Bitrate::kbps(400);
    let mut pacer = pacer(&Target { padding, ..Target::of_rate(Bitrate::kbps(800)) });
    let left = run(&mut pacer, ms(1_000));
    let bytes: u32 = left.iter().map(|one| one.1).sum();
    assert!((49_000..52_000).contains(&bytes), "{bytes}");
    let at = start + ms(1_005);
    put(&mut pacer, PacketClass::Video, 1_000, 1, at);
    assert!(matches!(pacer.poll(at), Some(Release::Packet(_))));
    let next = pacer.next_timeout().expect("padding goes on");
    assert!(next > at + ms(15), "the packet counts for it: {:?}", next - at);
}

#[test]
fn what_waits_too_long_leaves_faster_and_no_more_is_taken() {
    let start = origin();
    let mut pacer = pacer(&Target::of_rate(Bitrate::kbps(100)));
    for key in 0..100 {
        put(&mut pacer, PacketClass::Video, 1_000, key, start);
    }
    assert!(pacer.drains_in() <= Some(ms(2_000)), "{:?}", pacer.drains_in());
    let item = Item { size: 1_000, class: PacketClass::Video, key: 0 };
    assert_eq!(pacer.enqueue(item, start + ms(2_001)), Err(Full::Time));
    pacer.retain(|item, _| item.key < 10);
    assert_eq!((pacer.waiting().packets, pacer.waiting().bytes), (10, 10_000));

    let config = PacerConfig { drain_within: None, ..PacerConfig::default() };
    let mut pacer = Pacer::new(config, start);
    pacer.set_target(&Target::of_rate(Bitrate::kbps(100)), start);
    pacer.enqueue(Item { size: 100_000, class: PacketClass::Video, key: 0 }, start).unwrap();
    assert_eq!(pacer.drains_in(), Some(ms(8_000)));
}

#[test]
fn nothing_leaves_before_there_is_a_target_and_nothing_spins() {
    let start = origin();
    let mut pacer = Pacer::new(PacerConfig::default(), start);
    pacer.enqueue(Item { size: 1_000, class: PacketClass::Video, key: 1 }, start).unwrap();
    assert!(pacer.poll(start).is_none());
    assert_eq!(pacer.next_timeout(), None);
    pacer.set_target(&Target::of_rate(Bitrate::mbps(1)), start);
    assert!(pacer.poll(start + ms(10)).is_some());
}

fn class() -> impl Strategy<Value = PacketClass> {
    prop_oneof![
        Just(PacketClass::Audio),
        Just(PacketClass::Retransmission),
        Just(PacketClass::Video),
        Just(PacketClass::Fec),
        Just(PacketClass::Padding),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// All that is put in comes out once, each class in its order, and nothing but sound faster
    /// than the rate allows.
    #[test]
    fn what_goes_in_comes_out_at_the_rate(
        items in prop::collection::vec((0..20_000_u64, class(), 1..1_500_u32), 1..100),
        kbps in 50..100_000_u64,
    ) {
        let rate = Bitrate::kbps(kbps);
        let time_max = Duration::MAX;
        let config = PacerConfig { drain_within: None, time_max, ..PacerConfig::default() };
        let mut pacer = Pacer::new(config, origin());
        pacer.set_target(&Target::of_rate(rate), origin());
        let mut now = origin();
        let mut paced = 0;
        let mut left: Vec<Item<usize>> = Vec::new();
        let mut take = |pacer: &mut Pacer<usize>, now: Instant| {
            while let Some(release) = pacer.poll(now) {
                let Release::Packet(released) = release else { panic!("no padding was wanted") };
                if released.item.class != PacketClass::Audio {
                    paced += u64::from(released.item.size);
                }
                left.push(released.item);
                let allowed = rate.bytes_in(now - origin() + ms(5)) + 1_500;
                prop_assert!(paced <= allowed, "{paced} of {allowed}");
            }
            Ok(())
        };
        for (key, (wait, class, size)) in items.iter().enumerate() {
            now += Duration::from_micros(*wait);
            pacer.enqueue(Item { size: *size, class: *class, key }, now).expect("it has room");
            take(&mut pacer, now)?;
        }
        while let Some(at) = pacer.next_timeout() {
            prop_assert!(at > now, "what may leave has left");
            now = at;
            take(&mut pacer, now)?;
        }
        prop_assert_eq!(left.len(), items.len());
        for one in [PacketClass::Audio, PacketClass::Video, PacketClass::Fec] {
            let keys = left.iter().filter(|item| item.class == one).map(|item| item.key);
            prop_assert!(keys.is_sorted());
        }
    }
}
