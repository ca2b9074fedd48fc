//! What is made before a connection, and costs most of its set-up: the settings of the DTLS
//! library, which proves its provider each time that they are built, and the certificate.
//!
//! Fuzzing plays thousands of connections a second of the same few seeds, and makes both once for
//! each.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dimpl::DtlsCertificate;
use dimpl::crypto::CryptoProvider;

use super::certificate::self_signed;
use super::hmac::Watched;
use super::keyexchange::{GROUPS, Random};
use super::rsa;

/// The library's settings; `seed` is for what need not be secret.
#[cfg(not(fuzzing))]
pub(super) fn config(seed: u64, mtu: Option<usize>) -> Result<Arc<dimpl::Config>, dimpl::Error> {
    build(seed, mtu)
}

/// The certificate of a connection.
#[cfg(not(fuzzing))]
pub(crate) fn certificate(seed: [u8; 32], unix_time: Duration) -> DtlsCertificate {
    self_signed(seed, unix_time)
}

fn build(seed: u64, mtu: Option<usize>) -> Result<Arc<dimpl::Config>, dimpl::Error> {
    let mut config = dimpl::Config::builder()
        .with_crypto_provider(provider().clone())
        .dangerously_set_rng_seed(seed);
    if let Some(mtu) = mtu {
        config = config.mtu(mtu);
    }
    config.build().map(Arc::new)
}

/// RustCrypto for the handshake, because its signatures are deterministic (RFC 6979), with our
/// groups and our randomness.
fn provider() -> &'static CryptoProvider {
    static PROVIDER: OnceLock<CryptoProvider> = OnceLock::new();
    PROVIDER.get_or_init(|| CryptoProvider {
        kx_groups: GROUPS,
        secure_random: &Random,
        hmac_provider: &Watched,
        ..rsa::translated(dimpl::crypto::rust_crypto::default_provider())
    })
}

#[cfg(fuzzing)]
mod kept {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::{Arc, DtlsCertificate, Duration, build, self_signed};

    type Settings = BTreeMap<(u64, Option<usize>), Arc<dimpl::Config>>;

    thread_local! {
        static CONFIGS: RefCell<Settings> = RefCell::default();
        static CERTIFICATES: RefCell<BTreeMap<([u8; 32], Duration), DtlsCertificate>> =
            RefCell::default();
    }

    pub(in super::super) fn config(
        seed: u64,
        mtu: Option<usize>,
    ) -> Result<Arc<dimpl::Config>, dimpl::Error> {
        let key = (seed, mtu);
        if let Some(config) = CONFIGS.with_borrow(|kept| kept.get(&key).cloned()) {
            return Ok(config);
        }
        let config = build(seed, mtu)?;
        CONFIGS.with_borrow_mut(|kept| kept.insert(key, Arc::clone(&config)));
        Ok(config)
    }

    pub(crate) fn certificate(seed: [u8; 32], unix_time: Duration) -> DtlsCertificate {
        let made = || self_signed(seed, unix_time);
        CERTIFICATES
            .with_borrow_mut(|kept| kept.entry((seed, unix_time)).or_insert_with(made).clone())
    }
}

#[cfg(fuzzing)]
pub(crate) use kept::certificate;
#[cfg(fuzzing)]
pub(super) use kept::config;
