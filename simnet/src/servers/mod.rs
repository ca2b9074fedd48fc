//! STUN and TURN servers and HTTP proxies, as programs on hosts.

mod binding;
mod clients;
mod ports;
mod proxy;
mod relay;
mod stun;
mod turn;

pub use proxy::{HttpProxyConfig, HttpProxyServer};
pub use relay::Relay;
pub use stun::StunServer;
pub use turn::{TurnServer, TurnServerConfig};
