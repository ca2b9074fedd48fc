//! The transport of one connection: ICE checks, DTLS, SRTP, RTP and SCTP behind one seam.

pub(crate) mod agreed;
#[cfg(test)]
mod contract;
mod either;
mod output;
mod own;
mod seam;
mod str0m;

pub use self::str0m::crypto_provider;
pub(crate) use either::Transport;
pub(crate) use output::{MediaFigures, SessionChannel, SessionEvent, SessionOutput};
pub(crate) use seam::{ChannelRefusal, Discarded, Figures, Pair, Session};
