//! All of gathering together: what comes in, what is to be done.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use super::candidates::{Base, rank_of};
use super::host::HostGatherer;
use super::reflexive::{Reflexive, ReflexiveNews};
use super::relayed::{Relayed, RelayedNews};
use super::servers::{Addresses, ServerId, Servers};
use super::step::GatherStep;
use super::task::{Task, Work};
use super::way::Way;
use crate::candidate::{CandidateKind, IceCandidate};
use crate::config::Config;
use crate::datagram::Protocol;
use crate::entropy::{Draws, Purpose, stream};
use crate::event::IceCandidateFault;
use crate::ice::Network;
use crate::ice_server::{IceTransportPolicy, TlsTrust};
use crate::socket::{
    ConnectRequest, Framing, Interface, SocketFault, SocketId, SocketReply, SocketRequest,
    TlsRequest, Tunnel,
};
use crate::state::IceGatheringState;
use crate::turn::client::ServerFault;

/// Servers asked at one time, from all addresses together.
const TASKS_MAX: usize = 64;

/// Steps that wait to be polled, beside which nothing more is sent.
const STEPS_MAX: usize = 1_024;

/// Sockets that are asked for on the way to servers have their numbers from here on; those of host
/// candidates lie below.
const FIRST_SOCKET: u32 = 1 << 31;

/// Gathering of one connection.
#[derive(Debug)]
pub(crate) struct Gatherer {
    hosts: HostGatherer,
    hosts_complete: bool,
    /// Sockets are shared with other connections: relays are not asked through them.
    shares: bool,
    policy: IceTransportPolicy,
    trust: TlsTrust,
    bases: Vec<Base>,
    servers: Servers,
    pub(super) tasks: Vec<Task>,
    draws: Draws,
    next_socket: u32,
    state: IceGatheringState,
    steps: VecDeque<GatherStep>,
}

impl Gatherer {
    pub(crate) fn new(config: &Config) -> Self {
        Gatherer {
            hosts: HostGatherer::new(config.shared_sockets.clone(), config.include_loopback),
            hosts_complete: false,
            shares: !config.shared_sockets.is_empty(),
            policy: config.ice_transport_policy,
            trust: config.tls_trust.clone(),
            bases: Vec::new(),
            servers: Servers::new(&config.ice_servers, config.http_proxy.as_ref()),
            tasks: Vec::new(),
            draws: Draws::of(&stream(config.seed, Purpose::Gather)),
            next_socket: FIRST_SOCKET,
            state: IceGatheringState::New,
            steps: VecDeque::new(),
        }
    }

    /// Candidates of sockets that exist already: known before any description is made.
    pub(crate) fn shared_candidates(&mut self) -> Vec<IceCandidate> {
        let all = self.hosts.shared_candidates();
        for (rank, candidate) in (0..).zip(&all) {
            if let Some(local) = candidate.socket_addr() {
                self.bases.push(Base { local, rank, network: Network::default() });
            }
        }
        match self.policy {
            IceTransportPolicy::All => all,
            IceTransportPolicy::Relay => Vec::new(),
        }
    }

    /// Begins, when it has not begun; servers that were of no use are asked again.
    pub(crate) fn start(&mut self, now: Instant) {
        self.servers.forget_unknown();
        self.tasks.retain(|task| !task.is_over());
        self.hosts.start();
        self.advance(now);
    }

    pub(crate) fn set_interfaces(&mut self, interfaces: &[Interface]) {
        self.hosts.set_interfaces(interfaces);
    }

    /// How often a change of interfaces had to wait because nobody polled.
    pub(crate) fn put_off(&self) -> u64 {
        self.hosts.put_off()
    }

    pub(crate) fn poll(&mut self, now: Instant) -> Option<GatherStep> {
        loop {
            if let Some(step) = self.steps.pop_front() {
                return Some(step);
            }
            // So it is with every packet.
            let step = self.hosts.poll()?;
            self.on_host_step(step);
            self.advance(now);
        }
    }

    /// When [`Self::timeout`] is to be called.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.tasks.iter().filter_map(Task::next_timeout).min()
    }

    pub(crate) fn timeout(&mut self, now: Instant) {
        if self.next_timeout().is_none_or(|at| at > now) {
            return;
        }
        self.tasks.iter_mut().for_each(|task| task.timeout(now));
        self.advance(now);
    }

    pub(crate) fn resolved(&mut self, id: ServerId, addresses: &[IpAddr], now: Instant) {
        self.servers.resolved(id, addresses);
        self.advance(now);
    }

    pub(crate) fn on_reply(&mut self, reply: SocketReply, now: Instant) {
        let (id, opened) = match reply {
            SocketReply::Bound { id, local } | SocketReply::Connected { id, local } => {
                (id, Ok(local))
            }
            SocketReply::Failed { id, fault } => (id, Err(fault)),
        };
        let index = self.tasks.iter().position(|task| task.way.socket == Some(id));
        match (index, opened) {
            (None, _) => self.hosts.on_reply(reply),
            (Some(index), Ok(local)) => {
                self.tasks[index].way.local = local;
                self.tasks[index].way.is_open = true;
                self.begin(index, now);
            }
            (Some(index), Err(fault)) => {
                self.tasks[index].way.socket = None;
                self.broke(index, fault, now);
            }
        }
        self.advance(now);
    }

    /// Gives everything up: relays are told, sockets closed.
    pub(crate) fn close(&mut self, now: Instant) {
        for task in &mut self.tasks {
            if let Work::Relayed(work) = &mut task.work {
                work.client.close(now);
            }
        }
        self.flush();
        for task in std::mem::take(&mut self.tasks) {
            self.release(task.way);
        }
        self.bases.clear();
        self.hosts.close();
        self.state = IceGatheringState::New;
    }

    /// Does what what is known asks for.
    pub(super) fn advance(&mut self, now: Instant) {
        if self.state != IceGatheringState::New && !self.servers.is_empty() {
            while let Some((id, name)) = self.servers.next_question() {
                self.steps.push_back(GatherStep::Resolve(id, name));
            }
            self.add_tasks(now);
            self.retry(now);
            self.follow(now);
            self.flush();
        }
        self.check_complete();
    }

    fn on_host_step(&mut self, step: GatherStep) {
        match step {
            GatherStep::Found(candidate, network) => {
                if let Some(local) = candidate.socket_addr() {
                    self.bases.push(Base { local, rank: rank_of(&candidate), network });
                }
                if self.policy == IceTransportPolicy::All {
                    self.steps.push_back(GatherStep::Found(candidate, network));
                }
            }
            GatherStep::Lost(candidate) => self.lose_base(candidate),
            GatherStep::State(IceGatheringState::Complete) => self.hosts_complete = true,
            GatherStep::State(state) => {
                self.hosts_complete = false;
                self.set_state(state);
            }
            step => self.steps.push_back(step),
        }
    }

    fn lose_base(&mut self, candidate: IceCandidate) {
        let local = candidate.socket_addr();
        self.bases.retain(|base| Some(base.local) != local);
        let (gone, kept) = std::mem::take(&mut self.tasks)
            .into_iter()
            .partition(|task| Some(task.base.local) == local);
        self.tasks = kept;
        let gone: Vec<Task> = gone;
        for task in gone {
            self.lose_found(&task.found);
            self.release(task.way);
        }
        self.steps.push_back(GatherStep::Lost(candidate));
    }

    /// Relayed candidates are told to be lost; reflexive ones go with their host.
    fn lose_found(&mut self, found: &[IceCandidate]) {
        let relayed = found.iter().filter(|one| one.kind == CandidateKind::Relayed);
        self.steps.extend(relayed.cloned().map(GatherStep::Lost));
    }

    fn release(&mut self, way: Way) {
        if let Some(id) = way.socket {
            self.steps.push_back(GatherStep::Socket(SocketRequest::Close { id }));
        }
    }

    /// Each server is asked from each address from which it can be.
    fn add_tasks(&mut self, now: Instant) {
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
                self.tasks.push(task);
            }
            return;
        };
        let port = self.servers.proxy_for(server).map(|proxy| proxy.port);
        let port = port.or_else(|| Some(self.servers.get(server)?.url.port()));
        let remote = SocketAddr::new(to, port.unwrap_or_default());
        let way = self.way(base, server, remote);
        self.tasks.push(Task::new(base, server, way, others));
        self.open(self.tasks.len() - 1, now);
    }

    fn way(&self, base: Base, server: usize, remote: SocketAddr) -> Way {
        let url = self.servers.get(server).map(|server| &server.url);
        let protocol = url.map_or(Protocol::Udp, |url| url.protocol());
        let is_relay = url.is_some_and(|url| url.scheme().is_relay());
        let own = protocol != Protocol::Udp || is_relay && self.shares;
        let local = if own { SocketAddr::new(base.local.ip(), 0) } else { base.local };
        Way { protocol, local, remote, socket: None, is_open: !own }
    }

    /// Opens the way to a server, or begins where it is open.
    fn open(&mut self, index: usize, now: Instant) {
        let task = &self.tasks[index];
        if task.way.is_open {
            return self.begin(index, now);
        }
        let id = SocketId(self.next_socket);
        self.next_socket = self.next_socket.wrapping_add(1).max(FIRST_SOCKET);
        let Way { protocol, local, remote, .. } = task.way;
        let Some(server) = self.servers.get(task.server) else { return };
        let request = if protocol == Protocol::Udp {
            SocketRequest::Bind { id, protocol, local }
        } else {
            let (host, port) = (server.url.host(), server.url.port());
            let tls = (protocol == Protocol::Tls)
                .then(|| TlsRequest { server_name: host.to_owned(), trust: self.trust.clone() });
            let tunnel = self.servers.proxy_for(task.server).map(|proxy| Tunnel {
                authority: authority(host, port),
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
    fn begin(&mut self, index: usize, now: Instant) {
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
            Work::Ended { retry_at: None }
        } else if is_relay {
            let credentials = (server.username.as_str(), server.credential.as_str());
            let hide = self.policy == IceTransportPolicy::Relay;
            let relayed = Relayed::new(asked, credentials, (protocol, hide), draws, now);
            Work::Relayed(Box::new(relayed))
        } else {
            Work::Reflexive(Reflexive::new(asked, draws, protocol != Protocol::Udp, now))
        };
        self.tasks[index].is_settled |= twin;
        self.tasks[index].work = work;
    }

    /// A stream of its own for one server.
    fn fork(&mut self) -> Draws {
        use rand_chacha::rand_core::{RngCore, SeedableRng};
        let mut seed = [0; 32];
        // The wake of the others does not move it.
        let mut draws = self.draws.clone();
        draws.with(|rng| rng.fill_bytes(&mut seed));
        self.draws = draws;
        Draws::of(&rand_chacha::ChaCha20Rng::from_seed(seed))
    }

    /// What servers told.
    fn follow(&mut self, now: Instant) {
        for index in 0..self.tasks.len() {
            loop {
                let task = &mut self.tasks[index];
                let is_udp = task.way.protocol == Protocol::Udp;
                match &mut task.work {
                    Work::Reflexive(work) => match work.poll(is_udp) {
                        None => break,
                        Some(ReflexiveNews::Seen(candidate)) => {
                            self.found(index, candidate.into_iter().collect());
                        }
                        Some(ReflexiveNews::Failed(fault)) => self.failed(index, fault, now),
                    },
                    Work::Relayed(work) => match work.poll() {
                        None => break,
                        Some(RelayedNews::Allocated(candidates)) => self.found(index, candidates),
                        Some(RelayedNews::Failed(fault)) => self.failed(index, fault, now),
                        Some(RelayedNews::Lost(fault)) => self.lost(index, &fault, now),
                    },
                    Work::Opening | Work::Ended { .. } => break,
                }
            }
        }
    }

    fn found(&mut self, index: usize, candidates: Vec<IceCandidate>) {
        self.tasks[index].is_settled = true;
        for candidate in candidates {
            let is_relayed = candidate.kind == CandidateKind::Relayed;
            let told = self.tasks.iter().flat_map(|task| &task.found).any(|known| {
                known.address == candidate.address && known.related == candidate.related
            });
            let wanted = is_relayed || self.policy == IceTransportPolicy::All;
            if told || !wanted {
                continue;
            }
            self.tasks[index].found.push(candidate.clone());
            let network = self.tasks[index].base.network;
            self.steps.push_back(GatherStep::Found(candidate, network));
        }
    }

    /// The server is of no use at this address.
    fn failed(&mut self, index: usize, fault: ServerFault, now: Instant) {
        let redirected = match fault {
            ServerFault::Redirected(to) => Some(to),
            _ => None,
        };
        let elsewhere = redirected.is_some() || fault == ServerFault::TimedOut;
        self.turn_away(index, redirected, elsewhere, (fault.code(), &fault.to_string()), now);
    }

    /// The way to the server could not be opened, or broke.
    fn broke(&mut self, index: usize, fault: SocketFault, now: Instant) {
        let task = &mut self.tasks[index];
        task.way.is_open = false;
        let stood = task.found.iter().any(|found| found.kind == CandidateKind::Relayed);
        if stood {
            let found = std::mem::take(&mut task.found);
            task.lost(now);
            self.lose_found(&found);
            return;
        }
        self.turn_away(index, None, true, (ServerFault::UNREACHABLE, &fault.to_string()), now);
    }

    /// Tries the next address, or gives the server up.
    fn turn_away(
        &mut self,
        index: usize,
        redirected: Option<SocketAddr>,
        elsewhere: bool,
        (code, text): (u16, &str),
        now: Instant,
    ) {
        let task = &mut self.tasks[index];
        if elsewhere && let Some(remote) = task.next_remote(redirected) {
            let (base, server, way) = (task.base, task.server, task.way);
            self.release(way);
            self.tasks[index].way = self.way(base, server, remote);
            return self.open(index, now);
        }
        let (base, server, way) = (task.base, task.server, task.way);
        task.work = Work::Ended { retry_at: None };
        task.way.socket = None;
        task.is_settled = true;
        self.release(way);
        self.tell_fault(base, server, code, text);
    }

    /// A relay that stood is gone; it is asked again later.
    fn lost(&mut self, index: usize, fault: &ServerFault, now: Instant) {
        let task = &mut self.tasks[index];
        let found = std::mem::take(&mut task.found);
        let (base, server) = (task.base, task.server);
        task.lost(now);
        self.lose_found(&found);
        self.tell_fault(base, server, fault.code(), &fault.to_string());
    }

    /// Relays that were lost are asked again.
    fn retry(&mut self, now: Instant) {
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

    fn tell_fault(&mut self, base: Base, server: usize, code: u16, text: &str) {
        let Some(known) = self.servers.get(server) else { return };
        self.steps.push_back(GatherStep::Fault(IceCandidateFault {
            local: base.local,
            url: known.url.to_string(),
            code,
            text: text.to_owned(),
        }));
    }

    /// What is for servers goes out.
    pub(super) fn flush(&mut self) {
        for task in &mut self.tasks {
            while let Some(contents) = task.poll_transmit() {
                if self.steps.len() >= STEPS_MAX {
                    // Nobody polls: it is lost, as on a network, and goes out again.
                    continue;
                }
                self.steps.push_back(GatherStep::Transmit(task.way.transmit(contents)));
            }
        }
    }

    fn check_complete(&mut self) {
        if self.state == IceGatheringState::New {
            return;
        }
        let waits = !self.hosts_complete
            || self.servers.waits()
            || self.tasks.iter().any(|task| !task.is_settled);
        match (self.state, waits) {
            (IceGatheringState::Gathering, false) => self.set_state(IceGatheringState::Complete),
            (IceGatheringState::Complete, true) => self.set_state(IceGatheringState::Gathering),
            _ => {}
        }
    }

    fn set_state(&mut self, state: IceGatheringState) {
        if self.state != state {
            self.state = state;
            self.steps.push_back(GatherStep::State(state));
        }
    }
}

/// Where a tunnel is to end.
fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
