//! Ciphers of DTLS 1.3 with the translation of RSA handshakes behind them: here, and only here,
//! messages of a handshake are in the clear.

use dimpl::crypto::{
    Aad, Buf, Cipher, Dtls13CipherSuite, HashAlgorithm, Nonce, SupportedDtls13CipherSuite, TmpBuf,
};
use dimpl::{CryptoError, CryptoOperation};

use super::at_work::{own, translate};

/// All suites that the library has.
pub(super) static SUITES: &[&dyn SupportedDtls13CipherSuite] = &[&Suite(0), &Suite(1), &Suite(2)];

/// Where the ciphertext's length is in a record's header of five bytes (RFC 9147 section 4).
const LENGTH_AT: std::ops::Range<usize> = 3..5;

/// By its place among those of the library.
#[derive(Debug)]
struct Suite(usize);

impl Suite {
    fn own(&self) -> &'static dyn SupportedDtls13CipherSuite {
        own().dtls13_cipher_suites[self.0]
    }
}

impl SupportedDtls13CipherSuite for Suite {
    fn suite(&self) -> Dtls13CipherSuite {
        self.own().suite()
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        self.own().hash_algorithm()
    }

    fn key_len(&self) -> usize {
        self.own().key_len()
    }

    fn iv_len(&self) -> usize {
        self.own().iv_len()
    }

    fn tag_len(&self) -> usize {
        self.own().tag_len()
    }

    fn create_cipher(&self, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
        Ok(Box::new(Translated { cipher: self.own().create_cipher(key)?, tag: self.tag_len() }))
    }

    fn encrypt_sn(&self, sn_key: &[u8], sample: &[u8; 16]) -> [u8; 16] {
        self.own().encrypt_sn(sn_key, sample)
    }
}

#[derive(Debug)]
struct Translated {
    cipher: Box<dyn Cipher>,
    tag: usize,
}

impl Cipher for Translated {
    fn encrypt(
        &mut self,
        plaintext: &mut Buf,
        mut aad: Aad,
        nonce: Nonce,
    ) -> Result<(), CryptoError> {
        if let Some(longer) = translate(|translation| translation.seal(plaintext)) {
            plaintext.clear();
            plaintext.extend_from_slice(&longer);
            let length = (longer.len() + self.tag) as u16;
            if let Some(place) = aad.0.get_mut(LENGTH_AT) {
                place.copy_from_slice(&length.to_be_bytes());
            }
        }
        self.cipher.encrypt(plaintext, aad, nonce)
    }

    fn decrypt(
        &mut self,
        ciphertext: &mut TmpBuf,
        aad: Aad,
        nonce: Nonce,
    ) -> Result<(), CryptoError> {
        self.cipher.decrypt(ciphertext, aad, nonce)?;
        let is_read = translate(|translation| translation.unseal(ciphertext.as_mut()));
        // The library drops what it cannot decipher, and takes it when it comes again.
        is_read.then_some(()).ok_or(CryptoError::OperationFailed(CryptoOperation::Decrypt))
    }
}
