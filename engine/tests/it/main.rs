//! Two engines in virtual time.

mod channels;
mod connect;
mod determinism;
mod dtls;
mod hostile;
mod media;
mod pair;
mod recording;
#[path = "../../../simnet/src/system.rs"]
pub mod system;
