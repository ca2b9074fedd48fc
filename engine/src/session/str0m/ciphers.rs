//! SRTP ciphers (RFC 3711, RFC 7714) by OpenSSL. One context per direction and key, re-used with
//! a new initialisation vector per packet.

use openssl::cipher::{Cipher, CipherRef};
use openssl::cipher_ctx::CipherCtx;
use openssl::error::ErrorStack;
use str0m_proto::crypto::{
    AeadAes128Gcm, AeadAes128GcmCipher, AeadAes256GcmCipher, Aes128CmSha1_80Cipher, CryptoError,
    SrtpProvider, SupportedAeadAes128Gcm, SupportedAeadAes256Gcm, SupportedAes128CmSha1_80,
};

/// Bytes of the authentication tag, the same for both key sizes (RFC 7714 section 12).
const TAG_BYTES: usize = AeadAes128Gcm::TAG_LEN;

/// Bytes of an AES block.
const BLOCK_BYTES: usize = 16;

#[derive(Debug)]
pub(super) struct Srtp;

impl SrtpProvider for Srtp {
    fn aes_128_cm_sha1_80(&self) -> &'static dyn SupportedAes128CmSha1_80 {
        &Srtp
    }

    fn aead_aes_128_gcm(&self) -> &'static dyn SupportedAeadAes128Gcm {
        &Srtp
    }

    fn aead_aes_256_gcm(&self) -> &'static dyn SupportedAeadAes256Gcm {
        &Srtp
    }

    fn srtp_aes_128_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        ecb_round(Cipher::aes_128_ecb(), key, input, output);
    }

    fn srtp_aes_256_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        ecb_round(Cipher::aes_256_ecb(), key, input, output);
    }
}

impl SupportedAes128CmSha1_80 for Srtp {
    fn create_cipher(&self, key: [u8; 16], _encrypt: bool) -> Box<dyn Aes128CmSha1_80Cipher> {
        // Counter mode: decryption is encryption.
        Box::new(SrtpCipher::new(Cipher::aes_128_ctr(), &key, true))
    }
}

impl SupportedAeadAes128Gcm for Srtp {
    fn create_cipher(&self, key: [u8; 16], encrypt: bool) -> Box<dyn AeadAes128GcmCipher> {
        Box::new(SrtpCipher::new(Cipher::aes_128_gcm(), &key, encrypt))
    }
}

impl SupportedAeadAes256Gcm for Srtp {
    fn create_cipher(&self, key: [u8; 32], encrypt: bool) -> Box<dyn AeadAes256GcmCipher> {
        Box::new(SrtpCipher::new(Cipher::aes_256_gcm(), &key, encrypt))
    }
}

/// One block through AES, for the key derivation of RFC 3711 section 4.3.3.
fn ecb_round(cipher: &CipherRef, key: &[u8], input: &[u8], output: &mut [u8]) {
    // OpenSSL may write one block more than it is given.
    let mut block = [0; 2 * BLOCK_BYTES];
    let mut ctx = CipherCtx::new().expect("OpenSSL has memory for a cipher context");
    ctx.encrypt_init(Some(cipher), Some(key), None).expect("the key has the cipher's length");
    ctx.set_padding(false);
    let count = ctx
        .cipher_update(&input[..BLOCK_BYTES], Some(&mut block))
        .expect("one block goes through ECB");
    output[..count].copy_from_slice(&block[..count]);
}

struct SrtpCipher {
    ctx: CipherCtx,
}

impl std::fmt::Debug for SrtpCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SrtpCipher")
    }
}

impl SrtpCipher {
    fn new(cipher: &CipherRef, key: &[u8], encrypt: bool) -> Self {
        let mut ctx = CipherCtx::new().expect("OpenSSL has memory for a cipher context");
        let init = if encrypt {
            ctx.encrypt_init(Some(cipher), Some(key), None)
        } else {
            ctx.decrypt_init(Some(cipher), Some(key), None)
        };
        init.expect("the key has the cipher's length");
        SrtpCipher { ctx }
    }

    fn counter(&mut self, iv: &[u8], input: &[u8], output: &mut [u8]) -> Result<(), CryptoError> {
        self.ctx.encrypt_init(None, None, Some(iv)).map_err(failed)?;
        let count = self.ctx.cipher_update(input, Some(output)).map_err(failed)?;
        self.ctx.cipher_final(&mut output[count..]).map_err(failed)?;
        Ok(())
    }

    fn seal(
        &mut self,
        iv: &[u8],
        aad: &[u8],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        self.ctx.encrypt_init(None, None, Some(iv)).map_err(failed)?;
        self.ctx.cipher_update(aad, None).map_err(failed)?;
        let count = self.ctx.cipher_update(input, Some(output)).map_err(failed)?;
        self.ctx.cipher_final(&mut output[count..]).map_err(failed)?;
        self.ctx.tag(&mut output[count..count + TAG_BYTES]).map_err(failed)
    }

    fn open(
        &mut self,
        iv: &[u8],
        aads: &[&[u8]],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, CryptoError> {
        let text_bytes = input.len().checked_sub(TAG_BYTES);
        let text_bytes = text_bytes.ok_or_else(|| CryptoError::Other("no tag".to_owned()))?;
        let (text, tag) = input.split_at(text_bytes);
        self.ctx.decrypt_init(None, None, Some(iv)).map_err(failed)?;
        for aad in aads {
            self.ctx.cipher_update(aad, None).map_err(failed)?;
        }
        let count = self.ctx.cipher_update(text, Some(output)).map_err(failed)?;
        self.ctx.set_tag(tag).map_err(failed)?;
        let rest = self.ctx.cipher_final(&mut output[count..]).map_err(failed)?;
        Ok(count + rest)
    }
}

fn failed(error: ErrorStack) -> CryptoError {
    CryptoError::Other(format!("SRTP cipher: {error}"))
}

impl Aes128CmSha1_80Cipher for SrtpCipher {
    fn encrypt(
        &mut self,
        iv: &[u8; 16],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        self.counter(iv, input, output)
    }

    fn decrypt(
        &mut self,
        iv: &[u8; 16],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        self.counter(iv, input, output)
    }
}

macro_rules! aead {
    ($trait:ident) => {
        impl $trait for SrtpCipher {
            fn encrypt(
                &mut self,
                iv: &[u8; 12],
                aad: &[u8],
                input: &[u8],
                output: &mut [u8],
            ) -> Result<(), CryptoError> {
                self.seal(iv, aad, input, output)
            }

            fn decrypt(
                &mut self,
                iv: &[u8; 12],
                aads: &[&[u8]],
                input: &[u8],
                output: &mut [u8],
            ) -> Result<usize, CryptoError> {
                self.open(iv, aads, input, output)
            }
        }
    };
}

aead!(AeadAes128GcmCipher);
aead!(AeadAes256GcmCipher);

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<char> = hex.chars().filter(|c| !c.is_whitespace()).collect();
        let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16);
        digits.chunks(2).map(|pair| byte(pair).expect("hex digits")).collect()
    }

    /// RFC 3711 appendix B.2: the first keystream blocks of AES-CM.
    #[test]
    fn rfc_3711_keystream() {
        let key = bytes("2B7E151628AED2A6ABF7158809CF4F3C").try_into().expect("16 bytes");
        let iv = bytes("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000").try_into().expect("16 bytes");
        let mut cipher = SupportedAes128CmSha1_80::create_cipher(&Srtp, key, true);
        let mut out = [0; 32];
        cipher.encrypt(&iv, &[0; 32], &mut out).expect("encrypts");
        let stream = "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB";
        assert_eq!(out.to_vec(), bytes(stream));
    }

    /// RFC 3711 appendix B.3: the cipher key derived from a master key and salt.
    #[test]
    fn rfc_3711_key_derivation_block() {
        let key = bytes("E1F97A0D3E018BE0D64FA32C06DE4139");
        let mut out = [0; 16];
        let input = bytes("0EC675AD498AFEEBB6960B3AABE60000");
        Srtp.srtp_aes_128_ecb_round(&key, &input, &mut out);
        assert_eq!(out.to_vec(), bytes("C61E7A93744F39EE10734AFE3FF7A087"));
    }

    /// RFC 7714 section 16.1.1: AEAD_AES_128_GCM over an RTP packet, sealed and opened.
    #[test]
    fn rfc_7714_packet() {
        let key = bytes("000102030405060708090a0b0c0d0e0f").try_into().expect("16 bytes");
        let iv = bytes("51753c6580c2726f20718414").try_into().expect("12 bytes");
        let aad = bytes("8040f17b8041f8d35501a0b2");
        let text =
            bytes("47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573");
        let mut sealed = vec![0; text.len() + TAG_BYTES];
        let mut cipher = SupportedAeadAes128Gcm::create_cipher(&Srtp, key, true);
        cipher.encrypt(&iv, &aad, &text, &mut sealed).expect("seals");
        let expected = bytes(
            "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833
             899d7f27beb16a9152cf765ee4390cce",
        );
        assert_eq!(sealed, expected);

        let mut cipher = SupportedAeadAes128Gcm::create_cipher(&Srtp, key, false);
        let mut opened = vec![0; text.len()];
        let (head, tail) = aad.split_at(4);
        let count = cipher.decrypt(&iv, &[head, tail], &sealed, &mut opened).expect("opens");
        assert_eq!(opened[..count], text[..]);
        sealed[0] ^= 1;
        assert!(cipher.decrypt(&iv, &[&aad], &sealed, &mut opened).is_err());
        assert!(cipher.decrypt(&iv, &[&aad], &sealed[..7], &mut opened).is_err());
    }
}
