//! Whom the ends of a flow ask for help, and what happens to boxes and servers.

use lapwing_engine::Config;

use crate::middlebox::{Firewall, Nat};
use crate::scenario::{IcePlan, Raised, ScenarioAction, ScenarioActionKind};
use crate::sim::Sim;
use crate::time::Time;

/// Tells an engine of the servers of its flow.
pub(super) fn tell(config: &mut Config, plan: &IcePlan, raised: &Raised) {
    config.ice_transport_policy = plan.policy;
    for server in plan.servers.iter().filter_map(|name| raised.servers.get(name)) {
        server.tell(config, plan.user.as_deref());
    }
}

/// Enters what happens into the run's agenda.
pub(super) fn schedule(sim: &mut Sim, actions: &[ScenarioAction], raised: &Raised) {
    for action in actions {
        let at = Time::ZERO + action.at;
        match &action.kind {
            // Names and passwords end by themselves.
            ScenarioActionKind::ExpireCredentials(_) => {}
            ScenarioActionKind::LoseServer(name) => {
                let Some(server) = raised.servers.get(name) else { continue };
                let links = [server.connection.up, server.connection.down];
                sim.at(at, move |sim| {
                    links.into_iter().for_each(|link| sim.set_link_up(link, false));
                });
            }
            ScenarioActionKind::BlockUdp(name) => {
                let Some(machine) = raised.boxes.get(name).copied() else { continue };
                sim.at(at, move |sim| {
                    if let Some(firewall) = sim.middlebox_mut::<Firewall>(machine) {
                        firewall.block_udp();
                    }
                });
            }
            ScenarioActionKind::Rebind(name) => {
                let Some(machine) = raised.boxes.get(name).copied() else { continue };
                sim.at(at, move |sim| {
                    if let Some(nat) = sim.middlebox_mut::<Nat>(machine) {
                        nat.rebind();
                    }
                });
            }
        }
    }
}
