//! Servers are asked: each from each address from which it can be.

use std::net::SocketAddr;
use std::time::Instant;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::candidates::Base;
use super::gatherer::Gatherer;
use super::reflexive::{Reflexive, Seen};
use super::relayed::Relayed;
use super::servers::Addresses;
use super::step::GatherStep;
use super::task::{Task, Work};
use super::way::Way;
use crate::datagram::Protocol;
use crate::diagnosis::ServerOutcome;
use crate::entropy::Draws;
use crate::ice_server::IceTransportPolicy;
use crate::socket::{ConnectRequest, Framing, SocketRequest, TlsRequest, Tunnel};
use crate::turn::client::ServerFault;

/// Servers asked at one time, from all addresses together.
const TASKS_MAX: usize = 64;

impl Gatherer {
    /// Each server is asked from each address from which it can be.
    pub(super) fn add_tasks(&mut self, now: Instant) {
        for base in self.bases.clone() {
            for server in 0..self.servers.len() {
                let known = self
                    .tasks
                    .iter()
                    .any(|task| task.server == server && task.base.local == base.local);
                if !known && self.tasks.len() < TASKS_MAX {
                    self.add_task(base, server, now);
                }
            }
        }
    }

    fn add_task(&mut self, base: Base, server: usize, now: Instant) {
        let Some(addresses) = self.servers.addresses(server) else { return };
        let Addresses::Known(all) = addresses else { return };
        let nameless = all.is_empty();
        let mut others = addresses.of_family(base.local.ip());
        others.reverse();
        let Some(to) = others.pop() else {
            if nameless {
                self.tell_fault(base, server, ServerFault::UNREACHABLE, "the name has no address");
                let mut task = Task::new(base, server, self.way(base, server, base.local), others);
                task.work = Work::Ended { retry_at: None };
                task.is_settled = true;
                task.outcome = ServerOutcome::NameUnknown;
                self.tasks.push(task);
            }
            return;
        };
        if self.is_asked_by_tcp(server) && self.simultaneous(base).is_none() {
            // The port that it is asked from is being opened.
            return;
        }
        let port = self.servers.proxy_for(server).map(|proxy| proxy.port);
        let port = port.or_else(|| Some(self.servers.get(server)?.url.port()));
        let remote = SocketAddr::new(to, port.unwrap_or_default());
        let way = self.way(base, server, remote);
        self.tasks.push(Task::new(base, server, way, others));
        self.open(self.tasks.len() - 1, now);
    }

    pub(super) fn way(&self, base: Base, server: usize, remote: SocketAddr) -> Way {
        let known = self.servers.get(server);
        let protocol = known.map_or(Protocol::Udp, |server| server.protocol);
        let is_relay = known.is_some_and(|server| server.url.scheme().is_relay());
        let own = protocol != Protocol::Udp || is_relay && self.shares;
        let any = SocketAddr::new(base.local.ip(), 0);
        let local = match own {
            true if self.is_asked_by_tcp(server) => self.simultaneous(base).unwrap_or(any),
            true => any,
            false => base.local,
        };
        Way { protocol, local, remote, socket: None, is_open: !own }
    }

    /// Whether it is a STUN server by TCP, which tells where peers reach a candidate by TCP.
    fn is_asked_by_tcp(&self, server: usize) -> bool {
        let known = self.servers.get(server);
        let is_stun = known.is_some_and(|server| {
            server.protocol == Protocol::Tcp && !server.url.scheme().is_relay()
        });
        is_stun && self.servers.proxy_for(server).is_none()
    }

    /// The port that such a server is asked from; any where there are no candidates by TCP.
    fn simultaneous(&self, base: Base) -> Option<SocketAddr> {
        match &self.tcp {
            Some(tcp) if self.policy == IceTransportPolicy::All => tcp.simultaneous(base),
            _ => Some(SocketAddr::new(base.local.ip(), 0)),
        }
    }

    /// Opens the way to a server, or begins where it is open.
    pub(super) fn open(&mut self, index: usize, now: Instant) {
        if self.tasks[index].way.is_open {
            return self.begin(index, now);
        }
        let id = self.take_socket();
        let task = &self.tasks[index];
        let Way { protocol, local, remote, .. } = task.way;
        let Some(server) = self.servers.get(task.server) else { return };
        let request = if protocol == Protocol::Udp {
            SocketRequest::Bind { id, protocol, local }
        } else {
            let tls = (protocol == Protocol::Tls).then(|| TlsRequest {
                server_name: server.url.host().to_owned(),
                trust: self.trust.clone(),
            });
            let tunnel = self.servers.proxy_for(task.server).map(|proxy| Tunnel {
                authority: server.url.authority(),
                credentials: proxy.credentials.clone(),
            });
            let framing = Framing::Stun;
            SocketRequest::Connect(ConnectRequest { id, local, remote, framing, tunnel, tls })
        };
        self.steps.push_back(GatherStep::Socket(request));
        let task = &mut self.tasks[index];
        task.way.socket = Some(id);
        task.work = Work::Opening;
    }

    /// The way is open: the server is asked.
    pub(super) fn begin(&mut self, index: usize, now: Instant) {
        let draws = self.fork();
        let Some(server) = self.servers.get(self.tasks[index].server) else { return };
        let is_relay = server.url.scheme().is_relay();
        let task = &self.tasks[index];
        let (asked, protocol) = ((task.base, task.server), task.way.protocol);
        // A server knows an allocation by where it is asked from: there can be one.
        let twin = is_relay
            && self.tasks.iter().enumerate().any(|(other, known)| {
                let same = known.way.local == task.way.local && known.way.remote == task.way.remote;
                other != index && same && matches!(known.work, Work::Relayed(_))
            });
        let work = if twin {
            self.tasks[index].is_settled = true;
            self.tasks[index].outcome = ServerOutcome::Duplicate;
            Work::Ended { retry_at: None }
        } else if is_relay {
            let credentials = (server.username.as_str(), server.credential.0.as_str());
            let hide = self.policy == IceTransportPolicy::Relay;
            let relayed = Relayed::new(asked, credentials, (protocol, hide), draws, now);
            Work::Relayed(Box::new(relayed))
        } else {
            let from = self.reflexive_from(index);
            let reliable = protocol != Protocol::Udp;
            Work::Reflexive(Box::new(Reflexive::new(asked, from, draws, reliable, now)))
        };
        self.tasks[index].work = work;
    }

    /// The candidate of ours that a STUN server sees, where peers reach what it sees.
    fn reflexive_from(&self, index: usize) -> Option<Seen> {
        let Task { base, server, way, .. } = &self.tasks[index];
        match way.protocol {
            Protocol::Udp => Some(Seen::Udp),
            Protocol::Tcp if self.tcp.is_some() && self.is_asked_by_tcp(*server) => {
                let local = self.simultaneous(*base).filter(|local| *local == way.local);
                local.map(Seen::Tcp)
            }
            Protocol::Tcp | Protocol::Tls => None,
        }
    }

    /// A stream of its own for one server.
    pub(super) fn fork(&mut self) -> Draws {
        let mut seed = [0; 32];
        self.draws.with(|rng| rng.fill_bytes(&mut seed));
        Draws::of(&ChaCha20Rng::from_seed(seed))
    }

    /// Relays that were lost are asked again.
    pub(super) fn retry(&mut self, now: Instant) {
        for index in 0..self.tasks.len() {
            let task = &self.tasks[index];
            if matches!(task.work, Work::Ended { retry_at: Some(at) } if at <= now) {
                let (base, server, way) = (task.base, task.server, task.way);
                self.release(way);
                self.tasks[index].way = self.way(base, server, way.remote);
                self.tasks[index].is_settled = false;
                self.open(index, now);
            }
        }
    }
}
