//! What is protected opens to what it was.

use proptest::prelude::*;

use super::support::{any_rtp, inbound, outbound, pair, profiles, rtcp};
use crate::srtp::{Options, ProtectionProfile};

proptest! {
    /// In place and from a payload elsewhere, both give the same bytes, which open again, in place
    /// and to elsewhere.
    #[test]
    fn any_rtp_packet(
        profile in profiles(), cryptex: bool, (header, payload) in any_rtp(), room in 0_usize..2000,
    ) {
        let options = Options { cryptex, ..Options::default() };
        let plain = [&header[..], &payload].concat();
        let mut packet = plain.clone();
        outbound(profile, options).protect_rtp(&mut packet).expect("it is a packet");

        let mut out = vec![0xEE; room];
        let mut context = outbound(profile, options);
        context.protect_rtp_into(&header, &payload, &mut out).expect("it is a packet");
        prop_assert_eq!(&out, &packet);

        let mut elsewhere = vec![0xEE; room];
        let mut context = inbound(profile, options);
        context.unprotect_rtp_into(&packet, &mut elsewhere).expect("it is ours");

        let mut context = inbound(profile, options);
        let count = context.unprotect_rtp(&mut packet).expect("it is ours");
        prop_assert_eq!(&elsewhere, &packet[..count]);
        let has_sources_only = plain[0] & 0x0F != 0 && plain[0] & 0x10 == 0;
        if cryptex && has_sources_only {
            // An empty extension came with the contributing sources.
            prop_assert_eq!(&packet[1..header.len()], &plain[1..header.len()]);
            prop_assert_eq!(packet[0], plain[0] | 0x10);
            prop_assert_eq!(&packet[header.len()..][..4], &[0xBE, 0xDE, 0, 0]);
            prop_assert_eq!(&packet[header.len() + 4..count], &payload[..]);
        } else {
            prop_assert_eq!(&packet[..count], &plain[..]);
        }
    }

    #[test]
    fn any_rtcp_packet(
        profile in profiles(), ssrc: u32, more in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let (mut outbound, mut inbound) = pair(profile);
        let plain = rtcp(ssrc, &more);
        for index in 0_u32..3 {
            let mut packet = plain.clone();
            outbound.protect_rtcp(&mut packet).expect("it is a packet");
            prop_assert_eq!(packet.len(), plain.len() + profile.rtcp_overhead());
            let word = index | 1 << 31;
            prop_assert!(packet.windows(4).any(|bytes| bytes == word.to_be_bytes()));
            let count = inbound.unprotect_rtcp(&mut packet).expect("it is ours");
            prop_assert_eq!(&packet[..count], &plain[..]);
        }
    }
}

/// Cryptex hides what is otherwise in the clear.
#[test]
fn cryptex_hides_extensions_and_sources() {
    let secret = [0x5E; 8];
    let mut plain = vec![0x92, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9];
    plain.extend(secret);
    plain.extend([0xBE, 0xDE, 0, 2]);
    plain.extend(secret);
    plain.extend(secret);
    for profile in ProtectionProfile::ALL {
        let seen = [false, true].map(|cryptex| {
            let mut packet = plain.clone();
            let options = Options { cryptex, ..Options::default() };
            outbound(profile, options).protect_rtp(&mut packet).expect("it is a packet");
            packet.windows(8).filter(|bytes| *bytes == secret).count()
        });
        assert_eq!(seen, [2, 0], "{profile}");
    }
}

/// One that has agreed on Cryptex takes packets without.
#[test]
fn cryptex_takes_both() {
    let profile = ProtectionProfile::AeadAes128Gcm;
    let agreed = Options { cryptex: true, ..Options::default() };
    let mut sender = outbound(profile, Options::default());
    let mut receiver = inbound(profile, agreed);
    let extended = |sequence| {
        let mut packet = vec![0x90, 96, 0, sequence, 0, 0, 0, 0, 0, 0, 0, 9];
        packet.extend([0xBE, 0xDE, 0, 1, 0x10, 7, 0, 0, 42]);
        packet
    };
    for (sequence, cryptex) in [(1, false), (2, true), (3, false)] {
        sender.set_cryptex(cryptex);
        let mut packet = extended(sequence);
        sender.protect_rtp(&mut packet).expect("it is a packet");
        assert_eq!(packet[12] == 0xC0, cryptex);
        let count = receiver.unprotect_rtp(&mut packet).expect("it is ours");
        assert_eq!(packet[..count], extended(sequence));
    }
}
