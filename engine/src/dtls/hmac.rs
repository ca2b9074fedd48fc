//! The HMAC that the library is given: its own, with an eye on what it derives.

use dimpl::CryptoError;
use dimpl::crypto::{HashAlgorithm, HmacProvider};

use super::at_work::{at_work, own};

#[derive(Debug)]
pub(super) struct Watched;

impl HmacProvider for Watched {
    fn hmac(
        &self,
        hash: HashAlgorithm,
        key: &[u8],
        data: &[u8],
        out: &mut [u8],
    ) -> Result<usize, CryptoError> {
        let length = own().hmac_provider.hmac(hash, key, data, out)?;
        at_work(|lent| {
            if let Some(secrets) = &mut lent.secrets {
                secrets.note(data, &out[..length]);
            }
        });
        Ok(length)
    }
}
