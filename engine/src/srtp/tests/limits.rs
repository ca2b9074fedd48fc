//! Named limits: sources, indices, and what may be used once.

use super::support::{inbound, outbound, pair, rtcp, rtp, state};
use crate::srtp::rtcp::INDEX_END;
use crate::srtp::{Discard, Options, ProtectError, ProtectionProfile};

const PROFILE: ProtectionProfile = ProtectionProfile::AeadAes128Gcm;

#[test]
fn sources_beyond_the_limit_are_refused() {
    let options = Options { sources_max: 3, ..Options::default() };
    let (mut free, _) = pair(PROFILE);
    let (mut bound, mut receiver) = (outbound(PROFILE, options), inbound(PROFILE, options));
    for ssrc in 0..3 {
        bound.protect_rtp(&mut rtp(ssrc, 1, b"")).expect("within the limit");
        let mut packet = rtp(ssrc, 1, b"");
        free.protect_rtp(&mut packet).expect("each index is new");
        receiver.unprotect_rtp(&mut packet).expect("within the limit");
    }
    assert_eq!(bound.protect_rtp(&mut rtp(3, 1, b"")), Err(ProtectError::TooManySources));
    assert_eq!(bound.protect_rtcp(&mut rtcp(3, b"")), Err(ProtectError::TooManySources));
    assert_eq!(bound.protect_rtp(&mut rtp(2, 2, b"")), Ok(()));
    assert_eq!(bound.protect_rtcp(&mut rtcp(2, b"")), Ok(()));

    let (mut packet, mut report) = (rtp(3, 1, b""), rtcp(3, b""));
    free.protect_rtp(&mut packet).expect("each index is new");
    free.protect_rtcp(&mut report).expect("each index is new");
    assert_eq!(receiver.unprotect_rtp(&mut packet), Err(Discard::TooManySources));
    assert_eq!(receiver.unprotect_rtcp(&mut report), Err(Discard::TooManySources));
    let mut report = rtcp(2, b"");
    free.protect_rtcp(&mut report).expect("each index is new");
    receiver.unprotect_rtcp(&mut report).expect("a source that is known");
    assert_eq!(state(&mut receiver).len(), 3);
}

/// RFC 3711 section 9.2: after 2^48 packets there are no more, whatever the sequence number.
#[test]
fn rtp_ends_with_its_indices() {
    for profile in ProtectionProfile::ALL {
        let (mut outbound, mut inbound) = pair(profile);
        let last = (1 << 48) - 1;
        for sequence in [1, 0xFFFE] {
            outbound.protect_rtp(&mut rtp(7, sequence, b"")).expect("each index is new");
        }
        outbound.sources().get_mut(&7).expect("it has sent").rtp.record(last - 1);
        let mut first = rtp(7, 1, b"");
        let mut other = super::support::outbound(profile, Options::default());
        other.protect_rtp(&mut first).expect("each index is new");
        inbound.unprotect_rtp(&mut first).expect("it is ours");
        inbound.sources().get_mut(&7).expect("it has sent").rtp.record(last - 1);

        let mut packet = rtp(7, 0xFFFF, b"the last");
        outbound.protect_rtp(&mut packet).expect("the last index");
        inbound.unprotect_rtp(&mut packet).expect("the last index");
        let mut beyond = rtp(7, 0, b"");
        assert_eq!(outbound.protect_rtp(&mut beyond), Err(ProtectError::Exhausted));
        beyond.resize(60, 0);
        assert_eq!(inbound.unprotect_rtp(&mut beyond), Err(Discard::Exhausted));
        let again = outbound.protect_rtp(&mut rtp(7, 0xFFFF, b""));
        assert_eq!(again, Err(ProtectError::Reused));
    }
}

/// RFC 3711 section 9.2: 2^31 packets of RTCP, and no more.
#[test]
fn rtcp_ends_with_its_indices() {
    for profile in ProtectionProfile::ALL {
        let (mut outbound, mut inbound) = pair(profile);
        outbound.protect_rtcp(&mut rtcp(7, b"")).expect("the first index");
        outbound.sources().get_mut(&7).expect("it has sent").rtcp_next = INDEX_END - 1;
        let mut packet = rtcp(7, b"last");
        outbound.protect_rtcp(&mut packet).expect("the last index");
        inbound.unprotect_rtcp(&mut packet).expect("the last index");
        assert_eq!(outbound.protect_rtcp(&mut rtcp(7, b"")), Err(ProtectError::Exhausted));
        assert_eq!(outbound.protect_rtcp(&mut rtcp(8, b"")), Ok(()), "its own indices");
    }
}

/// Two packets with one index would tell both contents, and with GCM the key of the tags.
#[test]
fn an_index_is_used_once() {
    let (mut outbound, _) = pair(PROFILE);
    outbound.protect_rtp(&mut rtp(7, 5, b"one")).expect("each index is new");
    assert_eq!(outbound.protect_rtp(&mut rtp(7, 5, b"two")), Err(ProtectError::Reused));
    let mut out = Vec::new();
    let again = outbound.protect_rtp_into(&rtp(7, 5, b""), b"two", &mut out);
    assert_eq!(again, Err(ProtectError::Reused));
    assert!(out.is_empty());
    outbound.protect_rtp(&mut rtp(7, 5 + 1024, b"")).expect("each index is new");
    assert_eq!(outbound.protect_rtp(&mut rtp(7, 4, b"")), Err(ProtectError::TooOld));
    assert_eq!(outbound.protect_rtp(&mut rtp(7, 6, b"")), Ok(()), "late, and in the window");
    assert_eq!(outbound.protect_rtp(&mut rtp(8, 5, b"")), Ok(()), "another source");
}

#[test]
fn what_is_no_packet_is_not_protected() {
    let (mut outbound, _) = pair(PROFILE);
    let mut out = b"untouched".to_vec();
    for packet in [&b""[..], &[0x80; 11], &[0x40; 12], &[0x81; 12], &[0x90; 15], &[0x90; 20]] {
        assert_eq!(outbound.protect_rtp(&mut packet.to_vec()), Err(ProtectError::Header));
        let result = outbound.protect_rtp_into(packet, b"payload", &mut out);
        assert_eq!(result, Err(ProtectError::Header));
    }
    let more = outbound.protect_rtp_into(&rtp(7, 1, b"payload"), b"payload", &mut out);
    assert_eq!(more, Err(ProtectError::Header), "the header is not the header alone");
    assert_eq!(out, b"untouched");
    for packet in [&b""[..], &[0x80; 7], &[0x00; 8]] {
        assert_eq!(outbound.protect_rtcp(&mut packet.to_vec()), Err(ProtectError::Header));
    }
    assert!(outbound.sources().is_empty());
}

/// RFC 9335 section 5.1: no other header extensions than those of RFC 8285.
#[test]
fn cryptex_refuses_other_extensions() {
    let (mut outbound, _) = pair(PROFILE);
    outbound.set_cryptex(true);
    for profile in [0xABCD_u16, 0x1001, 0xC0DE] {
        let mut packet = rtp(7, 5, &profile.to_be_bytes());
        packet[0] |= 0x10;
        packet.extend([0, 0]);
        let before = packet.clone();
        assert_eq!(outbound.protect_rtp(&mut packet), Err(ProtectError::Extension));
        assert_eq!(packet, before);
    }
    assert_eq!(outbound.protect_rtp(&mut rtp(7, 5, b"")), Ok(()), "its index was not spent");
    outbound.set_cryptex(false);
    for (profile, expected) in [
        (0xABCD_u16, Ok(())),
        (0xC0DE, Err(ProtectError::Extension)),
        (0xC2DE, Err(ProtectError::Extension)),
    ] {
        let mut packet = rtp(7, 6, &profile.to_be_bytes());
        packet[0] |= 0x10;
        packet.extend([0, 0]);
        assert_eq!(outbound.protect_rtp(&mut packet), expected, "{profile:x}");
    }
}

/// What is shown tells no keys.
#[test]
fn contexts_show_no_keys() {
    let (mut outbound, inbound) = pair(PROFILE);
    outbound.protect_rtp(&mut rtp(7, 5, b"")).expect("each index is new");
    let options = "Options { cryptex: false, replay_window: 1024, sources_max: 4096 }";
    let rest = format!("profile: AeadAes128Gcm, options: {options}");
    assert_eq!(format!("{outbound:?}"), format!("Outbound {{ {rest}, sources: 1, .. }}"));
    assert_eq!(format!("{inbound:?}"), format!("Inbound {{ {rest}, sources: 0, .. }}"));
}
