//! What the NAT does: of each address family one address of ours asks servers, one after the other,
//! until one has a second address to answer from.

use std::net::SocketAddr;
use std::time::Instant;

use super::candidates::Base;
use super::gatherer::Gatherer;
use super::step::GatherStep;
use super::way::Way;
use crate::datagram::Protocol;
use crate::ice_server::IceUrl;
use crate::socket::{SocketReply, SocketRequest};

impl Gatherer {
    /// Does what is to be done now to find out what the NAT does.
    pub(super) fn probe(&mut self) {
        let Some(probes) = &mut self.probes else { return };
        for way in probes.follow() {
            self.release(way);
        }
        if !self.hosts_complete || self.servers.waits() {
            return;
        }
        for is_ipv4 in [true, false] {
            if self.probes.as_ref().is_some_and(|probes| probes.is_wanted(is_ipv4))
                && let Some((base, url, remote)) = self.next_to_probe(is_ipv4)
            {
                self.open_probe(base, url, remote);
            }
        }
    }

    /// The first server that was not asked of this family, and the first of our addresses that
    /// reaches it.
    fn next_to_probe(&self, is_ipv4: bool) -> Option<(Base, IceUrl, SocketAddr)> {
        let mut bases: Vec<Base> = self.bases.clone();
        bases.retain(|base| base.local.is_ipv4() == is_ipv4);
        bases.sort_by_key(|base| base.rank);
        let probes = self.probes.as_ref()?;
        (0..self.servers.len()).find_map(|index| {
            let url = &self.servers.get(index)?.url;
            if url.protocol() != Protocol::Udp || probes.has_asked(url, is_ipv4) {
                return None;
            }
            let addresses = self.servers.addresses(index)?;
            bases.iter().find_map(|base| {
                let ip = addresses.of_family(base.local.ip()).first().copied()?;
                Some((*base, url.clone(), SocketAddr::new(ip, url.port())))
            })
        })
    }

    fn open_probe(&mut self, base: Base, url: IceUrl, remote: SocketAddr) {
        let id = self.take_socket();
        let local = SocketAddr::new(base.local.ip(), 0);
        let protocol = Protocol::Udp;
        self.steps.push_back(GatherStep::Socket(SocketRequest::Bind { id, protocol, local }));
        let way = Way { protocol, local, remote, socket: Some(id), is_open: false };
        if let Some(probes) = &mut self.probes {
            probes.add(base, url, way);
        }
    }

    /// What became of a socket, where it is one of these.
    pub(super) fn on_probe_reply(&mut self, reply: SocketReply, now: Instant) -> bool {
        let (id, opened) = reply.opened();
        if !self.probes.as_ref().is_some_and(|probes| probes.has(id)) {
            return false;
        }
        let draws = self.fork();
        if let Some(probes) = &mut self.probes {
            probes.opened(id, opened, draws, now);
        }
        true
    }

    /// What is for servers goes out: a few messages each, whether or not anybody polls.
    pub(super) fn flush_probes(&mut self) {
        let Some(probes) = &mut self.probes else { return };
        while let Some(transmit) = probes.poll_transmit() {
            self.steps.push_back(GatherStep::Transmit(transmit));
        }
    }

    /// An address of ours is gone, and what was asked from it; without one, all are.
    pub(super) fn lose_probes(&mut self, local: Option<SocketAddr>) {
        let gone = self.probes.as_mut().map(|probes| probes.forget(local));
        for way in gone.into_iter().flatten() {
            self.release(way);
        }
    }
}
