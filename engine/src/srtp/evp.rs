//! AES in Galois/counter mode by OpenSSL, called without what the `openssl` crate does between:
//! with each call it asks for lengths that do not change, and compares. That is 300 instructions of
//! a packet that is sealed, and as many of one that is opened.
//!
//! 1. A context gets its key once: [`Gcm::new`].
//! 2. A packet begins with its initialisation vector, [`Gcm::start`]; then come its parts in the
//!    clear, [`Gcm::associate`], and those that are encrypted, [`Gcm::apply`].
//! 3. It ends with its tag, which is made, [`Gcm::tag`], or verified, [`Gcm::verify`].

use std::ffi::c_int;
use std::ptr;

use foreign_types::ForeignTypeRef;
use openssl::cipher::CipherRef;
use openssl::cipher_ctx::CipherCtx;
use openssl::error::ErrorStack;
use openssl_sys as ffi;

use super::nonce::Direction;

/// Bytes of the tag (RFC 7714 section 12).
pub(super) const TAG_BYTES: usize = 16;

/// Bytes of the initialisation vector.
pub(super) const IV_BYTES: usize = 12;

/// `EVP_CTRL_GCM_SET_IV_FIXED`: replaces the fixed part of a vector, or all of it. OpenSSH begins
/// its packets so. `EVP_CipherInit_ex` does the same and asks for the vector's length each time,
/// which is 360 instructions.
const SET_IV_FIXED: c_int = 0x12;

/// Instead of a length: all of it.
const WHOLE: c_int = -1;

/// A context with its key, in one direction.
///
/// Whatever is called in whatever order, OpenSSL answers with an error where it makes no sense, and
/// reads and writes the slices that it is given and nothing else.
pub(super) struct Gcm(CipherCtx);

impl Gcm {
    /// A context for a cipher that is AES in this mode.
    ///
    /// # Panics
    ///
    /// Where it is another one: its vectors and blocks have other lengths.
    pub(super) fn new(
        cipher: &CipherRef,
        key: &[u8],
        direction: Direction,
    ) -> Result<Self, ErrorStack> {
        let lengths = (cipher.iv_length(), cipher.block_size());
        assert_eq!(lengths, (IV_BYTES, 1), "a stream, and a vector of the length that is read");
        let mut ctx = CipherCtx::new()?;
        match direction {
            Direction::Outbound => ctx.encrypt_init(Some(cipher), Some(key), None)?,
            Direction::Inbound => ctx.decrypt_init(Some(cipher), Some(key), None)?,
        }
        Ok(Gcm(ctx))
    }

    /// Begins a packet. Key and direction stay.
    #[expect(unsafe_code, reason = "the C interface of OpenSSL")]
    pub(super) fn start(&mut self, iv: &[u8; IV_BYTES]) -> Result<(), ErrorStack> {
        // SAFETY: the context is alive as long as `self` and nobody else uses it. As many bytes of
        // the vector are read as the cipher's are long, which nothing changed since `new` compared
        // it with this array's; none is written.
        check(unsafe {
            let place = iv.as_ptr().cast_mut();
            ffi::EVP_CIPHER_CTX_ctrl(self.0.as_ptr(), SET_IV_FIXED, WHOLE, place.cast())
        })
    }

    /// A part that stays in the clear and is authenticated.
    #[expect(unsafe_code, reason = "the C interface of OpenSSL")]
    pub(super) fn associate(&mut self, part: &[u8]) -> Result<(), ErrorStack> {
        let (len, mut written) = (length(part)?, 0);
        // SAFETY: as in `start`. Without a place for output nothing but `written` is written, and
        // `len` bytes are read, which is the length of the slice.
        check(unsafe {
            let out = ptr::null_mut();
            ffi::EVP_CipherUpdate(self.0.as_ptr(), out, &mut written, part.as_ptr(), len)
        })
    }

    /// Encrypts or decrypts a part in its place.
    #[expect(unsafe_code, reason = "the C interface of OpenSSL")]
    pub(super) fn apply(&mut self, part: &mut [u8]) -> Result<(), ErrorStack> {
        let (len, mut written) = (length(part)?, 0);
        if len == 0 {
            return Ok(());
        }
        let place = part.as_mut_ptr();
        // SAFETY: as in `start`. `len` bytes are read and as many written, as the cipher is a
        // stream, which is the length of the slice; both may be the same place.
        check(unsafe { ffi::EVP_CipherUpdate(self.0.as_ptr(), place, &mut written, place, len) })
    }

    /// Encrypts or decrypts a part to the begin of `out`.
    ///
    /// # Panics
    ///
    /// Where that has no room for it.
    #[expect(unsafe_code, reason = "the C interface of OpenSSL")]
    pub(super) fn apply_into(&mut self, part: &[u8], out: &mut [u8]) -> Result<(), ErrorStack> {
        let (len, mut written) = (length(part)?, 0);
        let out = &mut out[..part.len()];
        if len == 0 {
            return Ok(());
        }
        // SAFETY: as in `start`. `len` bytes are read and as many written, as the cipher is a
        // stream, which is the length of both slices; they do not overlap, as one is exclusive.
        check(unsafe {
            let (from, to) = (part.as_ptr(), out.as_mut_ptr());
            ffi::EVP_CipherUpdate(self.0.as_ptr(), to, &mut written, from, len)
        })
    }

    /// Ends a packet that is encrypted, and writes its tag.
    pub(super) fn tag(&mut self, tag: &mut [u8; TAG_BYTES]) -> Result<(), ErrorStack> {
        self.finish()?;
        self.control(ffi::EVP_CTRL_GCM_GET_TAG, tag)
    }

    /// Ends a packet that is decrypted. An error where this is not its tag.
    pub(super) fn verify(&mut self, tag: &[u8; TAG_BYTES]) -> Result<(), ErrorStack> {
        self.control(ffi::EVP_CTRL_GCM_SET_TAG, &mut { *tag })?;
        self.finish()
    }

    #[expect(unsafe_code, reason = "the C interface of OpenSSL")]
    fn finish(&mut self) -> Result<(), ErrorStack> {
        let (mut rest, mut written) = ([0; TAG_BYTES], 0);
        // SAFETY: as in `start`. At most a block is written, and there is room for one of AES.
        check(unsafe { ffi::EVP_CipherFinal(self.0.as_ptr(), rest.as_mut_ptr(), &mut written) })
    }

    #[expect(unsafe_code, reason = "the C interface of OpenSSL")]
    fn control(&mut self, what: c_int, tag: &mut [u8; TAG_BYTES]) -> Result<(), ErrorStack> {
        let place = tag.as_mut_ptr();
        // SAFETY: as in `start`. Both controls that are asked for read or write as many bytes as
        // the length says, which is the array's.
        check(unsafe {
            ffi::EVP_CIPHER_CTX_ctrl(self.0.as_ptr(), what, TAG_BYTES as c_int, place.cast())
        })
    }
}

/// What a call of OpenSSL came to.
fn check(result: c_int) -> Result<(), ErrorStack> {
    if result > 0 { Ok(()) } else { Err(ErrorStack::get()) }
}

/// A length as OpenSSL has it.
fn length(part: &[u8]) -> Result<c_int, ErrorStack> {
    c_int::try_from(part.len()).map_err(|_| ErrorStack::get())
}

#[cfg(test)]
mod tests {
    use openssl::cipher::Cipher;
    use openssl::symm::{self, decrypt_aead, encrypt_aead};

    use super::*;

    const KEY: [u8; 16] = [7; 16];
    const IV: [u8; IV_BYTES] = [9; IV_BYTES];

    fn gcm(direction: Direction) -> Gcm {
        Gcm::new(Cipher::aes_128_gcm(), &KEY, direction).unwrap()
    }

    #[test]
    fn it_is_what_the_crate_makes() {
        let text: Vec<u8> = (0..1_200_u16).map(|at| at as u8).collect();
        let (mut seal, mut open) = (gcm(Direction::Outbound), gcm(Direction::Inbound));
        for len in [0, 1, 15, 16, 17, 95, 96, 287, 288, 1_100, 1_200] {
            let (clear, text) = (&text[..len.min(24)], &text[..len]);
            let mut tag = [0; TAG_BYTES];
            let cipher = symm::Cipher::aes_128_gcm();
            let expected = encrypt_aead(cipher, &KEY, Some(&IV), clear, text, &mut tag).unwrap();
            let mut made = [0; TAG_BYTES];
            let mut sealed = vec![0; len];
            seal.start(&IV).unwrap();
            seal.associate(clear).unwrap();
            seal.apply_into(text, &mut sealed).unwrap();
            seal.tag(&mut made).unwrap();
            assert_eq!((&sealed, made), (&expected, tag), "{len}");
            open.start(&IV).unwrap();
            open.associate(clear).unwrap();
            open.apply(&mut sealed).unwrap();
            open.verify(&tag).unwrap();
            assert_eq!(sealed, text);
            decrypt_aead(cipher, &KEY, Some(&IV), clear, &expected, &made).unwrap();
        }
    }

    #[test]
    fn a_wrong_tag_is_an_error_and_the_next_packet_is_well() {
        let mut seal = gcm(Direction::Outbound);
        let (mut text, mut tag) = (*b"text", [0; TAG_BYTES]);
        seal.start(&IV).unwrap();
        seal.associate(b"clear").unwrap();
        seal.apply(&mut text).unwrap();
        seal.tag(&mut tag).unwrap();
        let mut open = gcm(Direction::Inbound);
        for flipped in [1, 0] {
            let (mut text, mut tag) = (text, tag);
            tag[5] ^= flipped;
            open.start(&IV).unwrap();
            open.associate(b"clear").unwrap();
            open.apply(&mut text).unwrap();
            assert_eq!(open.verify(&tag).is_err(), flipped == 1);
            assert_eq!(&text, b"text");
        }
    }

    #[test]
    fn what_makes_no_sense_is_an_error() {
        let mut seal = gcm(Direction::Outbound);
        seal.start(&IV).unwrap();
        seal.tag(&mut [0; TAG_BYTES]).unwrap();
        assert!(seal.apply(&mut [0; 4]).is_err(), "the packet has ended");
        assert!(seal.verify(&[0; TAG_BYTES]).is_err(), "tags are made in this direction");
        let mut open = gcm(Direction::Inbound);
        assert!(open.tag(&mut [0; TAG_BYTES]).is_err(), "there is nothing to end");
        assert_eq!(ErrorStack::get().errors().len(), 0, "no error is left for others to find");
    }

    #[test]
    #[should_panic(expected = "a vector of the length that is read")]
    fn another_cipher_is_refused() {
        let _ = Gcm::new(Cipher::aes_128_cbc(), &KEY, Direction::Outbound);
    }

    #[test]
    #[should_panic(expected = "out of range")]
    fn there_must_be_room() {
        let mut seal = gcm(Direction::Outbound);
        seal.start(&IV).unwrap();
        let _ = seal.apply_into(&[0; 9], &mut [0; 8]);
    }
}
