//! stub
use super::*;
use crate::peer::{PeerError, Ready};
use lapwing_simnet::LinkSpec;
use serde_json::Value;
use std::time::Duration;
/// stub
pub struct SimulatedEnds;
impl SimulatedEnds {
    /// stub
    pub fn new(_: [LinkSpec; 2], _: u64) -> Self {
        unimplemented!()
    }
}
impl Ends for SimulatedEnds {
    fn ready(&self, _: Side) -> &Ready {
        unimplemented!()
    }
    fn request(&mut self, _: Side, _: Value, _: Duration) -> Result<Value, PeerError> {
        unimplemented!()
    }
    fn events(&mut self, _: Side) -> Vec<Value> {
        unimplemented!()
    }
    fn pass(&mut self, _: Duration) {
        unimplemented!()
    }
    fn elapsed(&self) -> Duration {
        unimplemented!()
    }
    fn kill(&mut self, _: Side) {
        unimplemented!()
    }
    fn link(&mut self, _: [LinkSpec; 2]) {
        unimplemented!()
    }
}
