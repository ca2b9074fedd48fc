//! stub
use crate::netns::{Namespace, Unavailable};
use crate::wall::Side;
use lapwing_simnet::LinkSpec;
use std::process::Command;
/// stub
pub struct Network([Namespace; 2]);
/// stub
pub struct Captured {
    /// stub
    pub pcapng: Vec<u8>,
}
fn sh(text: &str) {
    assert!(Command::new("sh").args(["-ec", text]).status().unwrap().success(), "{text}");
}
impl Network {
    /// stub
    pub fn create(name: &str) -> Result<Self, Unavailable> {
        let [a, b] = [Namespace::create()?, Namespace::create()?];
        let (x, y) = (format!("{name}a"), format!("{name}b"));
        sh(&format!(
            "ip link add {x} type veth peer name {y}; ip link set {x} netns {}; ip link set {y} netns {}",
            a.name(),
            b.name()
        ));
        for (ns, dev, n) in [(&a, x, 1), (&b, y, 2)] {
            ns.run(|| sh(&format!("ip addr del 10.9.9.1/32 dev lo; ip link set {dev} up; ip addr add 10.77.0.{n}/24 dev {dev}; ip -6 addr add fd77::{n}/64 dev {dev} nodad; ip route add default dev {dev}")));
        }
        Ok(Network([a, b]))
    }
    /// stub
    pub fn namespace(&self, side: Side) -> &Namespace {
        &self.0[side.index()]
    }
    /// stub
    pub fn begin(&self, _: [LinkSpec; 2], _: u64) {}
    /// stub
    pub fn link(&self, _: [LinkSpec; 2]) {}
    /// stub
    pub fn finish(&self, _: &[String]) -> Captured {
        Captured { pcapng: Vec::new() }
    }
}
