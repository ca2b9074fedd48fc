//! Packets in any order: lost, late, twice, over the roll-over of sequence numbers, with jumps.

use proptest::prelude::*;

use super::support::{inbound, outbound, pair, profiles, rtcp, rtp, state};
use crate::srtp::index::guess;
use crate::srtp::{Discard, Options, ProtectionProfile};

/// What became of a packet on its way.
#[derive(Clone, Copy, Debug)]
enum Way {
    Lost,
    /// Arrives after so many later ones.
    Late(usize),
    /// Arrives at once, and again after so many later ones.
    Twice(usize),
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        1 => Just(Way::Lost),
        5 => Just(Way::Late(0)),
        2 => (1_usize..60).prop_map(Way::Late),
        1 => (0_usize..60).prop_map(Way::Twice),
    ]
}

/// Numbers of packets in the order of arrival. The first arrives first, as it tells where the
/// sequence begins.
fn arrivals(ways: &[Way]) -> Vec<usize> {
    let mut arrivals = vec![(0, 0)];
    for (number, way) in ways.iter().enumerate().skip(1) {
        match *way {
            Way::Lost => {}
            Way::Late(by) => arrivals.push((number + by, number)),
            Way::Twice(by) => arrivals.extend([(number, number), (number + by, number)]),
        }
    }
    arrivals.sort_by_key(|(at, _)| *at);
    arrivals.into_iter().map(|(_, number)| number).collect()
}

/// The sequence number of the packet with this index.
fn sequence(index: u64) -> u16 {
    index as u16
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Each packet that arrives is opened once, whatever the order within the window.
    #[test]
    fn late_lost_and_twice_over_the_roll_over(
        profile in profiles(),
        first in prop_oneof![Just(65_500_u64), 0_u64..65_536],
        ways in prop::collection::vec(way(), 1..150),
        gap in 1_u64..4,
    ) {
        let (mut outbound, mut inbound) = pair(profile);
        let plain = |number: usize| {
            rtp(7, sequence(first + gap * number as u64), &number.to_be_bytes())
        };
        let sent: Vec<Vec<u8>> = (0..ways.len())
            .map(|number| {
                let mut packet = plain(number);
                outbound.protect_rtp(&mut packet).expect("each index is new");
                packet
            })
            .collect();
        let mut seen = vec![false; ways.len()];
        for number in arrivals(&ways) {
            let mut packet = sent[number].clone();
            let result = inbound.unprotect_rtp(&mut packet);
            if seen[number] {
                prop_assert_eq!(result, Err(Discard::Replayed));
                continue;
            }
            let count = result.expect("it is ours, new and not too late");
            prop_assert_eq!(&packet[..count], &plain(number)[..]);
            seen[number] = true;
        }
    }

    /// A forwarder that protects in the order of arrival keeps its receivers in step.
    #[test]
    fn late_packets_are_protected_with_their_own_index(
        profile in profiles(),
        first in 65_400_u64..65_536,
        ways in prop::collection::vec(way(), 1..150),
    ) {
        let (mut outbound, mut inbound) = pair(profile);
        let mut seen = vec![false; ways.len()];
        for number in arrivals(&ways) {
            let plain = rtp(7, sequence(first + number as u64), &number.to_be_bytes());
            let mut packet = plain.clone();
            let result = outbound.protect_rtp(&mut packet);
            if seen[number] {
                prop_assert_eq!(result, Err(crate::srtp::ProtectError::Reused));
                prop_assert_eq!(packet, plain, "a packet that is refused is left as it was");
                continue;
            }
            seen[number] = true;
            prop_assert_eq!(result, Ok(()));
            let count = inbound.unprotect_rtp(&mut packet).expect("it is ours");
            prop_assert_eq!(&packet[..count], &plain[..]);
        }
    }

    /// Jumps forward of up to half of the sequence numbers, many times around.
    #[test]
    fn jumps(profile in profiles(), jumps in prop::collection::vec(1_u64..0x8000, 1..60)) {
        let (mut outbound, mut inbound) = pair(profile);
        let mut index = 0_u64;
        for jump in jumps {
            let plain = rtp(7, sequence(index), b"jump");
            let mut packet = plain.clone();
            outbound.protect_rtp(&mut packet).expect("each index is new");
            let count = inbound.unprotect_rtp(&mut packet).expect("it is ours");
            prop_assert_eq!(&packet[..count], &plain[..]);
            prop_assert_eq!(state(&mut inbound)[&7].rtp.highest(), Some(index));
            index += jump;
        }
    }

    /// The index that is nearest to the newest, of all that end in the sequence number.
    #[test]
    fn the_guess_is_the_nearest(highest in 0_u64..1 << 48, sequence: u16) {
        let candidates = [-1, 0, 1].into_iter().filter_map(|step| {
            let counter = (highest >> 16).checked_add_signed(step)?;
            Some(counter << 16 | u64::from(sequence))
        });
        let nearest = candidates.min_by_key(|index| index.abs_diff(highest)).expect("some");
        let guessed = guess(Some(highest), sequence);
        if nearest.abs_diff(highest) != 0x8000 {
            prop_assert_eq!(guessed, Some(nearest).filter(|index| index >> 48 == 0));
        }
    }

    #[test]
    fn rtcp_in_any_order(profile in profiles(), ways in prop::collection::vec(way(), 1..150)) {
        let (mut outbound, mut inbound) = pair(profile);
        let plain = |number: usize| rtcp(7 + number as u32 % 2, &number.to_be_bytes());
        let sent: Vec<Vec<u8>> = (0..ways.len())
            .map(|number| {
                let mut packet = plain(number);
                outbound.protect_rtcp(&mut packet).expect("each index is new");
                packet
            })
            .collect();
        let mut seen = vec![false; ways.len()];
        for number in arrivals(&ways) {
            let mut packet = sent[number].clone();
            let result = inbound.unprotect_rtcp(&mut packet);
            if seen[number] {
                prop_assert_eq!(result, Err(Discard::Replayed));
                continue;
            }
            let count = result.expect("it is ours, new and not too late");
            prop_assert_eq!(&packet[..count], &plain(number)[..]);
            seen[number] = true;
        }
    }
}

/// Below the window nobody knows what was seen; at its edge all is known.
#[test]
fn the_window_is_as_wide_as_it_says() {
    for (replay_window, span) in [(64, 64), (1024, 1024), (65_536, 32_768)] {
        let profile = ProtectionProfile::AeadAes128Gcm;
        let wide = Options { replay_window: 65_536, ..Options::default() };
        let mut sender = outbound(profile, wide);
        let options = Options { replay_window, ..Options::default() };
        let mut receiver = inbound(profile, options);
        let mut protect = |index: u64| {
            let mut packet = rtp(7, sequence(index), b"");
            sender.protect_rtp(&mut packet).expect("each index is new");
            packet
        };
        let newest = 200_000;
        for index in (0..newest).step_by(0x7000) {
            receiver.unprotect_rtp(&mut protect(index)).expect("it is ours");
        }
        receiver.unprotect_rtp(&mut protect(newest)).expect("it is ours");
        let mut edge = protect(newest - span + 1);
        let mut again = edge.clone();
        receiver.unprotect_rtp(&mut edge).expect("the oldest that is known");
        assert_eq!(receiver.unprotect_rtp(&mut again), Err(Discard::Replayed));
        if span < 0x8000 {
            let below = receiver.unprotect_rtp(&mut protect(newest - span));
            assert_eq!(below, Err(Discard::TooOld));
        }
    }
}

/// Replays are refused however many sources came since.
#[test]
fn replays_across_a_change_of_source() {
    for profile in ProtectionProfile::ALL {
        let (mut outbound, mut inbound) = pair(profile);
        let (mut media, mut control) = (Vec::new(), Vec::new());
        for ssrc in 0..20 {
            let (mut packet, mut report) = (rtp(ssrc, 5, b"media"), rtcp(ssrc, b"PLI!"));
            outbound.protect_rtp(&mut packet).expect("each index is new");
            outbound.protect_rtcp(&mut report).expect("each index is new");
            media.push(packet.clone());
            control.push(report.clone());
            inbound.unprotect_rtp(&mut packet).expect("it is ours");
            inbound.unprotect_rtcp(&mut report).expect("it is ours");
        }
        for (packet, report) in media.iter_mut().zip(&mut control) {
            assert_eq!(inbound.unprotect_rtp(packet), Err(Discard::Replayed));
            assert_eq!(inbound.unprotect_rtcp(report), Err(Discard::Replayed));
        }
    }
}
