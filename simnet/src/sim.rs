//! The simulator: a network, the programs on its hosts, and the loop over what is due.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::time::Duration;

use crate::digest::Digest;
use crate::host::{Endpoint, HostCx, Slot};
use crate::middlebox::{Firewall, FirewallConfig, Nat, Nat64, NatConfig};
use crate::net::{
    Connection, Due, EndpointId, InterfaceId, LinkId, LinkStats, MachineId, MachineInterface,
    Medium, MediumConfig, MediumId, Middlebox, Network, Role,
};
use crate::nodes::Node;
use crate::random::Seed;
use crate::spec::LinkSpec;
use crate::time::Time;
use crate::trace::{Kind, Place, Watch};

/// A run: the same seed, network and endpoints give the same events.
///
/// ```
/// use std::time::Duration;
/// use lapwing_simnet::{Endpoint, HostCx, IpProtocol, LinkSpec, Packet, PacketSpec, Sim, Time};
///
/// struct Echo;
/// impl Endpoint for Echo {
///     fn start(&mut self, cx: &mut HostCx<'_>) {
///         cx.bind(IpProtocol::Udp, 7).expect("the host has no other endpoint");
///     }
///     fn receive(&mut self, p: Packet, cx: &mut HostCx<'_>) {
///         cx.send(PacketSpec::udp(p.destination(), p.source(), p.into_payload()));
///     }
/// }
///
/// #[derive(Default)]
/// struct Ping(Option<Duration>);
/// impl Endpoint for Ping {
///     fn start(&mut self, cx: &mut HostCx<'_>) {
///         let port = cx.bind(IpProtocol::Udp, 0).expect("a port is free");
///         let source = (cx.address().expect("the host is connected"), port).into();
///         cx.send(PacketSpec::udp(source, "192.0.2.2:7".parse().unwrap(), vec![0; 100]));
///     }
///     fn receive(&mut self, _: Packet, cx: &mut HostCx<'_>) {
///         self.0 = Some(cx.now() - Time::ZERO);
///     }
/// }
///
/// let mut sim = Sim::new(1);
/// let core = sim.router("core");
/// let (a, b) = (sim.host("a"), sim.host("b"));
/// let link = LinkSpec::new().delay(Duration::from_millis(10));
/// sim.connect(a, core, &["192.0.2.1".parse().unwrap()], &link, &link);
/// sim.connect(b, core, &["192.0.2.2".parse().unwrap()], &link, &link);
/// sim.attach(b, Echo);
/// let ping = sim.attach(a, Ping::default());
/// sim.run_until(Time::from_secs(1));
/// assert_eq!(sim.endpoint(ping).0, Some(Duration::from_millis(40)));
/// ```
pub struct Sim {
    seed: Seed,
    net: Network,
    slots: Vec<Slot>,
    /// Endpoints that have been started: the first so many.
    started: usize,
    actions: Vec<Option<Action>>,
    /// Steps since time last went on.
    steps_at_once: u64,
}

type Action = Box<dyn FnOnce(&mut Sim)>;

/// Steps without time going on: two endpoints that answer each other over a link without delay, or
/// one that asks to be woken at once again and again, would otherwise hang the run.
const MAX_STEPS_AT_ONCE: u64 = 10_000_000;

/// An endpoint of a run, with its type.
pub struct Handle<E> {
    id: EndpointId,
    kind: PhantomData<fn() -> E>,
}

impl<E> Handle<E> {
    /// The endpoint's name in traces.
    pub fn id(self) -> EndpointId {
        self.id
    }
}

impl<E> Clone for Handle<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Handle<E> {}

impl<E> fmt::Debug for Handle<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.id).finish()
    }
}

/// Building.
impl Sim {
    /// An empty network.
    pub fn new(seed: u64) -> Self {
        let (net, seed) = (Network::default(), Seed(seed));
        Sim { seed, net, slots: Vec::new(), started: 0, actions: Vec::new(), steps_at_once: 0 }
    }

    /// The seed of the run, for endpoints that need randomness of their own.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// A machine that carries endpoints and forwards nothing.
    pub fn host(&mut self, name: &str) -> MachineId {
        self.net.add_machine(name, Role::Host)
    }

    /// A machine that forwards.
    pub fn router(&mut self, name: &str) -> MachineId {
        self.net.add_machine(name, Role::Router)
    }

    /// A machine that forwards through a box: a NAT, a firewall.
    pub fn middlebox(&mut self, name: &str, middlebox: impl Middlebox) -> MachineId {
        self.net.add_machine(name, Role::Middlebox(Box::new(middlebox)))
    }

    /// A machine that forwards through a NAT. Its connection upwards must have the NAT's addresses.
    pub fn nat(&mut self, name: &str, config: NatConfig) -> MachineId {
        let stream = self.seed.stream(&format!("nat/{name}"));
        self.middlebox(name, Nat::new(config, stream))
    }

    /// A machine that forwards through a NAT64. Its connection upwards must have the box's IPv4
    /// addresses; hosts below it have IPv6 addresses only. [`Nat64::config`] gives the usual
    /// behaviour.
    pub fn nat64(&mut self, name: &str, config: NatConfig) -> MachineId {
        let stream = self.seed.stream(&format!("nat64/{name}"));
        self.middlebox(name, Nat64::new(config, stream))
    }

    /// Gives a name its addresses, for all hosts alike; they are told at once to who asks. A name
    /// that was not given has none, and so has one that was given none.
    ///
    /// ```
    /// use lapwing_simnet::Sim;
    /// let mut sim = Sim::new(1);
    /// sim.dns("relay.example.org", &["192.0.2.1".parse().unwrap()]);
    /// ```
    pub fn dns(&mut self, name: &str, addresses: &[IpAddr]) {
        self.net.names.set(name, addresses);
    }

    /// Whether nobody answers questions for names: then none has an address.
    pub fn set_dns_down(&mut self, down: bool) {
        self.net.names.down = down;
    }

    /// A machine that forwards through a firewall.
    pub fn firewall(&mut self, name: &str, config: FirewallConfig) -> MachineId {
        self.middlebox(name, Firewall::new(config))
    }

    /// A medium that links can share: see [`LinkSpec::air`].
    pub fn medium(&mut self, name: &str, config: MediumConfig) -> MediumId {
        let id = MediumId(self.net.media.len() as u32);
        let stream = self.seed.stream(&format!("medium/{name}"));
        self.net.media.push(Medium::new(config, stream));
        id
    }

    /// Joins a child to a parent and gives the child's new interface its addresses.
    ///
    /// The child sends by default to the parent. Machines above learn the way to the addresses,
    /// unless a box in between hides them. Links are named `child>parent` and `parent>child`.
    pub fn connect(
        &mut self,
        child: MachineId,
        parent: MachineId,
        addresses: &[IpAddr],
        up: &LinkSpec,
        down: &LinkSpec,
    ) -> Connection {
        let [below, above] = [child, parent].map(|id| self.net.machine(id).name.clone());
        // A second connection of the same machines needs random streams of its own.
        let count = self.net.links.iter().filter(|l| (l.from, l.to) == (child, parent)).count();
        let suffix = if count == 0 { String::new() } else { format!("/{count}") };
        let up_name = format!("{below}>{above}{suffix}");
        let down_name = format!("{above}>{below}{suffix}");
        let up = up.build(self.seed, &up_name);
        let down = down.build(self.seed, &down_name);
        self.net.connect(child, parent, addresses, [(up_name, up), (down_name, down)])
    }

    /// Puts an endpoint on a host. It starts when the run goes on.
    pub fn attach<E: Endpoint>(&mut self, host: MachineId, endpoint: E) -> Handle<E> {
        Handle { id: self.attach_boxed(host, Box::new(endpoint)), kind: PhantomData }
    }

    /// Puts a program on a host whose kind is not known.
    pub fn attach_boxed(&mut self, host: MachineId, endpoint: Box<dyn Endpoint>) -> EndpointId {
        let id = EndpointId(self.slots.len() as u32);
        let (endpoint, alarm) = (Some(endpoint), Default::default());
        self.slots.push(Slot { machine: host, endpoint, alarm });
        id
    }

    /// Has something done to the run at a moment, or at once when that has passed.
    ///
    /// The action is an event of the trace by its number; what it does to the network shows in the
    /// events that follow.
    pub fn at(&mut self, at: Time, action: impl FnOnce(&mut Sim) + 'static) {
        let number = self.actions.len() as u32;
        self.actions.push(Some(Box::new(action)));
        self.net.agenda.push(at.max(self.net.now), Due::Action(number));
    }
}

/// Running.
impl Sim {
    /// The present moment.
    pub fn now(&self) -> Time {
        self.net.now
    }

    /// Runs all that is due up to and at `end`; then it is `end`.
    pub fn run_until(&mut self, end: Time) {
        while self.next_at().is_some_and(|at| at <= end) {
            self.step();
        }
        self.net.now = self.net.now.max(end);
    }

    /// When something is due next.
    pub fn next_at(&mut self) -> Option<Time> {
        self.begin();
        self.net.agenda.next_at()
    }

    /// Runs for a span of virtual time.
    pub fn run_for(&mut self, span: Duration) {
        self.run_until(self.net.now + span);
    }

    /// Does the one thing that is due next; false when nothing ever is.
    pub fn step(&mut self) -> bool {
        self.begin();
        let Some((at, due)) = self.net.agenda.pop() else {
            return false;
        };
        self.steps_at_once = if at > self.net.now { 0 } else { self.steps_at_once + 1 };
        assert!(self.steps_at_once < MAX_STEPS_AT_ONCE, "time stands still at {at}");
        self.net.now = at;
        match due {
            Due::Stage { link, stage, packet } => self.net.resume(link, stage, packet),
            Due::Node { link, stage } => self.net.wake_node(link, stage),
            Due::Endpoint(id) => self.ring(id),
            Due::Mail { from, to, mail } => self.hand_over(from, to, mail),
            Due::Action(number) => self.act(number),
        }
        self.settle();
        true
    }

    /// Calls an endpoint from outside, as the program that owns it would.
    pub fn with<E: Endpoint, R>(
        &mut self,
        handle: Handle<E>,
        call: impl FnOnce(&mut E, &mut HostCx<'_>) -> R,
    ) -> R {
        self.begin();
        let result = self.call(handle.id, |endpoint, cx| {
            let endpoint: &mut dyn Any = endpoint;
            let endpoint = endpoint.downcast_mut().expect("a handle knows its endpoint's type");
            call(endpoint, cx)
        });
        self.settle();
        result
    }

    /// Looks at an endpoint.
    pub fn endpoint<E: Endpoint>(&self, handle: Handle<E>) -> &E {
        let endpoint = self.slots[handle.id.index()].endpoint.as_deref();
        let endpoint: &dyn Any = endpoint.expect("endpoints are at home between calls");
        endpoint.downcast_ref().expect("a handle knows its endpoint's type")
    }

    /// Changes an endpoint without calling it, and without beginning the run.
    pub(crate) fn endpoint_mut<E: Endpoint>(&mut self, handle: Handle<E>) -> &mut E {
        let endpoint = self.slots[handle.id.index()].endpoint.as_deref_mut();
        let endpoint: &mut dyn Any = endpoint.expect("endpoints are at home between calls");
        endpoint.downcast_mut().expect("a handle knows its endpoint's type")
    }

    fn begin(&mut self) {
        if self.started == self.slots.len() {
            return;
        }
        while self.started < self.slots.len() {
            let id = EndpointId(self.started as u32);
            self.started += 1;
            self.call(id, |endpoint, cx| endpoint.start(cx));
        }
        // Only now: all have bound their ports.
        self.settle();
    }

    fn ring(&mut self, id: EndpointId) {
        let alarm = &mut self.slots[id.index()].alarm;
        if alarm.ring(self.net.now) {
            self.net.trace.note(self.net.now, Kind::Woken, Place::Endpoint(id), None);
            self.call(id, |endpoint, cx| endpoint.wake(cx));
        }
        if let Some(at) = self.slots[id.index()].alarm.enter() {
            self.net.agenda.push(at, Due::Endpoint(id));
        }
    }

    fn hand_over(&mut self, from: EndpointId, to: EndpointId, mail: Vec<u8>) {
        let mut digest = Digest::new();
        digest.bytes(&mail);
        let kind = Kind::Mailed(digest.finish());
        self.net.trace.note(self.net.now, kind, Place::Endpoint(to), None);
        self.call(to, |endpoint, cx| endpoint.mail(from, mail, cx));
    }

    fn act(&mut self, number: u32) {
        self.net.trace.note(self.net.now, Kind::Acted(number), Place::Scenario, None);
        if let Some(action) = self.actions[number as usize].take() {
            action(self);
        }
    }

    fn settle(&mut self) {
        loop {
            self.net.settle();
            let Some((id, packet)) = self.net.inbox.pop_front() else {
                return;
            };
            self.steps_at_once += 1;
            assert!(self.steps_at_once < MAX_STEPS_AT_ONCE, "time stands still");
            self.call(id, |endpoint, cx| endpoint.receive(*packet, cx));
        }
    }

    fn call<R>(
        &mut self,
        id: EndpointId,
        call: impl FnOnce(&mut dyn Endpoint, &mut HostCx<'_>) -> R,
    ) -> R {
        let slot = &mut self.slots[id.index()];
        let mut endpoint = slot.endpoint.take().expect("an endpoint is not called while it runs");
        let (machine, alarm) = (slot.machine, &mut slot.alarm);
        let result = call(
            endpoint.as_mut(),
            &mut HostCx { net: &mut self.net, machine, endpoint: id, alarm },
        );
        self.slots[id.index()].endpoint = Some(endpoint);
        result
    }
}

/// Looking and changing.
impl Sim {
    /// The hash chain over all events so far.
    pub fn chain(&self) -> u64 {
        self.net.trace.chain()
    }

    /// From now on the trace has no wake-ups, and its chain covers of payloads only their length:
    /// time, place, kind and size of packets repeat also where programs under test put a wall clock
    /// into their payload and their timers.
    pub fn trace_packets_only(&mut self) {
        self.net.trace.packets_only();
    }

    /// The number of events so far.
    pub fn events(&self) -> u64 {
        self.net.trace.count()
    }

    /// Entries in the agenda: what is under way.
    pub fn pending(&self) -> usize {
        self.net.agenda.len()
    }

    /// Shows every event from now on to a watcher.
    pub fn watch(&mut self, watcher: impl Watch) {
        self.net.trace.watch(Box::new(watcher));
    }

    /// The first watcher of a type.
    pub fn watcher<T: Watch>(&mut self) -> Option<&mut T> {
        self.net.trace.watcher()
    }

    /// A link's name, `from>to`.
    pub fn link_name(&self, link: LinkId) -> &str {
        &self.net.links[link.index()].name
    }

    /// What a link has done so far.
    pub fn link_stats(&self, link: LinkId) -> &LinkStats {
        &self.net.links[link.index()].stats
    }

    /// Bytes that wait in the queues of a link.
    pub fn backlog(&self, link: LinkId) -> u64 {
        self.net.links[link.index()].row.backlog()
    }

    /// A node of a link, counted from the sending end, to look at or to change.
    pub fn node<N: Node>(&mut self, link: LinkId, stage: usize) -> Option<&mut N> {
        let node: &mut dyn Any = self.net.links[link.index()].row.node_mut(stage)?;
        node.downcast_mut()
    }

    /// A middlebox, to look at or to change.
    pub fn middlebox_mut<M: Middlebox>(&mut self, machine: MachineId) -> Option<&mut M> {
        match &mut self.net.machine_mut(machine).role {
            Role::Middlebox(middlebox) => {
                let middlebox: &mut dyn Any = middlebox.as_mut();
                middlebox.downcast_mut()
            }
            Role::Host | Role::Router => None,
        }
    }

    /// Gives a link other effects from now on. What has entered it before leaves as it would have.
    pub fn set_link(&mut self, link: LinkId, spec: &LinkSpec) {
        let (seed, link) = (self.seed, &mut self.net.links[link.index()]);
        // Its random streams are not those of the effects before.
        let name = format!("{}@{}", link.name, link.row.begin() + 1);
        link.row.replace(spec.build(seed, &name));
    }

    /// Cuts or mends a link. What is on its way through a cut link is lost at its end.
    pub fn set_link_up(&mut self, link: LinkId, up: bool) {
        self.net.links[link.index()].up = up;
    }

    /// The interfaces of a machine.
    pub fn interfaces(&self, machine: MachineId) -> &[MachineInterface] {
        &self.net.machine(machine).interfaces
    }

    /// The interface of a host that has one.
    pub(crate) fn first_interface(&self, machine: MachineId) -> InterfaceId {
        InterfaceId { machine, index: 0 }
    }

    /// Takes an interface down or up; the machine's endpoints are told.
    pub fn set_interface_up(&mut self, interface: InterfaceId, up: bool) {
        self.net.machine_mut(interface.machine).interfaces[interface.index].up = up;
        self.tell(interface.machine);
    }

    /// Gives an interface other addresses; the machine's endpoints are told.
    pub fn set_addresses(&mut self, interface: InterfaceId, addresses: &[IpAddr]) {
        let machine = self.net.machine_mut(interface.machine);
        for address in machine.set_addresses(interface.index, addresses.to_vec()) {
            self.net.withdraw(interface, address);
        }
        for &address in addresses {
            self.net.announce(interface, address);
        }
        self.tell(interface.machine);
    }

    fn tell(&mut self, machine: MachineId) {
        for index in 0..self.started {
            if self.slots[index].machine == machine {
                self.call(EndpointId(index as u32), |endpoint, cx| endpoint.interfaces_changed(cx));
            }
        }
        self.settle();
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim")
            .field("seed", &self.seed)
            .field("now", &self.net.now)
            .field("events", &self.events())
            .field("pending", &self.pending())
            .finish()
    }
}
