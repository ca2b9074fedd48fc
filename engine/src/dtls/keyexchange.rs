//! Ephemeral key exchange of DTLS (X25519 and P-256) with keys drawn from the connection's stream.

use dimpl::CryptoError;
use dimpl::crypto::{ActiveKeyExchange, Buf, NamedGroup, SecureRandom, SupportedKxGroup};
use p256::elliptic_curve::sec1::ToSec1Point;

use super::at_work::{draw, fill};
use crate::certificate::draw_p256;

/// The groups offered, preferred first.
pub(super) static GROUPS: &[&dyn SupportedKxGroup] = &[&X25519Group, &P256Group];

#[derive(Debug)]
struct X25519Group;

#[derive(Debug)]
struct P256Group;

/// Random bytes for everything else that the DTLS library draws through its provider.
#[derive(Debug)]
pub(super) struct Random;

impl SecureRandom for Random {
    fn fill(&self, buf: &mut [u8]) -> Result<(), CryptoError> {
        fill(buf);
        Ok(())
    }
}

impl SupportedKxGroup for X25519Group {
    fn name(&self) -> NamedGroup {
        NamedGroup::X25519
    }

    fn start_exchange(&self, mut buf: Buf) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        let secret = x25519_dalek::StaticSecret::from(draw::<32>());
        buf.clear();
        buf.extend_from_slice(x25519_dalek::PublicKey::from(&secret).as_bytes());
        Ok(Box::new(X25519Exchange { secret, public: buf }))
    }
}

struct X25519Exchange {
    secret: x25519_dalek::StaticSecret,
    public: Buf,
}

impl std::fmt::Debug for X25519Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("X25519Exchange")
    }
}

impl ActiveKeyExchange for X25519Exchange {
    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn complete(self: Box<Self>, peer: &[u8], out: &mut Buf) -> Result<(), CryptoError> {
        let invalid = || CryptoError::InvalidPublicKey(NamedGroup::X25519);
        let peer: [u8; 32] = peer.try_into().map_err(|_| invalid())?;
        let shared = self.secret.diffie_hellman(&x25519_dalek::PublicKey::from(peer));
        // RFC 7748 section 6.1: an all-zero secret means a point of low order.
        if !shared.was_contributory() {
            return Err(invalid());
        }
        out.clear();
        out.extend_from_slice(shared.as_bytes());
        Ok(())
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519
    }
}

impl SupportedKxGroup for P256Group {
    fn name(&self) -> NamedGroup {
        NamedGroup::Secp256r1
    }

    fn start_exchange(&self, mut buf: Buf) -> Result<Box<dyn ActiveKeyExchange>, CryptoError> {
        let secret = draw_p256(draw::<32>);
        buf.clear();
        buf.extend_from_slice(secret.public_key().to_sec1_point(false).as_bytes());
        Ok(Box::new(P256Exchange { secret, public: buf }))
    }
}

struct P256Exchange {
    secret: p256::SecretKey,
    public: Buf,
}

impl std::fmt::Debug for P256Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("P256Exchange")
    }
}

impl ActiveKeyExchange for P256Exchange {
    fn pub_key(&self) -> &[u8] {
        &self.public
    }

    fn complete(self: Box<Self>, peer: &[u8], out: &mut Buf) -> Result<(), CryptoError> {
        let peer = p256::PublicKey::from_sec1_bytes(peer)
            .map_err(|_| CryptoError::InvalidPublicKey(NamedGroup::Secp256r1))?;
        let shared = p256::ecdh::diffie_hellman(self.secret.to_nonzero_scalar(), peer.as_affine());
        out.clear();
        out.extend_from_slice(shared.raw_secret_bytes());
        Ok(())
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::Secp256r1
    }
}
