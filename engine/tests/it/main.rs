//! Two engines in virtual time.

mod channels;
mod connect;
mod descriptions;
mod determinism;
mod hostile;
mod lifecycle;
mod media;
mod pair;
mod recording;
#[path = "../../../simnet/src/system.rs"]
pub mod system;
