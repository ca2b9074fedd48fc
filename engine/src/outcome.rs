//! What a command came to.

use crate::channel::{ChannelError, ChannelReadError, ChannelWriteError, MessagePart};
use crate::ids::{ChannelId, TransceiverId};
use crate::jsep::{NegotiationError, RemoteOutcome, SessionDescription};
use crate::media::{KeyframeError, RtcpWriteError, WriteError};

/// A type that some commands give back.
pub(crate) trait Answer: Sized {
    /// The answer in an outcome. The command and its method name the same type.
    fn of(outcome: Outcome) -> Self;
}

macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident($type:ty))+) => {
        /// What a command came to, one variant for each type of answer.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(crate) enum Outcome {
            /// It was done.
            Done,
            $($(#[$doc])* $name($type),)+
        }

        $(
            impl From<$type> for Outcome {
                fn from(answer: $type) -> Self {
                    Outcome::$name(answer)
                }
            }

            impl Answer for $type {
                fn of(outcome: Outcome) -> Self {
                    match outcome {
                        Outcome::$name(answer) => answer,
                        other => unreachable!("the command gives {other:?}"),
                    }
                }
            }
        )+
    };
}

impl Answer for () {
    fn of(outcome: Outcome) -> Self {
        debug_assert_eq!(outcome, Outcome::Done, "the command gives something");
    }
}

outcomes! {
    /// A transceiver was made.
    Transceiver(TransceiverId)
    /// A step of the negotiation.
    Negotiated(Result<(), NegotiationError>)
    /// A description was made.
    Described(Result<SessionDescription, NegotiationError>)
    /// The peer's description was looked at.
    Remote(Result<RemoteOutcome, NegotiationError>)
    /// A frame or a packet was written.
    Written(Result<(), WriteError>)
    /// A packet of RTCP was written.
    WrittenRtcp(Result<(), RtcpWriteError>)
    /// A keyframe was asked for.
    Requested(Result<(), KeyframeError>)
    /// A channel was made.
    Channel(Result<ChannelId, ChannelError>)
    /// A message was written.
    Sent(Result<(), ChannelWriteError>)
    /// So many bytes of a part were taken.
    Taken(Result<usize, ChannelWriteError>)
    /// A channel is read in another way.
    Reading(Result<(), ChannelReadError>)
    /// What was read of a channel.
    Read(Option<MessagePart>)
    /// So many bytes wait.
    Waiting(usize)
}
