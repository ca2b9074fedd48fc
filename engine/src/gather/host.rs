//! Host candidates (RFC 8445 section 5.1.1.1): a socket per usable address, kept in step with the
//! interfaces.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::candidates::host_candidate;
use super::phase::{Change, Phase};
use super::step::GatherStep;
use crate::candidate::IceCandidate;
use crate::datagram::Protocol;
use crate::ice::Network;
use crate::socket::{Interface, SocketId, SocketReply, SocketRequest};
use crate::state::IceGatheringState;

/// Addresses that get a socket. More candidates mean more checks: eight by eight pairs already
/// take three seconds at a 50 ms round trip.
const SOCKETS_MAX: usize = 8;

/// Steps that may wait before interfaces are looked at again: more than when all sockets go and
/// others come, which is two steps for each that goes and one for each that comes. A change that
/// finds more waiting is taken in with the last of them.
const STEPS_MAX: usize = 4 * SOCKETS_MAX;

#[derive(Debug)]
struct HostSocket {
    id: SocketId,
    asked: SocketAddr,
    phase: Phase,
    /// Position in the order of preference.
    rank: u32,
    network: Network,
}

/// The host part of gathering, as a pure machine: facts in, steps out.
#[derive(Debug)]
pub(crate) struct HostGatherer {
    include_loopback: bool,
    shared: Vec<SocketAddr>,
    interfaces: Vec<Interface>,
    sockets: Vec<HostSocket>,
    state: IceGatheringState,
    next_id: u32,
    next_rank: u32,
    steps: VecDeque<GatherStep>,
    /// The interfaces changed while too many steps waited.
    behind: bool,
    /// How often that was so.
    put_off: u64,
}

impl HostGatherer {
    pub(crate) fn new(shared: Vec<SocketAddr>, include_loopback: bool) -> Self {
        HostGatherer {
            include_loopback,
            shared,
            interfaces: Vec::new(),
            sockets: Vec::new(),
            state: IceGatheringState::New,
            next_id: 0,
            next_rank: 0,
            steps: VecDeque::new(),
            behind: false,
            put_off: 0,
        }
    }

    /// Candidates of sockets that exist already: known before any description is made.
    pub(crate) fn shared_candidates(&mut self) -> Vec<IceCandidate> {
        let shared = self.shared.clone();
        shared.into_iter().map(|local| self.candidate(local)).collect()
    }

    pub(crate) fn poll(&mut self) -> Option<GatherStep> {
        if self.steps.is_empty() {
            // So it is with every packet.
            if !std::mem::take(&mut self.behind) {
                return None;
            }
            self.reconcile();
            self.check_complete();
        }
        let step = self.steps.pop_front();
        if self.steps.is_empty() {
            // Gathering is over as soon as it begins, mostly.
            self.steps = VecDeque::new();
        }
        step
    }

    /// The interfaces, as they were told last.
    pub(super) fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// How often a change of interfaces had to wait because nobody polled.
    pub(crate) fn put_off(&self) -> u64 {
        self.put_off
    }

    /// Begins, when it has not begun.
    pub(crate) fn start(&mut self) {
        if self.state == IceGatheringState::New {
            self.set_state(IceGatheringState::Gathering);
            self.reconcile();
            self.check_complete();
        }
    }

    /// The interfaces are these now.
    pub(crate) fn set_interfaces(&mut self, interfaces: &[Interface]) {
        self.interfaces = interfaces.to_vec();
        if self.state == IceGatheringState::New {
            return;
        }
        if self.steps.len() >= STEPS_MAX {
            self.behind = true;
            self.put_off += 1;
            return;
        }
        self.reconcile();
        self.check_complete();
    }

    /// Asks for sockets on new addresses and gives up those whose address is gone.
    fn reconcile(&mut self) {
        if !self.shared.is_empty() {
            return;
        }
        let mut wanted: Vec<(SocketAddr, Network)> = self
            .interfaces
            .iter()
            .filter(|interface| interface.is_usable())
            .filter(|interface| self.include_loopback || !interface.address.is_loopback())
            .map(|interface| (SocketAddr::new(interface.address, 0), self.network(interface)))
            .collect();
        // The cheapest is preferred; among equals, the first.
        wanted.sort_by_key(|(_, network)| network.cost);
        let (kept, gone): (Vec<_>, Vec<_>) = std::mem::take(&mut self.sockets)
            .into_iter()
            .partition(|socket| wanted.iter().any(|(address, _)| *address == socket.asked));
        self.sockets = kept;
        for socket in gone {
            self.release(&socket);
        }
        for (address, network) in wanted {
            let known = self.sockets.iter().any(|socket| socket.asked == address);
            if !known && self.sockets.len() < SOCKETS_MAX {
                self.ask(address, network);
            }
        }
    }

    /// What is told of the network of an interface: nothing where it costs nothing. Addresses of
    /// one interface are of one network.
    fn network(&self, interface: &Interface) -> Network {
        if interface.cost == Interface::COST_WIRED {
            return Network::default();
        }
        let first = self.interfaces.iter().position(|known| known.name == interface.name);
        let id = first.and_then(|place| u16::try_from(place + 1).ok()).unwrap_or(u16::MAX);
        Network { id, cost: interface.cost }
    }

    fn ask(&mut self, local: SocketAddr, network: Network) {
        let id = SocketId(self.next_id);
        self.next_id += 1;
        let rank = self.take_rank();
        self.sockets.push(HostSocket { id, asked: local, phase: Phase::Asked, rank, network });
        let request = SocketRequest::Bind { id, protocol: Protocol::Udp, local };
        self.steps.push_back(GatherStep::Socket(request));
    }

    fn release(&mut self, socket: &HostSocket) {
        if let Phase::Bound(local) = socket.phase {
            let lost = host_candidate(local, socket.rank);
            self.steps.push_back(GatherStep::Lost(lost));
        }
        if socket.phase != Phase::Failed {
            let request = SocketRequest::Close { id: socket.id };
            self.steps.push_back(GatherStep::Socket(request));
        }
    }

    /// A socket was opened, or failed. One that failed stays so: each makes few steps in its life.
    pub(crate) fn on_reply(&mut self, reply: SocketReply) {
        let (id, opened) = reply.opened();
        let Some(socket) = self.sockets.iter_mut().find(|socket| socket.id == id) else { return };
        let (rank, network) = (socket.rank, socket.network);
        let step = socket.phase.take(opened).map(|change| match change {
            Change::Opened(local) => GatherStep::Found(host_candidate(local, rank), network),
            Change::Lost(local) => GatherStep::Lost(host_candidate(local, rank)),
        });
        self.steps.extend(step);
        self.check_complete();
    }

    fn check_complete(&mut self) {
        let waiting = self.sockets.iter().any(|socket| socket.phase == Phase::Asked);
        let knows = !self.shared.is_empty() || !self.interfaces.is_empty();
        match self.state {
            IceGatheringState::Gathering if knows && !waiting => {
                self.set_state(IceGatheringState::Complete);
            }
            IceGatheringState::Complete if waiting => {
                self.set_state(IceGatheringState::Gathering);
            }
            _ => {}
        }
    }

    /// Whether there is no socket, or none was asked for.
    pub(crate) fn is_closed(&self) -> bool {
        self.state == IceGatheringState::New && self.sockets.is_empty()
    }

    /// Closes every socket.
    pub(crate) fn close(&mut self) {
        // Interfaces that come and go are nobody's business any more.
        self.state = IceGatheringState::New;
        for socket in std::mem::take(&mut self.sockets) {
            if socket.phase != Phase::Failed {
                let request = SocketRequest::Close { id: socket.id };
                self.steps.push_back(GatherStep::Socket(request));
            }
        }
    }

    fn set_state(&mut self, state: IceGatheringState) {
        self.state = state;
        self.steps.push_back(GatherStep::State(state));
    }

    fn candidate(&mut self, local: SocketAddr) -> IceCandidate {
        let rank = self.take_rank();
        host_candidate(local, rank)
    }

    fn take_rank(&mut self) -> u32 {
        self.next_rank += 1;
        self.next_rank - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::socket::SocketFault;

    fn interface(name: &str, address: &str) -> Interface {
        Interface::new(name, address.parse().expect("an address"))
    }

    fn steps(gatherer: &mut HostGatherer) -> Vec<GatherStep> {
        std::iter::from_fn(|| gatherer.poll()).collect()
    }

    fn bind(id: u32, local: &str) -> GatherStep {
        let local = local.parse().expect("an address");
        GatherStep::Socket(SocketRequest::Bind { id: SocketId(id), protocol: Protocol::Udp, local })
    }

    fn bound(id: u32, local: &str) -> SocketReply {
        SocketReply::Bound { id: SocketId(id), local: local.parse().expect("an address") }
    }

    #[test]
    fn one_socket_per_usable_address() {
        let mut gatherer = HostGatherer::new(Vec::new(), false);
        gatherer.set_interfaces(&[
            interface("lo", "127.0.0.1"),
            interface("eth0", "192.0.2.7"),
            interface("eth0", "fe80::1"),
        ]);
        assert_eq!(steps(&mut gatherer), []);
        gatherer.start();
        let gathering = GatherStep::State(IceGatheringState::Gathering);
        assert_eq!(steps(&mut gatherer), [gathering, bind(0, "192.0.2.7:0")]);

        gatherer.on_reply(bound(0, "192.0.2.7:5000"));
        let found = steps(&mut gatherer);
        let GatherStep::Found(candidate, network) = &found[0] else {
            panic!("a candidate: {found:?}")
        };
        let line = "candidate:h0 1 udp 2130706431 192.0.2.7 5000 typ host";
        assert_eq!((candidate.to_string().as_str(), *network), (line, Network::default()));
        assert_eq!(found[1], GatherStep::State(IceGatheringState::Complete));
    }

    #[test]
    fn what_costs_less_is_preferred() {
        let mut gatherer = HostGatherer::new(Vec::new(), false);
        gatherer.set_interfaces(&[
            interface("wlan0", "192.0.2.7").with_cost(Interface::COST_WIFI),
            interface("wlan0", "2001:db8::7").with_cost(Interface::COST_WIFI),
            interface("wwan0", "192.0.2.9").with_cost(Interface::COST_CELLULAR),
            interface("eth0", "192.0.2.8"),
        ]);
        gatherer.start();
        let asked = ["192.0.2.8", "192.0.2.7", "[2001:db8::7]", "192.0.2.9"];
        for (id, address) in (0..).zip(asked) {
            gatherer.on_reply(bound(id, &format!("{address}:5000")));
        }
        let networks = steps(&mut gatherer).into_iter().filter_map(|step| match step {
            GatherStep::Found(candidate, network) => {
                Some((candidate.foundation, network.id, network.cost))
            }
            _ => None,
        });
        let told = [("h0", 0, 0), ("h1", 1, 10), ("h2", 1, 10), ("h3", 3, 900)];
        let told = told.map(|(name, id, cost)| (name.to_owned(), id, cost));
        assert_eq!(networks.collect::<Vec<_>>(), told);
    }

    #[test]
    fn an_interface_that_goes_takes_its_candidate_along() {
        let mut gatherer = HostGatherer::new(Vec::new(), false);
        gatherer.set_interfaces(&[interface("eth0", "192.0.2.7")]);
        gatherer.start();
        gatherer.on_reply(bound(0, "192.0.2.7:5000"));
        steps(&mut gatherer);
        gatherer.set_interfaces(&[interface("wlan0", "198.51.100.7")]);
        let moved = steps(&mut gatherer);
        assert!(matches!(moved[0], GatherStep::Lost(_)), "{moved:?}");
        assert_eq!(moved[1], GatherStep::Socket(SocketRequest::Close { id: SocketId(0) }));
        assert_eq!(moved[2], bind(1, "198.51.100.7:0"));
        assert_eq!(moved[3], GatherStep::State(IceGatheringState::Gathering));
    }

    #[test]
    fn a_failed_socket_does_not_hold_the_rest() {
        let mut gatherer = HostGatherer::new(Vec::new(), true);
        gatherer.set_interfaces(&[interface("lo", "127.0.0.1")]);
        gatherer.start();
        steps(&mut gatherer);
        let fault = SocketFault::AddressUnavailable;
        gatherer.on_reply(SocketReply::Failed { id: SocketId(0), fault });
        assert_eq!(steps(&mut gatherer), [GatherStep::State(IceGatheringState::Complete)]);
    }

    #[test]
    fn changes_that_nobody_polls_are_taken_in_at_the_end() {
        let mut gatherer = HostGatherer::new(Vec::new(), false);
        gatherer.start();
        for number in 0..200 {
            let address = |low| format!("198.51.{number}.{low}");
            let all: Vec<_> = (0..9).map(|low| interface("eth0", &address(low))).collect();
            gatherer.set_interfaces(&all);
            // Answers to nobody, and a socket that comes and goes.
            for id in 0..4_000 {
                gatherer.on_reply(bound(id, "198.51.0.1:5000"));
                let fault = SocketFault::AddressUnavailable;
                gatherer.on_reply(SocketReply::Failed { id: SocketId(id), fault });
            }
            assert!(gatherer.steps.len() <= 3 * STEPS_MAX, "{}", gatherer.steps.len());
        }
        assert!((190..200).contains(&gatherer.put_off()), "{}", gatherer.put_off());

        let all = steps(&mut gatherer);
        let mut open = std::collections::BTreeSet::new();
        for step in &all {
            match step {
                GatherStep::Socket(SocketRequest::Bind { id, local, .. }) => {
                    open.insert((*id, *local));
                }
                GatherStep::Socket(SocketRequest::Close { id }) => {
                    open.retain(|(open, _)| open != id);
                }
                _ => {}
            }
        }
        let last = open.iter().filter(|(_, local)| local.to_string().starts_with("198.51.199."));
        assert_eq!(last.count(), SOCKETS_MAX, "the last change is taken in: {open:?}");
        assert_eq!(gatherer.poll(), None);
    }

    #[test]
    fn shared_sockets_need_nothing() {
        let local = "192.0.2.7:443".parse().expect("an address");
        let mut gatherer = HostGatherer::new(vec![local], false);
        assert_eq!(gatherer.shared_candidates()[0].socket_addr(), Some(local));
        gatherer.set_interfaces(&[interface("eth0", "192.0.2.7")]);
        gatherer.start();
        let complete = GatherStep::State(IceGatheringState::Complete);
        assert_eq!(steps(&mut gatherer).last(), Some(&complete));
    }
}
