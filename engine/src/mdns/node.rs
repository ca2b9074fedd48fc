//! Responder and querier on the links that are there.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use super::message::{Message, write_query};
use super::name::LocalName;
use super::querier::{ASKED_MAX, Querier};
use super::responder::{Answer, PORT, Responder};
use crate::datagram::{Datagram, Protocol, Transmit};

/// The port that questions and answers come from and go to.
pub const MDNS_PORT: u16 = PORT;

/// Links: one for each interface and family of addresses.
pub const LINKS_MAX: usize = 8;

/// The groups (RFC 6762 section 3).
const GROUP_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 251));
const GROUP_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb));

/// Datagrams that wait to be polled. Between two polls there are as many as links, and an answer.
const TRANSMITS_MAX: usize = 64;

/// Names in one question, so that it fits a packet.
const NAMES_PER_QUERY: usize = 16;

#[derive(Debug)]
struct Link {
    local: SocketAddr,
    interface: String,
}

/// A node of multicast DNS: our names, and those of others that matter to us.
#[derive(Debug, Default)]
pub struct Mdns {
    links: Vec<Link>,
    responder: Responder,
    querier: Querier,
    transmits: VecDeque<Transmit>,
    found: VecDeque<(LocalName, Vec<IpAddr>)>,
}

impl Mdns {
    /// There is a socket on an interface, with this address on our side. False where there are
    /// [`LINKS_MAX`].
    pub fn open(&mut self, local: SocketAddr, interface: &str, now: Instant) -> bool {
        if self.links.iter().any(|link| link.local == local) {
            return true;
        }
        if self.links.len() == LINKS_MAX {
            return false;
        }
        self.links.push(Link { local, interface: interface.to_owned() });
        self.responder.open(local, interface, now);
        self.timeout(now);
        true
    }

    /// The socket with this address is there no more.
    pub fn close_link(&mut self, local: SocketAddr) {
        self.links.retain(|link| link.local != local);
        self.responder.close(local);
    }

    /// From now on this name stands for this address, for whoever asks on its interface. False
    /// where there are [`PUBLISHED_MAX`](super::PUBLISHED_MAX) names.
    pub fn publish(
        &mut self,
        name: &LocalName,
        address: IpAddr,
        interface: &str,
        now: Instant,
    ) -> bool {
        let on_it = self.links.iter().filter(|link| link.interface == interface);
        let links = on_it.map(|link| link.local);
        let done = self.responder.publish(name, address, interface, links, now);
        self.flush(now);
        done
    }

    /// A name of ours stands for nothing any more.
    pub fn withdraw(&mut self, name: &LocalName) {
        let farewells = self.responder.withdraw(|known| known == name);
        farewells.into_iter().for_each(|answer| self.send(answer));
    }

    /// Asks for the addresses of a name, which [`Self::poll_found`] gives. False where
    /// [`ASKED_MAX`](super::ASKED_MAX) names are asked for.
    pub fn ask(&mut self, name: &LocalName, now: Instant) -> bool {
        let Some(known) = self.querier.ask(name, now) else { return false };
        if !known.is_empty() {
            let known = known.to_vec();
            self.tell(name.clone(), known);
        }
        self.flush(now);
        true
    }

    /// Whether links are of use: we have names, or wait for answers.
    pub fn needs_links(&self) -> bool {
        !self.responder.is_empty() || self.querier.is_asking()
    }

    /// Takes a datagram that came to one of the links; false for any other.
    pub fn receive(&mut self, datagram: &Datagram<'_>, now: Instant) -> bool {
        let Datagram { protocol, source, destination, contents, .. } = *datagram;
        let is_ours = destination.port() == PORT
            && protocol == Protocol::Udp
            && self.links.iter().any(|link| link.local == destination);
        if !is_ours {
            return false;
        }
        match Message::read(contents) {
            Some(Message::Query(query)) => {
                if let Some(answer) = self.responder.on_query(&query, (destination, source), now) {
                    self.send(answer);
                }
            }
            // RFC 6762 section 6: others' answers come from the port of multicast DNS.
            Some(Message::Response(records)) if source.port() == PORT => {
                for (name, addresses) in self.querier.learn(&records, now) {
                    self.tell(name, addresses);
                }
            }
            Some(Message::Response(_)) | None => {}
        }
        self.flush(now);
        true
    }

    /// When [`Self::timeout`] is to be called. Without links there is nothing to do.
    pub fn next_timeout(&self) -> Option<Instant> {
        if self.links.is_empty() {
            return None;
        }
        [self.responder.next_timeout(), self.querier.next_timeout()].into_iter().flatten().min()
    }

    /// Does what the time asks for.
    pub fn timeout(&mut self, now: Instant) {
        self.flush(now);
    }

    /// The next datagram to be sent: to a group, or to whoever asked.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    /// The next name that was asked for, with its addresses; with none where nobody answered.
    pub fn poll_found(&mut self) -> Option<(LocalName, Vec<IpAddr>)> {
        self.found.pop_front()
    }

    /// Takes all names back and asks for nothing any more.
    pub fn close(&mut self) {
        let farewells = self.responder.withdraw(|_| true);
        farewells.into_iter().for_each(|answer| self.send(answer));
        self.querier = Querier::default();
        self.found.clear();
    }

    fn flush(&mut self, now: Instant) {
        if self.links.is_empty() {
            return;
        }
        let (due, given_up) = self.querier.due(now);
        given_up.into_iter().for_each(|name| self.tell(name, Vec::new()));
        let locals: Vec<SocketAddr> = self.links.iter().map(|link| link.local).collect();
        for names in due.chunks(NAMES_PER_QUERY) {
            let Some(contents) = write_query(names) else { continue };
            for link in &locals {
                self.send(Answer { link: *link, to: None, contents: contents.clone() });
            }
        }
        for link in locals {
            if let Some(answer) = self.responder.due(link, now) {
                self.send(answer);
            }
        }
    }

    fn send(&mut self, Answer { link, to, contents }: Answer) {
        if self.transmits.len() == TRANSMITS_MAX {
            // Nobody polls: it is lost, as on a network.
            return;
        }
        let group = if link.is_ipv4() { GROUP_V4 } else { GROUP_V6 };
        let destination = to.unwrap_or(SocketAddr::new(group, PORT));
        self.transmits.push_back(Transmit {
            protocol: Protocol::Udp,
            source: link,
            destination,
            ecn: None,
            contents,
        });
    }

    /// Each name waits once. Who does not poll loses the oldest.
    fn tell(&mut self, name: LocalName, addresses: Vec<IpAddr>) {
        self.found.retain(|(told, _)| *told != name);
        if self.found.len() == ASKED_MAX {
            self.found.pop_front();
        }
        self.found.push_back((name, addresses));
    }
}
