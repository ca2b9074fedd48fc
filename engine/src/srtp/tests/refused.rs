//! What is refused changes nothing.

use proptest::prelude::*;

use super::support::{inbound, pair, profiles, rtcp, rtp, state};
use crate::srtp::{Discard, Inbound, Options, Outbound, ProtectionProfile};

/// A pair of contexts that have spoken: RTP about to roll over, and RTCP.
fn spoken(profile: ProtectionProfile) -> (Outbound, Inbound) {
    let (mut outbound, mut inbound) = pair(profile);
    for sequence in [65_533, 65_535] {
        let mut packet = rtp(7, sequence, b"before");
        outbound.protect_rtp(&mut packet).expect("each index is new");
        inbound.unprotect_rtp(&mut packet).expect("it is ours");
    }
    let mut report = rtcp(7, b"");
    outbound.protect_rtcp(&mut report).expect("each index is new");
    inbound.unprotect_rtcp(&mut report).expect("it is ours");
    (outbound, inbound)
}

type Unprotect = fn(&mut Inbound, &mut [u8]) -> Result<usize, Discard>;

/// Opens a packet to elsewhere.
fn to_elsewhere(inbound: &mut Inbound, packet: &mut [u8]) -> Result<usize, Discard> {
    let mut out = Vec::new();
    inbound.unprotect_rtp_into(packet, &mut out).map(|()| out.len())
}

/// Every bit flipped, every length cut: refused, and the packet itself still opens.
fn damaged(inbound: &mut Inbound, packet: &[u8], unprotect: Unprotect) {
    let before = state(inbound);
    for bit in 0..packet.len() * 8 {
        let mut flipped = packet.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(unprotect(inbound, &mut flipped).is_err(), "bit {bit}");
        assert_eq!(state(inbound), before, "bit {bit}");
    }
    for len in 0..packet.len() {
        let mut cut = packet[..len].to_vec();
        assert!(unprotect(inbound, &mut cut).is_err(), "{len} bytes");
        assert_eq!(state(inbound), before, "{len} bytes");
    }
    unprotect(inbound, &mut packet.to_vec()).expect("it is ours");
    assert_ne!(state(inbound), before);
    assert_eq!(unprotect(inbound, &mut packet.to_vec()), Err(Discard::Replayed));
}

#[test]
fn a_flipped_bit_or_a_cut_changes_nothing() {
    for profile in ProtectionProfile::ALL {
        for ssrc in [7, 8] {
            let (mut outbound, mut inbound) = spoken(profile);
            let mut packet = rtp(ssrc, 2, b"a payload of some bytes");
            outbound.protect_rtp(&mut packet).expect("each index is new");
            damaged(&mut inbound, &packet, Inbound::unprotect_rtp);
            let mut packet = rtp(ssrc, 3, b"another");
            outbound.protect_rtp(&mut packet).expect("each index is new");
            damaged(&mut inbound, &packet, to_elsewhere);
            let mut report = rtcp(ssrc, b"a report of some bytes");
            outbound.protect_rtcp(&mut report).expect("each index is new");
            damaged(&mut inbound, &report, Inbound::unprotect_rtcp);
        }
    }
}

/// The same for all that Cryptex covers, where one packet has every part.
#[test]
fn a_flipped_bit_changes_nothing_with_cryptex() {
    for profile in ProtectionProfile::ALL {
        let (mut outbound, mut inbound) = spoken(profile);
        outbound.set_cryptex(true);
        inbound.set_cryptex(true);
        let mut packet = vec![0x92, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7];
        packet.extend([1; 8]);
        packet.extend([0x10, 0, 0, 1, 5, 2, 0, 2]);
        packet.extend(b"payload");
        outbound.protect_rtp(&mut packet).expect("each index is new");
        damaged(&mut inbound, &packet, Inbound::unprotect_rtp);
    }
}

proptest! {
    #[test]
    fn bytes_that_nobody_protected(
        profile in profiles(),
        cryptex: bool,
        mut bytes in prop::collection::vec(any::<u8>(), 0..80),
        is_version_2: bool,
    ) {
        let (_, mut inbound) = spoken(profile);
        inbound.set_cryptex(cryptex);
        if let Some(first) = bytes.first_mut().filter(|_| is_version_2) {
            *first = 0x80 | *first & 0x3F;
        }
        let before = state(&mut inbound);
        prop_assert!(inbound.unprotect_rtp(&mut bytes.clone()).is_err());
        prop_assert!(to_elsewhere(&mut inbound, &mut bytes).is_err());
        prop_assert!(inbound.unprotect_rtcp(&mut bytes).is_err());
        prop_assert_eq!(state(&mut inbound), before);
    }
}

#[test]
fn each_reason_has_its_name() {
    for profile in ProtectionProfile::ALL {
        let (mut outbound, mut inbound) = spoken(profile);
        let mut packet = rtp(7, 0, b"payload");
        outbound.protect_rtp(&mut packet).expect("each index is new");
        let mut report = rtcp(7, b"");
        outbound.protect_rtcp(&mut report).expect("each index is new");

        assert_eq!(inbound.unprotect_rtp(&mut []), Err(Discard::Truncated));
        assert_eq!(inbound.unprotect_rtcp(&mut []), Err(Discard::Truncated));
        let tag = profile.rtp_overhead();
        assert_eq!(inbound.unprotect_rtp(&mut packet[..11 + tag]), Err(Discard::Truncated));
        let whole = report.len();
        assert_eq!(inbound.unprotect_rtcp(&mut report[..whole - 1]), Err(Discard::Truncated));
        packet[0] ^= 0xC0;
        assert_eq!(inbound.unprotect_rtp(&mut packet), Err(Discard::Version));
        packet[0] ^= 0xC0;
        report[0] ^= 0x40;
        assert_eq!(inbound.unprotect_rtcp(&mut report), Err(Discard::Version));
        report[0] ^= 0x40;
        let extended = [&packet[..12], &[0xC0, 0xDE, 0, 0], &[0; 16]].concat();
        let mut extended = extended;
        extended[0] |= 0x10;
        assert_eq!(inbound.unprotect_rtp(&mut extended), Err(Discard::Cryptex));
        let mut forged = packet.clone();
        forged[13] ^= 1;
        assert_eq!(inbound.unprotect_rtp(&mut forged), Err(Discard::Authentication));
        let mut forged = report.clone();
        forged[1] ^= 1;
        assert_eq!(inbound.unprotect_rtcp(&mut forged), Err(Discard::Authentication));
        assert!(inbound.unprotect_rtp(&mut packet).is_ok());
        assert!(inbound.unprotect_rtcp(&mut report).is_ok());
    }
}

/// Keys of the other side, of another session, of another profile with tags as long.
#[test]
fn other_keys_open_nothing() {
    let profile = ProtectionProfile::AeadAes256Gcm;
    let (mut outbound, _) = pair(profile);
    let other = crate::srtp::MasterKey::new(profile, &[9; 32], &[9; 12]).expect("lengths");
    let mut stranger = Inbound::new(&other, Options::default()).expect("OpenSSL has the cipher");
    let mut shorter = inbound(ProtectionProfile::AeadAes128Gcm, Options::default());
    for receiver in [&mut stranger, &mut shorter] {
        let (mut packet, mut report) = (rtp(7, 1, b"payload"), rtcp(7, b"more"));
        let _ = outbound.sources().remove(&7);
        outbound.protect_rtp(&mut packet).expect("each index is new");
        outbound.protect_rtcp(&mut report).expect("each index is new");
        assert_eq!(receiver.unprotect_rtp(&mut packet), Err(Discard::Authentication));
        assert_eq!(receiver.unprotect_rtcp(&mut report), Err(Discard::Authentication));
        assert!(state(receiver).is_empty());
    }
}
