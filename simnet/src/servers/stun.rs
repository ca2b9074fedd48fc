//! A STUN server.

use std::net::IpAddr;

use crate::host::{Endpoint, HostCx};
use crate::net::MachineId;
use crate::packet::{IpProtocol, Packet, PacketSpec};
use crate::servers::binding::{PORT, answer};
use crate::servers::clients::{Clients, Heard};
use crate::sim::{Handle, Sim};
use crate::spec::LinkSpec;

/// Tells everyone who asks over UDP or TCP where they seem to be (RFC 8489). What is no Binding
/// request is dropped.
#[derive(Debug)]
pub struct StunServer {
    port: u16,
    answered: u64,
    clients: Clients,
}

impl Default for StunServer {
    /// On port 3478.
    fn default() -> Self {
        StunServer::new(PORT)
    }
}

impl StunServer {
    /// On this port of its host, on all of the host's addresses.
    pub fn new(port: u16) -> Self {
        StunServer { port, answered: 0, clients: Clients::default() }
    }

    /// Requests answered so far.
    pub fn answered(&self) -> u64 {
        self.answered
    }

    fn answer_clients(&mut self, heard: Vec<Heard>, cx: &mut HostCx<'_>) {
        for one in heard {
            if let Heard::Datagram { local, remote, contents } = one
                && let Some(response) = answer(&contents, remote)
            {
                self.answered += 1;
                self.clients.send((local, remote), &response, cx);
            }
        }
        cx.wake_at(self.clients.next_wake());
    }
}

impl Endpoint for StunServer {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        self.port = cx.bind(IpProtocol::Udp, self.port).expect("the port is free");
        self.clients.listen(self.port, None, cx).expect("the port is free");
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        if packet.protocol() == IpProtocol::Tcp {
            let heard = self.clients.receive(&packet, cx);
            return self.answer_clients(heard, cx);
        }
        let (from, to) = (packet.source(), packet.destination());
        if packet.protocol() == IpProtocol::Udp
            && let Some(response) = answer(packet.payload(), from)
        {
            self.answered += 1;
            cx.send(PacketSpec::udp(to, from, response));
        }
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        let heard = self.clients.wake(cx);
        self.answer_clients(heard, cx);
    }
}

impl Sim {
    /// A host with a STUN server on port 3478, joined to `parent` by `link` both ways.
    ///
    /// ```
    /// use lapwing_simnet::{LinkSpec, Sim, Time};
    /// let mut sim = Sim::new(1);
    /// let core = sim.router("core");
    /// let addresses = ["192.0.2.1".parse().unwrap()];
    /// let server = sim.stun_server("stun", core, &addresses, &LinkSpec::new());
    /// sim.run_until(Time::from_secs(1));
    /// assert_eq!(sim.endpoint(server).answered(), 0);
    /// ```
    pub fn stun_server(
        &mut self,
        name: &str,
        parent: MachineId,
        addresses: &[IpAddr],
        link: &LinkSpec,
    ) -> Handle<StunServer> {
        let host = self.host(name);
        self.connect(host, parent, addresses, link, link);
        self.attach(host, StunServer::default())
    }
}
