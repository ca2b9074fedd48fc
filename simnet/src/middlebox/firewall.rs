//! A stateful firewall (for IPv6: RFC 6092): what goes out may be answered.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::middlebox::{Dependence, Permissions, Refresh};
use crate::net::{Middlebox, Side, Verdict};
use crate::nodes::DropReason;
use crate::packet::{IpProtocol, Packet};
use crate::time::Time;

/// Destination ports that packets may go out to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// All.
    All,
    /// None: the protocol is blocked, both ways.
    Nothing,
    /// These only.
    Ports(Vec<u16>),
    /// None but those of these servers: an address and a port each.
    Servers(Vec<SocketAddr>),
}

impl Allowed {
    fn permits(&self, remote: SocketAddr) -> bool {
        match self {
            Allowed::All => true,
            Allowed::Nothing => false,
            Allowed::Ports(ports) => ports.contains(&remote.port()),
            Allowed::Servers(servers) => servers.contains(&remote),
        }
    }
}

/// A firewall's behaviour.
///
/// ```
/// use lapwing_simnet::middlebox::{Allowed, FirewallConfig};
/// let web_only = FirewallConfig::web_only();
/// let with_mail = FirewallConfig { tcp: Allowed::Ports(vec![443, 993]), ..web_only };
/// assert_eq!(with_mail.udp, Allowed::Nothing);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallConfig {
    /// Who may send to an inside endpoint that has sent something.
    pub filtering: Dependence,
    /// Where UDP may go.
    pub udp: Allowed,
    /// Where TCP may go.
    pub tcp: Allowed,
    /// What keeps the state alive.
    pub refresh: Refresh,
    /// How long unused state lives: at least 2 minutes for UDP (RFC 6092 REC-14).
    pub timeout: Duration,
}

impl Default for FirewallConfig {
    /// All may go out; those sent to may answer for 2 minutes after the last packet either way.
    fn default() -> Self {
        FirewallConfig {
            filtering: Dependence::AddressAndPortDependent,
            udp: Allowed::All,
            tcp: Allowed::All,
            refresh: Refresh::Both,
            timeout: Duration::from_secs(120),
        }
    }
}

impl FirewallConfig {
    /// No UDP; TCP may go anywhere.
    pub fn udp_blocked() -> Self {
        FirewallConfig { udp: Allowed::Nothing, ..FirewallConfig::default() }
    }

    /// No UDP, and TCP to port 443 only.
    pub fn web_only() -> Self {
        FirewallConfig { tcp: Allowed::Ports(vec![443]), ..FirewallConfig::udp_blocked() }
    }

    /// Nothing but TCP to this proxy.
    pub fn proxy_only(proxy: SocketAddr) -> Self {
        FirewallConfig { tcp: Allowed::Servers(vec![proxy]), ..FirewallConfig::udp_blocked() }
    }
}

/// A firewall and its state.
#[derive(Debug)]
pub struct Firewall {
    config: FirewallConfig,
    inside: BTreeMap<(IpProtocol, SocketAddr), Permissions>,
}

/// Inside endpoints remembered before those without live state are forgotten; then further ones are
/// refused.
const MAX_ENDPOINTS: usize = 16_384;

impl Firewall {
    /// A firewall that has seen nothing.
    pub fn new(config: FirewallConfig) -> Self {
        Firewall { config, inside: BTreeMap::new() }
    }

    /// Forgets all state, as after a restart.
    pub fn forget(&mut self) {
        self.inside.clear();
    }

    /// From now on no UDP passes, either way.
    pub fn block_udp(&mut self) {
        self.config.udp = Allowed::Nothing;
    }

    fn allowed(&self, protocol: IpProtocol) -> &Allowed {
        match protocol {
            IpProtocol::Udp => &self.config.udp,
            IpProtocol::Tcp => &self.config.tcp,
            IpProtocol::Icmp => &Allowed::All,
        }
    }

    fn outbound(&mut self, packet: &Packet, now: Time) -> Result<(), DropReason> {
        let protocol = packet.protocol();
        let (inside, remote) = ((protocol, packet.source()), packet.destination());
        if !self.allowed(protocol).permits(remote) {
            return Err(DropReason::Filtered);
        }
        if protocol == IpProtocol::Icmp {
            return Ok(());
        }
        if self.inside.len() >= MAX_ENDPOINTS && !self.inside.contains_key(&inside) {
            self.inside.retain(|_, permissions| !permissions.expired(now));
            if self.inside.len() >= MAX_ENDPOINTS {
                return Err(DropReason::NatExhausted);
            }
        }
        let config = &self.config;
        let permissions = self.inside.entry(inside).or_default();
        if config.refresh.by_outbound() || !permissions.allow(config.filtering, remote, now) {
            permissions.grant(config.filtering, remote, now, now + config.timeout);
        }
        Ok(())
    }

    fn inbound(&mut self, packet: &Packet, now: Time) -> Result<(), DropReason> {
        let (remote, protocol) = (packet.source(), packet.protocol());
        if *self.allowed(protocol) == Allowed::Nothing {
            return Err(DropReason::Filtered);
        }
        let protocols: &[IpProtocol] = match protocol {
            IpProtocol::Icmp => &[IpProtocol::Udp, IpProtocol::Tcp],
            IpProtocol::Udp => &[IpProtocol::Udp],
            IpProtocol::Tcp => &[IpProtocol::Tcp],
        };
        let config = &self.config;
        for protocol in protocols {
            let permissions = self.inside.get_mut(&(*protocol, packet.destination()));
            let live = |p: &&mut Permissions| p.allow(config.filtering, remote, now);
            if let Some(permissions) = permissions.filter(live) {
                if config.refresh.by_inbound() {
                    permissions.grant(config.filtering, remote, now, now + config.timeout);
                }
                return Ok(());
            }
        }
        Err(DropReason::Filtered)
    }
}

impl Middlebox for Firewall {
    fn process(&mut self, packet: Box<Packet>, from: Side, to: Side, now: Time) -> Verdict {
        let verdict = match (from, to) {
            (Side::Inside, Side::Outside) => self.outbound(&packet, now),
            (Side::Outside, _) => self.inbound(&packet, now),
            (Side::Inside, Side::Inside) => Ok(()),
        };
        match verdict {
            Ok(()) => Verdict::Forward(packet),
            Err(reason) => Verdict::Drop(packet, reason),
        }
    }

    fn hides(&self, _: IpAddr) -> bool {
        false
    }
}
