//! Contexts and packets for tests.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::srtp::inbound::Source;
use crate::srtp::{Inbound, MasterKey, Options, Outbound, ProtectionProfile};

/// Bytes from hexadecimal digits and white space.
pub(in crate::srtp) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// Some keys.
pub(super) fn key(profile: ProtectionProfile) -> MasterKey {
    let material: Vec<u8> = (0..44).map(|byte| byte * 5 + 1).collect();
    let (key, salt) = material.split_at(profile.key_bytes());
    MasterKey::new(profile, key, &salt[..profile.salt_bytes()]).expect("lengths of the profile")
}

pub(super) fn outbound(profile: ProtectionProfile, options: Options) -> Outbound {
    Outbound::new(&key(profile), options).expect("OpenSSL has the cipher")
}

pub(super) fn inbound(profile: ProtectionProfile, options: Options) -> Inbound {
    Inbound::new(&key(profile), options).expect("OpenSSL has the cipher")
}

pub(super) fn pair(profile: ProtectionProfile) -> (Outbound, Inbound) {
    (outbound(profile, Options::default()), inbound(profile, Options::default()))
}

/// All that an inbound context knows.
pub(super) fn state(inbound: &mut Inbound) -> BTreeMap<u32, Source> {
    inbound.sources().clone()
}

/// An RTP packet with a header of 12 bytes.
pub(super) fn rtp(ssrc: u32, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend(sequence.to_be_bytes());
    packet.extend([1, 2, 3, 4]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend(payload);
    packet
}

/// An RTCP packet: a receiver report, and what follows.
pub(super) fn rtcp(ssrc: u32, more: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 1];
    packet.extend(ssrc.to_be_bytes());
    packet.extend(more);
    packet
}

pub(super) fn profiles() -> impl Strategy<Value = ProtectionProfile> {
    prop::sample::select(&ProtectionProfile::ALL)
}

/// Any RTP packet: its header and its payload.
pub(super) fn any_rtp() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let extension = prop::option::of((
        prop_oneof![Just(0xBEDE_u16), Just(0x1000)],
        prop::collection::vec(any::<[u8; 4]>(), 0..6),
    ));
    let sources = prop::collection::vec(any::<[u8; 4]>(), 0..16);
    let payload = prop::collection::vec(any::<u8>(), 0..200);
    (any::<[u8; 12]>(), sources, extension, payload).prop_map(
        |(mut header, sources, extension, payload)| {
            header[0] = 0x80 | header[0] & 0x20 | sources.len() as u8;
            let mut header = header.to_vec();
            header.extend(sources.concat());
            if let Some((profile, words)) = extension {
                header[0] |= 0x10;
                header.extend(profile.to_be_bytes());
                header.extend((words.len() as u16).to_be_bytes());
                header.extend(words.concat());
            }
            (header, payload)
        },
    )
}
