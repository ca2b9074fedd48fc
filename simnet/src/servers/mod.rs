//! STUN and TURN servers, as programs on hosts.

mod binding;
mod stun;
mod turn;

pub use stun::StunServer;
pub use turn::{TurnServer, TurnServerConfig};
