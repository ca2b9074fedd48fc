//! How a connection is set up. All that is not deterministic enters here.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;

use crate::bitrate::Bitrate;
use crate::codec::Codec;
use crate::record::RecordOptions;

/// Bytes that may wait in all data channels of a connection before writes are refused. Several
/// times the largest message, so that a message of any permitted size is accepted when the buffer
/// is empty, and enough for 150 Mbit/s over 50 ms.
pub const CHANNEL_BUFFER_BYTES: usize = 1 << 20;

/// The settings of one connection.
///
/// ```
/// use lapwing_engine::{Codec, Config};
/// let config = Config::seeded(7).with_codecs([Codec::Opus, Codec::Vp8]);
/// assert_eq!(config.seed, Config::seeded(7).seed);
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// Everything random in the connection comes from here: identifiers, ICE credentials and
    /// secret keys. Draw it from the operating system, except in simulations.
    pub seed: [u8; 32],
    /// The wall clock at the start, as time since the Unix epoch.
    pub unix_time: Duration,
    /// Codecs to negotiate, preferred first.
    pub codecs: Vec<Codec>,
    /// Whether media is handed over as frames or as packets.
    pub delivery: Delivery,
    /// Who gives way when both sides offer at once.
    pub role: NegotiationRole,
    /// Sockets that exist already and are shared with other connections. When there are any, no
    /// socket is asked for.
    pub shared_sockets: Vec<SocketAddr>,
    /// Gather candidates on the loopback interface too.
    pub include_loopback: bool,
    /// Answer checks, send none (RFC 8445 section 2.5): for servers with a public address.
    pub ice_lite: bool,
    /// Which DTLS versions to speak.
    pub dtls: DtlsVersion,
    /// Estimate the bandwidth towards the peer, from this rate on. `None` sends unpaced.
    pub initial_bitrate: Option<Bitrate>,
    /// Bytes that may wait in all data channels together.
    pub channel_buffer: usize,
    /// How often transport figures of [`Stats`](crate::Stats) are brought up to date.
    pub stats_interval: Duration,
    /// Record everything that enters, to be replayed later. `None` records nothing and costs
    /// nothing. [`Rtc::take_recording`](crate::Rtc::take_recording) hands the recording out.
    pub record: Option<RecordOptions>,
    /// Keep the secrets of the DTLS handshake for [`Rtc::key_log`](crate::Rtc::key_log). Whoever has them can read the traffic.
    pub key_log: bool,
}

impl Config {
    /// Settings for a browser-like peer.
    pub fn new(seed: [u8; 32], unix_time: Duration) -> Self {
        Config {
            seed,
            unix_time,
            codecs: Codec::ALL.to_vec(),
            delivery: Delivery::Frames,
            role: NegotiationRole::Impolite,
            shared_sockets: Vec::new(),
            include_loopback: false,
            ice_lite: false,
            dtls: DtlsVersion::Auto,
            initial_bitrate: Some(Bitrate::kbps(600)),
            channel_buffer: CHANNEL_BUFFER_BYTES,
            stats_interval: Duration::from_secs(1),
            record: None,
            key_log: false,
        }
    }

    /// Settings for a simulation: a seed from a number, at a fixed time in the year 2026.
    pub fn seeded(number: u64) -> Self {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&number.to_be_bytes());
        Config::new(seed, Duration::from_secs(1_780_000_000))
    }

    /// With these codecs only, preferred first.
    #[must_use]
    pub fn with_codecs(mut self, codecs: impl IntoIterator<Item = Codec>) -> Self {
        self.codecs = codecs.into_iter().collect();
        self
    }

    /// With this side's part in a glare.
    #[must_use]
    pub fn with_role(mut self, role: NegotiationRole) -> Self {
        self.role = role;
        self
    }

    /// With a socket that is shared among connections.
    #[must_use]
    pub fn with_shared_socket(mut self, local: SocketAddr) -> Self {
        self.shared_sockets.push(local);
        self
    }

    /// With candidates on the loopback interface.
    #[must_use]
    pub fn with_loopback(mut self) -> Self {
        self.include_loopback = true;
        self
    }

    /// With a recording of everything that enters.
    #[must_use]
    pub fn with_recording(mut self, options: RecordOptions) -> Self {
        self.record = Some(options);
        self
    }

    /// With frames or packets.
    #[must_use]
    pub fn with_delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }
}

/// What media is handed over as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Whole encoded frames: the engine packetises, reorders and reassembles.
    Frames,
    /// Single RTP packets: for forwarders that number packets themselves.
    Packets,
}

/// What to do when an offer arrives while our own is unanswered (the W3C's "perfect negotiation").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NegotiationRole {
    /// Roll back and take the peer's offer; offer again after.
    Polite,
    /// Ignore the peer's offer and wait for the answer.
    Impolite,
}

/// DTLS versions to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DtlsVersion {
    /// 1.3 (RFC 9147), or 1.2 where the peer cannot.
    Auto,
    /// 1.2 only (RFC 6347).
    V1_2,
    /// 1.3 only.
    V1_3,
}

/// The cipher that protects media (RFC 5764 section 4.1.2, RFC 7714 section 14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum SrtpCipher {
    /// AES-128 in counter mode with HMAC-SHA1.
    #[serde(rename = "SRTP_AES128_CM_HMAC_SHA1_80")]
    Aes128CmSha1_80,
    /// AES-128 in Galois/counter mode.
    #[serde(rename = "SRTP_AEAD_AES_128_GCM")]
    AeadAes128Gcm,
    /// AES-256 in Galois/counter mode.
    #[serde(rename = "SRTP_AEAD_AES_256_GCM")]
    AeadAes256Gcm,
}

impl fmt::Display for SrtpCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SrtpCipher::Aes128CmSha1_80 => "SRTP_AES128_CM_HMAC_SHA1_80",
            SrtpCipher::AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
            SrtpCipher::AeadAes256Gcm => "SRTP_AEAD_AES_256_GCM",
        })
    }
}
