//! The session over str0m, with the cryptography that is lent to it.
//!
//! This is the only place that names str0m. Everything above speaks in the engine's own types.

mod admission;
mod agree;
mod backlog;
mod behind;
mod catalogue;
mod channels;
mod consent;
mod convert;
mod crypto;
mod early;
mod ending;
mod events;
mod fragment;
mod liveness;
mod media;
mod negotiate;
mod paced;
mod packets;
mod peer;
mod polling;
mod reading;
mod session;
mod setup;
mod sources;

pub(crate) use channels::ChannelPlan;
pub use crypto::SctpIdentity;
pub use crypto::provider as crypto_provider;
pub(crate) use negotiate::{MediaPlan, OfferPlan};
pub(crate) use session::Str0mSession;
