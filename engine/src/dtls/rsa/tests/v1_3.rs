//! Against the DTLS library itself, which signs by RSA where a provider does: OpenSSL 3 has no
//! DTLS 1.3.

use std::sync::Arc;

use dimpl::{Dtls as Library, DtlsCertificate};
use openssl::sign::Signer;

use super::*;

/// Loads RSA keys for the peer's side.
#[derive(Debug)]
struct RsaKeys;

impl KeyProvider for RsaKeys {
    fn load_private_key(&self, key_der: &[u8]) -> Result<Box<dyn SigningKey>, CryptoError> {
        Ok(Box::new(RsaKey(PKey::private_key_from_der(key_der).expect("a key of ours"))))
    }
}

#[derive(Debug)]
struct RsaKey(PKey<Private>);

impl SigningKey for RsaKey {
    fn sign(
        &mut self,
        data: &[u8],
        _hash_alg: HashAlgorithm,
        out: &mut Buf,
    ) -> Result<(), CryptoError> {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.0).expect("a key signs");
        signer.set_rsa_padding(Padding::PKCS1_PSS).expect("an RSA key");
        signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).expect("it is PSS");
        out.extend_from_slice(&signer.sign_oneshot_to_vec(data).expect("it signs"));
        Ok(())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }

    fn supported_hash_algorithms(&self) -> &[HashAlgorithm] {
        &[HashAlgorithm::SHA256]
    }
}

/// The peer's side: certificate, the key with which it signs, and how large its datagrams are.
struct Signed {
    certificate: Vec<u8>,
    key: PKey<Private>,
    mtu: usize,
    /// What a stranger says before each datagram of the peer's, after both greetings.
    stranger: Vec<u8>,
}

impl Signed {
    fn new(bits: u32) -> Self {
        let (key, certificate) = rsa(bits);
        Signed {
            certificate: certificate.to_der().expect("it was parsed"),
            key,
            mtu: 1200,
            stranger: Vec::new(),
        }
    }

    fn library(&self, client: bool) -> Library {
        let provider = CryptoProvider { key_provider: &RsaKeys, ..own().clone() };
        let config = dimpl::Config::builder().with_crypto_provider(provider).mtu(self.mtu);
        let config = config.dangerously_set_rng_seed(9).build().expect("it has all");
        let private_key = self.key.private_key_to_der().expect("a key");
        let certificate = DtlsCertificate { certificate: self.certificate.clone(), private_key };
        let mut library = Library::new_13(Arc::new(config), certificate, origin());
        library.set_active(client);
        library
    }
}

/// All that the peer says at this time.
fn peer_turn(peer: &mut Library, now: Instant, ended: &mut Ended) -> Vec<Vec<u8>> {
    let mut sent = Vec::new();
    let mut buf = [0; 2000];
    for told in 0.. {
        match peer.poll_output(&mut buf) {
            Output::Packet(packet) => sent.push(packet.to_vec()),
            Output::KeyingMaterial(keys, _) => ended.exported = keys.as_ref().to_vec(),
            Output::ApplicationData(data) => ended.heard = data.to_vec(),
            Output::Timeout(at) if at <= now && told < 20 => {
                let _ = peer.handle_timeout(now);
            }
            Output::Timeout(_) => break,
            _ => {}
        }
    }
    sent
}

/// A handshake of one of our associations, in a role. The datagram of this number, of ours and of
/// the peer's, is lost.
fn shake_hands(peer: &Signed, version: DtlsVersion, client: bool, lost: usize) -> Ended {
    let mut ours = ours(version, client);
    let mut theirs = peer.library(!client);
    let mut ended = Ended::default();
    let mut now = origin();
    theirs.handle_timeout(now).expect("it begins");
    let (mut sent, mut received) = (0, 0);
    for _ in 0..100 {
        now += Duration::from_millis(100);
        for datagram in turn(&mut ours, now, &mut ended) {
            sent += 1;
            if ended.first.is_empty() {
                ended.first.clone_from(&datagram);
            }
            if sent != lost {
                let _ = theirs.handle_packet(&datagram);
            }
        }
        for datagram in peer_turn(&mut theirs, now, &mut ended) {
            received += 1;
            if received > 2 && !peer.stranger.is_empty() {
                let _ = ours.handle_packet(&peer.stranger);
            }
            if received != lost {
                let _ = ours.handle_packet(&datagram);
            }
        }
        if ended.connected {
            let _ = ours.send(b"hello");
        }
        ended.fault = ours.fault();
        if !ended.heard.is_empty() {
            break;
        }
    }
    ended
}

#[test]
fn rsa_peers_connect_in_dtls_1_3_in_both_roles_and_with_losses() {
    let peer = Signed::new(2048);
    for client in [true, false] {
        for version in [DtlsVersion::Auto, DtlsVersion::V1_3] {
            for lost in 0..5 {
                let ended = shake_hands(&peer, version, client, lost);
                let case = format!("client {client}, {version:?}, {lost}: {ended:?}");
                assert!(ended.connected, "{case}");
                assert_eq!(ended.certificate.as_ref(), Some(&peer.certificate), "{case}");
                let (keys, _) = ended.keys.as_ref().expect("a profile in common");
                assert_eq!(*keys, ended.exported, "{case}");
                assert_eq!(ended.heard, b"hello", "{case}");
                let again = shake_hands(&peer, version, client, lost);
                assert_eq!(ended.first, again.first, "the seed repeats it");
            }
        }
    }
}

#[test]
fn a_certificate_in_fragments_is_put_together() {
    let peer = Signed { mtu: 320, ..Signed::new(4096) };
    for client in [true, false] {
        for lost in 0..8 {
            let ended = shake_hands(&peer, DtlsVersion::Auto, client, lost);
            assert_eq!(ended.certificate.as_ref(), Some(&peer.certificate), "{client}, {lost}");
            assert_eq!(ended.heard, b"hello", "client {client}, {lost}: {ended:?}");
        }
    }
}

#[test]
fn a_stranger_cannot_say_by_what_the_peer_signed() {
    // A CertificateVerify in the clear, of four bytes: PKCS#1, and no signature.
    let mut stranger = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 16];
    stranger.extend([15, 0, 0, 4, 0, 3, 0, 0, 0, 0, 0, 4, 4, 1, 0, 0]);
    let peer = Signed { stranger, ..Signed::new(2048) };
    for client in [true, false] {
        let ended = shake_hands(&peer, DtlsVersion::Auto, client, 0);
        assert_eq!(ended.heard, b"hello", "client {client}: {ended:?}");
    }
}

#[test]
fn another_key_or_a_weak_one_is_refused() {
    let other = Signed { key: rsa(2048).0, ..Signed::new(2048) };
    let weak = Signed::new(1024);
    let cases = [(other, DtlsFault::Unverified), (weak, DtlsFault::UnsupportedCertificate)];
    for (peer, fault) in cases {
        for client in [true, false] {
            let ended = shake_hands(&peer, DtlsVersion::Auto, client, 0);
            assert!(!ended.connected, "{ended:?}");
            assert_eq!(ended.fault, Some(fault), "client {client}");
        }
    }
}
