//! Whom the ends of a flow ask for help, and what happens in the course of a run: to boxes and
//! servers, to flows and their ends, to links.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use lapwing_engine::Config;

use crate::host::{Application, RtcHost};
use crate::middlebox::{Firewall, Nat};
use crate::net::{LinkId, MachineId};
use crate::run::{Hold, Listener, Observer, Talker};
use crate::scenario::{
    FlowEnd, FlowEnds, IcePlan, Power, Raised, Scenario, ScenarioAction, ScenarioActionKind, spec,
};
use crate::sim::{Handle, Sim};
use crate::time::Time;

/// The two peers of a flow: the one that sends, and the one that receives.
pub(super) type Peers = (Handle<RtcHost<Talker>>, Handle<RtcHost<Listener>>);

/// Hosts that roam have the addresses that follow 10.64.0.0, by the number of the action.
const FIRST_ROAMED: u32 = 0x0a40_0001;

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
            // These are entered when there are calls.
            ScenarioActionKind::Roam(..)
            | ScenarioActionKind::SetInterface(..)
            | ScenarioActionKind::Crash(..)
            | ScenarioActionKind::HoldFlow(..)
            | ScenarioActionKind::HoldKind(..)
            | ScenarioActionKind::SetLinkPower(..)
            | ScenarioActionKind::SetLink(..) => {}
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

/// Enters what happens to flows and their ends.
pub(super) fn schedule_calls(
    sim: &mut Sim,
    scenario: &Scenario,
    ends: &[FlowEnds],
    peers: &[Peers],
) {
    for (number, action) in scenario.actions.iter().enumerate() {
        let at = Time::ZERO + action.at;
        match action.kind {
            ScenarioActionKind::Roam(flow, end) => {
                let address = IpAddr::V4(Ipv4Addr::from_bits(FIRST_ROAMED + number as u32));
                if let Some(observer) = sim.watcher::<Observer>() {
                    observer.expect(address, flow, end);
                }
                let machine = machine(&ends[flow], end);
                sim.at(at, move |sim| {
                    let interface = sim.first_interface(machine);
                    sim.set_addresses(interface, &[address]);
                });
            }
            ScenarioActionKind::SetInterface(flow, end, power) => {
                let machine = machine(&ends[flow], end);
                sim.at(at, move |sim| {
                    let interface = sim.first_interface(machine);
                    sim.set_interface_up(interface, power == Power::On);
                });
            }
            ScenarioActionKind::Crash(flow, FlowEnd::Sender) => crash(sim, at, peers[flow].0),
            ScenarioActionKind::Crash(flow, FlowEnd::Receiver) => {
                crash(sim, at, peers[flow].1);
            }
            ScenarioActionKind::HoldFlow(flow, power) => {
                hold(sim, at, peers[flow].0, Hold::Flow, power);
            }
            ScenarioActionKind::HoldKind(flow, kind, power) => {
                hold(sim, at, peers[flow].0, Hold::Kind(kind), power);
            }
            _ => {}
        }
    }
}

fn machine(ends: &FlowEnds, end: FlowEnd) -> MachineId {
    match end {
        FlowEnd::Sender => ends.sender.0,
        FlowEnd::Receiver => ends.receiver.0,
    }
}

fn crash<A: Application + 'static>(sim: &mut Sim, at: Time, host: Handle<RtcHost<A>>) {
    sim.at(at, move |sim| sim.with(host, |host, _| host.sleep()));
}

fn hold(sim: &mut Sim, at: Time, sender: Handle<RtcHost<Talker>>, hold: Hold, power: Power) {
    sim.at(at, move |sim| {
        sim.with(sender, |host, cx| {
            host.act(cx, |rtc, talker, _| match power {
                Power::Off => talker.hold(rtc, hold),
                Power::On => talker.release(rtc, hold, at),
            });
        });
    });
}

/// Enters what happens to links.
pub(super) fn schedule_links(sim: &mut Sim, scenario: &Scenario, links: &BTreeMap<String, LinkId>) {
    for (index, link) in scenario.links.iter().enumerate() {
        let Some(id) = links.get(&link.name).copied() else { continue };
        for (at, state) in scenario.states(index).into_iter().skip(1) {
            let spec = spec(&state, &scenario.parts);
            sim.at(at, move |sim| sim.set_link(id, &spec));
        }
        for action in &scenario.actions {
            if let ScenarioActionKind::SetLinkPower(of, power) = action.kind
                && of == index
            {
                let at = Time::ZERO + action.at;
                sim.at(at, move |sim| sim.set_link_up(id, power == Power::On));
            }
        }
    }
}
