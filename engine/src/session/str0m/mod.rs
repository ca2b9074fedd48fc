//! The session over str0m, and the cryptography that is lent to it.
//!
//! This is the only place that names str0m. Everything above speaks in the engine's own types.

mod agree;
mod backlog;
mod behind;
mod candidates;
mod catalogue;
mod channel_names;
mod channels;
mod ciphers;
mod compare;
mod consent;
mod convert;
mod early;
mod ending;
mod events;
mod expected;
mod fragment;
mod gate;
mod hash;
mod held;
mod life;
mod line;
mod liveness;
mod media;
mod negotiated;
mod numbers;
mod offer;
mod paced;
mod packets;
mod pair_figures;
mod parting;
mod peer;
mod polling;
mod provider;
mod scope;
mod sctp_names;
mod session;
mod setup;
mod sources;
mod stream_guard;
mod unanswered;

pub use provider::provider as crypto_provider;
pub(crate) use session::Str0mSession;
