//! Peers: stacks behind one protocol (`conformance/peers/README.md`).

mod browser;
mod error;
mod manifest;
mod process;
mod ready;
mod stack;

pub use browser::BrowserPeer;
pub use error::PeerError;
pub use manifest::{Manifest, ManifestError, Start, read_manifests};
pub use process::ProcessPeer;
pub use ready::{ContentKind, Ready};
pub use stack::Peer;
