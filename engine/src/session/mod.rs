//! The transport of one connection: ICE checks, DTLS, SRTP, RTP and SCTP behind one seam.

#[expect(dead_code, reason = "the seam: sessions and descriptions meet here")]
mod agreed;
mod output;
mod str0m;

pub(crate) use self::str0m::Str0mSession as Session;
pub(crate) use self::str0m::{ChannelPlan, Discarded, MediaPlan, OfferPlan, SessionChannel};
pub use self::str0m::{SctpIdentity, crypto_provider};
pub(crate) use output::{MediaFigures, SessionEvent, SessionOutput, TransportFigures};
