//! An engine on a host.
//!
//! 1. Packets, wake-ups and interface changes become inputs of the [`Rtc`], and it is drained after
//!    each.
//! 2. Its datagrams become packets; its sockets become ports of the host.
//! 3. Its offers, answers and candidates go to the peer as mail, which takes its own way with its
//!    own delay: signalling is not the network under test.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use lapwing_engine::{
    CandidateAddress, CandidateKind, Config, Event, IceCandidate, Input, Rtc, SessionDescription,
};

use crate::host::{Application, Carrier, Drained, Endpoint, HostCx, Inbox, Signal};
use crate::net::EndpointId;
use crate::packet::{EcnField, IpProtocol, Packet};
use crate::sim::{Handle, Sim};
use crate::time::{Clock, Time};

/// A peer connection and the program that owns it.
///
/// ```
/// use std::time::Duration;
/// use lapwing_engine::{ChannelConfig, Config, Event};
/// use lapwing_simnet::{Clock, Inbox, LinkSpec, RtcHost, Sim, Time, connect_peers};
///
/// let mut sim = Sim::new(1);
/// let core = sim.router("core");
/// let link = LinkSpec::new().delay(Duration::from_millis(10)).loss(0.05);
/// let peers = [("a", "192.0.2.1", 1), ("b", "192.0.2.2", 2)].map(|(name, address, seed)| {
///     let host = sim.host(name);
///     sim.connect(host, core, &[address.parse().unwrap()], &link, &link);
///     sim.attach(host, RtcHost::new(Config::seeded(seed), Clock::arbitrary(), Inbox::default()))
/// });
/// connect_peers(&mut sim, peers[0], peers[1], Duration::from_millis(30));
/// let chat = ChannelConfig::new("chat");
/// sim.with(peers[0], |a, cx| a.act(cx, |rtc, _, _| rtc.create_channel(chat))).unwrap();
/// sim.run_until(Time::from_secs(30));
/// let opened = |(_, event): &(_, Event)| matches!(event, Event::ChannelOpened(_));
/// assert!(sim.endpoint(peers[1]).application().events.iter().any(opened));
/// ```
pub struct RtcHost<A = Inbox> {
    config: Option<Config>,
    clock: Clock,
    /// Made when the run reaches the host: a connection begins with its host.
    rtc: Option<Rtc>,
    application: A,
    application_wake: Option<Instant>,
    engine_wake: Option<Instant>,
    /// When it was last told the time: commands carry none.
    told: Option<Instant>,
    overdue: Option<Overdue>,
    carrier: Carrier,
    peer: Option<(EndpointId, Duration)>,
    public: Option<IpAddr>,
    dns64: bool,
    /// Mail for when it wakes up; nothing while it is awake.
    asleep: Option<Vec<Vec<u8>>>,
}

/// When an engine asked to be woken before the time that it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// After a command, which carries no time, or a datagram: one of a server's is told to what
    /// gathers candidates alone.
    InPart,
    /// When all of it had been told the time.
    InWhole,
}

/// Drains after which an engine that still asks for sockets or names is taken to be broken.
const MAX_DRAINS: usize = 1_000;

impl<A: Application> RtcHost<A> {
    /// A connection that begins when the run reaches its host. Both ends of a call may have
    /// different clocks.
    pub fn new(config: Config, clock: Clock, application: A) -> Self {
        RtcHost {
            config: Some(config),
            clock,
            rtc: None,
            application,
            application_wake: None,
            engine_wake: None,
            told: None,
            overdue: None,
            carrier: Carrier::default(),
            peer: None,
            public: None,
            dns64: false,
            asleep: None,
        }
    }

    /// Behind a NAT with this address: each host candidate goes to the peer a second time, with the
    /// public address and the same port.
    ///
    /// This stands in for a STUN server where a network is to have none. It is true where the NAT
    /// preserves ports and maps independently of the destination, as that of [`Sim::home`] does.
    #[must_use]
    pub fn with_public(mut self, public: IpAddr) -> Self {
        self.public = Some(public);
        self
    }

    /// On a host with IPv6 only behind a NAT64: candidates with IPv4 addresses are taken for those
    /// of its prefix, see [`crate::middlebox::dns64`].
    #[must_use]
    pub fn with_dns64(mut self) -> Self {
        self.dns64 = true;
        self
    }

    /// With these ECN bits on all datagrams of which the engine says nothing: the host's network
    /// stack sets them.
    #[must_use]
    pub fn with_ecn(mut self, ecn: EcnField) -> Self {
        self.carrier.set_ecn(ecn);
        self
    }

    /// A part of the engine's recording: [`Rtc::take_recording`] or [`Rtc::finish_recording`].
    pub fn recording(&mut self, part: fn(&mut Rtc) -> Vec<u8>) -> Vec<u8> {
        self.rtc.as_mut().map(part).unwrap_or_default()
    }

    /// The program above.
    pub fn application(&self) -> &A {
        &self.application
    }

    /// The program above, to take what it has made.
    pub(crate) fn application_mut(&mut self) -> &mut A {
        &mut self.application
    }

    /// The connection, once the run has begun.
    pub fn rtc(&self) -> Option<&Rtc> {
        self.rtc.as_ref()
    }

    /// Gives a command to the connection or to the program, and carries out what follows from it.
    pub fn act<R>(
        &mut self,
        cx: &mut HostCx<'_>,
        command: impl FnOnce(&mut Rtc, &mut A, Instant) -> R,
    ) -> R {
        let now = self.clock.instant(cx.now());
        let rtc = self.rtc.get_or_insert_with(|| {
            Rtc::new(self.config.take().expect("a connection is made once"), now)
        });
        let result = command(rtc, &mut self.application, now);
        self.settle(cx, Overdue::InPart);
        result
    }

    /// From now on nothing runs, as on a machine whose lid is shut: packets are lost, timers pass,
    /// and signalling waits.
    pub fn sleep(&mut self) {
        self.asleep.get_or_insert_default();
    }

    /// It runs again, and finds out what time it is.
    pub fn wake_up(&mut self, cx: &mut HostCx<'_>) {
        let Some(mail) = self.asleep.take() else { return };
        self.tell_interfaces(cx);
        self.wake(cx);
        for mail in mail {
            self.read(&mail, cx);
        }
        self.ask_for_wake(cx);
    }

    /// What the peer signals.
    fn read(&mut self, mail: &[u8], cx: &mut HostCx<'_>) {
        let Some(rtc) = &mut self.rtc else {
            return;
        };
        let signal = Signal::parse(mail);
        let signal = if self.dns64 { signal.map(Signal::with_dns64) } else { signal };
        let answer = signal.and_then(|signal| apply(rtc, signal));
        // Before the drain, so that the candidates it yields find the answer applied.
        if let (Some(answer), Some((peer, delay))) = (answer, self.peer) {
            cx.mail(peer, Signal::Description(answer).to_bytes(), delay);
        }
        self.settle(cx, Overdue::InPart);
    }

    /// Whether the engine ever asked to be woken before the time that it was told; the worse of
    /// both where both were.
    pub(crate) fn overdue(&self) -> Option<Overdue> {
        self.overdue
    }

    /// Gives an input to the connection, and carries out what follows from it.
    fn input(&mut self, input: Input<'_>, cx: &mut HostCx<'_>) {
        let now = self.clock.instant(cx.now());
        self.told = Some(now);
        let Some(rtc) = &mut self.rtc else { return };
        let is_for_all = matches!(input, Input::Timeout);
        rtc.handle_input(input, now);
        self.settle(cx, if is_for_all { Overdue::InWhole } else { Overdue::InPart });
    }

    /// Drains the engine until it waits for the world, and asks to be woken. What it asks for
    /// before the time that it was told is of this kind.
    fn settle(&mut self, cx: &mut HostCx<'_>, kind: Overdue) {
        let now = self.clock.instant(cx.now());
        for _ in 0..MAX_DRAINS {
            let Some(rtc) = &mut self.rtc else { return };
            let Drained { wake, events, mut again } = self.carrier.drain(rtc, now, cx);
            if self.told.is_some_and(|told| wake < told) && self.overdue != Some(Overdue::InWhole) {
                self.overdue = Some(kind);
            }
            self.engine_wake = Some(wake);
            for event in events {
                again |= signal(rtc, &event, self.peer, cx);
                signal_public(&event, self.public, self.peer, cx);
                self.application.event(event, rtc, now);
            }
            if !again {
                while let Some((to, mail)) = self.application.post() {
                    cx.mail(to, mail, Duration::ZERO);
                }
                return self.ask_for_wake(cx);
            }
        }
        panic!("the engine does not come to rest at {}", cx.now());
    }

    fn ask_for_wake(&self, cx: &mut HostCx<'_>) {
        let wakes = [self.engine_wake, self.application_wake, self.application.due()];
        let wakes = wakes.into_iter().flatten();
        let first = wakes.map(|at| self.clock.time(at)).min().unwrap_or(Time::NEVER);
        cx.wake_at(first.min(self.carrier.next_wake()));
    }

    fn wake_application(&mut self, cx: &mut HostCx<'_>) {
        let wake = self.act(cx, |rtc, application, now| application.wake(rtc, now));
        self.application_wake = wake;
        self.ask_for_wake(cx);
    }

    fn tell_interfaces(&mut self, cx: &mut HostCx<'_>) {
        let interfaces = Carrier::interfaces(cx);
        self.act(cx, |rtc, _, now| rtc.handle_input(Input::Interfaces(&interfaces), now));
    }
}

impl<A: Application> Endpoint for RtcHost<A> {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        self.tell_interfaces(cx);
        self.wake_application(cx);
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        if self.asleep.is_some() {
            return;
        }
        if packet.protocol() == IpProtocol::Tcp {
            self.carrier.receive(&packet, cx);
            return self.settle(cx, Overdue::InPart);
        }
        let Some(datagram) = Carrier::datagram(&packet) else {
            return;
        };
        self.input(Input::Datagram(datagram), cx);
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        if self.asleep.is_some() {
            return;
        }
        let now = self.clock.instant(cx.now());
        if self.carrier.next_wake() <= cx.now() {
            self.carrier.wake(cx);
            self.settle(cx, Overdue::InPart);
        }
        if self.engine_wake.is_none_or(|at| at <= now) {
            self.input(Input::Timeout, cx);
        }
        let due = [self.application_wake, self.application.due()];
        if due.into_iter().flatten().any(|at| at <= now) {
            self.wake_application(cx);
        }
    }

    fn interfaces_changed(&mut self, cx: &mut HostCx<'_>) {
        if self.asleep.is_none() {
            self.tell_interfaces(cx);
        }
    }

    fn mail(&mut self, from: EndpointId, mail: Vec<u8>, cx: &mut HostCx<'_>) {
        let is_signalling = self.peer.is_none_or(|(peer, _)| peer == from);
        match &mut self.asleep {
            Some(waits) if is_signalling => waits.push(mail),
            // Nobody is there to take it.
            Some(_) => {}
            None if is_signalling => self.read(&mail, cx),
            None => self.act(cx, |rtc, application, now| application.mail(&mail, rtc, now)),
        }
    }
}

/// Applies what the peer signalled; gives the answer to an offer. What cannot be applied is
/// dropped, as by an application that has nobody to complain to.
fn apply(rtc: &mut Rtc, signal: Signal) -> Option<SessionDescription> {
    let mut negotiation = rtc.negotiation();
    match signal {
        Signal::Description(description) => {
            negotiation.set_remote(&description).ok()?;
            let answer = negotiation.create_answer().ok()?;
            negotiation.set_local(&answer).ok()?;
            Some(answer)
        }
        Signal::Candidate(text) => {
            negotiation.add_ice_candidate(&text).ok()?;
            None
        }
    }
}

/// Tells two peers of each other: from now on, what one offers reaches the other after `delay`. It
/// does not begin the run, so that what the hosts gather and offer at their start goes to the peer
/// too.
pub fn connect_peers<A: Application, B: Application>(
    sim: &mut Sim,
    a: Handle<RtcHost<A>>,
    b: Handle<RtcHost<B>>,
    delay: Duration,
) {
    sim.endpoint_mut(a).peer = Some((b.id(), delay));
    sim.endpoint_mut(b).peer = Some((a.id(), delay));
}

/// Carries to the peer what it has to know; true when the engine was given a command.
fn signal(
    rtc: &mut Rtc,
    event: &Event,
    peer: Option<(EndpointId, Duration)>,
    cx: &mut HostCx<'_>,
) -> bool {
    let Some((peer, delay)) = peer else {
        return false;
    };
    let signal = match event {
        Event::IceCandidate(signalled) => Signal::Candidate(signalled.line()),
        Event::NegotiationNeeded => {
            let mut negotiation = rtc.negotiation();
            let Ok(offer) = negotiation.create_offer() else {
                return false;
            };
            if negotiation.set_local(&offer).is_err() {
                return false;
            }
            Signal::Description(offer)
        }
        _ => return false,
    };
    cx.mail(peer, signal.to_bytes(), delay);
    matches!(event, Event::NegotiationNeeded)
}

/// Carries to the peer where a NAT maps a host candidate to.
fn signal_public(
    event: &Event,
    public: Option<IpAddr>,
    peer: Option<(EndpointId, Duration)>,
    cx: &mut HostCx<'_>,
) {
    let (Event::IceCandidate(signalled), Some(public), Some((peer, delay))) = (event, public, peer)
    else {
        return;
    };
    let Some(candidate) = &signalled.candidate else {
        return;
    };
    let Some(local) = candidate.socket_addr().filter(|_| candidate.kind == CandidateKind::Host)
    else {
        return;
    };
    let mapped = IceCandidate {
        foundation: format!("{}s", candidate.foundation),
        // Behind every host candidate (RFC 8445 section 5.1.2.2).
        priority: candidate.priority & 0x00ff_ffff | 100 << 24,
        address: CandidateAddress::Address(SocketAddr::new(public, local.port())),
        kind: CandidateKind::ServerReflexive,
        related: Some(local),
        ..candidate.clone()
    };
    cx.mail(peer, Signal::Candidate(mapped.to_string()).to_bytes(), delay);
}
