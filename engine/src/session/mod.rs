//! The transport of one connection: ICE checks, DTLS, SRTP, RTP and SCTP behind one seam.

pub(crate) mod agreed;
#[cfg(test)]
mod contract;
mod output;
mod seam;
mod str0m;

pub(crate) use self::str0m::Str0mSession as Transport;
pub use self::str0m::crypto_provider;
pub(crate) use output::{MediaFigures, SessionChannel, SessionEvent, SessionOutput};
pub(crate) use seam::{ChannelRefusal, Discarded, Figures, Pair, Session};
