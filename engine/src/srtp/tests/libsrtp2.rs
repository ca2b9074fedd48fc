//! Against libsrtp2, both ways: what it protected opens, and what it was protects to the same
//! bytes. `libsrtp2.c` made the packets.

use super::support::bytes;
use crate::srtp::rtcp::ENCRYPTED;
use crate::srtp::{Inbound, MasterKey, Options, Outbound, ProtectionProfile};

const PACKETS: &str = include_str!("libsrtp2.txt");

/// What libsrtp2 did with one profile.
struct Session {
    key: MasterKey,
    rtp: Vec<(Vec<u8>, Vec<u8>)>,
    rtcp: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Session {
    fn outbound(&self) -> Outbound {
        Outbound::new(&self.key, Options::default()).expect("OpenSSL has the cipher")
    }

    fn inbound(&self) -> Inbound {
        Inbound::new(&self.key, Options::default()).expect("OpenSSL has the cipher")
    }
}

fn sessions() -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    let mut profile = ProtectionProfile::Aes128CmSha1_80;
    for line in PACKETS.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["profile", name] => {
                let found = ProtectionProfile::ALL.into_iter().find(|p| p.to_string() == name);
                profile = found.expect("a profile that we have");
            }
            ["key", key] => {
                let key = bytes(key);
                let (key, salt) = key.split_at(profile.key_bytes());
                let key = MasterKey::new(profile, key, salt).expect("lengths of the profile");
                sessions.push(Session { key, rtp: Vec::new(), rtcp: Vec::new() });
            }
            [kind @ ("rtp" | "rtcp"), plain, protected] => {
                let session = sessions.last_mut().expect("the key comes first");
                let to = if kind == "rtp" { &mut session.rtp } else { &mut session.rtcp };
                to.push((bytes(plain), bytes(protected)));
            }
            _ => panic!("not a line of packets: {line}"),
        }
    }
    assert_eq!(sessions.len(), 4);
    assert!(sessions.iter().all(|session| session.rtp.len() == 22 && session.rtcp.len() == 8));
    sessions
}

#[test]
fn rtp_protects_to_the_same_bytes() {
    for session in sessions() {
        let mut outbound = session.outbound();
        for (number, (plain, protected)) in session.rtp.iter().enumerate() {
            let mut packet = plain.clone();
            outbound.protect_rtp(&mut packet).expect("each index is new");
            assert_eq!(packet, *protected, "{} {number}", session.key.profile());
        }
    }
}

#[test]
fn rtp_opens() {
    for session in sessions() {
        let mut inbound = session.inbound();
        for (number, (plain, protected)) in session.rtp.iter().enumerate() {
            let mut packet = protected.clone();
            let count = inbound.unprotect_rtp(&mut packet);
            let count = count.unwrap_or_else(|why| panic!("{why} {number}"));
            assert_eq!(packet[..count], *plain, "{} {number}", session.key.profile());
        }
    }
}

/// libsrtp2 counts from one, we from zero (RFC 3711 section 3.4): the index is set to its own.
#[test]
fn rtcp_protects_to_the_same_bytes() {
    for session in sessions() {
        let profile = session.key.profile();
        let mut outbound = session.outbound();
        for (plain, protected) in &session.rtcp {
            let tag = profile.rtcp_overhead() - 4;
            let at = if profile.is_aead() { 4 } else { 4 + tag };
            let word = protected[protected.len() - at..].first_chunk().expect("four bytes");
            let ssrc = u32::from_be_bytes(*plain[4..].first_chunk().expect("four bytes"));
            let index = u32::from_be_bytes(*word) & !ENCRYPTED;
            let mut packet = plain.clone();
            if !outbound.sources().contains_key(&ssrc) {
                outbound.protect_rtcp(&mut packet.clone()).expect("the first index");
            }
            let next = outbound.sources()[&ssrc].rtcp_next;
            assert_eq!(next, index, "one more for each, as ours");
            outbound.protect_rtcp(&mut packet).expect("each index is new");
            assert_eq!(packet, *protected, "{profile} {index}");
        }
    }
}

#[test]
fn rtcp_opens() {
    for session in sessions() {
        let mut inbound = session.inbound();
        for (plain, protected) in session.rtcp.iter().rev() {
            let mut packet = protected.clone();
            let count = inbound.unprotect_rtcp(&mut packet).expect("it is of the same keys");
            assert_eq!(packet[..count], *plain, "{}", session.key.profile());
        }
    }
}
