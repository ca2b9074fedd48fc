//! One peer connection: routes inputs to its parts and their outputs out. It decides nothing
//! itself.

mod commands;
mod dispatch;
mod drafts;
mod events;
mod exchange;
#[cfg(fuzzing)]
mod meddle;
mod outputs;
mod record;
mod report;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::drafts::Drafts;
use self::outputs::Outputs;
use crate::channel::ChannelTable;
use crate::config::Config;
use crate::datagram::{Datagram, Transmit};
use crate::demux::PacketKind;
use crate::event::{Event, SelectedPair};
use crate::frame::ReceivedFrame;
use crate::gather::{GatherStep, Gatherer, HostNames, Incoming, NameStep};
use crate::ice::Network;
use crate::ids::Mid;
use crate::input::Input;
use crate::jsep::{Jsep, JsepConfig};
use crate::layers::{LayerSelector, LayerVerdict};
use crate::output::{Output, TimeoutReason};
use crate::record::Recorder;
use crate::resolve::{Asked, Resolved, Resolver};
use crate::session::agreed::{AgreedMedia, Capabilities};
use crate::session::{Discarded, Pair, Session, SessionEvent, SessionOutput, Transport};
use crate::socket::ResolveId;
use crate::state::{
    ConnectionState, DtlsState, IceConnectionState, IceGatheringState, SignalingState,
};
use crate::stats::StatsCollector;

/// When nothing is due, the wake-up given is this far away.
const IDLE: Duration = Duration::from_secs(3600);

/// One peer connection (`RTCPeerConnection` without the sockets and the clock).
///
/// It has two verbs: [`Self::handle_input`] takes what happened outside, [`Self::poll_output`]
/// gives what is to be done. After each input and each command, poll until [`Output::Timeout`];
/// [`drain`](crate::drain) does so. Then wait for a datagram, or until the time that the timeout
/// names and [`Input::Timeout`]. [`Event::Closed`] is the end; [`IceConnectionState`] says when
/// there is none by itself. The documentation of the crate has a whole exchange.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::{ChannelConfig, Config, Event, Output, Rtc};
///
/// let now = Instant::now();
/// let mut rtc = Rtc::new(Config::seeded(1), now);
/// rtc.create_channel(ChannelConfig::new("chat")).unwrap();
/// loop {
///     match rtc.poll_output() {
///         Output::Event(event) => println!("{event:?}"),
///         Output::Timeout { .. } => break,
///         _ => {}
///     }
/// }
/// ```
pub struct Rtc {
    config: Config,
    started: Instant,
    now: Instant,
    session: Transport,
    /// What the session can do.
    capabilities: Arc<Capabilities>,
    jsep: Jsep,
    drafts: Drafts,
    /// The m-lines of audio and video that were agreed on.
    agreed: Vec<Arc<AgreedMedia>>,
    gatherer: Gatherer,
    names: HostNames,
    resolver: Resolver,
    channels: ChannelTable,
    layers: BTreeMap<Mid, LayerSelector>,
    /// As it was told last: candidates that were found before are known by then.
    gathering: IceGatheringState,
    ice: IceConnectionState,
    dtls: DtlsState,
    connection: ConnectionState,
    pair: Option<SelectedPair>,
    stats: StatsCollector,
    outputs: Outputs,
    recorder: Option<Box<Recorder>>,
}

impl Rtc {
    /// A connection that begins at `now`. The same configuration and inputs give the same outputs.
    pub fn new(config: Config, now: Instant) -> Self {
        let recorder = config.record.map(|options| Recorder::new(options, &config, now));
        let mut session = Transport::new(&config, now);
        let mut gatherer = Gatherer::new(&config);
        for candidate in gatherer.shared_candidates() {
            session.add_local_candidate(&candidate, Network::default());
        }
        if config.ice_candidate_pool_size > 0 {
            gatherer.start_early(now);
        }
        let capabilities = session.capabilities();
        Rtc {
            started: now,
            now,
            jsep: Jsep::new(JsepConfig::of(&config, &capabilities)),
            capabilities,
            session,
            drafts: Drafts::default(),
            agreed: Vec::new(),
            gatherer,
            names: HostNames::new(&config),
            resolver: Resolver::default(),
            channels: ChannelTable::new(config.channels_max, config.channel_buffer),
            layers: BTreeMap::new(),
            gathering: IceGatheringState::New,
            ice: IceConnectionState::New,
            dtls: DtlsState::New,
            connection: ConnectionState::New,
            pair: None,
            stats: StatsCollector::default(),
            outputs: Outputs::default(),
            recorder: recorder.map(Box::new),
            config,
        }
    }

    /// Takes what happened outside. Time that runs backwards is taken as standing still.
    pub fn handle_input(&mut self, input: Input<'_>, now: Instant) {
        self.record_input(&input, now);
        self.now = self.now.max(now);
        match input {
            Input::Timeout => {
                self.gatherer.timeout(self.now);
                self.names.timeout(self.now);
                self.session.timeout(self.now);
            }
            Input::Datagram(datagram) => self.on_datagram(datagram),
            Input::Socket(reply) => {
                if !self.names.on_reply(reply, self.now) {
                    self.gatherer.on_reply(reply, self.now);
                }
            }
            Input::Resolved { id, addresses } => self.on_resolved(id, addresses),
            Input::Interfaces(interfaces) => {
                self.gatherer.set_interfaces(interfaces);
                self.names.set_interfaces(interfaces);
            }
        }
    }

    fn on_datagram(&mut self, datagram: Datagram<'_>) {
        // What others of the link say to each other is no part of the connection.
        if self.names.receive(&datagram, self.now) {
            return;
        }
        self.stats.on_datagram(datagram.contents.len());
        let datagram = match self.gatherer.incoming(datagram, self.now) {
            Incoming::Session(datagram) => datagram,
            Incoming::Taken => return,
            Incoming::Noise => {
                self.stats.packets_discarded += 1;
                return;
            }
        };
        // Channel data of no relay of ours, and noise, are for nobody.
        if matches!(PacketKind::of(datagram.contents), None | Some(PacketKind::ChannelData)) {
            self.stats.packets_discarded += 1;
            return;
        }
        match self.session.receive(&datagram, self.now) {
            Ok(()) => {}
            Err(Discarded::Malformed | Discarded::Refused | Discarded::Closed) => {
                self.stats.packets_discarded += 1;
            }
        }
    }

    fn on_resolved(&mut self, id: ResolveId, addresses: &[IpAddr]) {
        match self.resolver.resolved(id, addresses) {
            Some(Resolved::Candidates(candidates)) => {
                candidates.iter().for_each(|candidate| self.add_resolved_candidate(candidate));
            }
            Some(Resolved::Server(server)) => self.gatherer.resolved(server, addresses, self.now),
            None => {}
        }
    }

    /// Gives the next thing to be done. [`Output::Timeout`] ends a round.
    pub fn poll_output(&mut self) -> Output {
        match self.recorder {
            None => self.next_output(),
            Some(_) => self.next_recorded(),
        }
    }

    fn next_recorded(&mut self) -> Output {
        let output = self.next_output();
        self.record_output(&output);
        output
    }

    /// Takes back the buffer of a datagram that was sent ([`Transmit::contents`]), for another one:
    /// who does so has nothing allocated for each. It changes nothing else.
    pub fn give_back(&mut self, buffer: Vec<u8>) {
        self.session.give_back(buffer);
    }

    fn next_output(&mut self) -> Output {
        loop {
            if let Some(output) = self.outputs.pop() {
                return output;
            }
            if let Some(step) = self.gatherer.poll(self.now) {
                self.on_gather_step(step);
                continue;
            }
            if let Some(step) = self.names.poll() {
                self.on_name_step(step);
                continue;
            }
            match self.session.poll() {
                SessionOutput::Transmit(transmit) => {
                    if let Some(output) = self.on_transmit(transmit) {
                        return output;
                    }
                }
                SessionOutput::Event(SessionEvent::Frame(frame)) => {
                    if let Some(output) = self.on_frame(frame) {
                        return output;
                    }
                }
                SessionOutput::Event(SessionEvent::Packet(packet)) => {
                    return Output::Event(Event::Packet(packet));
                }
                SessionOutput::Event(event) => self.on_session_event(event),
                // It said goodbye: relays and sockets have no use any more.
                SessionOutput::Timeout(..) if self.is_over() && self.gatherer.is_at_work() => {
                    self.gatherer.close(self.now);
                }
                SessionOutput::Timeout(at, reason) => {
                    let due = [self.gatherer.next_timeout(), self.names.next_timeout()];
                    if let Some(due) = due.into_iter().flatten().min().filter(|due| *due < at) {
                        return Output::Timeout { at: due, reason: TimeoutReason::Gathering };
                    }
                    let idle = self.now + IDLE;
                    let reason = if at > idle { TimeoutReason::Idle } else { reason };
                    return Output::Timeout { at: at.min(idle), reason };
                }
            }
        }
    }

    /// Nothing is done for it any more.
    fn is_over(&self) -> bool {
        self.jsep.state() == SignalingState::Closed
    }

    fn on_transmit(&mut self, transmit: Transmit) -> Option<Output> {
        if let Some((local, remote)) = self.session.path()
            && self.pair.is_none_or(|pair| (pair.local, pair.remote) != (local, remote))
            && let Some(pair) = self.session.selected_pair()
        {
            self.on_pair(pair);
        }
        let transmit = self.gatherer.outgoing(transmit, self.now)?;
        self.stats.on_transmit(transmit.contents.len());
        let output = Output::Transmit(transmit);
        match self.outputs.pop() {
            None => Some(output),
            Some(first) => {
                self.outputs.push(output);
                Some(first)
            }
        }
    }

    fn on_pair(&mut self, pair: Pair) {
        let Pair { protocol, local, local_kind, remote, .. } = pair;
        let pair = SelectedPair { protocol, local, local_kind, remote };
        self.stats.pair_changes += 1;
        self.pair = Some(pair);
        self.push_event(Event::SelectedPairChanged(pair));
    }

    fn on_frame(&mut self, frame: ReceivedFrame) -> Option<Output> {
        self.stats.on_frame_received(&frame);
        if let Some(selector) = self.layers.get_mut(&frame.mid)
            && selector.judge(frame.rid, frame.frame.keyframe) == LayerVerdict::Drop
        {
            return None;
        }
        Some(Output::Event(Event::Frame(frame)))
    }

    fn on_gather_step(&mut self, step: GatherStep) {
        match step {
            GatherStep::Socket(request) => self.outputs.push(Output::Socket(request)),
            GatherStep::Found(candidate, network) => {
                let added = self.session.add_local_candidate(&candidate, network);
                self.names.add(&candidate, self.now);
                if let Some(candidate) = added.and_then(|added| self.names.shown(added)) {
                    let signalled = self.jsep.signalled(Some(candidate));
                    self.push_event(Event::IceCandidate(signalled));
                }
            }
            GatherStep::Transmit(transmit) => {
                self.stats.on_transmit(transmit.contents.len());
                self.outputs.push(Output::Transmit(transmit));
            }
            GatherStep::Resolve(server, name) => match self.resolver.ask(Asked::Server(server)) {
                Some(id) => self.outputs.push(Output::Resolve { id, name }),
                None => self.gatherer.resolved(server, &[], self.now),
            },
            GatherStep::Fault(fault) => self.push_event(Event::IceCandidateError(fault)),
            GatherStep::Lost(candidate) => {
                self.session.remove_local_candidate(&candidate);
                self.names.remove(&candidate);
            }
            GatherStep::State(state) => {
                self.gathering = state;
                if state == IceGatheringState::Complete {
                    let signalled = self.jsep.signalled(None);
                    self.push_event(Event::IceCandidate(signalled));
                }
                self.push_event(Event::IceGatheringStateChanged(state));
            }
        }
    }

    fn on_name_step(&mut self, step: NameStep) {
        match step {
            NameStep::Socket(request) => self.outputs.push(Output::Socket(request)),
            NameStep::Transmit(transmit) => self.outputs.push(Output::Transmit(transmit)),
            NameStep::Found(candidate) => self.add_resolved_candidate(&candidate),
        }
    }
}
