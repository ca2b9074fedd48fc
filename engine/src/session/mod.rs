//! The transport of one connection: ICE checks, DTLS, SRTP, RTP and SCTP behind one seam.

pub(crate) mod agreed;
#[cfg(test)]
mod contract;
mod crypto;
mod output;
#[expect(dead_code, reason = "the seam: sessions and descriptions meet here")]
mod seam;
mod str0m;

pub(crate) use self::str0m::Str0mSession as Session;
pub(crate) use self::str0m::{ChannelPlan, MediaPlan, OfferPlan};
pub use crypto::provider as crypto_provider;
pub(crate) use output::{MediaFigures, SessionEvent, SessionOutput, TransportFigures};
pub(crate) use seam::{ChannelRefusal, Discarded, Pair, SessionChannel};
