//! `lapwing serve`: rooms behind links, a page to join them, signalling, and forwarding.

mod args;
mod assets;
mod bucket;
mod error;
pub mod forward;
mod http;
pub mod hub;
mod run;
mod server;
mod shared;
mod socket;
pub mod tls;

pub use args::Args;
pub use error::ServeError;
pub use run::run;
pub use server::{Accept, MediaConfig, Server, ServerConfig};
pub use shared::LogStyle;
