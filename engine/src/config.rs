//! How a connection is set up. All that is not deterministic enters here.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::bitrate::Bitrate;
use crate::certificate::{Certificate, CertificateError};
use crate::codec::Codec;
use crate::congestion::ControllerFactory;
use crate::ice_server::{HttpProxy, IceServer, IceTransportPolicy, TlsTrust};
use crate::record::RecordOptions;
use crate::redundancy::Redundancy;

/// Bytes that may wait in all data channels of a connection before writes are refused. Several
/// times the largest message, so that a message of any permitted size is accepted when the buffer
/// is empty, and enough for 150 Mbit/s over 50 ms.
pub const CHANNEL_BUFFER_BYTES: usize = 1 << 20;

/// Largest message of a data channel that is taken whole, in bytes; as in browsers.
pub const MESSAGE_BYTES_MAX: u64 = 256 << 10;

/// Data channels of a connection that may be open or asked for, as in Chrome. SCTP has 65,535
/// streams; a peer that opens thousands means harm.
pub const CHANNELS_MAX: usize = 1024;

/// How long checks may come to nothing before ICE has failed: as long as consent lasts (RFC 7675
/// section 5.1), and about as long as RFC 8863 wants a peer to be awaited whose own checks may
/// still arrive.
pub const ICE_FAILED_AFTER: Duration = Duration::from_secs(30);

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
    /// Codecs to negotiate, preferred first: the order of our offers. [`Codec::USUAL`] at first, in
    /// its order. A codec that is listed again counts once; an m-line of which no codec is listed
    /// here is rejected, and [`Event::NoCommonCodec`](crate::Event::NoCommonCodec) tells so.
    pub codecs: Vec<Codec>,
    /// Whose order our answers have, and our offers on m-lines that the peer has described. What is
    /// sent on an m-line follows the order of the last answer, ours or the peer's.
    pub codec_order: CodecOrder,
    /// Which m-lines of our first offer could do without the bundle.
    /// [`BundlePolicy::MaxCompat`] at first: peers that know little of BUNDLE take the port 0 of a
    /// bundle-only m-line for a rejection.
    pub bundle_policy: BundlePolicy,
    /// What we do with m-lines that the peer adds, until the application says.
    /// [`PeerLines::Mirror`] at first.
    pub peer_lines: PeerLines,
    /// Whether media is handed over as frames or as packets.
    pub delivery: Delivery,
    /// Which RTCP packets of the peer's are handed over as they came, with
    /// [`Event::Rtcp`](crate::Event::Rtcp). [`RtcpEvents::None`] at first. With
    /// [`SessionKind::Str0m`] there are none.
    pub rtcp_events: RtcpEvents,
    /// Who gives way when both sides offer at once.
    pub role: NegotiationRole,
    /// Sockets that exist already and are shared with other connections. When there are any, no
    /// socket is asked for.
    pub shared_sockets: Vec<SocketAddr>,
    /// Servers that tell us our addresses, and relays. None at first; at most
    /// [`ICE_SERVERS_MAX`](crate::ICE_SERVERS_MAX) are asked.
    pub ice_servers: Vec<IceServer>,
    /// Which candidates may be used. All at first.
    pub ice_transport_policy: IceTransportPolicy,
    /// With more than 0, candidates are gathered from the start, and told of when a description
    /// wants them (W3C `iceCandidatePoolSize`): a call that is prepared for begins sooner, and
    /// servers are asked though it may never begin. There is one transport, so that more than 1 is
    /// the same as 1. 0 at first.
    pub ice_candidate_pool_size: u8,
    /// Gather candidates by TCP too (RFC 6544): each address is listened on for peers, connected
    /// from, and has a port that both sides connect from at once, which STUN servers are asked
    /// about. Not at first: there are four times as many candidates. With [`SessionKind::Own`], and
    /// not behind shared sockets.
    pub ice_tcp: bool,
    /// Whose certificates are believed of servers that are reached over TLS.
    pub tls_trust: TlsTrust,
    /// A proxy through which servers are reached by TCP and TLS, where they are not directly.
    pub http_proxy: Option<Arc<HttpProxy>>,
    /// Gather candidates on the loopback interface too.
    pub include_loopback: bool,
    /// Ask for the addresses of names that stand in the peer's candidates, such as those of mDNS. A
    /// server that strangers reach says no: the peer's checks show where it is, and nobody else
    /// says what is looked up.
    pub resolve_names: bool,
    /// What is done by multicast DNS: for names in the peer's candidates, and for our addresses.
    /// [`MdnsPolicy::Resolve`] at first.
    pub mdns: MdnsPolicy,
    /// Find out what a NAT on the way does (RFC 5780), with the first of the servers that can tell,
    /// for [`Rtc::diagnose`](crate::Rtc::diagnose). Not at first: it costs up to 25 small packets a
    /// server and address family, and opens no path. Gathering does not wait for it; it takes six
    /// seconds where a filter is shown by what stays away, and up to 23 where answers are lost.
    pub probe_nat: bool,
    /// Answer checks, send none (RFC 8445 section 2.5): for servers with a public address.
    pub ice_lite: bool,
    /// What carries the connection. [`SessionKind::Own`] at first.
    pub session: SessionKind,
    /// Which DTLS versions to speak.
    pub dtls: DtlsVersion,
    /// The certificate to show and sign with; `None` makes one from the seed. Connections may share
    /// one. [`Self::with_certificate`] judges whether it expired.
    pub certificate: Option<Certificate>,
    /// Begin the association of data channels by the descriptions (`a=sctp-init`,
    /// draft-hancke-tsvwg-snap), which saves two round trips where the peer does too. Off at first:
    /// Chromium 148 refuses later descriptions that do not say it again.
    pub snap: bool,
    /// Carry the handshake in the checks of ICE (draft-hancke-webrtc-sped), which saves a round
    /// trip where the peer does too. Off at first.
    pub sped: bool,
    /// Estimate the bandwidth towards the peer, from this rate on. `None` sends unpaced.
    pub initial_bitrate: Option<Bitrate>,
    /// What is sent beside media so that losses are made up for. At first redundant sound is taken
    /// where the peer sends it, and there is no more.
    pub redundancy: Redundancy,
    /// Decides how fast media is sent, in the place of [`GoogCc`](crate::congestion::GoogCc). With
    /// [`SessionKind::Own`]; str0m has its own and takes no other.
    pub controller: Option<ControllerFactory>,
    /// Offer feedback of RFC 8888 (`a=rtcp-fb:* ack ccfb`) beside transport-wide feedback, and use
    /// it where both sides have it. With [`SessionKind::Own`], and not at first: a report every 25
    /// ms is much for a medium that many share.
    pub ccfb: bool,
    /// Mark media as ECT(1), for queues that signal congestion early (RFC 9331), where feedback of
    /// RFC 8888 is agreed on, as long as the path bears the marks. With [`SessionKind::Own`], and
    /// not at first: it is for controllers that answer to marks.
    pub ecn: bool,
    /// How long ICE may be without a path that works before it has
    /// [failed](crate::IceConnectionState::Failed): counted from the moment that both descriptions
    /// are set, from the exchange that restarts ICE, or from the loss of the path.
    /// [`ICE_FAILED_AFTER`] at first. Give more where people carry descriptions by hand: an
    /// answerer's checks begin long before its answer arrives. On a path in use, consent ends 30
    /// seconds after the last answer, whatever is set here. [`Duration::MAX`] waits for ever.
    pub ice_failed_after: Duration,
    /// How long after it failed the connection closes by itself, with
    /// [`CloseReason::Disconnected`](crate::CloseReason::Disconnected). `None`, as at first, leaves
    /// the end to the application, as the W3C does: it restarts ICE, or closes.
    pub closed_after_failed: Option<Duration>,
    /// Bytes that may wait in all data channels together.
    pub channel_buffer: usize,
    /// What data channels may send beside media of the same connection.
    /// [`ChannelBudget::default`] at first. With [`SessionKind::Own`]; with the other one, channels
    /// and media know nothing of each other.
    pub channel_budget: ChannelBudget,
    /// Largest message that is announced to be taken (`a=max-message-size`, RFC 8841 section 6), in
    /// bytes; `None` for any size. Whole messages are taken up to [`MESSAGE_BYTES_MAX`]. What is
    /// larger needs a channel that is read in parts
    /// ([`ChannelReading::Parts`](crate::ChannelReading::Parts)): it closes any other. With
    /// [`SessionKind::Own`]; that over str0m announces what its library has room for.
    pub message_bytes_max: Option<u64>,
    /// Data channels that may be open or asked for. A peer that opens more ends the connection with
    /// [`CloseReason::TooManyChannels`](crate::CloseReason::TooManyChannels).
    pub channels_max: usize,
    /// How often transport figures of [`Stats`](crate::Stats) are brought up to date.
    pub stats_interval: Duration,
    /// Record everything that enters, to be replayed later. `None` records nothing and costs
    /// nothing. [`Rtc::take_recording`](crate::Rtc::take_recording) hands the recording out.
    pub record: Option<RecordOptions>,
    /// Keep the secrets of the DTLS handshake for [`Rtc::key_log`](crate::Rtc::key_log). Whoever
    /// has them can read the traffic.
    pub key_log: bool,
}

impl Config {
    /// Settings for a browser-like peer.
    pub fn new(seed: [u8; 32], unix_time: Duration) -> Self {
        Config {
            seed,
            unix_time,
            codecs: Codec::USUAL.to_vec(),
            codec_order: CodecOrder::Offered,
            bundle_policy: BundlePolicy::MaxCompat,
            peer_lines: PeerLines::Mirror,
            delivery: Delivery::Frames,
            rtcp_events: RtcpEvents::None,
            role: NegotiationRole::Impolite,
            shared_sockets: Vec::new(),
            ice_servers: Vec::new(),
            ice_transport_policy: IceTransportPolicy::All,
            ice_candidate_pool_size: 0,
            ice_tcp: false,
            tls_trust: TlsTrust::System,
            http_proxy: None,
            include_loopback: false,
            resolve_names: true,
            mdns: MdnsPolicy::Resolve,
            probe_nat: false,
            ice_lite: false,
            session: SessionKind::default(),
            dtls: DtlsVersion::Auto,
            certificate: None,
            snap: false,
            sped: false,
            initial_bitrate: Some(Bitrate::kbps(600)),
            redundancy: Redundancy::default(),
            controller: None,
            ccfb: false,
            ecn: false,
            ice_failed_after: ICE_FAILED_AFTER,
            closed_after_failed: None,
            channel_buffer: CHANNEL_BUFFER_BYTES,
            channel_budget: ChannelBudget::default(),
            message_bytes_max: Some(MESSAGE_BYTES_MAX),
            channels_max: CHANNELS_MAX,
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

    /// With a server that tells addresses, or relays.
    ///
    /// ```
    /// use lapwing_engine::{Config, IceServer};
    /// let relay = IceServer::new(["turn:relay.example.org"], "ada", "secret").unwrap();
    /// let config = Config::seeded(1).with_ice_server(relay);
    /// assert_eq!(config.ice_servers.len(), 1);
    /// ```
    #[must_use]
    pub fn with_ice_server(mut self, server: IceServer) -> Self {
        self.ice_servers.push(server);
        self
    }

    /// With candidates on the loopback interface.
    #[must_use]
    pub fn with_loopback(mut self) -> Self {
        self.include_loopback = true;
        self
    }

    /// With a certificate of one's own.
    ///
    /// # Errors
    /// [`CertificateError::Expired`], where it had by [`Self::unix_time`].
    pub fn with_certificate(mut self, certificate: Certificate) -> Result<Self, CertificateError> {
        let at = certificate.expires();
        if at <= self.unix_time {
            return Err(CertificateError::Expired { at });
        }
        self.certificate = Some(certificate);
        Ok(self)
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

/// Whose preference of codecs a description states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodecOrder {
    /// The offerer's, as RFC 3264 section 6.1 and RFC 9429 section 5.3.1 want it.
    Offered,
    /// Our own: that of [`Config::codecs`].
    Own,
}

/// What multicast DNS is used for (draft-ietf-mmusic-mdns-ice-candidates). It needs sockets of its
/// own: with [`Config::shared_sockets`] it is as if it were [`Self::Off`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MdnsPolicy {
    /// Nothing: names of the peer are asked of the system's resolver alone.
    Off,
    /// Names of the peer below `.local` are asked for on our links, beside the system's resolver,
    /// where [`Config::resolve_names`] says so.
    #[default]
    Resolve,
    /// That, and our host candidates are signalled by names in the place of their addresses. Only
    /// who is on a link with us learns them; others see what a server sees of us, and what our
    /// checks show. Names are answered for as long as the connection lives.
    Hide,
}

/// Which m-lines of an offer could do with a transport of their own (W3C `RTCBundlePolicy`). For a
/// peer that knows BUNDLE they come to the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BundlePolicy {
    /// The first of each kind; the others are offered in the bundle only.
    #[default]
    Balanced,
    /// All.
    MaxCompat,
    /// The first.
    MaxBundle,
}

/// The direction of transceivers that an offer of the peer's makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeerLines {
    /// They receive (RFC 9429 section 5.10). An application that sends on them says so before it
    /// answers.
    #[default]
    Receive,
    /// They do all that the offer takes, and follow later offers.
    Mirror,
}

/// What data channels may send while their connection sends media, whose feedback tells how long
/// packets wait on the way. A connection without media knows no such bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelBudget {
    /// What media leave: channels take no more when packets begin to wait. Where that is less than
    /// a part of the whole, that part, and media yield.
    BesideMedia {
        /// The part that channels have in any case, in percent of what media may send and they
        /// together, 99 at most. With zero, a call may starve a file.
        least_percent: u8,
    },
    /// What their own congestion control finds, as if there were no media.
    Unbounded,
}

impl Default for ChannelBudget {
    /// What media leave, and a fifth in any case.
    fn default() -> Self {
        ChannelBudget::BesideMedia { least_percent: 20 }
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

/// Which RTCP packets an application gets to see. What the engine does with them is the same in any
/// case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RtcpEvents {
    /// None.
    #[default]
    None,
    /// Those that the engine does nothing with: of unknown types or formats of feedback, APP (RFC
    /// 3550 section 6.7), and extended reports with blocks that it does not know (RFC 3611).
    Unknown,
    /// All.
    All,
}

/// What to do when an offer arrives while our own is unanswered (the W3C's "perfect negotiation").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NegotiationRole {
    /// Roll back and take the peer's offer; offer again after.
    Polite,
    /// Ignore the peer's offer and wait for the answer.
    Impolite,
}

/// What carries a connection: ICE, DTLS, SRTP, RTP and data channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionKind {
    /// The protocols of this crate: [`ice`](crate::ice), [`srtp`](crate::srtp),
    /// [`rtp`](crate::rtp), [`rtcp`](crate::rtcp), [`congestion`](crate::congestion) and
    /// [`sctp`](crate::sctp).
    Own,
    /// The library str0m.
    Str0m,
}

impl Default for SessionKind {
    /// [`Self::Own`]; with the feature `over-str0m`, by which tests run over the other one, that.
    fn default() -> Self {
        if cfg!(feature = "over-str0m") { SessionKind::Str0m } else { SessionKind::Own }
    }
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
