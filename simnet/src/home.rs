//! A host in a network of its own behind a NAT, as at home.

use std::net::IpAddr;

use crate::middlebox::{Dependence, NatConfig};
use crate::net::{Connection, MachineId};
use crate::sim::Sim;
use crate::spec::LinkSpec;

impl Sim {
    /// Puts a host behind a NAT with this public address, which is joined to `parent` by `link`
    /// both ways.
    ///
    /// The NAT is that of a usual router: mappings that do not depend on where packets go,
    /// filtering by address and port, ports preserved (RFC 4787). The host has a private address, a
    /// different one in each home.
    ///
    /// ```
    /// use lapwing_simnet::{LinkSpec, Sim};
    /// let mut sim = Sim::new(1);
    /// let core = sim.router("core");
    /// let host = sim.home(core, "198.51.100.1".parse().unwrap(), &LinkSpec::new().loss(0.05));
    /// assert!(sim.interfaces(host)[0].addresses[0].to_string().starts_with("10."));
    /// ```
    pub fn home(&mut self, parent: MachineId, public: IpAddr, link: &LinkSpec) -> MachineId {
        self.home_of(parent, public, link).0
    }

    /// Likewise, and gives the connection of the NAT with `parent` too.
    pub(crate) fn home_of(
        &mut self,
        parent: MachineId,
        public: IpAddr,
        link: &LinkSpec,
    ) -> (MachineId, Connection) {
        let (wire, name) = (LinkSpec::new(), format!("home of {public}"));
        let nat = self.nat(
            &format!("NAT {public}"),
            NatConfig {
                mapping: Dependence::EndpointIndependent,
                filtering: Dependence::AddressAndPortDependent,
                ..NatConfig::new([public])
            },
        );
        let connection = self.connect(nat, parent, &[public], link, link);
        let host = self.host(&name);
        // Machines are numbered, so no two homes have the same.
        let number = (host.index() as u32 + 1) & 0xff_ffff;
        let private = IpAddr::from((0x0a00_0000 | number).to_be_bytes());
        self.connect(host, nat, &[private], &wire, &wire);
        (host, connection)
    }
}
