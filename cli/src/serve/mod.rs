//! `lapwing serve`: rooms behind links, a page to join them, signalling, and forwarding.

mod access;
mod args;
mod assets;
mod bucket;
mod budget;
mod error;
pub mod forward;
mod http;
pub mod hub;
mod listen;
mod places;
mod run;
mod server;
mod shared;
mod socket;
pub mod tls;

pub use access::{AccessConfig, Origin};
pub use args::Args;
pub use budget::{ADDRESS_BYTES_MAX, Budget, CLIENT_BYTES_MAX, QUEUED_BYTES_MAX, Share};
pub use error::ServeError;
pub use listen::{Listen, Listeners};
pub use run::run;
pub use server::{Accept, MediaConfig, Server, ServerConfig};
pub use shared::LogStyle;
