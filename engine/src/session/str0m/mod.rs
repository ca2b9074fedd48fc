//! The session over str0m.
//!
//! This is the only place that names str0m, beside the cryptography that is lent to it. Everything
//! above speaks in the engine's own types.

mod admission;
mod agree;
mod backlog;
mod behind;
mod catalogue;
mod channels;
mod compare;
mod consent;
mod convert;
mod early;
mod ending;
mod events;
mod fragment;
mod line;
mod liveness;
mod media;
mod negotiate;
mod negotiated;
mod numbers;
mod offer;
mod paced;
mod packets;
mod peer;
mod polling;
mod reading;
mod session;
mod setup;
mod sources;

pub(crate) use channels::ChannelPlan;
pub(crate) use negotiate::{MediaPlan, OfferPlan};
pub(crate) use session::Str0mSession;
