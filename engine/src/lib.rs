//! A sans-IO WebRTC engine: packets and timestamps in, packets and events out.
//!
//! [`Rtc`] is one peer connection. It opens no socket, reads no clock, starts no thread and draws
//! no randomness of its own: everything enters by [`Config`], [`Input`] and [`Command`], so a
//! session can be recorded, replayed and simulated. The same inputs give the same outputs.
//!
//! Its two verbs are [`Rtc::handle_input`] and [`Rtc::poll_output`]; commands go through
//! short-lived handles: [`Rtc::negotiation`], [`Rtc::media`], [`Rtc::channel`]. [`Router`] finds
//! the connection of a datagram where many share a socket.
//!
//! A program needs something that moves the packets: `lapwing-drivers` for mio, smol and tokio, or
//! a loop of its own around [`drain`]. The engine has no features. It is not on crates.io; from a
//! checkout beside your program:
//!
//! ```toml
//! [dependencies]
//! lapwing-engine = { path = "../lapwing/engine" }
//! ```
//!
//! Two peers in one process, in virtual time; a program has one of them, and a socket and a clock
//! instead of the rest:
//!
//! ```
//! use std::time::Instant;
//! use lapwing_engine::{ChannelConfig, Config, Event, Input, Output, Rtc, Transmit};
//!
//! struct Peer {
//!     rtc: Rtc,
//!     to_send: Vec<Transmit>,
//!     wake_at: Instant,
//!     over: bool,
//! }
//!
//! impl Peer {
//!     /// Socket and addresses are known here. Else the engine is told of
//!     /// [`Interface`](lapwing_engine::Interface)s, asks for sockets, and tells its candidates.
//!     fn new(number: u64, address: &str, now: Instant) -> Peer {
//!         let config = Config::seeded(number).with_shared_socket(address.parse().unwrap());
//!         Peer { rtc: Rtc::new(config, now), to_send: Vec::new(), wake_at: now, over: false }
//!     }
//!
//!     /// After every input and every command: does what is to be done, until there is nothing
//!     /// more.
//!     fn drain(&mut self, now: Instant) {
//!         loop {
//!             match self.rtc.poll_output() {
//!                 Output::Transmit(transmit) => self.to_send.push(transmit),
//!                 Output::Event(event) => self.event(event, now),
//!                 Output::Socket(_) | Output::Resolve { .. } => {
//!                     unreachable!("not with this configuration")
//!                 }
//!                 Output::Timeout { at, .. } => {
//!                     self.wake_at = at;
//!                     return;
//!                 }
//!             }
//!         }
//!     }
//!
//!     fn event(&mut self, event: Event, now: Instant) {
//!         match event {
//!             Event::ChannelOpened(opened) if !opened.remote => {
//!                 self.rtc.channel(opened.id).unwrap().write_text("hello").unwrap();
//!             }
//!             Event::ChannelMessage(message) => {
//!                 assert_eq!(&*message.data, b"hello");
//!                 self.rtc.close(now);
//!             }
//!             // A program whose peer is lost closes, or restarts ICE, at
//!             // `ConnectionState::Failed`.
//!             Event::Closed(_) => self.over = true,
//!             _ => {}
//!         }
//!     }
//! }
//!
//! let mut now = Instant::now();
//! let (mut a, mut b) = (Peer::new(1, "192.0.2.1:5000", now), Peer::new(2, "192.0.2.2:5000", now));
//! a.rtc.create_channel(ChannelConfig::new("chat")).unwrap();
//! let offer = a.rtc.negotiation().create_offer().unwrap();
//! a.rtc.negotiation().set_local(&offer).unwrap();
//! b.rtc.negotiation().set_remote(&offer).unwrap();
//! let answer = b.rtc.negotiation().create_answer().unwrap();
//! b.rtc.negotiation().set_local(&answer).unwrap();
//! a.rtc.negotiation().set_remote(&answer).unwrap();
//!
//! while !(a.over && b.over) {
//!     a.drain(now);
//!     b.drain(now);
//!     let (from_a, from_b) = (std::mem::take(&mut a.to_send), std::mem::take(&mut b.to_send));
//!     if from_a.is_empty() && from_b.is_empty() {
//!         now = a.wake_at.min(b.wake_at);
//!         a.rtc.handle_input(Input::Timeout, now);
//!         b.rtc.handle_input(Input::Timeout, now);
//!     }
//!     from_a.iter().for_each(|sent| b.rtc.handle_input(Input::Datagram(sent.as_datagram()), now));
//!     from_b.iter().for_each(|sent| a.rtc.handle_input(Input::Datagram(sent.as_datagram()), now));
//! }
//! ```

mod bitrate;
mod candidate;
mod certificate;
mod channel;
mod codec;
mod command;
mod config;
pub mod congestion;
mod datagram;
mod demux;
mod diagnosis;
mod drain;
mod dtls;
mod dtls_fault;
mod entropy;
mod event;
pub mod fec;
mod feedback;
mod frame;
mod gather;
mod hmac;
pub mod ice;
mod ice_server;
mod ids;
mod input;
mod jsep;
mod layers;
pub mod mdns;
mod media;
mod outcome;
mod output;
mod record;
mod redundancy;
mod resolve;
mod router;
mod rtc;
pub mod rtcp;
pub mod rtp;
pub mod sctp;
pub mod sdp;
mod session;
mod shared_bytes;
mod shared_list;
mod socket;
pub mod srtp;
mod state;
mod stats;
pub mod stream;
#[cfg(test)]
mod test_time;
mod time;
pub mod turn;

pub use bitrate::Bitrate;
pub use candidate::{
    CANDIDATE_BYTES_MAX, CandidateAddress, CandidateError, CandidateInit, CandidateKind,
    IceCandidate, REMOTE_CANDIDATES_MAX,
};
pub use certificate::{Certificate, CertificateError};
pub use channel::{
    CHANNEL_TEXT_BYTES_MAX, Channel, ChannelConfig, ChannelError, ChannelPriority,
    ChannelReadError, ChannelReading, ChannelWriteError, MessagePart, Reliability,
};
pub use codec::{Codec, MediaKind, UnknownCodec};
pub use command::{Blob, Command};
pub use config::{
    BundlePolicy, CHANNEL_BUFFER_BYTES, CHANNELS_MAX, ChannelBudget, CodecOrder, Config, Delivery,
    DtlsVersion, ICE_FAILED_AFTER, MESSAGE_BYTES_MAX, MdnsPolicy, NegotiationRole, PeerLines,
    RtcpEvents, SessionKind, SrtpCipher,
};
pub use datagram::{Datagram, Ecn, Protocol, Transmit};
pub use demux::PacketKind;
pub use diagnosis::{
    Diagnosis, Finding, NatOutcome, NatReport, PairFate, ServerOutcome, ServerReport,
};
pub use drain::{Sink, drain};
pub use dtls_fault::{DtlsAlert, DtlsFault};
pub use event::{
    ChannelMessage, CloseReason, CodecMismatch, Direction, Event, IceCandidateFault,
    KeyframeRequestKind, OpenedChannel, SelectedPair, Track, TransportFault,
};
pub use feedback::{
    Arrival, FeedbackKind, PacketClass, PacketResult, SentPacket, TransportFeedback,
};
pub use frame::{
    CaptureSource, CaptureTime, EncodedFrame, FrameFacts, FramePackets, OutgoingPacket,
    ReceivedFrame, ReceivedPacket, ReceivedRtcp,
};
pub use ice_server::{
    HttpProxy, ICE_SERVERS_MAX, ICE_URLS_MAX, IceScheme, IceServer, IceServerError,
    IceTransportPolicy, IceUrl, IceUrlError, TlsTrust,
};
pub use ids::{ChannelId, Mid, PayloadType, Rid, Ssrc, TransceiverId};
pub use input::Input;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use jsep::Stage;
pub use jsep::{
    CodecPreference, DescriptionFault, HeaderExtension, MID_BYTES_MAX, Negotiation,
    NegotiationError, RID_BYTES_MAX, RemoteOutcome, SdpType, SendEncoding, SentEncoding,
    SessionDescription, Transceiver, TransceiverInit,
};
pub use media::{KeyframeError, Media, RtcpWriteError, WriteError, WriteOptions};
pub use output::{Output, TimeoutReason};
pub use record::{
    Divergence, Entry, Exactness, OutcomeSummary, OutputClass, OutputSummary, RECORDING_BYTES_MAX,
    RECORDING_VERSION, ReadError, RecordOptions, RecordingReader, Refusal, ReplayError, ReplayStep,
    Replayer, Summary, TimedEntry,
};
pub use redundancy::{
    AudioRedundancy, COPIES_MAX, COPY_DISTANCE_MAX, CopyDistances, CopyDistancesError, Redundancy,
    VideoFec,
};
pub use router::{PATH_EXPIRES, ROUTER_CONNECTIONS_MAX, RouteNews, Router};
pub use rtc::Rtc;
pub use sdp::{
    ICE_PASSWORD_CHARS_MAX, ICE_PASSWORD_CHARS_MIN, ICE_UFRAG_CHARS_MAX, ICE_UFRAG_CHARS_MIN,
    SDP_BYTES_MAX, SECTION_LINES_MAX,
};
pub use session::RTCP_EVENTS_MAX;
pub use session::agreed::AgreeError;
#[doc(hidden)]
pub use session::crypto_provider;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use session::{Meddling, Unprotected};
pub use shared_bytes::SharedBytes;
pub use shared_list::SharedList;
pub use socket::{
    ConnectRequest, Framing, Interface, ResolveId, SocketFault, SocketId, SocketReply,
    SocketRequest, TlsRequest, Tunnel,
};
pub use state::{
    ConnectionState, DataChannelState, DtlsRole, DtlsState, IceConnectionState, IceGatheringState,
    IceRole, SignalingState,
};
pub use stats::{
    CandidatePairStats, CertificateStats, CodecStats, DataChannelStats, DataChannelTotals,
    IceCandidateStats, InboundRtpStats, OutboundRtpStats, PeerConnectionStats,
    RemoteInboundRtpStats, RemoteOutboundRtpStats, Stats, StatsId, TransportStats,
};
pub use time::MediaTime;
