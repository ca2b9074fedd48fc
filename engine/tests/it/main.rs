//! Two engines in virtual time.

mod channels;
mod connect;
mod descriptions;
mod determinism;
mod dtls;
mod hostile;
mod lifecycle;
mod media;
mod offers;
mod pair;
mod recording;
mod router;
#[path = "../../../simnet/src/system.rs"]
pub mod system;
