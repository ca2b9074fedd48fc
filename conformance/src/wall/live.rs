//! Two running programs and a network of our own between them.

use std::time::{Duration, Instant};

use lapwing_simnet::LinkSpec;
use serde_json::Value;

use super::{Ends, Side};
use crate::network::Network;
use crate::peer::{Peer, PeerError, Ready};

/// The longest that one end is waited for while the other may speak.
const TURN: Duration = Duration::from_millis(10);

/// Two running stacks.
pub struct LiveEnds<'a> {
    peers: [&'a mut dyn Peer; 2],
    /// The network whose links a case may change.
    network: Option<&'a Network>,
    begun: Instant,
}

impl<'a> LiveEnds<'a> {
    /// Begins a case: subject and peer, in this network.
    pub fn new(peers: [&'a mut dyn Peer; 2], network: &'a Network) -> Self {
        LiveEnds { peers, network: Some(network), begun: Instant::now() }
    }

    /// As [`Self::new`], in a network that is what it is: links stay as they are.
    pub fn elsewhere(peers: [&'a mut dyn Peer; 2]) -> Self {
        LiveEnds { peers, network: None, begun: Instant::now() }
    }
}

impl Ends for LiveEnds<'_> {
    fn ready(&self, side: Side) -> &Ready {
        self.peers[side.index()].ready()
    }

    fn request(
        &mut self,
        side: Side,
        request: Value,
        within: Duration,
    ) -> Result<Value, PeerError> {
        self.peers[side.index()].request(request, within)
    }

    fn events(&mut self, side: Side) -> Vec<Value> {
        self.peers[side.index()].events()
    }

    fn pass(&mut self, time: Duration) {
        // Whichever end is waited for, the other is looked at soon.
        for peer in &mut self.peers {
            peer.wait((time / 2).min(TURN));
        }
    }

    fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    fn memory(&self, side: Side) -> Option<u64> {
        self.peers[side.index()].memory()
    }

    fn overflows(&self, side: Side) -> Option<u64> {
        Some(self.network?.overflows(side))
    }

    fn kill(&mut self, side: Side) {
        self.peers[side.index()].kill();
    }

    fn link(&mut self, links: [LinkSpec; 2]) {
        if let Some(network) = self.network {
            network.link(links);
        }
    }
}
