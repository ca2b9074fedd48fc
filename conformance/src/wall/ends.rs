//! What a case sees of its two ends, whether they are programs or simulated.

use std::time::Duration;

use lapwing_simnet::LinkSpec;
use serde_json::Value;

use super::Side;
use crate::peer::{PeerError, Ready};

/// Both ends of a case and the network between them.
pub trait Ends {
    /// Who stands there and what it can do.
    fn ready(&self, side: Side) -> &Ready;

    /// Asks an end for something, as `{"do": "offer"}`, and waits for its reply.
    ///
    /// # Errors
    /// See [`PeerError`].
    fn request(&mut self, side: Side, request: Value, within: Duration)
    -> Result<Value, PeerError>;

    /// What an end said by itself since it was last asked. Never waits.
    fn events(&mut self, side: Side) -> Vec<Value>;

    /// Lets time go by: until an end says something, or this long.
    fn pass(&mut self, time: Duration);

    /// Time since the case began.
    fn elapsed(&self) -> Duration;

    /// Memory that an end has in use, in KiB; `None` where it is no process of its own.
    fn memory(&self, _side: Side) -> Option<u64> {
        None
    }

    /// Datagrams for an end that found its socket full, so far in this network; `None` where ends
    /// have no sockets.
    fn overflows(&self, _side: Side) -> Option<u64> {
        None
    }

    /// Ends one end at once, as a crash would.
    fn kill(&mut self, side: Side);

    /// The links from now on: from the subject to the peer, and back.
    fn link(&mut self, links: [LinkSpec; 2]);
}
