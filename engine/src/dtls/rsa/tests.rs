//! Against OpenSSL, which plays a peer with an RSA key.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use dimpl::{Output, SrtpProfile};
use openssl::asn1::Asn1Time;
use openssl::pkey::Private;
use openssl::rsa::Rsa;
use openssl::ssl::{SslContext, SslMethod, SslStream, SslVerifyMode, SslVersion};

use super::*;
use crate::certificate::Certificate;
use crate::config::DtlsVersion;
use crate::dtls::{Association, Flights, Settings, for_library};
use crate::dtls_fault::DtlsFault;
use crate::entropy::{Purpose, stream};
use crate::test_time::origin;

mod v1_3;

/// Datagrams in both directions, as OpenSSL reads and writes them.
#[derive(Debug, Default)]
struct Wire {
    to_peer: VecDeque<Vec<u8>>,
    from_peer: Vec<Vec<u8>>,
}

impl Read for Wire {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let Some(datagram) = self.to_peer.pop_front() else {
            return Err(std::io::ErrorKind::WouldBlock.into());
        };
        buf[..datagram.len()].copy_from_slice(&datagram);
        Ok(datagram.len())
    }
}

impl Write for Wire {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.from_peer.push(buf.to_vec());
        Ok(buf.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A key and its certificate.
fn rsa(bits: u32) -> (PKey<Private>, X509) {
    let key = Rsa::generate(bits).and_then(PKey::from_rsa).expect("a key");
    let mut builder = X509::builder().expect("memory");
    builder.set_pubkey(&key).expect("a key");
    let (early, late) = (Asn1Time::days_from_now(0), Asn1Time::days_from_now(30));
    builder.set_not_before(&early.expect("a day")).expect("a day");
    builder.set_not_after(&late.expect("a day")).expect("a day");
    builder.sign(&key, MessageDigest::sha256()).expect("it signs");
    (key, builder.build())
}

/// OpenSSL's side: which key, which suites it takes, and whether it knows SRTP.
struct Peer {
    key: (PKey<Private>, X509),
    suites: &'static str,
    signatures: &'static str,
    srtp: &'static str,
    /// Whether it takes our certificate.
    trusts: bool,
}

impl Peer {
    fn new() -> Self {
        Peer {
            key: rsa(2048),
            suites: "ALL",
            signatures: "RSA+SHA256:RSA+SHA384:ECDSA+SHA256",
            srtp: "SRTP_AEAD_AES_128_GCM",
            trusts: true,
        }
    }

    fn context(&self) -> SslContext {
        let mut builder = SslContext::builder(SslMethod::dtls()).expect("a context");
        builder.set_min_proto_version(Some(SslVersion::DTLS1_2)).expect("it has 1.2");
        builder.set_cipher_list(self.suites).expect("suites");
        builder.set_sigalgs_list(self.signatures).expect("signatures");
        builder.set_private_key(&self.key.0).expect("a key");
        builder.set_certificate(&self.key.1).expect("a certificate");
        if !self.srtp.is_empty() {
            builder.set_tlsext_use_srtp(self.srtp).expect("a profile");
        }
        let asks = SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT;
        let trusts = self.trusts;
        builder.set_verify_callback(asks, move |_, _| trusts);
        builder.build()
    }
}

/// How a handshake ended.
#[derive(Debug, Default, PartialEq)]
struct Ended {
    connected: bool,
    certificate: Option<Vec<u8>>,
    keys: Option<(Vec<u8>, SrtpProfile)>,
    fault: Option<DtlsFault>,
    /// The keys as OpenSSL has them.
    exported: Vec<u8>,
    heard: Vec<u8>,
    /// A digest of what we sent first.
    first: Vec<u8>,
}

/// One of our associations, in a role, at the start of its handshake.
fn ours(version: DtlsVersion, client: bool) -> Association {
    let certificate = Certificate::generate([7; 32], Duration::from_secs(1_800_000_000));
    let settings = Settings {
        version,
        certificate: for_library(&certificate),
        mtu: Some(1200),
        entropy: stream([7; 32], Purpose::Dtls),
        key_log: false,
        flights: Flights::Library,
        signatures: Vec::new(),
    };
    let mut ours = Association::new(settings, origin()).expect("settings that can be");
    ours.set_client(client);
    ours.handle_timeout(origin()).expect("it begins");
    ours
}

/// A handshake of one of our associations, in a role, with the peer.
fn shake_hands(peer: &Peer, version: DtlsVersion, client: bool, lose_first: bool) -> Ended {
    let mut ours = ours(version, client);
    let mut ssl = openssl::ssl::Ssl::new(&peer.context()).expect("memory");
    ssl.set_mtu(1200).expect("a size");
    let mut theirs = SslStream::new(ssl, Wire::default()).expect("memory");
    let mut ended = Ended::default();
    let mut now = origin();
    let mut lose = lose_first;
    let mut shaken = false;
    for _ in 0..60 {
        now += Duration::from_millis(100);
        for datagram in turn(&mut ours, now, &mut ended) {
            if ended.first.is_empty() {
                ended.first.clone_from(&datagram);
            }
            if !std::mem::take(&mut lose) {
                theirs.get_mut().to_peer.push_back(datagram);
            }
        }
        if !shaken {
            let step = if client { theirs.accept() } else { theirs.connect() };
            shaken = step.is_ok();
        }
        let mut buf = [0; 100];
        if let Ok(length) = theirs.ssl_read(&mut buf) {
            ended.heard = buf[..length].to_vec();
            break;
        }
        for datagram in std::mem::take(&mut theirs.get_mut().from_peer) {
            let _ = ours.handle_packet(&datagram);
        }
        if ended.connected && shaken {
            let _ = ours.send(b"hello");
        }
        ended.fault = ours.fault();
    }
    if let Some((keys, _)) = &ended.keys {
        ended.exported = vec![0; keys.len()];
        let label = "EXTRACTOR-dtls_srtp";
        theirs
            .ssl()
            .export_keying_material(&mut ended.exported, label, None)
            .expect("it is connected");
    }
    ended
}

/// All that an instance says at this time.
fn turn(ours: &mut Association, now: Instant, ended: &mut Ended) -> Vec<Vec<u8>> {
    let mut sent = Vec::new();
    let mut buf = [0; 2000];
    for told in 0.. {
        match ours.poll_output(&mut buf) {
            Output::Packet(packet) => sent.push(packet.to_vec()),
            Output::Connected => ended.connected = true,
            Output::PeerCert(der) => ended.certificate = Some(der.to_vec()),
            Output::KeyingMaterial(keys, profile) => {
                ended.keys = Some((keys.as_ref().to_vec(), profile));
            }
            Output::Timeout(at) if at <= now && told < 20 => {
                let _ = ours.handle_timeout(now);
            }
            Output::Timeout(_) => break,
            _ => {}
        }
    }
    sent
}

#[test]
fn rsa_peers_connect_in_both_roles() {
    let peer = Peer::new();
    for client in [true, false] {
        for version in [DtlsVersion::Auto, DtlsVersion::V1_2] {
            for lose_first in [false, true] {
                let ended = shake_hands(&peer, version, client, lose_first);
                let case = format!("client {client}, {version:?}, {lose_first}: {ended:?}");
                assert!(ended.connected, "{case}");
                let der = peer.key.1.to_der().expect("it was parsed");
                assert_eq!(ended.certificate.as_ref(), Some(&der), "{case}");
                let (keys, profile) = ended.keys.as_ref().expect("a profile in common");
                assert_eq!(*profile, SrtpProfile::AEAD_AES_128_GCM);
                assert_eq!(*keys, ended.exported, "{case}");
                assert_eq!(ended.heard, b"hello", "{case}");
            }
        }
    }
}

#[test]
fn each_suite_of_rsa_works_and_the_seed_repeats_it() {
    for suites in [
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-RSA-CHACHA20-POLY1305",
    ] {
        let peer = Peer { suites, ..Peer::new() };
        let one = shake_hands(&peer, DtlsVersion::Auto, true, false);
        assert!(one.connected && one.heard == b"hello", "{suites}: {one:?}");
        assert_eq!(one.first, shake_hands(&peer, DtlsVersion::Auto, true, false).first);
    }
}

#[test]
fn each_kind_of_signature_works() {
    for signatures in ["RSA+SHA256", "RSA+SHA384", "RSA-PSS+SHA256"] {
        let signatures = format!("{signatures}:ECDSA+SHA256");
        let peer = Peer { signatures: signatures.leak(), ..Peer::new() };
        for client in [true, false] {
            let ended = shake_hands(&peer, DtlsVersion::Auto, client, false);
            let case = format!("{}, client {client}: {ended:?}", peer.signatures);
            assert!(ended.connected && ended.heard == b"hello", "{case}");
        }
    }
}

#[test]
fn a_weak_key_is_refused_and_a_peer_without_srtp_has_no_keys() {
    let weak = Peer { key: rsa(1024), suites: "ALL:@SECLEVEL=0", ..Peer::new() };
    for client in [true, false] {
        let ended = shake_hands(&weak, DtlsVersion::Auto, client, false);
        assert!(!ended.connected);
        assert_eq!(ended.fault, Some(DtlsFault::UnsupportedCertificate), "client {client}");
    }
    let silent = Peer { srtp: "", ..Peer::new() };
    let ended = shake_hands(&silent, DtlsVersion::Auto, true, false);
    assert_eq!((ended.connected, ended.keys), (true, None));
}

#[test]
fn nothing_in_common_is_a_fault() {
    let peer = Peer { suites: "DHE-RSA-AES128-GCM-SHA256", ..Peer::new() };
    let ended = shake_hands(&peer, DtlsVersion::Auto, false, false);
    assert_eq!(ended.fault, Some(DtlsFault::NoCommonCipher));
    let ended = shake_hands(&peer, DtlsVersion::Auto, true, false);
    assert!(matches!(ended.fault, Some(DtlsFault::Alert(alert)) if alert.0 == 40), "{ended:?}");
    let peer = Peer::new();
    let ended = shake_hands(&peer, DtlsVersion::V1_3, false, false);
    assert_eq!(ended.fault, Some(DtlsFault::VersionMismatch), "{ended:?}");
}

#[test]
fn a_peer_that_refuses_us_says_so() {
    let peer = Peer { trusts: false, ..Peer::new() };
    for client in [true, false] {
        let ended = shake_hands(&peer, DtlsVersion::Auto, client, false);
        assert!(!ended.connected);
        assert!(matches!(ended.fault, Some(DtlsFault::Alert(_))), "client {client}: {ended:?}");
    }
}
