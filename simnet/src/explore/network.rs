//! The boxes and servers of a universe.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use lapwing_engine::Config;

use super::helped::{Helped, LIFETIME_MS};
use super::injected::InjectedFault;
use super::universe::{NatKind, Topology, Universe};
use crate::middlebox::{Eater, NatConfig, Obstacle};
use crate::net::{LinkId, MachineId};
use crate::scenario::{IceHelper, IceHelperKind, Server, TurnModel, TurnTransport};
use crate::sim::Sim;
use crate::spec::LinkSpec;

/// The servers of a universe.
#[derive(Default)]
pub(super) struct Servers {
    stun: Option<Server>,
    relays: Vec<Server>,
}

impl Servers {
    /// Puts them below the middle of the network.
    pub(super) fn raise(
        sim: &mut Sim,
        (core, link): (MachineId, &LinkSpec),
        universe: &Universe,
        helped: Helped,
    ) -> Servers {
        let transports = match helped.by_tcp {
            true => vec![TurnTransport::Udp, TurnTransport::Tcp],
            false => vec![TurnTransport::Udp],
        };
        let model = TurnModel {
            transports,
            users: vec!["ada".to_owned()],
            quota: 64,
            lifetime: Duration::from_millis(u64::from(LIFETIME_MS)),
        };
        let helper = |number: usize| {
            let kind = match number {
                0 => IceHelperKind::Stun,
                _ => IceHelperKind::Turn(model.clone()),
            };
            let (place, delay) = ("core".to_owned(), Duration::ZERO);
            IceHelper { name: number.to_string(), place, delay, kind }
        };
        let mut raise = |number: usize| {
            Server::raise(sim, core, &helper(number), number, link, universe.expires_s())
        };
        let stun = Some(raise(0));
        let relays = (1..=helped.relays as usize).map(raise).collect();
        Servers { stun, relays }
    }

    /// Tells an engine of them.
    pub(super) fn tell(&self, config: &mut Config, fault: Option<InjectedFault>) {
        let relays = match fault {
            Some(InjectedFault::ForgetsRelays) => &[],
            _ => &self.relays[..],
        };
        for server in self.stun.iter().chain(relays) {
            server.tell(config, None);
        }
    }

    /// There is any.
    pub(super) fn are_there(&self) -> bool {
        self.stun.is_some()
    }

    /// The addresses of the relays.
    pub(super) fn relays(&self) -> Vec<IpAddr> {
        self.relays.iter().map(|relay| relay.address).collect()
    }

    /// What joins one of the relays to the network.
    pub(super) fn links_of(&self, number: u32) -> Option<[LinkId; 2]> {
        let number = (number as usize).checked_rem(self.relays.len())?;
        let connection = self.relays.get(number)?.connection;
        Some([connection.up, connection.down])
    }
}

/// What a peer is connected to, and what is on its way from there to the middle.
pub(super) struct Above {
    pub(super) machine: MachineId,
    pub(super) nat: Option<MachineId>,
    /// What may come to block UDP.
    pub(super) wall: Option<MachineId>,
}

/// An address of a universe.
pub(super) fn address(network: u8, host: u8) -> IpAddr {
    Ipv4Addr::new(10, 0, network, host).into()
}

/// Puts the boxes of an end below the middle of the network.
pub(super) fn above(sim: &mut Sim, core: MachineId, topology: Topology, number: u8) -> Above {
    let outside = address(100 + number, 1);
    let end = usize::from(number);
    let name = ["a", "b"][end];
    let kind = match topology {
        Topology::Direct | Topology::TwoInterfaces => None,
        Topology::NatA(kind) => Some(kind).filter(|_| number == 0),
        Topology::NatBoth(kind) => Some(kind),
        Topology::Helped(helped) => {
            let wall = sim.middlebox(&format!("wall-{name}"), Eater::Nothing);
            let wire = LinkSpec::new();
            sim.connect(wall, core, &[], &wire, &wire);
            let obstacles = helped.behind[end].obstacles(outside);
            let above = boxes(sim, wall, name, obstacles, outside);
            return Above { wall: Some(wall), ..above };
        }
    };
    let nat = kind.map(|NatKind { mapping, filtering }| {
        Obstacle::Nat(NatConfig { mapping, filtering, ..NatConfig::new([outside]) })
    });
    boxes(sim, core, name, nat.into_iter().collect(), outside)
}

/// The outermost comes last; a NAT has this address outside.
fn boxes(
    sim: &mut Sim,
    core: MachineId,
    name: &str,
    obstacles: Vec<Obstacle>,
    outside: IpAddr,
) -> Above {
    let wire = LinkSpec::new();
    let mut all = Above { machine: core, nat: None, wall: None };
    for obstacle in obstacles.into_iter().rev() {
        let (made, addresses) = match obstacle {
            Obstacle::Nat(config) | Obstacle::Nat64(config) => {
                let nat = sim.nat(&format!("nat-{name}"), config);
                all.nat = Some(nat);
                (nat, vec![outside])
            }
            Obstacle::Firewall(config) => {
                (sim.firewall(&format!("firewall-{name}"), config), Vec::new())
            }
        };
        sim.connect(made, all.machine, &addresses, &wire, &wire);
        all.machine = made;
    }
    all
}
