//! The room server: an http front end over the [`hub`](crate::hub) and the
//! [`forward`](crate::forward)er, with the page, signalling and TLS.

mod accept;
mod access;
mod assets;
mod error;
mod http;
mod listen;
mod log;
mod places;
mod reach;
mod relays;
#[expect(clippy::module_inception, reason = "the file is named like its type")]
mod server;
mod shared;
mod socket;
pub mod tls;

pub use accept::Accept;
pub use access::{AccessConfig, Origin};
pub use error::ServeError;
pub use listen::{Listen, Listeners};
pub use log::Log;
pub use reach::{hosts, reachable};
pub use relays::{CREDENTIAL_LIFETIME, RelayAccess};
pub use server::{MediaConfig, Server, ServerConfig};
