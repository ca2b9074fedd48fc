//! Servers that are asked what the NAT does (RFC 5780), each from a socket of its own: from that
//! of a host candidate other servers are asked and checks are sent, and whatever is sent opens
//! filters.

use std::net::SocketAddr;
use std::time::Instant;

use super::candidates::Base;
use super::way::Way;
use crate::datagram::{Datagram, Protocol, Transmit};
use crate::diagnosis::{NatOutcome, NatReport};
use crate::entropy::Draws;
use crate::ice_server::IceUrl;
use crate::socket::{SocketFault, SocketId};
use crate::turn::client::{BehaviourClient, BehaviourEvent, Received};

/// Servers asked of each address family, in all.
const PROBES_MAX: usize = 8;

/// One server, asked from one of our addresses.
#[derive(Debug)]
struct Probe {
    base: Base,
    url: IceUrl,
    way: Way,
    work: Work,
}

#[derive(Debug)]
enum Work {
    /// The socket is being opened.
    Opening,
    Asking(Box<BehaviourClient>),
    Over(NatOutcome),
}

impl Probe {
    /// What became of its socket: the server is asked.
    fn opened(&mut self, opened: Result<SocketAddr, SocketFault>, draws: Draws, now: Instant) {
        match (opened, &self.work) {
            (Ok(local), Work::Opening) => {
                self.way.local = local;
                self.way.is_open = true;
                let client = BehaviourClient::new(draws, local, self.way.remote, now);
                self.work = Work::Asking(Box::new(client));
            }
            (Ok(_), _) => {}
            (Err(fault), _) => {
                self.way.is_open = false;
                self.way.socket = None;
                self.work = Work::Over(NatOutcome::Unreachable(fault));
            }
        }
    }
}

/// All of them, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Probes {
    all: Vec<Probe>,
}

impl Probes {
    fn clients(&mut self) -> impl Iterator<Item = (&Way, &mut BehaviourClient)> {
        self.all.iter_mut().filter_map(|probe| match &mut probe.work {
            Work::Asking(client) => Some((&probe.way, &mut **client)),
            Work::Opening | Work::Over(_) => None,
        })
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let each = self.all.iter().filter_map(|probe| match &probe.work {
            Work::Asking(client) => client.next_timeout(),
            Work::Opening | Work::Over(_) => None,
        });
        each.min()
    }

    pub(super) fn timeout(&mut self, now: Instant) {
        self.clients().for_each(|(_, client)| client.timeout(now));
    }

    pub(super) fn reports(&self) -> Vec<NatReport> {
        let each = self.all.iter().map(|probe| NatReport {
            url: probe.url.clone(),
            local: probe.base.local,
            remote: probe.way.remote,
            outcome: match &probe.work {
                Work::Opening | Work::Asking(_) => NatOutcome::Asking,
                Work::Over(outcome) => outcome.clone(),
            },
        });
        each.collect()
    }

    /// A datagram that came to a socket of one of them; nothing where it is for somebody else.
    pub(super) fn receive(
        &mut self,
        datagram: &Datagram<'_>,
        now: Instant,
    ) -> Option<Received<'static>> {
        let (source, local) = (datagram.source, datagram.destination);
        let came_to = |way: &Way| way.is_open && way.local == local;
        let (_, client) =
            self.clients().find(|(way, _)| datagram.protocol == Protocol::Udp && came_to(way))?;
        Some(client.receive(source, datagram.contents, now))
    }

    /// A server is to be asked, once its socket is open.
    pub(super) fn add(&mut self, base: Base, url: IceUrl, way: Way) {
        self.all.push(Probe { base, url, way, work: Work::Opening });
    }

    /// Whether a socket is one of theirs.
    pub(super) fn has(&self, id: SocketId) -> bool {
        self.all.iter().any(|probe| probe.way.socket == Some(id))
    }

    /// What became of a socket.
    pub(super) fn opened(
        &mut self,
        id: SocketId,
        opened: Result<SocketAddr, SocketFault>,
        draws: Draws,
        now: Instant,
    ) {
        if let Some(probe) = self.all.iter_mut().find(|probe| probe.way.socket == Some(id)) {
            probe.opened(opened, draws, now);
        }
    }

    /// The next message for a server.
    pub(super) fn poll_transmit(&mut self) -> Option<Transmit> {
        self.clients().find_map(|(way, client)| {
            let (to, contents) = client.poll_transmit()?;
            Some(Way { remote: to, ..*way }.transmit(contents))
        })
    }

    /// Ends those that ask from this address, all of them without one, and gives their ways.
    pub(super) fn forget(&mut self, local: Option<SocketAddr>) -> Vec<Way> {
        let is_gone = |probe: &Probe| local.is_none_or(|local| probe.base.local == local);
        let (gone, kept) = std::mem::take(&mut self.all).into_iter().partition(is_gone);
        self.all = kept;
        let gone: Vec<Probe> = gone;
        gone.into_iter().map(|probe| probe.way).collect()
    }

    /// Those that ended now, and their sockets.
    pub(super) fn follow(&mut self) -> Vec<Way> {
        let mut over = Vec::new();
        for probe in &mut self.all {
            let Work::Asking(client) = &mut probe.work else { continue };
            let Some(event) = client.poll_event() else { continue };
            probe.work = Work::Over(match event {
                BehaviourEvent::Told(behaviour) => NatOutcome::Told(behaviour),
                BehaviourEvent::NotSupported => NatOutcome::NotSupported,
                BehaviourEvent::Failed(fault) => NatOutcome::Failed(fault),
            });
            over.push(probe.way);
            probe.way.is_open = false;
            probe.way.socket = None;
        }
        over
    }

    /// Whether servers are to be asked of this family: none was of use yet, and none is asked.
    pub(super) fn is_wanted(&self, is_ipv4: bool) -> bool {
        let of_family = || self.all.iter().filter(|probe| probe.base.local.is_ipv4() == is_ipv4);
        let is_useless = |probe: &Probe| matches!(&probe.work, Work::Over(outcome) if !matches!(outcome, NatOutcome::Told(_)));
        of_family().all(is_useless) && of_family().count() < PROBES_MAX
    }

    pub(super) fn has_asked(&self, url: &IceUrl, is_ipv4: bool) -> bool {
        let mut all = self.all.iter();
        all.any(|probe| probe.url == *url && probe.base.local.is_ipv4() == is_ipv4)
    }
}
