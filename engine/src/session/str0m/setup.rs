//! How a session is set up: codecs, ciphers, credentials.

use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::{IceCreds, Rtc as StrRtc, RtcConfig};

use super::gate::{DtlsGate, build_with_gate};
use super::provider::provider;
use super::scope::Scope;
use crate::codec::Codec;
use crate::config::{Config, Delivery, DtlsVersion};
use crate::dtls::{certificate, for_library};
use crate::entropy::ice_text;
use crate::session::agreed::IceCredentials;

/// RFC 8445 section 5.3 asks for at least 24 and 128 bits; six bits a character.
pub(super) const UFRAG_CHARS: usize = 8;
const PASSWORD_CHARS: usize = 24;

/// Longest time between figures: a year, which the clock of any system can add to a moment.
const STATS_INTERVAL_MAX: Duration = Duration::from_secs(366 * 86_400);

pub(super) fn build(
    config: &Config,
    scope: &mut Scope,
    gate: &Arc<DtlsGate>,
    credentials: IceCreds,
    now: Instant,
) -> StrRtc {
    let built = codecs_of(config)
        .set_crypto_provider(Arc::new(provider()))
        .set_dtls_cert(for_library(&certificate(config)))
        .set_dtls_version(dtls_version(config.dtls))
        .set_local_ice_credentials(credentials)
        .set_ice_lite(config.ice_lite)
        .set_rtp_mode(config.delivery == Delivery::Packets)
        .set_sctp_max_buffered_amount(config.channel_buffer)
        .set_stats_interval(Some(config.stats_interval.min(STATS_INTERVAL_MAX)))
        .enable_bwe(config.initial_bitrate.map(|rate| rate.as_bps().into()));
    scope.run(|| build_with_gate(gate, || built.build(now)))
}

/// The library's settings as far as they concern media and messages.
pub(super) fn codecs_of(config: &Config) -> RtcConfig {
    let mut built = RtcConfig::new().clear_codecs();
    // The order of enabling is the order of preference, and what is enabled again goes to the end.
    for (index, codec) in config.codecs.iter().enumerate() {
        if !config.codecs[..index].contains(codec) {
            built = enable(built, *codec);
        }
    }
    built
}

fn enable(config: RtcConfig, codec: Codec) -> RtcConfig {
    match codec {
        Codec::Opus => config.enable_opus(true, false),
        Codec::Pcmu => config.enable_pcmu(true, false),
        Codec::Pcma => config.enable_pcma(true, false),
        // Its samples are of 16 kHz for the library, its clock of 8 kHz for the engine.
        Codec::G722 => config,
        Codec::Vp8 => config.enable_vp8(true),
        Codec::Vp9 => config.enable_vp9(true),
        Codec::H264 => config.enable_h264(true),
        Codec::H265 => config.enable_h265(true),
        Codec::Av1 => config.enable_av1(true),
    }
}

fn dtls_version(version: DtlsVersion) -> str0m::config::DtlsVersion {
    match version {
        DtlsVersion::Auto => str0m::config::DtlsVersion::Auto,
        DtlsVersion::V1_2 => str0m::config::DtlsVersion::Dtls12,
        DtlsVersion::V1_3 => str0m::config::DtlsVersion::Dtls13,
    }
}

pub(super) fn ice_credentials(rng: &mut rand_chacha::ChaCha20Rng) -> IceCreds {
    IceCreds { ufrag: ice_text(rng, UFRAG_CHARS), pass: ice_text(rng, PASSWORD_CHARS) }
}

pub(super) fn to_creds(credentials: &IceCredentials) -> IceCreds {
    IceCreds { ufrag: credentials.ufrag.clone(), pass: credentials.password.clone() }
}

pub(super) fn from_creds(credentials: &IceCreds) -> IceCredentials {
    IceCredentials { ufrag: credentials.ufrag.clone(), password: credentials.pass.clone() }
}
