//! Puts the two peers of a flow on their hosts.

use std::time::Duration;

use lapwing_engine::{Bitrate, Codec, Config, MediaKind, NegotiationRole, RecordOptions};

use crate::host::{RtcHost, connect_peers};
use crate::packet::EcnField;
use crate::random::Seed;
use crate::run::listener::AskedOfFrames;
use crate::run::{
    Bins, ChannelEnd, Clips, Forwarded, ForwardedRates, Gaps, Listener, Plan, Tail, Talker, Video,
    traversal,
};
use crate::scenario::{BuildError, Flow, FlowEnds, Raised, Scenario, VideoModel};
use crate::sim::{Handle, Sim};
use crate::time::{Clock, Time};

/// The two peers of a flow.
#[derive(Clone, Copy, Debug)]
pub struct FlowPeers {
    /// The flow's number.
    pub id: u64,
    /// The peer that sends.
    pub sender: Handle<RtcHost<Talker>>,
    /// The peer that receives.
    pub receiver: Handle<RtcHost<Listener>>,
}

/// What an offer or a candidate takes to the peer.
const SIGNALLING_DELAY: Duration = Duration::from_millis(50);

/// What all flows are placed with.
pub(super) struct Setting<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) clock: Clock,
    pub(super) empty: &'a Bins,
    pub(super) record: Option<RecordOptions>,
    pub(super) raised: &'a Raised,
}

/// Puts the two peers of the next flow on their hosts, after those before it.
pub(super) fn place(
    sim: &mut Sim,
    setting: &Setting<'_>,
    before: &[FlowPeers],
    (flow, ends): (&Flow, &FlowEnds),
    clips: Option<Clips<'_>>,
) -> Result<(FlowPeers, Plan), BuildError> {
    let Setting { scenario, clock, .. } = *setting;
    let (id, index) = (flow.id, before.len());
    let pause = flow.pause.map(|(pause, resume)| (Time::ZERO + pause, Time::ZERO + resume));
    let plan = Plan { start: ends.start, end: ends.end, pause, pauses: scenario.pauses(index) };
    let mut listener = listener(setting, flow, index, &plan);
    let mut talker = Talker::new(clock, plan.clone());
    let origin = flow.forwards.map(|origin| before[origin].receiver);
    if let Some(origin) = origin {
        let rates = forwarded_rates(scenario, flow);
        talker = talker.forwarding(Forwarded::new(origin.id(), flow.media.clone(), rates));
    } else {
        let video = video(setting, flow, sim.seed(), clips)?;
        listener.clip = video.as_ref().is_some_and(Video::is_clip);
        let viewer = video.as_ref().and_then(Video::viewer);
        listener.viewer = viewer.filter(|_| !listener.asked.quality.is_empty());
        let audio = scenario.audio.as_ref().filter(|_| flow.media.contains(&MediaKind::Audio));
        talker = talker.with_media(video, audio);
    }
    talker.restarts = flow.ice.restarts;
    talker.said = Tail::of(format!("flow-{id}-sender"));
    let over = scenario.channels.iter().filter(|channel| channel.flow == id);
    talker.channels = ChannelEnd::new(over.clone(), true, (plan.start, plan.end));
    listener.channels = ChannelEnd::new(over, false, (plan.start, plan.end));
    let [sending, receiving] = configs(setting, flow, sim.seed());
    let sender = RtcHost::new(sending, clock, talker).with_ecn(scenario.options.ecn);
    let sender = sim.attach(ends.sender.0, sender);
    let receiver = sim.attach(ends.receiver.0, RtcHost::new(receiving, clock, listener));
    connect_peers(sim, sender, receiver, SIGNALLING_DELAY);
    if let Some(origin) = origin {
        sim.endpoint_mut(origin).application_mut().intake.add(sender.id());
    }
    Ok((FlowPeers { id, sender, receiver }, plan))
}

/// The model of a flow's video, where it has any.
fn model<'s>(scenario: &'s Scenario, flow: &Flow) -> Option<&'s VideoModel> {
    scenario.video.as_ref().filter(|_| flow.media.contains(&MediaKind::Video))
}

/// The video that a flow sends of its own.
fn video(
    setting: &Setting<'_>,
    flow: &Flow,
    seed: Seed,
    clips: Option<Clips<'_>>,
) -> Result<Option<Video>, BuildError> {
    let parts = &setting.scenario.parts;
    let stream = |layer: &str| seed.stream(&format!("flow/{}/encoder{layer}", flow.id));
    let model = model(setting.scenario, flow);
    model.map(|model| Video::new(model, &flow.layers, clips, parts, &stream)).transpose()
}

/// The end that receives.
fn listener(setting: &Setting<'_>, flow: &Flow, index: usize, plan: &Plan) -> Listener {
    let Setting { scenario, clock, empty, .. } = *setting;
    let fps = model(scenario, flow).map_or(30.0, |video| video.fps);
    let mut listener = Listener::new(clock, fps, empty.clone());
    listener.asked = AskedOfFrames::of(scenario, index, empty);
    listener.gaps = Gaps::with_pauses(plan.pauses.clone());
    listener.said = Tail::of(format!("flow-{}-receiver", flow.id));
    listener
}

/// What the engines of both ends are made with: the sender's, then the receiver's.
fn configs(setting: &Setting<'_>, flow: &Flow, seed: Seed) -> [Config; 2] {
    let Setting { scenario, record, raised, .. } = *setting;
    // A forwarder without layers to choose from sends all that arrives, whatever an estimate says:
    // a pacer would only hold it back.
    let adapts = flow.forwards.is_none() || !scenario.layers_of(flow).is_empty();
    let start = model(scenario, flow).filter(|_| adapts).map(|video| video.start);
    let [ours, theirs] = scenario.options.sessions.0;
    let config = |side: &str, role, session| {
        let mut config = config(seed, &format!("flow/{}/{side}", flow.id)).with_role(role);
        // Audio of a constant rate has nothing to adapt.
        config.initial_bitrate = start;
        config.record = record;
        config.session = session;
        config.channel_budget = scenario.options.channel_budget;
        // Marks are told by RFC 8888 only.
        config.ccfb = scenario.options.ecn != EcnField::NotEct;
        traversal::tell(&mut config, &flow.ice, raised);
        config
    };
    let mut sending = config("sender", NegotiationRole::Impolite, ours);
    // Who marks so has a controller that answers to marks (RFC 9331 section 4).
    sending.ecn = scenario.options.ecn == EcnField::Ect1;
    sending.controller = flow.controller.as_ref().map(|part| scenario.parts.controller_of(part));
    [sending, config("receiver", NegotiationRole::Polite, theirs)]
}

/// What can come of a flow that forwards another.
fn forwarded_rates(scenario: &Scenario, flow: &Flow) -> ForwardedRates {
    let least = scenario.layers_of(flow).first().copied();
    let whole = scenario.video.as_ref().map_or(Bitrate::ZERO, |video| video.min);
    let most = |kind| scenario.most_of(flow, kind);
    let video = [least.unwrap_or(whole), most(MediaKind::Video)];
    ForwardedRates { video, sound: most(MediaKind::Audio) }
}

/// An engine's configuration whose secrets come from the run's seed.
fn config(seed: Seed, purpose: &str) -> Config {
    let mut secret = [0; 32];
    seed.stream(purpose).fill(&mut secret);
    let codecs = [Codec::Vp8, Codec::Opus];
    Config { seed: secret, key_log: true, ..Config::seeded(0) }.with_codecs(codecs)
}
