//! The session over str0m.
//!
//! This is the only place that names str0m, beside the cryptography that is lent to it. Everything
//! above speaks in the engine's own types.

mod agree;
mod backlog;
mod behind;
mod candidates;
mod catalogue;
mod channel_names;
mod channels;
mod compare;
mod consent;
mod convert;
mod early;
mod ending;
mod events;
mod expected;
mod fragment;
mod line;
mod liveness;
mod media;
mod negotiated;
mod numbers;
mod offer;
mod paced;
mod packets;
mod peer;
mod polling;
mod session;
mod setup;
mod sources;

pub(crate) use session::Str0mSession;
