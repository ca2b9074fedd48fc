//! What a handshake began with, so that it can begin anew.

use std::sync::Arc;
use std::time::Instant;

use dimpl::{Dtls, DtlsCertificate};
use rand_chacha::ChaCha20Rng;
use zeroize::Zeroize;

use super::greetings::Greetings;
use crate::config::DtlsVersion;

/// What a handshake began with.
pub(super) struct Origin {
    pub(super) version: DtlsVersion,
    pub(super) certificate: DtlsCertificate,
    pub(super) config: Arc<dimpl::Config>,
    pub(super) entropy: ChaCha20Rng,
    pub(super) key_log: bool,
    pub(super) born: Instant,
    /// When the greeting was made, by the library's clock.
    pub(super) began: Option<Instant>,
    pub(super) greetings: Greetings,
    /// A request for a cookie that is not believed yet.
    pub(super) cookie: Option<Vec<u8>>,
}

impl Origin {
    pub(super) fn library(&self) -> Dtls {
        let (config, certificate) = (Arc::clone(&self.config), self.certificate.clone());
        match self.version {
            DtlsVersion::V1_2 => Dtls::new_12(config, certificate, self.born),
            DtlsVersion::V1_3 => Dtls::new_13(config, certificate, self.born),
            DtlsVersion::Auto => Dtls::new_auto(config, certificate, self.born),
        }
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.certificate.private_key.zeroize();
    }
}
