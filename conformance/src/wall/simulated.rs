//! Both ends of a case in the laboratory: Lapwing against itself, in virtual time.
//!
//! Requests reach the ends at once and past the network; what the ends say to each other goes over
//! the links.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use lapwing_engine::Input;
use lapwing_simnet::{
    Carrier, Clock, Endpoint, Handle, HostCx, IpProtocol, LinkId, LinkSpec, Packet, Sim, Time,
};
use serde_json::{Value, json};

use super::{Ends, Side};
use crate::agent::{Agent, FilePart, Identity};
use crate::peer::{PeerError, Ready};

/// The addresses of the two ends, of those that RFC 5737 and RFC 3849 keep for examples.
const ADDRESSES: [[&str; 2]; 2] = [["192.0.2.1", "2001:db8::1"], ["192.0.2.2", "2001:db8::2"]];

/// Where the wall clock stands at the start, in seconds since the Unix epoch.
const UNIX_SECS: u64 = 1_780_000_000;

/// Drains after which an engine that still asks for something is taken to be broken.
const DRAINS_MAX: usize = 1_000;

/// Two agents on hosts of a simulated network.
pub struct SimulatedEnds {
    sim: Sim,
    hosts: [Handle<AgentHost>; 2],
    /// From the subject, and from the peer.
    links: [LinkId; 2],
    ready: [Ready; 2],
    requests: u64,
}

impl SimulatedEnds {
    /// Two ends joined by these links: from the subject to the peer, and back. The same seed gives
    /// the same lines, as far as `docs/determinism.md` says.
    pub fn new(links: [LinkSpec; 2], seed: u64) -> SimulatedEnds {
        let mut sim = Sim::new(seed);
        let core = sim.router("core");
        let clock = Clock::arbitrary();
        let [subject, peer] = Side::BOTH.map(|side| {
            let host = sim.host(&side.to_string());
            let addresses = ADDRESSES[side.index()].map(address);
            let way = &links[side.index()];
            let connection = sim.connect(host, core, &addresses, way, &LinkSpec::new());
            let mut agent = AgentHost::new(identity(side, seed), clock);
            agent.settle_lines();
            let ready = agent.take_ready();
            (sim.attach(host, agent), connection.up, ready)
        });
        SimulatedEnds {
            sim,
            hosts: [subject.0, peer.0],
            links: [subject.1, peer.1],
            ready: [subject.2, peer.2],
            requests: 0,
        }
    }

    fn host(&self, side: Side) -> &AgentHost {
        self.sim.endpoint(self.hosts[side.index()])
    }

    fn act<R>(&mut self, side: Side, act: impl FnOnce(&mut AgentHost, &mut HostCx<'_>) -> R) -> R {
        self.sim.with(self.hosts[side.index()], act)
    }

    /// Lines that both ends have said so far.
    fn said(&self) -> u64 {
        Side::BOTH.map(|side| self.host(side).said).iter().sum()
    }

    /// Runs until `end`, or until something is so.
    fn run(&mut self, end: Time, mut done: impl FnMut(&mut Self) -> bool) {
        while self.sim.next_at().is_some_and(|at| at <= end) {
            self.sim.step();
            if done(self) {
                return;
            }
        }
        self.sim.run_until(end);
    }
}

impl Ends for SimulatedEnds {
    fn ready(&self, side: Side) -> &Ready {
        &self.ready[side.index()]
    }

    fn request(
        &mut self,
        side: Side,
        mut request: Value,
        within: Duration,
    ) -> Result<Value, PeerError> {
        if let Some(how) = self.host(side).gone {
            return Err(PeerError::Gone(how.to_owned()));
        }
        self.requests += 1;
        let id = self.requests;
        let verb = request["do"].as_str().unwrap_or_default().to_owned();
        request["id"] = json!(id);
        self.act(side, |host, cx| host.request(&request, cx));
        let end = self.sim.now() + within;
        if !self.host(side).replies.contains_key(&id) {
            self.run(end, |ends| ends.host(side).replies.contains_key(&id));
        }
        match self.act(side, |host, _| host.replies.remove(&id)) {
            None => Err(PeerError::Silent { request: verb, waited: within }),
            Some(reply) => match reply.get("ok") {
                Some(content) => Ok(content.clone()),
                None => Err(PeerError::of_reply(&reply["error"])),
            },
        }
    }

    fn events(&mut self, side: Side) -> Vec<Value> {
        self.act(side, |host, _| std::mem::take(&mut host.events))
    }

    fn pass(&mut self, time: Duration) {
        let (end, said) = (self.sim.now() + time, self.said());
        self.run(end, |ends| ends.said() > said);
    }

    fn elapsed(&self) -> Duration {
        self.sim.now() - Time::ZERO
    }

    fn kill(&mut self, side: Side) {
        self.act(side, AgentHost::kill);
    }

    fn link(&mut self, links: [LinkSpec; 2]) {
        for (link, spec) in self.links.iter().zip(&links) {
            self.sim.set_link(*link, spec);
        }
    }
}

fn identity(side: Side, seed: u64) -> Identity {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    bytes[8] = side.index() as u8;
    let unix_time = Duration::from_secs(UNIX_SECS);
    Identity { name: "lapwing-simnet".to_owned(), seed: bytes, unix_time }
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("the table has addresses only")
}

/// An agent on a host.
struct AgentHost {
    agent: Agent,
    clock: Clock,
    carrier: Carrier,
    /// The connection that was told of the interfaces.
    told: u32,
    engine_wake: Option<Instant>,
    agent_wake: Option<Instant>,
    replies: BTreeMap<u64, Value>,
    events: Vec<Value>,
    said: u64,
    /// It does nothing any more, and why.
    gone: Option<&'static str>,
}

impl AgentHost {
    fn new(identity: Identity, clock: Clock) -> AgentHost {
        AgentHost {
            agent: Agent::new(identity, clock.instant(Time::ZERO)),
            clock,
            carrier: Carrier::default(),
            told: 0,
            engine_wake: None,
            agent_wake: None,
            replies: BTreeMap::new(),
            events: Vec::new(),
            said: 0,
            gone: None,
        }
    }

    fn take_ready(&mut self) -> Ready {
        let first = std::mem::take(&mut self.events).into_iter().next();
        let ready = first.and_then(|line| serde_json::from_value(line).ok());
        ready.expect("the first line of an agent says what it can do")
    }

    fn request(&mut self, request: &Value, cx: &mut HostCx<'_>) {
        let now = self.clock.instant(cx.now());
        self.agent.request(request, now);
        self.settle(cx);
    }

    fn kill(&mut self, cx: &mut HostCx<'_>) {
        self.carrier.release(cx);
        self.gone = Some("killed");
        cx.wake_at(Time::NEVER);
    }

    /// Goes on until agent and engine wait for the world.
    fn settle(&mut self, cx: &mut HostCx<'_>) {
        let now = self.clock.instant(cx.now());
        for _ in 0..DRAINS_MAX {
            self.agent_wake = self.agent.wake(now);
            let mut again = false;
            if self.told != self.agent.generation() {
                // A new connection has sockets of its own.
                self.carrier.release(cx);
                self.engine_wake = None;
            }
            let (generation, told) = (self.agent.generation(), self.told);
            if let Some(rtc) = self.agent.rtc() {
                if told != generation {
                    let interfaces = Carrier::interfaces(cx);
                    rtc.handle_input(Input::Interfaces(&interfaces), now);
                    self.told = generation;
                }
                let drained = self.carrier.drain(rtc, now, cx);
                self.engine_wake = Some(drained.wake);
                again = drained.again;
                drained.events.into_iter().for_each(|event| self.agent.event(event, now));
            }
            self.settle_lines();
            if !again {
                return self.ask_for_wake(cx);
            }
        }
        panic!("the engine does not come to rest at {}", cx.now());
    }

    fn ask_for_wake(&mut self, cx: &mut HostCx<'_>) {
        if self.agent.is_over() && self.gone.is_none() {
            self.carrier.release(cx);
            self.gone = Some("it was told to exit");
        }
        let wakes = [self.engine_wake, self.agent_wake].into_iter().flatten();
        let wakes = wakes.filter(|_| self.gone.is_none());
        let first = wakes.map(|at| self.clock.time(at)).min().unwrap_or(Time::NEVER);
        cx.wake_at(first.min(self.carrier.next_wake()));
    }

    fn settle_lines(&mut self) {
        let files = self.agent.take_files();
        let faults = files.iter().filter_map(fault_of).collect::<Vec<_>>();
        for line in self.agent.take_lines().into_iter().chain(faults) {
            self.said += 1;
            match line["id"].as_u64() {
                Some(id) => {
                    self.replies.insert(id, line);
                }
                None => self.events.push(line),
            }
        }
    }
}

fn fault_of(part: &FilePart) -> Option<Value> {
    let error = part.write().err()?;
    let text = format!("{} is not written: {error}", part.path.display());
    Some(json!({"event": "log", "text": text}))
}

impl Endpoint for AgentHost {
    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        let now = self.clock.instant(cx.now());
        if self.gone.is_some() {
            return;
        }
        if packet.protocol() == IpProtocol::Tcp {
            self.carrier.receive(&packet, cx);
            return self.settle(cx);
        }
        if let (Some(rtc), Some(datagram)) = (self.agent.rtc(), Carrier::datagram(&packet)) {
            rtc.handle_input(Input::Datagram(datagram), now);
            self.settle(cx);
        }
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        let now = self.clock.instant(cx.now());
        if self.gone.is_some() {
            return;
        }
        let due = self.engine_wake.is_some_and(|at| at <= now);
        if let Some(rtc) = self.agent.rtc().filter(|_| due) {
            rtc.handle_input(Input::Timeout, now);
        }
        self.carrier.wake(cx);
        self.settle(cx);
    }

    fn interfaces_changed(&mut self, cx: &mut HostCx<'_>) {
        let now = self.clock.instant(cx.now());
        let interfaces = Carrier::interfaces(cx);
        if self.gone.is_some() {
            return;
        }
        if let Some(rtc) = self.agent.rtc() {
            rtc.handle_input(Input::Interfaces(&interfaces), now);
            self.settle(cx);
        }
    }
}
