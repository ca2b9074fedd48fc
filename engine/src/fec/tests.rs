//! Both schemes by vectors, under losses, and with bytes that nobody sent.

use proptest::collection::vec;
use proptest::prelude::*;

use super::flexfec;
use super::parity::{Parity, Protected};
use super::ulpfec;
use super::*;
use crate::ids::Ssrc;

const SSRC: Ssrc = Ssrc(0x0708_090A);
const SCHEMES: [FecScheme; 2] =
    [FecScheme::FlexFec { media_ssrc: SSRC }, FecScheme::Ulpfec { media_ssrc: SSRC }];

/// A packet with marker, timestamp, sources and payload that differ by its number.
fn packet(number: u64) -> Vec<u8> {
    let mut packet = vec![0x80 | (number % 3) as u8, 96 | ((number % 2) as u8) << 7];
    packet.extend((number as u16).to_be_bytes());
    packet.extend((number as u32 / 4 * 3_000).to_be_bytes());
    packet.extend(SSRC.0.to_be_bytes());
    packet.extend(vec![9; 4 * (number % 3) as usize]);
    packet.extend((0..100 + number * 37 % 900).map(|at| (at * number % 251) as u8));
    packet
}

fn read(scheme: FecScheme, payload: &[u8]) -> (Protected, Parity) {
    let mut parity = Parity::default();
    (scheme.read(payload, &mut parity).unwrap(), parity)
}

#[test]
fn flexfec_by_hand() {
    // Packets 10 and 12, of 4 and 2 bytes after the header.
    let packets = [
        [0x80, 0xE0, 0, 10, 0, 0, 0, 5, 7, 8, 9, 10, 1, 2, 3, 4].to_vec(),
        [0x80, 0x60, 0, 12, 0, 0, 0, 6, 7, 8, 9, 10, 0xFF, 0x0F].to_vec(),
    ];
    let mut parity = Parity::default();
    packets.iter().for_each(|packet| parity.join(packet));
    let mut out = Vec::new();
    flexfec::write(&mut out, SSRC, Protected { base: 10, mask: 0b101 }, &parity);
    let expected = [
        0x00, 0x80, 0, 6, // no version; the marker differs; 4 ^ 2 bytes
        0, 0, 0, 3, // timestamps 5 ^ 6
        1, 0, 0, 0, // one stream
        7, 8, 9, 10, 0, 10, // it, and the first number
        0xD0, 0x00, // the last part of the mask; 1 0 1
        0xFE, 0x0D, 3, 4, // payloads
    ];
    assert_eq!(out, expected);
    let mut decoder = FecDecoder::new(SCHEMES[0]);
    decoder.on_media(&packets[1]);
    decoder.on_fec(&out).unwrap();
    assert_eq!(decoder.next_recovered().as_ref(), Some(&packets[0]));
    assert_eq!(decoder.next_recovered(), None);
}

/// RFC 5109 section 10.1: four packets with payloads of 200, 140, 100 and 340 bytes; the example's
/// sequence numbers, timestamps and header fields.
#[test]
fn ulpfec_by_the_example_of_the_rfc() {
    let of = |sequence: u8, marker: bool, payload_type: u8, timestamp: u8, length: usize| {
        let head = [0x80, payload_type | u8::from(marker) << 7, 0, sequence, 0, 0, 0, timestamp];
        let mut packet = head.to_vec();
        packet.extend(2u32.to_be_bytes());
        packet.extend((0..length).map(|at| at as u8 ^ sequence));
        packet
    };
    let packets = [
        of(8, true, 11, 3, 200),
        of(9, false, 18, 5, 140),
        of(10, true, 11, 7, 100),
        of(11, false, 18, 9, 340),
    ];
    let mut parity = Parity::default();
    packets.iter().for_each(|packet| parity.join(packet));
    let mut out = Vec::new();
    ulpfec::write(&mut out, Protected { base: 8, mask: 0b1111 }, &parity);
    // E, L, P, X, CC: none; M and PT: even counts of each; SN base 8; TS 8; length 372.
    assert_eq!(out[..10], [0, 0, 0, 8, 0, 0, 0, 8, 0x01, 0x74]);
    assert_eq!(out[10..14], [0x01, 0x54, 0xF0, 0x00], "340 bytes of four packets");
    let scheme = FecScheme::Ulpfec { media_ssrc: Ssrc(2) };
    for lost in 0..4 {
        let mut decoder = FecDecoder::new(scheme);
        for (index, packet) in packets.iter().enumerate().filter(|(index, _)| *index != lost) {
            assert!(index != lost);
            decoder.on_media(packet);
        }
        decoder.on_fec(&out).unwrap();
        assert_eq!(decoder.next_recovered().as_ref(), Some(&packets[lost]));
    }
}

#[test]
fn masks_of_every_length_read_as_they_were_written() {
    let parity = Parity { payload: vec![1, 2, 3], ..Default::default() };
    for (scheme, longest) in [(SCHEMES[0], 109), (SCHEMES[1], 48)] {
        for bits in 1..=longest {
            for mask in [1u128 << (bits - 1), 1 | 1 << (bits - 1), (1 << bits) - 1] {
                let protected = Protected { base: 65_530, mask };
                let mut out = Vec::new();
                scheme.write(&mut out, protected, &parity);
                assert_eq!(read(scheme, &out), (protected, parity.clone()), "{bits} bits");
            }
        }
    }
}

#[test]
fn protection_is_what_was_asked_for() {
    for scheme in SCHEMES {
        for (protection, frame) in [(26u8, 3u64), (26, 10), (128, 1), (255, 7), (8, 50), (0, 5)] {
            let mut encoder = FecEncoder::new(scheme);
            encoder.set_protection(protection);
            let mut parities = 0u64;
            for number in 0..3_000 {
                encoder.push(&packet(number), number % frame == frame - 1, |_| parities += 1);
            }
            let expected = 3_000 * u64::from(protection) / 256;
            let off = parities.abs_diff(expected);
            assert!(off <= 5, "{parities} instead of {expected} with {protection} and {frame}");
        }
    }
}

#[test]
fn losses_in_a_row_are_made_up_for() {
    for scheme in SCHEMES {
        let mut encoder = FecEncoder::new(scheme);
        encoder.set_protection(64);
        let mut parities = Vec::new();
        (0..16).for_each(|number| {
            encoder.push(&packet(number), number == 15, |payload| parities.push(payload.to_vec()));
        });
        assert_eq!(parities.len(), 4);
        for first in 0..=12 {
            let mut decoder = FecDecoder::new(scheme);
            let lost = first..first + 4;
            (0..16).filter(|number| !lost.contains(number)).for_each(|number| {
                decoder.on_media(&packet(number));
            });
            parities.iter().for_each(|payload| decoder.on_fec(payload).unwrap());
            let mut made: Vec<_> = std::iter::from_fn(|| decoder.next_recovered()).collect();
            made.sort_by_key(|packet| packet[3]);
            assert_eq!(made, lost.map(packet).collect::<Vec<_>>());
            assert_eq!(decoder.counters(), FecCounters { received: 4, discarded: 0, recovered: 4 });
        }
    }
}

#[test]
fn what_is_recovered_helps_to_recover_more() {
    // By hand: {1, 2} and {2, 3}, with only 3 here.
    let mut decoder = FecDecoder::new(SCHEMES[0]);
    decoder.on_media(&packet(0));
    decoder.on_fec(&parity_of([1, 2])).unwrap();
    decoder.on_fec(&parity_of([2, 3])).unwrap();
    assert_eq!(decoder.next_recovered(), None);
    decoder.on_media(&packet(3));
    assert_eq!(decoder.next_recovered(), Some(packet(2)));
    assert_eq!(decoder.next_recovered(), Some(packet(1)));
    assert_eq!(decoder.on_fec(&parity_of([1, 2])), Ok(()), "it misses nothing any more");
    assert_eq!(decoder.counters(), FecCounters { received: 3, discarded: 1, recovered: 2 });
}

#[test]
fn what_was_made_is_told_when_it_comes() {
    let mut decoder = FecDecoder::new(SCHEMES[0]);
    assert!(!decoder.on_media(&packet(4)));
    decoder.on_fec(&parity_of([4, 5])).unwrap();
    assert_eq!(decoder.next_recovered(), Some(packet(5)));
    assert!(decoder.on_media(&packet(5)), "it was made before");
    assert!(decoder.on_media(&packet(4)), "it came before");
    assert!(!decoder.on_media(&packet(6)));
}

/// A caller that parts the packets itself gets what the encoder gives that does it.
#[test]
fn groups_by_hand_give_the_same_parity() {
    for scheme in SCHEMES {
        let (mut whole, mut held) = (FecEncoder::new(scheme), FecEncoder::new(scheme));
        let mut groups = FecGroups::default();
        whole.set_protection(70);
        let mut count = 0;
        for number in 65_500..65_700 {
            let ends = number % 7 == 0 || number % 60 == 1;
            let (mut expected, mut given) = (Vec::new(), Vec::new());
            whole.push(&packet(number), ends, |payload| expected.push(payload.to_vec()));
            held.hold(&packet(number));
            if let Some(group) = groups.push(70, ends) {
                for turn in 0..group.parities {
                    given.push(held.parity(group, turn).unwrap().to_vec());
                }
                assert_eq!(held.parity(group, group.parities), None);
            }
            assert_eq!(given, expected, "{number}");
            count += given.len();
        }
        assert!((50..58).contains(&count), "{count}: 70 to 256");
        assert_eq!(held.parity(FecGroup { packets: 49, parities: 1 }, 0), None, "a mask has 48");
        assert_eq!(held.parity(FecGroup { packets: 0, parities: 1 }, 0), None);
        let mut few = FecEncoder::new(scheme);
        few.hold(&packet(1));
        few.hold(&packet(100));
        assert_eq!(few.parity(FecGroup { packets: 3, parities: 1 }, 0), None, "there are two");
        assert_eq!(few.parity(FecGroup { packets: 2, parities: 1 }, 0), None, "they are far apart");
    }
}

#[test]
fn other_streams_and_distant_packets_are_refused() {
    let mut out = Vec::new();
    let parity = Parity::default();
    flexfec::write(&mut out, Ssrc(1), Protected { base: 0, mask: 1 }, &parity);
    let mut decoder = FecDecoder::new(SCHEMES[0]);
    decoder.on_media(&packet(0));
    assert_eq!(decoder.on_fec(&out), Err(FecFault::Malformed), "another stream");
    out.clear();
    flexfec::write(&mut out, SSRC, Protected { base: 1_000, mask: 1 }, &parity);
    assert_eq!(decoder.on_fec(&out), Err(FecFault::OutOfReach));
    out.clear();
    flexfec::write(&mut out, SSRC, Protected { base: 0, mask: 0 }, &parity);
    assert_eq!(decoder.on_fec(&out), Err(FecFault::OutOfReach), "it protects nothing");
    assert_eq!(decoder.counters().discarded, 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is lost and however it is mixed up: what comes out was sent, and was lost; and what
    /// alone is missing of its group comes out.
    #[test]
    fn only_what_was_lost_comes_out(
        first in 65_000u64..66_000,
        frames in vec(1u64..9, 10..40),
        protection in 10u8..=255,
        fate in vec(0u8..100, 400),
        loss in 0u8..30,
        late in 0usize..12,
    ) {
        for scheme in SCHEMES {
            let mut encoder = FecEncoder::new(scheme);
            encoder.set_protection(protection);
            let mut sent: Vec<Result<u64, Vec<u8>>> = Vec::new();
            let mut number = first;
            for frame in &frames {
                for index in 0..*frame {
                    sent.push(Ok(number));
                    let ends = index == frame - 1;
                    encoder.push(&packet(number), ends, |payload| sent.push(Err(payload.to_vec())));
                    number += 1;
                }
            }
            let is_lost = |index: usize| fate[index % fate.len()] < loss;
            let mut arriving: Vec<_> = (0..sent.len()).filter(|index| !is_lost(*index)).collect();
            for index in (0..arriving.len().saturating_sub(late)).step_by(7) {
                arriving.swap(index, index + late);
            }
            let mut decoder = FecDecoder::new(scheme);
            let mut made = Vec::new();
            for index in arriving {
                match &sent[index] {
                    Ok(number) => {
                        decoder.on_media(&packet(*number));
                    }
                    Err(payload) => {
                        let _ = decoder.on_fec(payload);
                    }
                }
                made.extend(std::iter::from_fn(|| decoder.next_recovered()));
            }
            let mut numbers = Vec::new();
            for packet_made in &made {
                let low = u16::from_be_bytes([packet_made[2], packet_made[3]]);
                let number = first + u64::from(low.wrapping_sub(first as u16));
                prop_assert_eq!(packet_made, &packet(number));
                numbers.push(number);
            }
            numbers.sort_unstable();
            let count = numbers.len();
            numbers.dedup();
            prop_assert_eq!(numbers.len(), count, "each comes out once");
            if late == 0 {
                let lost = |number: &u64| {
                    let is_it = |what: &Result<u64, Vec<u8>>| what == &Ok(*number);
                    sent.iter().position(is_it).is_some_and(is_lost)
                };
                prop_assert!(numbers.iter().all(lost));
            }
            prop_assert!(decoder.counters().recovered == made.len() as u64);
        }
    }

    #[test]
    fn no_bytes_harm(
        payloads in vec(vec(any::<u8>(), 0..80), 1..40),
        bases in vec(0u16..40, 40),
        media in vec(0u64..40, 0..40),
    ) {
        for scheme in SCHEMES {
            let mut decoder = FecDecoder::new(scheme);
            decoder.on_media(&[]);
            for (index, payload) in payloads.iter().enumerate() {
                if let Some(number) = media.get(index) {
                    decoder.on_media(&packet(*number));
                }
                let mut payload = payload.clone();
                // So that some get further than their heads.
                if index % 2 == 0 && payload.len() > 18 {
                    let base = bases[index].to_be_bytes();
                    payload[0] &= 0x3F;
                    if let FecScheme::FlexFec { .. } = scheme {
                        payload[2..4].copy_from_slice(&[0, 8]);
                        payload[8] = 1;
                        payload[12..16].copy_from_slice(&SSRC.0.to_be_bytes());
                        payload[16..18].copy_from_slice(&base);
                    } else {
                        payload[2..4].copy_from_slice(&base);
                        payload[10..12].copy_from_slice(&[0, 2]);
                    }
                }
                let _ = decoder.on_fec(&payload);
                while let Some(made) = decoder.next_recovered() {
                    prop_assert!(made.len() <= 1_500 && made.len() >= 12);
                }
            }
        }
    }
}

/// Parity of two packets, the second right after the first.
fn parity_of(numbers: [u64; 2]) -> Vec<u8> {
    let mut parity = Parity::default();
    numbers.iter().for_each(|number| parity.join(&packet(*number)));
    let mut out = Vec::new();
    SCHEMES[0].write(&mut out, Protected { base: numbers[0] as u16, mask: 0b11 }, &parity);
    out
}
