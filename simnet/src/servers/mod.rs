//! STUN and TURN servers, as programs on hosts.

mod binding;
mod relay;
mod stun;
mod turn;

pub use relay::Relay;
pub use stun::StunServer;
pub use turn::{TurnServer, TurnServerConfig};
