//! What a recording keeps of a command's outcome: which it was, and enough to tell whether a replay
//! gives the same.

use std::fmt;

use super::digest::{Digest, short_digest};
use super::wire::{Fault, Source, Wire};
use crate::channel::{ChannelError, ChannelReadError, ChannelWriteError, MessagePart};
use crate::jsep::{NegotiationError, RemoteOutcome};
use crate::media::{KeyframeError, RtcpWriteError, WriteError};
use crate::outcome::Outcome;

macro_rules! refusals {
    ($($code:literal $name:ident $text:literal)+) => {
        /// Why a command was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Refusal {
            $(#[doc = concat!("`", $text, "`.")] $name,)+
        }

        impl Refusal {
            /// A word for people.
            pub const fn name(self) -> &'static str {
                match self { $(Refusal::$name => $text,)+ }
            }
        }

        impl<'a> Wire<'a> for Refusal {
            fn put(&self, out: &mut Vec<u8>) {
                out.push(match self { $(Refusal::$name => $code,)+ });
            }

            fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
                match u8::take(from)? {
                    $($code => Ok(Refusal::$name),)+
                    _ => Err("an unknown refusal"),
                }
            }
        }
    };
}

refusals! {
    0 WrongState "wrong-state"
    1 NotCreatedHere "not-created-here"
    2 NothingToOffer "nothing-to-offer"
    3 UnknownTransceiver "unknown-transceiver"
    4 NoRemoteDescription "no-remote-description"
    5 NoDescription "no-description"
    6 TooManyMediaLines "too-many-media-lines"
    7 InvalidDescription "invalid-description"
    8 InvalidCandidate "invalid-candidate"
    9 TransceiverStopped "transceiver-stopped"
    10 NoCodec "no-codec"
    11 WrongEncodings "wrong-encodings"
    12 UnknownMediaLine "unknown-media-line"
    13 TooManyCandidates "too-many-candidates"
    14 NotPossible "not-possible"
    15 WrongHeaderExtensions "wrong-header-extensions"
    16 UnknownMid "unknown-mid"
    17 CodecNotNegotiated "codec-not-negotiated"
    18 UnknownPayloadType "unknown-payload-type"
    19 UnknownRid "unknown-rid"
    20 NotSending "not-sending"
    21 MediaFull "media-full"
    22 NotDrained "not-drained"
    23 WrongDelivery "wrong-delivery"
    24 NotPacketised "not-packetised"
    25 NothingReceived "nothing-received"
    26 RtcpUnsupported "rtcp-unsupported"
    27 RtcpMalformed "rtcp-malformed"
    28 RtcpReserved "rtcp-reserved"
    29 RtcpTooLarge "rtcp-too-large"
    30 NotConnected "not-connected"
    32 TooManyChannels "too-many-channels"
    33 ChannelTextTooLong "channel-text-too-long"
    34 StreamInUse "stream-in-use"
    35 StreamReserved "stream-reserved"
    36 Closed "closed"
    48 ChannelNotOpen "channel-not-open"
    49 ChannelFull "channel-full"
    50 MessageTooLarge "message-too-large"
    51 MessageEmpty "message-empty"
    52 MessageOpen "message-open"
    53 NoMessage "no-message"
    54 WrongLength "wrong-length"
    55 PartsUnsupported "parts-unsupported"
}

/// What a command came to, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutcomeSummary {
    /// It was done, and there is no more to say.
    Done,
    /// It gave a number: that of a transceiver or channel, or of the bytes that wait.
    Number(u64),
    /// It gave a description.
    Description {
        /// Of so many bytes.
        length: u64,
        /// A digest of kind and text.
        digest: u32,
    },
    /// It looked at the peer's description.
    Remote(RemoteOutcome),
    /// It gave a part of a message.
    Part {
        /// Of so many bytes.
        length: u64,
        /// A digest of what it is and of its bytes.
        digest: u32,
    },
    /// It was refused.
    Refused {
        /// Why.
        refusal: Refusal,
        /// A digest of what the error says.
        detail: u32,
    },
}

impl fmt::Display for OutcomeSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutcomeSummary::Done => f.write_str("done"),
            OutcomeSummary::Number(number) => write!(f, "{number}"),
            OutcomeSummary::Description { length, digest } => {
                write!(f, "description ({length}, content {digest:08x})")
            }
            OutcomeSummary::Part { length, digest } => {
                write!(f, "part ({length}, content {digest:08x})")
            }
            OutcomeSummary::Remote(RemoteOutcome::Applied) => f.write_str("applied"),
            OutcomeSummary::Remote(RemoteOutcome::RolledBack) => f.write_str("rolled back"),
            OutcomeSummary::Remote(RemoteOutcome::Ignored) => f.write_str("ignored"),
            OutcomeSummary::Refused { refusal, detail } => {
                write!(f, "refused, {} (detail {detail:08x})", refusal.name())
            }
        }
    }
}

impl<'a> Wire<'a> for OutcomeSummary {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            OutcomeSummary::Done => out.push(0),
            OutcomeSummary::Number(number) => {
                out.push(1);
                number.put(out);
            }
            OutcomeSummary::Description { length, digest } => {
                out.push(2);
                length.put(out);
                out.extend(digest.to_le_bytes());
            }
            OutcomeSummary::Remote(outcome) => {
                out.push(3);
                outcome.put(out);
            }
            OutcomeSummary::Part { length, digest } => {
                out.push(5);
                length.put(out);
                out.extend(digest.to_le_bytes());
            }
            OutcomeSummary::Refused { refusal, detail } => {
                out.push(4);
                refusal.put(out);
                out.extend(detail.to_le_bytes());
            }
        }
    }

    fn take(from: &mut Source<'a>) -> Result<Self, Fault> {
        let short = |from: &mut Source<'a>| <[u8; 4]>::take(from).map(u32::from_le_bytes);
        Ok(match u8::take(from)? {
            0 => OutcomeSummary::Done,
            1 => OutcomeSummary::Number(Wire::take(from)?),
            2 => OutcomeSummary::Description { length: Wire::take(from)?, digest: short(from)? },
            3 => OutcomeSummary::Remote(Wire::take(from)?),
            4 => OutcomeSummary::Refused { refusal: Wire::take(from)?, detail: short(from)? },
            5 => OutcomeSummary::Part { length: Wire::take(from)?, digest: short(from)? },
            _ => return Err("an unknown kind of outcome"),
        })
    }
}

impl OutcomeSummary {
    pub(super) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Transceiver(id) => OutcomeSummary::Number(id.0.into()),
            Outcome::Read(Some(part)) => part_summary(part),
            Outcome::Waiting(bytes) | Outcome::Taken(Ok(bytes)) => {
                OutcomeSummary::Number(*bytes as u64)
            }
            Outcome::Channel(Ok(id)) => OutcomeSummary::Number(id.0.into()),
            Outcome::Described(Ok(made)) => {
                let mut digest = Digest::new();
                digest.word(made.kind as u64);
                digest.bytes(made.sdp.as_bytes());
                let length = made.sdp.len() as u64;
                OutcomeSummary::Description { length, digest: digest.short() }
            }
            Outcome::Remote(Ok(outcome)) => OutcomeSummary::Remote(*outcome),
            Outcome::Done
            | Outcome::Read(None)
            | Outcome::Reading(Ok(()))
            | Outcome::Negotiated(Ok(()))
            | Outcome::Written(Ok(()))
            | Outcome::WrittenRtcp(Ok(()))
            | Outcome::Requested(Ok(()))
            | Outcome::Sent(Ok(())) => OutcomeSummary::Done,
            Outcome::Negotiated(Err(error))
            | Outcome::Described(Err(error))
            | Outcome::Remote(Err(error)) => refused(error),
            Outcome::Written(Err(error)) => refused(error),
            Outcome::WrittenRtcp(Err(error)) => refused(error),
            Outcome::Requested(Err(error)) => refused(error),
            Outcome::Channel(Err(error)) => refused(error),
            Outcome::Sent(Err(error)) | Outcome::Taken(Err(error)) => refused(error),
            Outcome::Reading(Err(error)) => refused(error),
        }
    }

    /// Extends a digest over all outcomes and outputs.
    pub(super) fn extend(&self, chain: &mut Digest) {
        let mut bytes = Vec::new();
        self.put(&mut bytes);
        chain.bytes(&bytes);
    }
}

fn part_summary(part: &MessagePart) -> OutcomeSummary {
    let mut digest = Digest::new();
    let flags = [part.binary, part.is_first, part.is_last];
    flags.into_iter().for_each(|flag| digest.word(u64::from(flag)));
    digest.bytes(&part.data);
    OutcomeSummary::Part { length: part.data.len() as u64, digest: digest.short() }
}

/// Numbers and names in an error stand in what it says.
fn refused<E: fmt::Display>(error: &E) -> OutcomeSummary
where
    for<'e> Refusal: From<&'e E>,
{
    let detail = short_digest(error.to_string().as_bytes());
    OutcomeSummary::Refused { refusal: Refusal::from(error), detail }
}

impl From<&NegotiationError> for Refusal {
    fn from(error: &NegotiationError) -> Self {
        match error {
            NegotiationError::WrongState(_) => Refusal::WrongState,
            NegotiationError::NotCreatedHere => Refusal::NotCreatedHere,
            NegotiationError::NothingToOffer => Refusal::NothingToOffer,
            NegotiationError::UnknownTransceiver => Refusal::UnknownTransceiver,
            NegotiationError::NoRemoteDescription => Refusal::NoRemoteDescription,
            NegotiationError::Stopped => Refusal::TransceiverStopped,
            NegotiationError::NoCodec => Refusal::NoCodec,
            NegotiationError::Encodings | NegotiationError::EncodingCodec => {
                Refusal::WrongEncodings
            }
            NegotiationError::HeaderExtensions | NegotiationError::MandatoryExtension => {
                Refusal::WrongHeaderExtensions
            }
            NegotiationError::TooManyMediaLines(_) => Refusal::TooManyMediaLines,
            NegotiationError::Text(_) => Refusal::NoDescription,
            NegotiationError::Description(_) => Refusal::InvalidDescription,
            NegotiationError::Candidate(_) => Refusal::InvalidCandidate,
            NegotiationError::UnknownMediaLine => Refusal::UnknownMediaLine,
            NegotiationError::TooManyCandidates => Refusal::TooManyCandidates,
            NegotiationError::Transport(_) => Refusal::NotPossible,
        }
    }
}

impl From<&WriteError> for Refusal {
    fn from(error: &WriteError) -> Self {
        match error {
            WriteError::UnknownMid => Refusal::UnknownMid,
            WriteError::CodecNotNegotiated(_) => Refusal::CodecNotNegotiated,
            WriteError::UnknownPayloadType(_) => Refusal::UnknownPayloadType,
            WriteError::UnknownRid(_) => Refusal::UnknownRid,
            WriteError::NotSending => Refusal::NotSending,
            WriteError::Full => Refusal::MediaFull,
            WriteError::NotDrained => Refusal::NotDrained,
            WriteError::WrongDelivery => Refusal::WrongDelivery,
            WriteError::Refused => Refusal::NotPacketised,
        }
    }
}

impl From<&RtcpWriteError> for Refusal {
    fn from(error: &RtcpWriteError) -> Self {
        match error {
            RtcpWriteError::Unsupported => Refusal::RtcpUnsupported,
            RtcpWriteError::Malformed => Refusal::RtcpMalformed,
            RtcpWriteError::Reserved { .. } => Refusal::RtcpReserved,
            RtcpWriteError::TooLarge { .. } => Refusal::RtcpTooLarge,
            RtcpWriteError::NotConnected => Refusal::NotConnected,
            RtcpWriteError::NotDrained => Refusal::NotDrained,
        }
    }
}

impl From<&KeyframeError> for Refusal {
    fn from(error: &KeyframeError) -> Self {
        match error {
            KeyframeError::NothingReceived => Refusal::NothingReceived,
            KeyframeError::NotDrained => Refusal::NotDrained,
        }
    }
}

impl From<&ChannelError> for Refusal {
    fn from(error: &ChannelError) -> Self {
        match error {
            ChannelError::TooMany => Refusal::TooManyChannels,
            ChannelError::TextTooLong => Refusal::ChannelTextTooLong,
            ChannelError::IdInUse => Refusal::StreamInUse,
            ChannelError::IdReserved => Refusal::StreamReserved,
            ChannelError::Closed => Refusal::Closed,
        }
    }
}

impl From<&ChannelWriteError> for Refusal {
    fn from(error: &ChannelWriteError) -> Self {
        match error {
            ChannelWriteError::NotOpen => Refusal::ChannelNotOpen,
            ChannelWriteError::Full => Refusal::ChannelFull,
            ChannelWriteError::TooLarge { .. } => Refusal::MessageTooLarge,
            ChannelWriteError::Empty => Refusal::MessageEmpty,
            ChannelWriteError::MessageOpen => Refusal::MessageOpen,
            ChannelWriteError::NoMessage => Refusal::NoMessage,
            ChannelWriteError::WrongLength => Refusal::WrongLength,
            ChannelWriteError::Unsupported => Refusal::PartsUnsupported,
        }
    }
}

impl From<&ChannelReadError> for Refusal {
    fn from(error: &ChannelReadError) -> Self {
        match error {
            ChannelReadError::NotOpen => Refusal::ChannelNotOpen,
            ChannelReadError::MessageOpen => Refusal::MessageOpen,
            ChannelReadError::Unsupported => Refusal::PartsUnsupported,
        }
    }
}
