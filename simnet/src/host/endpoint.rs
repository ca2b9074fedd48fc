//! The seam between the network and the programs on its hosts.

use std::any::Any;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::net::{BindError, Due, EndpointId, MachineId, MachineInterface, Network};
use crate::packet::{IpProtocol, Packet, PacketSpec};
use crate::time::Time;

/// A program on a host: an engine, a server, a source of cross traffic.
///
/// It is a state machine: the network calls it, and it answers through the [`HostCx`].
pub trait Endpoint: Any {
    /// The run begins, or the endpoint was attached to a run under way.
    fn start(&mut self, cx: &mut HostCx<'_>) {
        let _ = cx;
    }

    /// A packet for a port of the endpoint has arrived.
    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>);

    /// The time that was asked for has come.
    fn wake(&mut self, cx: &mut HostCx<'_>) {
        let _ = cx;
    }

    /// Another endpoint sent mail.
    fn mail(&mut self, from: EndpointId, mail: Vec<u8>, cx: &mut HostCx<'_>) {
        let _ = (from, mail, cx);
    }

    /// An interface of the host went up or down, won or lost an address.
    fn interfaces_changed(&mut self, cx: &mut HostCx<'_>) {
        let _ = cx;
    }
}

/// An endpoint and its alarm.
pub(crate) struct Slot {
    pub(crate) machine: MachineId,
    /// Absent while it is being called.
    pub(crate) endpoint: Option<Box<dyn Endpoint>>,
    pub(crate) alarm: Alarm,
}

/// When an endpoint wants to be woken, and when the agenda will next ask.
///
/// Engines move their wake-up with each packet. One entry in the agenda that is early is cheaper
/// than many that are stale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alarm {
    wanted: Time,
    entered: Time,
}

impl Default for Alarm {
    fn default() -> Self {
        Alarm { wanted: Time::NEVER, entered: Time::NEVER }
    }
}

impl Alarm {
    /// The agenda's entry has come: true when the endpoint is to be woken.
    pub(crate) fn ring(&mut self, now: Time) -> bool {
        if self.entered <= now {
            self.entered = Time::NEVER;
        }
        let due = self.wanted <= now;
        if due {
            self.wanted = Time::NEVER;
        }
        due
    }

    /// The entry that the agenda lacks.
    pub(crate) fn enter(&mut self) -> Option<Time> {
        if self.wanted >= self.entered {
            return None;
        }
        self.entered = self.wanted;
        Some(self.wanted)
    }
}

/// How an endpoint acts on its host: it lives for one call of the endpoint.
pub struct HostCx<'a> {
    pub(crate) net: &'a mut Network,
    pub(crate) machine: MachineId,
    pub(crate) endpoint: EndpointId,
    pub(crate) alarm: &'a mut Alarm,
}

impl HostCx<'_> {
    /// The present moment.
    pub fn now(&self) -> Time {
        self.net.now
    }

    /// Sends a packet. It need not come from a bound port, but no answer reaches an unbound one.
    pub fn send(&mut self, transmit: PacketSpec) {
        self.net.send(self.machine, self.endpoint, transmit);
    }

    /// Sends bytes to another endpoint past the network, to arrive after `delay`: for signalling,
    /// whose own path is not under test.
    pub fn mail(&mut self, to: EndpointId, mail: Vec<u8>, delay: Duration) {
        let from = self.endpoint;
        self.net.agenda.push(self.net.now + delay, Due::Mail { from, to, mail });
    }

    /// Makes packets to this port the endpoint's; port 0 asks for any that is free. Returns the
    /// port.
    pub fn bind(&mut self, protocol: IpProtocol, port: u16) -> Result<u16, BindError> {
        self.net.machine_mut(self.machine).bind(protocol, port, self.endpoint)
    }

    /// Makes all packets to the host the endpoint's that are for no port of another one.
    pub fn bind_rest(&mut self) {
        self.net.machine_mut(self.machine).rest = Some(self.endpoint);
    }

    /// Passes on a packet of a real network by its bytes, as [`Packet::from_wire`] reads it: IP
    /// header first, with the addresses that it has. False where the bytes are no packet.
    pub fn forward(&mut self, bytes: &[u8]) -> bool {
        self.net.forward(self.machine, self.endpoint, bytes)
    }

    /// Gives a port back. A port of another endpoint stays.
    pub fn unbind(&mut self, protocol: IpProtocol, port: u16) {
        let listeners = &mut self.net.machine_mut(self.machine).listeners;
        if listeners.get(&(protocol, port)) == Some(&self.endpoint) {
            listeners.remove(&(protocol, port));
        }
    }

    /// The addresses of a name, as [`Sim::dns`](crate::Sim::dns) has them; none where it has none,
    /// or where names cannot be asked for.
    pub fn resolve(&self, name: &str) -> Vec<IpAddr> {
        self.net.names.resolve(name)
    }

    /// Asks for [`Endpoint::wake`] at `at`, in place of the time asked for before; [`Time::NEVER`]
    /// asks for none.
    pub fn wake_at(&mut self, at: Time) {
        self.alarm.wanted = at.max(self.net.now);
        if let Some(at) = self.alarm.enter() {
            self.net.agenda.push(at, Due::Endpoint(self.endpoint));
        }
    }

    /// The host's interfaces, in the order they were connected.
    pub fn interfaces(&self) -> &[MachineInterface] {
        &self.net.machine(self.machine).interfaces
    }

    /// The first address of the first interface that is up.
    pub fn address(&self) -> Option<IpAddr> {
        let up = self.interfaces().iter().filter(|interface| interface.up);
        up.flat_map(|interface| &interface.addresses).next().copied()
    }
}

impl fmt::Debug for HostCx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = &self.net.machine(self.machine).name;
        f.debug_struct("HostCx").field("now", &self.now()).field("host", host).finish()
    }
}
