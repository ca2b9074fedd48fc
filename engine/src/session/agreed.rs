//! What passes the seam between descriptions and transport: upwards what a session can do and how
//! it is reached, downwards what both sides agreed on. No text of a description among it.

use std::fmt;
use std::sync::Arc;

use crate::codec::{Codec, MediaKind};
use crate::config::Delivery;
use crate::event::Direction;
use crate::ids::{Mid, PayloadType, Rid, Ssrc};
use crate::sdp::{Feedback, Fingerprint};
use crate::shared_list::SharedList;

/// What a session can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Capabilities {
    /// Codecs, in the order in which they are offered.
    pub(crate) codecs: Vec<CodecCapability>,
    /// RTP header extensions by their URIs, with the kinds of media that they are for.
    pub(crate) extensions: Vec<ExtensionCapability>,
    /// The largest identifier of a header extension: 14 in the short form, 255 in the long one
    /// (RFC 8285 section 4).
    pub(crate) extension_id_max: u8,
    /// Longest name of an m-line, or of a layer, that RTP can carry here, in bytes.
    pub(crate) mid_bytes_max: usize,
    /// Largest message of a data channel that is taken, in bytes (RFC 8841 section 6).
    pub(crate) message_bytes_max: u64,
    /// Largest message that is sent, in bytes, where the peer takes as much.
    pub(crate) sent_message_bytes_max: usize,
    /// An empty message can be sent (RFC 8831 section 6.6).
    pub(crate) empty_messages: bool,
    /// A codec has one payload type, in both directions, on all m-lines and for good; and an m-line
    /// has no codecs but those that it began with.
    pub(crate) fixed_codecs: bool,
    /// Our side of the association of data channels, where it can begin by the descriptions: an
    /// INIT chunk (draft-hancke-tsvwg-snap).
    pub(crate) sctp_init: Option<Vec<u8>>,
}

/// A codec that a session carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CodecCapability {
    pub(crate) kind: MediaKind,
    pub(crate) name: Arc<str>,
    pub(crate) clock_rate: u32,
    pub(crate) channels: Option<u8>,
    /// Format parameters as `a=fmtp` has them; empty for none.
    pub(crate) parameters: Arc<str>,
    pub(crate) feedback: Arc<[Feedback]>,
    /// The payload type it is offered with.
    pub(crate) payload_type: PayloadType,
    /// The payload type of its retransmissions (RFC 4588), where there are any.
    pub(crate) rtx: Option<PayloadType>,
}

/// An RTP header extension that a session reads and writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExtensionCapability {
    pub(crate) uri: &'static str,
    pub(crate) id: u8,
    pub(crate) audio: bool,
    pub(crate) video: bool,
}

/// How this side is reached and known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalTransport {
    pub(crate) credentials: IceCredentials,
    pub(crate) ice_lite: bool,
    /// Of `a=ice-options` (RFC 8839 section 5.6), beside those that every description has.
    pub(crate) ice_options: Vec<&'static str>,
    pub(crate) fingerprints: Vec<Fingerprint>,
}

/// User fragment and password (RFC 8445 section 5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IceCredentials {
    pub(crate) ufrag: String,
    pub(crate) password: String,
}

/// What both sides agreed on. It holds all m-lines in their order, those that carry nothing too, so
/// that a session can tell what went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    /// Ours in use after this exchange: new ones where ICE restarted.
    pub(crate) local: IceCredentials,
    pub(crate) remote: RemoteTransport,
    /// We made the first offer, or the peer is lite (RFC 8445 section 6.1.1).
    pub(crate) controlling: bool,
    /// We begin the handshake.
    pub(crate) dtls_client: bool,
    pub(crate) media: Vec<Arc<AgreedMedia>>,
    /// The m-line of data channels, where there is one that is not rejected.
    pub(crate) sctp: Option<SctpParameters>,
}

/// How the peer is reached and known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteTransport {
    pub(crate) credentials: IceCredentials,
    pub(crate) ice_lite: bool,
    /// All of `a=ice-options`.
    pub(crate) ice_options: Vec<String>,
    /// At least one. Any of them may be the certificate's (RFC 8122 section 5.1).
    pub(crate) fingerprints: Vec<Fingerprint>,
}

/// An m-line of sound or pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AgreedMedia {
    pub(crate) mid: Mid,
    pub(crate) kind: MediaKind,
    /// As seen from here. Inactive where it is stopped or rejected.
    pub(crate) direction: Direction,
    /// It carries nothing any more, and its place may be taken by another m-line.
    pub(crate) stopped: bool,
    pub(crate) delivery: Delivery,
    /// What we may send: the peer's payload types and what it can receive.
    pub(crate) send: RtpParameters,
    /// What we receive: payload types as we wrote them.
    pub(crate) receive: RtpParameters,
    /// RTCP may be of reduced size (RFC 5506).
    pub(crate) reduced_size_rtcp: bool,
    /// Header extensions of packets may be of either form (RFC 8285 section 4.1.2).
    pub(crate) mixed_extensions: bool,
}

impl AgreedMedia {
    /// Codecs that may be sent, preferred first, as far as they have a name here.
    pub(crate) fn codecs(&self) -> Vec<(PayloadType, Codec)> {
        let media = self.send.codecs.iter().filter(|codec| codec.role == CodecRole::Media);
        let named = |codec: &RtpCodec| {
            let known =
                Codec::ALL.iter().find(|known| known.name().eq_ignore_ascii_case(&codec.name));
            known.map(|known| (codec.payload_type, *known))
        };
        media.filter_map(named).collect()
    }
}

/// What RTP carries in one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RtpParameters {
    /// Preferred first.
    pub(crate) codecs: SharedList<RtpCodec>,
    pub(crate) extensions: SharedList<RtpExtension>,
    /// Streams: one without a `rid`, or one for each layer of a simulcast.
    pub(crate) encodings: Vec<Encoding>,
    /// The canonical name of whoever sends (RFC 8834 section 4.9).
    pub(crate) cname: Option<String>,
}

/// A payload type and its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RtpCodec {
    pub(crate) payload_type: PayloadType,
    /// As in the registry of encodings (RFC 4855); told apart in any case.
    pub(crate) name: Arc<str>,
    pub(crate) clock_rate: u32,
    pub(crate) channels: Option<u8>,
    /// Format parameters as `a=fmtp` has them; empty for none.
    pub(crate) parameters: Arc<str>,
    pub(crate) feedback: Arc<[Feedback]>,
    pub(crate) role: CodecRole,
}

/// What a payload type is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodecRole {
    Media,
    /// Retransmissions of another payload type (RFC 4588).
    Rtx {
        repairs: PayloadType,
    },
    /// Redundant audio (RFC 2198), or the envelope of ULPFEC.
    Red,
    /// Forward error correction: ULPFEC, FlexFEC.
    Fec,
    /// RFC 3389.
    ComfortNoise,
    /// RFC 4733.
    TelephoneEvent,
}

/// An RTP header extension in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RtpExtension {
    pub(crate) id: u8,
    pub(crate) uri: Arc<str>,
}

/// A stream of an m-line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Encoding {
    pub(crate) rid: Option<Rid>,
    /// As a description names it, where it does.
    pub(crate) ssrc: Option<Ssrc>,
    /// The source of its retransmissions, likewise.
    pub(crate) rtx: Option<Ssrc>,
    /// The source of its forward error correction, likewise.
    pub(crate) fec: Option<Ssrc>,
    /// Either description has it paused (`~`, RFC 8853 section 5.2): it is not to be sent for now,
    /// and may be later.
    pub(crate) paused: bool,
}

/// The association under data channels (RFC 8841).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SctpParameters {
    pub(crate) mid: Mid,
    pub(crate) local_port: u16,
    pub(crate) remote_port: u16,
    /// Largest message that the peer takes, in bytes; none for any size.
    pub(crate) remote_message_bytes_max: Option<u64>,
    /// The peer's INIT chunk, where both descriptions have one.
    pub(crate) remote_init: Option<Vec<u8>>,
}

/// Why a transport does not do what both sides agreed on. It changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AgreeError {
    /// It cannot carry the name of this m-line, or of a layer of it, in RTP.
    MidTooLong(Mid),
    /// It has one numbering for both directions and all m-lines, and another was agreed on.
    PayloadTypesDiffer(Mid),
    /// A payload type got another meaning.
    PayloadTypeReused(PayloadType),
    /// The peer's certificate cannot change within an association.
    FingerprintChanged,
    /// None of the peer's fingerprints is of a hash function that can be computed here.
    NoUsableFingerprint,
    /// Whoever began the handshake cannot change.
    DtlsRoleChanged,
    /// RTP of this m-line could not be told apart: it has neither sources nor the mid extension.
    Unroutable(Mid),
    /// An m-line cannot get codecs or a kind that it did not begin with, nor a name again.
    Unchangeable(Mid),
    /// Outputs wait and must be polled first.
    NotDrained,
    /// It was refused for another reason.
    Refused,
}

impl fmt::Display for AgreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AgreeError::MidTooLong(mid) => {
                write!(f, "RTP cannot carry the name of m-line {mid}, or of a layer of it")
            }
            AgreeError::PayloadTypesDiffer(mid) => {
                write!(f, "the payload types of m-line {mid} differ by direction")
            }
            AgreeError::PayloadTypeReused(payload_type) => {
                write!(f, "payload type {} got another meaning", payload_type.0)
            }
            AgreeError::FingerprintChanged => {
                f.write_str("the peer's certificate changed within an association")
            }
            AgreeError::NoUsableFingerprint => {
                f.write_str("no fingerprint of the peer's is of a known hash function")
            }
            AgreeError::DtlsRoleChanged => f.write_str("the DTLS roles changed"),
            AgreeError::Unroutable(mid) => write!(
                f,
                "packets of m-line {mid} could not be told apart: neither a=ssrc nor the mid extension"
            ),
            AgreeError::Unchangeable(mid) => {
                write!(f, "m-line {mid} cannot get other codecs, another kind or its name again")
            }
            AgreeError::NotDrained => f.write_str("outputs must be polled first"),
            AgreeError::Refused => f.write_str("the transport refused it"),
        }
    }
}

impl std::error::Error for AgreeError {}
