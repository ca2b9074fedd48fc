//! stub
use crate::netns::{Namespace, Unavailable};
use crate::wall::Side;
use lapwing_simnet::LinkSpec;
/// stub
pub struct Network;
/// stub
pub struct Captured {
    /// stub
    pub pcapng: Vec<u8>,
}
impl Network {
    /// stub
    pub fn create(_: &str) -> Result<Self, Unavailable> {
        unimplemented!()
    }
    /// stub
    pub fn namespace(&self, _: Side) -> &Namespace {
        unimplemented!()
    }
    /// stub
    pub fn begin(&self, _: [LinkSpec; 2], _: u64) {
        unimplemented!()
    }
    /// stub
    pub fn link(&self, _: [LinkSpec; 2]) {
        unimplemented!()
    }
    /// stub
    pub fn finish(&self, _: &[String]) -> Captured {
        unimplemented!()
    }
}
