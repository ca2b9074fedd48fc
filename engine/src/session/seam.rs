//! The seam between descriptions and transport, as a trait: what every session does for the parts
//! above it.
//!
//! A session is told what both sides agreed on and never sees the text of a description. After each
//! call that changes something, [`Session::poll`] is called until it gives
//! [`SessionOutput::Timeout`].

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::agreed::{AgreeError, Agreed, Capabilities, IceCredentials, LocalTransport};
use super::figures::Figures;
use super::output::{SessionChannel, SessionOutput};
use crate::bitrate::Bitrate;
use crate::candidate::{CandidateError, CandidateKind, IceCandidate};
use crate::channel::{ChannelConfig, ChannelReading, MessagePart};
use crate::config::{Config, DtlsVersion, SrtpCipher};
use crate::datagram::{Datagram, Protocol};
use crate::event::{CloseReason, KeyframeRequestKind};
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ice::Network;
use crate::ids::{Mid, Rid};
use crate::media::{KeyframeError, RtcpWriteError, WriteError, WriteOptions};

/// One transport with all that runs on it: ICE, DTLS, SRTP, RTP, SCTP.
pub(crate) trait Session: Sized {
    /// A session that begins at `now`. The same configuration and calls give the same outputs.
    fn new(config: &Config, now: Instant) -> Self;

    /// What it can do. The same for the whole of its life.
    fn capabilities(&self) -> Arc<Capabilities>;

    /// How this side is reached and known.
    fn local_transport(&self) -> LocalTransport;

    /// Credentials for an ICE restart, from the connection's own stream. Nothing changes until they
    /// are agreed on.
    fn draw_credentials(&mut self) -> IceCredentials;

    /// An offer with these credentials is out: checks that carry them may come before the answer
    /// does.
    fn expect_checks(&mut self, credentials: &IceCredentials, controlling: bool);

    /// The offer that [`Self::expect_checks`] told of was taken back.
    fn forget_checks(&mut self);

    /// Both sides agreed on this: the first time, or anew. All of it is taken, or nothing changes.
    fn agree(&mut self, agreed: &Agreed) -> Result<(), AgreeError>;

    /// Adds a candidate of ours, with the network behind it, and gives it back as it is to be
    /// signalled. `None` for one that cannot be used.
    fn add_local_candidate(
        &mut self,
        candidate: &IceCandidate,
        network: Network,
    ) -> Option<IceCandidate>;

    /// A candidate of ours cannot be used any more.
    fn remove_local_candidate(&mut self, candidate: &IceCandidate);

    /// Candidates of ours that can be used, as they are to be signalled.
    fn local_candidates(&self) -> Vec<IceCandidate>;

    /// Adds a candidate of the peer's. One of another ICE generation is left out.
    fn add_remote_candidate(&mut self, candidate: &IceCandidate) -> Result<(), CandidateError>;

    /// Time passed.
    fn timeout(&mut self, now: Instant);

    /// A datagram came.
    fn receive(&mut self, datagram: &Datagram<'_>, now: Instant) -> Result<(), Discarded>;

    /// The next thing that comes out. [`SessionOutput::Timeout`] ends a round.
    fn poll(&mut self) -> SessionOutput;

    /// Takes back the buffer of a datagram that was sent, to use it again.
    fn give_back(&mut self, buffer: Vec<u8>);

    /// Sends a frame, or a layer of it.
    fn write_frame(
        &mut self,
        mid: Mid,
        frame: &EncodedFrame,
        options: WriteOptions,
        now: Instant,
    ) -> Result<(), WriteError>;

    /// Sends a packet.
    fn write_packet(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        packet: OutgoingPacket,
        now: Instant,
    ) -> Result<(), WriteError>;

    /// Sends an RTCP packet of the application's.
    fn write_rtcp(&mut self, packet: &[u8], now: Instant) -> Result<(), RtcpWriteError>;

    /// Asks the peer for a keyframe.
    fn request_keyframe(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        kind: KeyframeRequestKind,
    ) -> Result<(), KeyframeError>;

    /// Rates for the estimator: what must be sent at least, and what would be sent if it could.
    fn set_desired_bitrate(&mut self, minimum: Bitrate, desired: Bitrate);

    /// How long what was written and has not left yet takes to leave. Zero where nothing is paced,
    /// and where the session does not know.
    fn send_delay(&self) -> Duration {
        Duration::ZERO
    }

    /// Opens a channel, where an m-line of channels was agreed on.
    fn open_channel(&mut self, config: &ChannelConfig) -> SessionChannel;

    /// A channel has this stream, or one keeps it.
    fn is_stream_taken(&mut self, stream: u16) -> bool;

    /// The stream of a channel; `None` while it has none.
    fn stream_of(&mut self, channel: SessionChannel) -> Option<u16>;

    /// Sends a message. After [`ChannelRefusal::Full`],
    /// [`SessionEvent::ChannelLow`](super::output::SessionEvent::ChannelLow) or
    /// [`SessionEvent::ChannelRoom`](super::output::SessionEvent::ChannelRoom) tells when there is
    /// room for it, of whatever channel.
    fn write_channel(
        &mut self,
        channel: SessionChannel,
        binary: bool,
        data: &[u8],
    ) -> Result<(), ChannelRefusal>;

    /// Begins a message that is written in parts, with its length where that is known.
    fn begin_message(
        &mut self,
        _channel: SessionChannel,
        _binary: bool,
        _length: Option<u64>,
    ) -> Result<(), ChannelRefusal> {
        Err(ChannelRefusal::Unsupported)
    }

    /// Adds to it, and gives how many bytes were taken. Where that is not all,
    /// [`SessionEvent::ChannelRoom`](super::output::SessionEvent::ChannelRoom) comes.
    fn write_part(
        &mut self,
        _channel: SessionChannel,
        _data: &[u8],
    ) -> Result<usize, ChannelRefusal> {
        Err(ChannelRefusal::Unsupported)
    }

    /// Ends it.
    fn end_message(&mut self, _channel: SessionChannel) -> Result<(), ChannelRefusal> {
        Err(ChannelRefusal::Unsupported)
    }

    /// How a channel is read from here on.
    fn set_reading(
        &mut self,
        _channel: SessionChannel,
        reading: ChannelReading,
    ) -> Result<(), ChannelRefusal> {
        match reading {
            ChannelReading::Messages => Ok(()),
            ChannelReading::Paused | ChannelReading::Parts => Err(ChannelRefusal::Unsupported),
        }
    }

    /// The next part of what came on a channel that is read in parts; `None` until
    /// [`SessionEvent::ChannelReadable`](super::output::SessionEvent::ChannelReadable) comes.
    fn read_part(&mut self, _channel: SessionChannel, _bytes_max: usize) -> Option<MessagePart> {
        None
    }

    /// Bytes that wait in a channel.
    fn channel_buffered_amount(&mut self, channel: SessionChannel) -> usize;

    /// When so many bytes wait, or fewer,
    /// [`SessionEvent::ChannelLow`](super::output::SessionEvent::ChannelLow) comes.
    fn set_channel_low_threshold(&mut self, channel: SessionChannel, bytes: usize);

    /// Closes a channel;
    /// [`SessionEvent::ChannelClosed`](super::output::SessionEvent::ChannelClosed) tells when it
    /// is.
    fn close_channel(&mut self, channel: SessionChannel);

    /// Counters and measures as of the last look at them.
    fn figures(&self) -> Figures;

    /// The pair that carries the traffic, once there is one.
    fn selected_pair(&self) -> Option<Pair>;

    /// The transport addresses, ours and the peer's, that traffic uses: what of
    /// [`Self::selected_pair`] can be asked for with every packet.
    fn path(&self) -> Option<(SocketAddr, SocketAddr)>;

    /// What the handshake agreed on; `None` before it is over.
    fn dtls_version(&self) -> Option<DtlsVersion>;

    /// The cipher of media; `None` before the handshake is over, or where it agreed on none.
    fn srtp_cipher(&self) -> Option<SrtpCipher>;

    /// The secrets of the handshake as lines of an NSS key log, where they are kept.
    fn key_log(&self) -> Option<&str>;

    /// What the transport drew outside of the seed, and a replay has to be given: as bytes that
    /// only a session reads. They are numbered from zero; `None` where there is none of this number
    /// yet.
    fn transport_identity(&self, index: usize) -> Option<Vec<u8>>;

    /// Has the transport take identities of a recording, in their order.
    fn replay_identities(&mut self, identities: &[&[u8]]);

    /// The peer did what ends the connection: it is told, and
    /// [`SessionEvent::Closed`](super::output::SessionEvent::Closed) says why.
    fn give_up(&mut self, reason: CloseReason);

    /// Says goodbye on every level; polling goes on until it is sent.
    fn close(&mut self, now: Instant);
}

/// Why a datagram was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Discarded {
    /// Not a packet of any protocol we speak, or a damaged one.
    Malformed,
    /// It was understood but broke the rules of its protocol.
    Refused,
    /// The connection is over.
    Closed,
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChannelRefusal {
    /// The channel is not open.
    NotOpen,
    /// As much waits as may.
    Full,
    /// The peer takes no message of this size.
    TooLarge {
        /// What it takes, in bytes.
        max: u64,
    },
    /// A message is under way that has to end first.
    MessageOpen,
    /// No message was begun.
    NoMessage,
    /// The message has another length than was told.
    WrongLength,
    /// The session cannot do it.
    Unsupported,
}

/// The candidate pair that carries the traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) protocol: Protocol,
    pub(crate) local: SocketAddr,
    pub(crate) local_kind: CandidateKind,
    pub(crate) remote: SocketAddr,
    /// As the peer signalled it; peer reflexive where it signalled none of this address.
    pub(crate) remote_kind: CandidateKind,
}
