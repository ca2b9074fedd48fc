//! The addresses of the two sides.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses of a side: packets between others do not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// IPv4.
    pub v4: Ipv4Addr,
    /// IPv6.
    pub v6: Ipv6Addr,
}

impl Addresses {
    pub(super) fn both(self) -> [IpAddr; 2] {
        [self.v4.into(), self.v6.into()]
    }
}
