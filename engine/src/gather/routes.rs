//! Datagrams by way of relays: the one place that wraps and unwraps them.

use std::time::Instant;

use super::gatherer::Gatherer;
use super::step::GatherStep;
use super::task::Work;
use super::tcp::Outgoing;
use crate::datagram::{Datagram, Protocol, Transmit};
use crate::socket::SocketRequest;
use crate::turn::client::Received;

/// What an incoming datagram is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incoming<'a> {
    /// The session's: as it came, or as the peer sent it to the relay.
    Session(Datagram<'a>),
    /// Something between a server and us.
    Taken,
    /// From a server, and nothing that was waited for.
    Noise,
}

impl Gatherer {
    /// Looks at a datagram before the session does.
    pub(crate) fn incoming<'a>(&mut self, datagram: Datagram<'a>, now: Instant) -> Incoming<'a> {
        if let Some(probes) = &mut self.probes
            && let Some(received) = probes.receive(&datagram, now)
        {
            let is_noise = received == Received::Ignored;
            return if is_noise { Incoming::Noise } else { self.took(now) };
        }
        let Datagram { protocol, source, destination, contents, .. } = datagram;
        let mut is_stream = false;
        for task in &mut self.tasks {
            if !task.way.brought(protocol, source, destination) {
                continue;
            }
            is_stream |= protocol != Protocol::Udp;
            let received = match &mut task.work {
                Work::Relayed(work) => work.client.receive(contents, now),
                Work::Reflexive(work) => work.client.receive(contents, now),
                Work::Opening | Work::Ended { .. } => Received::Ignored,
            };
            match received {
                Received::Ignored => {}
                Received::Taken => return self.took(now),
                Received::Peer { peer, relayed, contents } => {
                    return Incoming::Session(Datagram {
                        protocol: Protocol::Udp,
                        source: peer,
                        destination: relayed,
                        ecn: None,
                        contents,
                    });
                }
            }
        }
        match &mut self.tcp {
            // Nobody but a server sends over a connection to a server.
            _ if is_stream => Incoming::Noise,
            Some(tcp) if protocol == Protocol::Tcp => Incoming::Session(tcp.incoming(datagram)),
            _ => Incoming::Session(datagram),
        }
    }

    fn took<'a>(&mut self, now: Instant) -> Incoming<'a> {
        self.advance(now);
        Incoming::Taken
    }

    /// Looks at what the session sends: what goes by way of a relay gets the relay's wrapping. It
    /// is nothing where it has to wait, or goes nowhere.
    pub(crate) fn outgoing(&mut self, transmit: Transmit, now: Instant) -> Option<Transmit> {
        for task in &mut self.tasks {
            if let Work::Relayed(work) = &mut task.work
                && work.client.relayed().contains(&transmit.source)
            {
                let wrapped = work.client.send(transmit.destination, transmit.contents, now);
                let transmit = wrapped.map(|contents| task.way.transmit(contents));
                self.flush();
                return transmit;
            }
        }
        match &mut self.tcp {
            Some(_) if transmit.protocol == Protocol::Tcp => self.outgoing_by_tcp(transmit),
            _ if self.bases.iter().any(|base| base.local == transmit.source) => Some(transmit),
            // The relay that it would go by is lost.
            _ => None,
        }
    }

    fn outgoing_by_tcp(&mut self, transmit: Transmit) -> Option<Transmit> {
        let next = self.take_socket();
        match self.tcp.as_mut()?.outgoing(transmit, next) {
            Outgoing::Send(transmit) => Some(transmit),
            Outgoing::Wait => None,
            Outgoing::Open(request) => {
                let request = SocketRequest::Connect(request);
                self.steps.push_back(GatherStep::Socket(request));
                None
            }
        }
    }
}
