//! What is made before a connection, and costs most of its set-up: the settings of the DTLS
//! library, which proves its provider each time that they are built, and the certificate.
//!
//! Fuzzing plays thousands of connections a second of the same few seeds, and makes both once for
//! each.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use dimpl::DtlsCertificate;
use dimpl::crypto::CryptoProvider;

use super::flights::{Flights, LIBRARY_PATIENCE, REPEATS_MAX};
use super::hmac::Watched;
use super::keyexchange::{GROUPS, Random};
use super::rsa;
use crate::certificate::Certificate;
use crate::config::Config;

/// The library's settings; `seed` is for what need not be secret.
#[cfg(not(fuzzing))]
pub(super) fn config(
    seed: u64,
    mtu: Option<usize>,
    flights: Flights,
) -> Result<Arc<dimpl::Config>, dimpl::Error> {
    build(seed, mtu, flights)
}

/// The certificate of a connection: the one that it was given, or one from its seed.
pub(crate) fn certificate(config: &Config) -> Certificate {
    config.certificate.clone().unwrap_or_else(|| generate(config.seed, config.unix_time))
}

/// In the words of the library, which keeps a copy of its own.
pub(crate) fn for_library(certificate: &Certificate) -> DtlsCertificate {
    DtlsCertificate {
        certificate: certificate.as_der().to_vec(),
        private_key: certificate.private_key().to_vec(),
    }
}

#[cfg(not(fuzzing))]
fn generate(seed: [u8; 32], unix_time: Duration) -> Certificate {
    Certificate::generate(seed, unix_time)
}

fn build(
    seed: u64,
    mtu: Option<usize>,
    flights: Flights,
) -> Result<Arc<dimpl::Config>, dimpl::Error> {
    let mut config = dimpl::Config::builder()
        .with_crypto_provider(provider().clone())
        .dangerously_set_rng_seed(seed);
    if let Some(mtu) = mtu {
        config = config.mtu(mtu);
    }
    if let Flights::Measured { round_trip, cookie } = flights {
        config = config
            .flight_start_rto(Flights::first_interval(round_trip))
            .flight_retries(REPEATS_MAX)
            .handshake_timeout(LIBRARY_PATIENCE)
            .use_server_cookie(cookie);
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

    use super::{Arc, Certificate, Duration, Flights, build};

    type Settings = Vec<((u64, Option<usize>, Flights), Arc<dimpl::Config>)>;

    thread_local! {
        static CONFIGS: RefCell<Settings> = RefCell::default();
        static CERTIFICATES: RefCell<BTreeMap<([u8; 32], Duration), Certificate>> =
            RefCell::default();
    }

    pub(in super::super) fn config(
        seed: u64,
        mtu: Option<usize>,
        flights: Flights,
    ) -> Result<Arc<dimpl::Config>, dimpl::Error> {
        let key = (seed, mtu, flights);
        let known = |kept: &Settings| {
            kept.iter().find(|(known, _)| *known == key).map(|(_, config)| Arc::clone(config))
        };
        if let Some(config) = CONFIGS.with_borrow(known) {
            return Ok(config);
        }
        let config = build(seed, mtu, flights)?;
        CONFIGS.with_borrow_mut(|kept| kept.push((key, Arc::clone(&config))));
        Ok(config)
    }

    pub(super) fn generate(seed: [u8; 32], unix_time: Duration) -> Certificate {
        let made = || Certificate::generate(seed, unix_time);
        CERTIFICATES
            .with_borrow_mut(|kept| kept.entry((seed, unix_time)).or_insert_with(made).clone())
    }
}

#[cfg(fuzzing)]
pub(super) use kept::config;
#[cfg(fuzzing)]
use kept::generate;
