//! A key that is not here, in a replay, and what the one that is here signed.

use dimpl::crypto::{Buf, HashAlgorithm, SignatureAlgorithm, SigningKey};
use dimpl::{CryptoError, CryptoOperation};

use super::at_work::at_work;

/// Keeps what was signed just now.
pub(super) fn note(signature: &[u8]) {
    at_work(|lent| lent.signed.note(signature));
}

/// A key that is not here: what it signed is.
#[derive(Debug)]
pub(super) struct Absent;

impl SigningKey for Absent {
    fn sign(
        &mut self,
        _data: &[u8],
        _hash_alg: HashAlgorithm,
        out: &mut Buf,
    ) -> Result<(), CryptoError> {
        let signature = at_work(|lent| lent.signed.to_come.pop_front());
        let signature = signature.ok_or(CryptoError::OperationFailed(CryptoOperation::Sign))?;
        out.clear();
        out.extend_from_slice(&signature);
        Ok(())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::SHA256
    }

    fn supported_hash_algorithms(&self) -> &[HashAlgorithm] {
        &[HashAlgorithm::SHA256, HashAlgorithm::SHA384]
    }
}
