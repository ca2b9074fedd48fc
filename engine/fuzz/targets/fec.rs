//! Packets protected and lost, and parity that nobody sent: what is made of parity is what was
//! sent, nothing panics, and what waits stays within its limits.
#![no_main]

use lapwing_engine::fec::{
    FEC_GROUP_MAX, FecDecoder, FecEncoder, FecGroup, FecScheme, Red, protection, write_red,
};
use lapwing_engine::{PayloadType, Ssrc};
use libfuzzer_sys::fuzz_target;

const MEDIA: Ssrc = Ssrc(0x0102_0304);

/// Packets of one run: enough for every limit of a decoder to be met.
const PACKETS_MAX: usize = 600;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[choice, share, first, damage], rest)) = bytes.split_first_chunk() else { return };
    let scheme = match choice & 1 {
        0 => FecScheme::FlexFec { media_ssrc: MEDIA },
        _ => FecScheme::Ulpfec { media_ssrc: MEDIA },
    };
    if choice & 2 == 0 {
        honest(scheme, share, first, rest);
    } else {
        hostile(scheme, rest);
    }
    envelope(rest);
    let within = (damage & 1 == 0).then_some(std::time::Duration::from_millis(damage.into()));
    let loss = f64::from(share) / 255.0;
    assert!(protection(loss, within) <= protection(loss, None));
    by_hand(scheme, damage, rest);
});

/// What is made of parity was sent.
fn honest(scheme: FecScheme, share: u8, first: u8, rest: &[u8]) {
    let mut encoder = FecEncoder::new(scheme);
    let mut decoder = FecDecoder::new(scheme);
    encoder.set_protection(share);
    let mut sent: Vec<Vec<u8>> = Vec::new();
    let mut parities = Vec::new();
    for (index, &step) in rest.iter().take(PACKETS_MAX).enumerate() {
        let number = (u16::from(first) << 8).wrapping_add(index as u16).wrapping_sub(300);
        let packet = packet(number, step, index);
        encoder.push(&packet, step & 1 == 1, |payload| parities.push(payload.to_vec()));
        if step & 6 != 0 {
            decoder.on_media(&packet);
        }
        sent.push(packet);
        for parity in parities.drain(..) {
            if step & 8 == 0 {
                let _ = decoder.on_fec(&parity);
            }
        }
        while let Some(made) = decoder.next_recovered() {
            assert!(sent.contains(&made), "it was never sent");
        }
    }
    let counters = decoder.counters();
    assert!(counters.discarded + counters.recovered <= counters.received);
}

/// A packet of the stream with contents that its bytes give.
fn packet(number: u16, step: u8, index: usize) -> Vec<u8> {
    let mut packet = vec![0x80, 96 | (step & 1) << 7];
    packet.extend(number.to_be_bytes());
    packet.extend((index as u32 * 90).to_be_bytes());
    packet.extend(MEDIA.0.to_be_bytes());
    packet.extend(vec![step; usize::from(step) * 5]);
    packet
}

/// Packets and parity of anyone.
fn hostile(scheme: FecScheme, mut rest: &[u8]) {
    let mut decoder = FecDecoder::new(scheme);
    while let Some((&[kind, len], after)) = rest.split_first_chunk() {
        let (bytes, after) = after.split_at(usize::from(len).min(after.len()));
        rest = after;
        match kind % 4 {
            0 => {
                decoder.on_media(bytes);
            }
            1 => {
                let mut packet = packet(u16::from(kind) << 8 | u16::from(len), 0, 0);
                packet.extend_from_slice(bytes);
                decoder.on_media(&packet);
            }
            _ => {
                let _ = decoder.on_fec(bytes);
            }
        }
        let mut made = 0;
        while let Some(packet) = decoder.next_recovered() {
            assert!(packet.len() >= 12 && packet[0] >> 6 == 2);
            made += 1;
        }
        assert!(made <= 64, "as much as parity can give");
    }
}

/// Groups that a caller names.
fn by_hand(scheme: FecScheme, damage: u8, rest: &[u8]) {
    let mut encoder = FecEncoder::new(scheme);
    for (index, step) in rest.iter().take(2 * FEC_GROUP_MAX).enumerate() {
        encoder.hold(&packet(index as u16 * u16::from(1 + damage % 3), *step, index));
        let group = FecGroup { packets: usize::from(*step), parities: usize::from(damage) };
        let made = encoder.parity(group, index).is_some();
        assert!(!made || index + 1 >= group.packets.max(1) && index < group.parities);
    }
}

fn envelope(bytes: &[u8]) {
    if let Some(red) = Red::view(bytes) {
        let mut written = Vec::new();
        write_red(&mut written, PayloadType(red.payload_type.0), red.payload);
        assert_eq!(written, bytes);
    }
}
