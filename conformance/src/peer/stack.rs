//! What every live stack can be asked for.

use std::time::Duration;

use serde_json::Value;

use super::{PeerError, Ready};

/// A live stack that does what the protocol says.
pub trait Peer: Send {
    /// Who it is and what it can do.
    fn ready(&self) -> &Ready;

    /// Sends a request, as `{"do": "offer"}`, and waits for what its reply gives.
    ///
    /// # Errors
    /// See [`PeerError`].
    fn request(&mut self, request: Value, within: Duration) -> Result<Value, PeerError>;

    /// What it said by itself since last asked. Never waits.
    fn events(&mut self) -> Vec<Value>;

    /// Waits until it says something, or this long.
    fn wait(&mut self, time: Duration);

    /// Memory that it has in use, in KiB, where it is one process.
    fn memory(&self) -> Option<u64> {
        None
    }

    /// Ends its processes at once.
    fn kill(&mut self);
}
