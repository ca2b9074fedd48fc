//! Two engines in virtual time.

mod cases;
mod channels;
mod checks;
mod connect;
mod descriptions;
mod determinism;
mod dtls;
mod exchanges;
mod hostile;
mod lifecycle;
mod lines;
mod media;
mod misuse;
mod offers;
mod pair;
mod recording;
mod restarts;
mod router;
mod sdp;
mod sessions;
#[path = "../../../simnet/src/system.rs"]
pub mod system;
