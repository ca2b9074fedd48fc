//! Stacks behind one protocol.

mod error;
mod ready;

pub use error::PeerError;
pub use ready::{ContentKind, Ready};
