//! stub
use super::*;
use crate::browser::Kind;
use crate::netns::Namespace;
use std::path::Path;
/// stub
pub struct BrowserPeer;
impl BrowserPeer {
    /// stub
    pub fn launch(_: Kind, _: Option<&Path>, _: &Namespace, _: &Path) -> Result<Self, PeerError> {
        unimplemented!()
    }
}
impl Peer for BrowserPeer {
    fn ready(&self) -> &Ready {
        unimplemented!()
    }
    fn request(&mut self, _: Value, _: Duration) -> Result<Value, PeerError> {
        unimplemented!()
    }
    fn events(&mut self) -> Vec<Value> {
        unimplemented!()
    }
    fn wait(&mut self, _: Duration) {
        unimplemented!()
    }
    fn kill(&mut self) {
        unimplemented!()
    }
}
