//! All of gathering together: what comes in, what is to be done.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Instant;

use super::candidates::{Base, rank_of};
use super::host::HostGatherer;
use super::pool::Pool;
use super::probe::Probes;
use super::servers::{ServerId, Servers};
use super::step::GatherStep;
use super::task::{Task, Work};
use super::tcp::Tcp;
use super::way::Way;
use crate::candidate::IceCandidate;
use crate::config::Config;
use crate::diagnosis::{NatReport, ServerOutcome, ServerReport};
use crate::entropy::{Draws, Purpose, stream};
use crate::ice::Network;
use crate::ice_server::{IceTransportPolicy, TlsTrust};
use crate::socket::{Interface, SocketId, SocketReply, SocketRequest};
use crate::state::IceGatheringState;

/// Steps that wait to be polled, beside which nothing more is sent.
const STEPS_MAX: usize = 1_024;

/// Sockets that are asked for on the way to servers have their numbers from here on; those of host
/// candidates lie below.
const FIRST_SOCKET: u32 = 1 << 31;

/// Gathering of one connection.
#[derive(Debug)]
pub(crate) struct Gatherer {
    hosts: HostGatherer,
    pub(super) hosts_complete: bool,
    /// Sockets are shared with other connections: relays are not asked through them.
    pub(super) shares: bool,
    pub(super) policy: IceTransportPolicy,
    pub(super) trust: TlsTrust,
    pub(super) bases: Vec<Base>,
    pub(super) servers: Servers,
    pub(super) tasks: Vec<Task>,
    pub(super) tcp: Option<Tcp>,
    /// Where it is asked for what the NAT does.
    pub(super) probes: Option<Probes>,
    pub(super) draws: Draws,
    pub(super) next_socket: u32,
    state: IceGatheringState,
    pool: Pool,
    pub(super) steps: VecDeque<GatherStep>,
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
            servers: Servers::new(
                &config.ice_servers,
                config.http_proxy.as_ref(),
                config.ice_tcp && config.http_proxy.is_none(),
            ),
            tasks: Vec::new(),
            tcp: config.ice_tcp.then(Tcp::default),
            probes: config.probe_nat.then(Probes::default),
            draws: Draws::of(&stream(config.seed, Purpose::Gather)),
            next_socket: FIRST_SOCKET,
            state: IceGatheringState::New,
            pool: Pool::default(),
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

    /// Begins before a description wants candidates, which are held back until then.
    pub(crate) fn start_early(&mut self, now: Instant) {
        self.pool.begin();
        self.hosts.start();
        self.advance(now);
    }

    /// Begins, or tells what is there of an early beginning. When it has begun already, servers
    /// that were of no use are asked again.
    pub(crate) fn start(&mut self, now: Instant) {
        if let Some(held) = self.pool.end() {
            return held.into_iter().rev().for_each(|step| self.steps.push_front(step));
        }
        self.servers.forget_unknown();
        self.tasks.retain(|task| !task.is_over());
        self.hosts.start();
        self.advance(now);
    }

    pub(crate) fn set_interfaces(&mut self, interfaces: &[Interface]) {
        self.hosts.set_interfaces(interfaces);
    }

    /// The interfaces, as they were told last.
    pub(crate) fn interfaces(&self) -> &[Interface] {
        self.hosts.interfaces()
    }

    /// What came of each server, from each address that it was asked from.
    pub(crate) fn reports(&self) -> Vec<ServerReport> {
        let each = self.tasks.iter().filter_map(|task| {
            let server = self.servers.get(task.server)?;
            let is_known = task.outcome != ServerOutcome::NameUnknown;
            Some(ServerReport {
                url: server.url.clone(),
                username: server.username.clone(),
                local: task.base.local,
                remote: is_known.then_some(task.way.remote),
                outcome: task.outcome.clone(),
            })
        });
        each.collect()
    }

    /// What the NAT does, as far as it was asked for.
    pub(crate) fn nat_reports(&self) -> Vec<NatReport> {
        self.probes.as_ref().map(Probes::reports).unwrap_or_default()
    }

    /// How often a change of interfaces had to wait because nobody polled.
    pub(crate) fn put_off(&self) -> u64 {
        self.hosts.put_off()
    }

    pub(crate) fn poll(&mut self, now: Instant) -> Option<GatherStep> {
        loop {
            if let Some(step) = self.steps.pop_front() {
                match self.pool.hold(step) {
                    None => continue,
                    step => return step,
                }
            }
            // So it is with every packet.
            let step = self.hosts.poll()?;
            self.on_host_step(step);
            self.advance(now);
        }
    }

    /// When [`Self::timeout`] is to be called.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let probes = self.probes.as_ref().and_then(Probes::next_timeout);
        self.tasks.iter().filter_map(Task::next_timeout).chain(probes).min()
    }

    pub(crate) fn timeout(&mut self, now: Instant) {
        if self.next_timeout().is_none_or(|at| at > now) {
            return;
        }
        self.tasks.iter_mut().for_each(|task| task.timeout(now));
        if let Some(probes) = &mut self.probes {
            probes.timeout(now);
        }
        self.advance(now);
    }

    /// The path in use is silent: the servers are asked whether our addresses are the same, and
    /// whether relays stand.
    pub(crate) fn look_again(&mut self, now: Instant) {
        for task in &mut self.tasks {
            task.look_again(now);
        }
        self.advance(now);
    }

    pub(crate) fn resolved(&mut self, id: ServerId, addresses: &[IpAddr], now: Instant) {
        self.servers.resolved(id, addresses);
        self.advance(now);
    }

    pub(crate) fn on_reply(&mut self, reply: SocketReply, now: Instant) {
        if self.on_probe_reply(reply, now) {
            return self.advance(now);
        }
        let (id, opened) = reply.opened();
        let index = self.tasks.iter().position(|task| task.way.socket == Some(id));
        match (index, opened) {
            (None, _) => match self.tcp.as_mut().and_then(|tcp| tcp.on_reply(reply)) {
                Some(steps) => self.steps.extend(steps),
                None => self.hosts.on_reply(reply),
            },
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

    /// Whether there is something to close.
    pub(crate) fn is_at_work(&self) -> bool {
        !(self.bases.is_empty() && self.tasks.is_empty() && self.hosts.is_closed())
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
        self.lose_probes(None);
        if let Some(tcp) = &mut self.tcp {
            self.steps.extend(tcp.close());
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
            self.probe();
            self.flush();
        }
        self.check_complete();
    }

    fn on_host_step(&mut self, step: GatherStep) {
        match step {
            GatherStep::Found(candidate, network) => {
                if let Some(local) = candidate.socket_addr() {
                    let base = Base { local, rank: rank_of(&candidate), network };
                    self.bases.push(base);
                    self.listen(base);
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

    /// Peers may connect to an address of ours, and be connected to from it.
    fn listen(&mut self, base: Base) {
        if self.policy != IceTransportPolicy::All || self.tcp.is_none() {
            return;
        }
        let ids = [self.take_socket(), self.take_socket()];
        if let Some(tcp) = &mut self.tcp {
            self.steps.extend(tcp.add_base(base, ids));
        }
    }

    /// A name for the next socket.
    pub(super) fn take_socket(&mut self) -> SocketId {
        let id = SocketId(self.next_socket);
        self.next_socket = self.next_socket.wrapping_add(1).max(FIRST_SOCKET);
        id
    }

    fn lose_base(&mut self, candidate: IceCandidate) {
        let local = candidate.socket_addr();
        self.bases.retain(|base| Some(base.local) != local);
        if local.is_some() {
            self.lose_probes(local);
        }
        if let (Some(tcp), Some(local)) = (&mut self.tcp, local) {
            self.steps.extend(tcp.remove_base(local));
        }
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

    pub(super) fn release(&mut self, way: Way) {
        if let Some(id) = way.socket {
            self.steps.push_back(GatherStep::Socket(SocketRequest::Close { id }));
        }
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
        self.flush_probes();
    }

    fn check_complete(&mut self) {
        if self.state == IceGatheringState::New {
            return;
        }
        let waits = !self.hosts_complete
            || self.servers.waits()
            || self.tcp.as_ref().is_some_and(Tcp::waits)
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
