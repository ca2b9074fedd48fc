//! A place at the wall: a stack that is started when it is needed and again after it failed.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::Side;
use crate::network::Network;
use crate::peer::{BrowserPeer, Manifest, Peer, PeerError, ProcessPeer, Ready, Start};

/// A stack that does not close in this time is ended.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A stack of a column, running or not.
pub(super) struct Seat<'a> {
    manifest: &'a Manifest,
    side: Side,
    network: &'a Network,
    log: PathBuf,
    peer: Option<Box<dyn Peer>>,
}

impl<'a> Seat<'a> {
    /// Nobody sits there yet.
    pub(super) fn new(
        manifest: &'a Manifest,
        side: Side,
        network: &'a Network,
        log: PathBuf,
    ) -> Self {
        Seat { manifest, side, network, log, peer: None }
    }

    /// The running stack; starts it if it is not running.
    pub(super) fn peer(&mut self) -> Result<&mut dyn Peer, PeerError> {
        if self.peer.is_none() {
            self.peer = Some(self.start()?);
        }
        let peer = self.peer.as_mut().expect("it was started above");
        Ok(peer.as_mut())
    }

    fn start(&self) -> Result<Box<dyn Peer>, PeerError> {
        let namespace = self.network.namespace(self.side);
        match &self.manifest.start {
            Start::Program { run } => Ok(Box::new(ProcessPeer::start(run, namespace, &self.log)?)),
            Start::Browser { kind, program } => {
                let program = program.as_deref();
                Ok(Box::new(BrowserPeer::launch(*kind, program, namespace, &self.log)?))
            }
            Start::Simulated => {
                Err(PeerError::Unsupported("it runs in virtual time only".to_owned()))
            }
        }
    }

    /// Who it says it is, if it runs.
    pub(super) fn ready(&self) -> Option<&Ready> {
        self.peer.as_ref().map(|peer| peer.ready())
    }

    /// Closes its peer connection after a case; a stack that fails at it is ended.
    pub(super) fn close(&mut self) {
        let Some(peer) = &mut self.peer else { return };
        if peer.request(json!({ "do": "close" }), CLOSE_TIMEOUT).is_err() {
            self.end();
        }
        if let Some(peer) = &mut self.peer {
            // What is late belongs to the case that is over.
            peer.events();
        }
    }

    /// Ends it; the next case starts it anew.
    pub(super) fn end(&mut self) {
        if let Some(mut peer) = self.peer.take() {
            peer.kill();
        }
    }

    /// Where its log is.
    pub(super) fn log(&self) -> &PathBuf {
        &self.log
    }
}
