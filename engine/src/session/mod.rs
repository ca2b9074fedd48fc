//! The transport of one connection: ICE checks, DTLS, SRTP, RTP and SCTP behind one seam.

pub(crate) mod agreed;
#[cfg(test)]
mod contract;
mod either;
mod figures;
mod output;
mod own;
mod seam;
mod str0m;

pub use self::own::RTCP_EVENTS_MAX;
#[cfg(fuzzing)]
pub use self::own::{Meddling, Unprotected};
pub use self::str0m::crypto_provider;
pub(crate) use either::Transport;
pub(crate) use figures::{
    CertificateFigures, Figures, InboundFigures, OutboundFigures, PairFigures,
};
pub(crate) use output::{SessionChannel, SessionEvent, SessionOutput};
pub(crate) use seam::{ChannelRefusal, Discarded, Pair, Session};
