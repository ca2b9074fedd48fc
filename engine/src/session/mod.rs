//! The transport of one connection: ICE checks, DTLS, SRTP, RTP and SCTP behind one seam.
//!
//! This is the only place that names str0m. Everything above speaks in the engine's own types.

mod admission;
mod backlog;
mod channels;
mod consent;
mod convert;
mod crypto;
mod ending;
mod events;
mod fragment;
mod liveness;
mod media;
mod negotiate;
mod output;
mod paced;
mod reading;
mod setup;
mod str0m_session;

pub(crate) use channels::{ChannelPlan, SessionChannel};
pub use crypto::provider as crypto_provider;
pub(crate) use negotiate::{MediaPlan, OfferPlan};
pub(crate) use output::{MediaFigures, SessionEvent, SessionOutput, TransportFigures};
pub(crate) use str0m_session::{Discarded, Str0mSession as Session};
