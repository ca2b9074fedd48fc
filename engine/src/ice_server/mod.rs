//! Servers that help two peers find a way to each other: STUN (RFC 8489) and TURN (RFC 8656), as
//! applications name them (W3C `RTCIceServer`).

mod credential;
mod error;
mod server;
mod url;

pub(crate) use credential::{Credential, shown};
pub use error::IceServerError;
pub use server::{
    HttpProxy, ICE_SERVERS_MAX, ICE_URLS_MAX, IceServer, IceTransportPolicy, TlsTrust,
};
pub use url::{IceScheme, IceUrl, IceUrlError};
