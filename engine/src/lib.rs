//! A sans-IO WebRTC engine: packets and timestamps in, packets and events out.
//!
//! [`Rtc`] is one peer connection. It opens no socket, reads no clock, starts no thread and draws
//! no randomness of its own: everything enters by [`Config`], [`Input`] and commands, so a session
//! can be recorded, replayed and simulated. The same inputs give the same outputs.
//!
//! Its two verbs are [`Rtc::handle_input`] and [`Rtc::poll_output`]; commands go through short-lived
//! handles: [`Rtc::negotiation`], [`Rtc::media`], [`Rtc::channel`]. [`Router`] finds the connection
//! of a datagram where many share a socket.

mod bitrate;
mod candidate;
mod channel;
mod codec;
mod config;
mod datagram;
mod demux;
mod drain;
mod dtls_fault;
mod entropy;
mod event;
mod frame;
mod gather;
mod ids;
mod input;
mod jsep;
mod layers;
mod media;
mod output;
mod record;
mod resolve;
mod router;
mod rtc;
mod session;
mod socket;
mod state;
mod stats;
#[cfg(test)]
mod test_time;
mod time;

pub use bitrate::Bitrate;
pub use candidate::{
    CANDIDATE_BYTES_MAX, CandidateAddress, CandidateError, CandidateKind, IceCandidate,
};
pub use channel::{
    Channel, ChannelConfig, ChannelError, ChannelPriority, ChannelWriteError, Reliability,
};
pub use codec::{Codec, MediaKind, UnknownCodec};
pub use config::{
    CHANNEL_BUFFER_BYTES, Config, Delivery, DtlsVersion, NegotiationRole, SrtpCipher,
};
pub use datagram::{Datagram, Ecn, Protocol, Transmit};
pub use demux::PacketKind;
pub use drain::{Sink, drain};
pub use dtls_fault::{DtlsAlert, DtlsFault};
pub use event::{
    ChannelMessage, CloseReason, Direction, Event, KeyframeRequestKind, OpenedChannel,
    SelectedPair, Track,
};
pub use frame::{EncodedFrame, OutgoingPacket, ReceivedFrame, ReceivedPacket};
pub use ids::{ChannelId, Mid, PayloadType, Rid, Ssrc, TransceiverId};
pub use input::Input;
pub use jsep::{
    Negotiation, NegotiationError, RemoteOutcome, SDP_BYTES_MAX, SdpType, SessionDescription,
    Transceiver, TransceiverInit,
};
pub use media::{KeyframeError, Media, WriteError, WriteOptions};
pub use output::{Output, TimeoutReason};
pub use record::{
    Blob, Divergence, Entry, Exactness, OutputClass, OutputSummary, RECORDING_BYTES_MAX,
    RECORDING_VERSION, ReadError, RecordOptions, RecordingReader, ReplayError, ReplayStep,
    Replayer, TimedEntry,
};
pub use router::Router;
pub use rtc::Rtc;
pub use session::SctpIdentity;
#[doc(hidden)]
pub use session::crypto_provider;
pub use socket::{Interface, ResolveId, SocketId, SocketReply, SocketRequest};
pub use state::{
    ConnectionState, DtlsState, IceConnectionState, IceGatheringState, SignalingState,
};
pub use stats::{
    CandidatePairStats, DataChannelTotals, InboundRtpStats, OutboundRtpStats, Stats, TransportStats,
};
pub use time::MediaTime;
