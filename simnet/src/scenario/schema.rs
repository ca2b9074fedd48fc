//! What a scenario consists of, once read: units are in the types.

use std::collections::BTreeMap;
use std::time::Duration;

use lapwing_engine::{Bitrate, ChannelBudget, MediaKind};

use crate::bitrate::RateSchedule;
use crate::cross::Sizes;
use crate::nodes::{ClassLoss, JitterConfig, OutageMode, PatternLoss, Window};
use crate::packet::EcnField;
use crate::queues::Limit;
use crate::rates::{DelaySchedule, Generator};
use crate::scenario::{Barrier, ChannelTraffic, Expectation, IceHelper, IcePlan, ScenarioAction};
use crate::sessions::Sessions;

/// A scenario: network, traffic and what is expected of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// `[meta]`.
    pub meta: Meta,
    /// `[media.video]`.
    pub video: Option<VideoModel>,
    /// `[media.audio]`.
    pub audio: Option<AudioModel>,
    /// `[options]`.
    pub options: Options,
    /// `[[link]]`, in the order of the file.
    pub links: Vec<Link>,
    /// `[[nat]]`, then `[[firewall]]`.
    pub barriers: Vec<Barrier>,
    /// `[[stun_server]]`, then `[[turn_server]]`.
    pub helpers: Vec<IceHelper>,
    /// `[[flow]]`.
    pub flows: Vec<Flow>,
    /// `[[channel]]`.
    pub channels: Vec<ChannelTraffic>,
    /// `[[cross]]`.
    pub cross: Vec<Cross>,
    /// `[[action]]`.
    pub actions: Vec<ScenarioAction>,
    /// `[expect]`.
    pub expect: BTreeMap<Expectation, f64>,
    /// `[sweep]`: a run for each combination of values.
    pub sweep: Vec<Axis>,
}

/// Name, source and extent of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// Its name.
    pub name: String,
    /// Where it comes from, for readers.
    pub reference: String,
    /// How long a run is.
    pub duration: Duration,
    /// A run for each.
    pub seeds: Vec<u64>,
}

/// A statistical video encoder (RFC 8593 section 5).
#[derive(Clone, Debug, PartialEq)]
pub struct VideoModel {
    /// The least it can produce.
    pub min: Bitrate,
    /// The most it produces.
    pub max: Bitrate,
    /// Where it starts.
    pub start: Bitrate,
    /// Frames per second.
    pub fps: f64,
    /// Deviation of frame sizes, as a share of the mean.
    pub variation: f64,
    /// How long it takes to follow a new target.
    pub response: Duration,
    /// The clip whose pictures are encoded; without one, frames are modelled (RFC 8593).
    pub clip: Option<String>,
}

/// Audio of a constant rate.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioModel {
    /// Its rate.
    pub rate: Bitrate,
    /// Time covered by a packet.
    pub packet_time: Duration,
}

/// What holds for all media.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The ECN codepoint that media packets carry.
    pub ecn: EcnField,
    /// What carries the calls.
    pub sessions: Sessions,
    /// What data channels may send beside media of their connection.
    pub channel_budget: ChannelBudget,
}

/// `[[link]]`: one direction between two places, or a medium that many share.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Wire,
}

/// The two kinds of link.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a scenario has few links, nearly all directed")]
pub enum Wire {
    /// From one place to another.
    Directed {
        /// The sending end.
        from: String,
        /// The receiving end.
        to: String,
        /// Rate and queue; without, the link is infinitely fast.
        queue: Option<Queue>,
        /// Propagation delay.
        delay: Duration,
        /// Delays in addition to it that change over time.
        delays: Vec<DelaySchedule>,
        /// Delay variation.
        jitter: JitterModel,
        /// Random loss.
        loss: LossModel,
        /// The largest packet that passes, and whether senders are told.
        mtu: Option<(u32, bool)>,
        /// The share of packets that arrive twice.
        duplicate: f64,
        /// Packets held back.
        reorder: Option<Reorder>,
        /// Times in which nothing passes.
        outage: Option<OutageSpec>,
        /// A token bucket before all that.
        policer: Option<Policing>,
    },
    /// A wireless medium that carries both directions of all stations in turn.
    Shared(SharedMedium),
}

/// The sender of a link, and the queue before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// Capacity over time; the mean, where a generator gives it.
    pub capacity: RateSchedule,
    /// What draws the capacity anew in each run, see [`Scenario::drawn`].
    pub generator: Option<Generator>,
    /// The discipline.
    pub kind: QueueKind,
    /// What may wait.
    pub limit: Limit,
}

/// Disciplines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueKind {
    /// Arrivals at a full queue are dropped.
    TailDrop,
    /// The oldest packets of a full queue are dropped.
    HeadDrop,
    /// CoDel that drops.
    Codel,
    /// CoDel that marks.
    CodelEcn,
    /// FQ-CoDel that marks.
    FqCodel,
    /// PIE that marks.
    Pie,
    /// DualPI2.
    DualPi2,
}

/// Delay variation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum JitterModel {
    /// None.
    None,
    /// RFC 8868 section 4.5.2: keeps the order of a flow.
    NrBpdv(JitterConfig),
    /// RFC 8868 section 4.5.1: reorders.
    Rbpdv(JitterConfig),
    /// Gaussian around the link's delay: reorders.
    Normal {
        /// Deviation.
        std: Duration,
        /// Correlation of neighbours.
        correlation: f64,
    },
}

/// Random loss.
#[derive(Clone, Debug, PartialEq)]
pub enum LossModel {
    /// None.
    None,
    /// Each packet with the same probability.
    Bernoulli(f64),
    /// In bursts: chances to turn bad and good, loss when good and bad.
    GilbertElliott([f64; 4]),
    /// Chosen packets.
    Pattern(PatternLoss),
    /// Chosen packets of a class.
    Class(ClassLoss),
}

/// Packets held back so that others overtake them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reorder {
    /// The share of packets.
    pub probability: f64,
    /// For how long.
    pub hold: Duration,
}

/// A token bucket that drops what comes too fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policing {
    /// How fast it fills.
    pub rate: Bitrate,
    /// What it holds.
    pub burst_bytes: u64,
}

/// Times in which nothing passes.
#[derive(Clone, Debug, PartialEq)]
pub struct OutageSpec {
    /// What becomes of the packets.
    pub mode: OutageMode,
    /// When.
    pub windows: Vec<Window>,
}

/// A half-duplex wireless medium: an approximation, not 802.11.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedMedium {
    /// What it carries in all, both directions together, before collisions.
    pub capacity: Bitrate,
    /// What it stands for, for readers.
    pub phy: String,
    /// The bounds of the random wait for the medium, for each packet.
    pub access_delay: Option<(Duration, Duration)>,
    /// True when stations that send at the same time collide (a rough DCF).
    pub collisions: bool,
}

/// The ways of a flow or of cross traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowDirection {
    /// From the first place to the last; in wireless scenarios, up.
    Forward,
    /// From the last place to the first; in wireless scenarios, down.
    Backward,
}

/// `[[flow]]`: media from one end to the other, with feedback.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Its number.
    pub id: u64,
    /// Its direction.
    pub direction: FlowDirection,
    /// When it begins: drawn from between these.
    pub start: (Duration, Duration),
    /// When it ends: drawn from between these.
    pub end: (Duration, Duration),
    /// When it is paused and resumed.
    pub pause: Option<(Duration, Duration)>,
    /// What it consists of.
    pub media: Vec<MediaKind>,
    /// Its weight among other flows.
    pub priority: f64,
    /// Its propagation delay in all, if more than that of the links; its access links take the
    /// rest.
    pub one_way_delay: Option<Duration>,
    /// The links it takes, in order; all of its direction if empty.
    pub path: Vec<String>,
    /// How its ends find each other.
    pub ice: IcePlan,
}

/// `[[cross]]`: traffic that is not under test.
#[derive(Clone, Debug, PartialEq)]
pub struct Cross {
    /// The link it crosses.
    pub link: String,
    /// Its direction, on a shared medium.
    pub direction: FlowDirection,
    /// How many of them.
    pub count: u64,
    /// When it begins.
    pub start: Duration,
    /// When it ends; the end of the run if later.
    pub end: Duration,
    /// What it is.
    pub kind: CrossKind,
}

/// Kinds of cross traffic.
#[derive(Clone, Debug, PartialEq)]
pub enum CrossKind {
    /// UDP of a constant rate that changes at given times.
    UdpCbr {
        /// The rate over time.
        rate: RateSchedule,
        /// Size of a packet, IP header included.
        packet_bytes: u32,
    },
    /// TCP that always has data to send.
    TcpLong(CongestionControl),
    /// TCP that downloads files with pauses between (RFC 8868 section 5.1).
    TcpShort(CongestionControl, FileDownloads),
    /// Files that arrive at random, each by a TCP connection of its own.
    TcpPoisson(CongestionControl, FileArrivals),
    /// A player that streams segments over one TCP connection.
    Dash(CongestionControl, Streaming),
}

impl CrossKind {
    /// Its name in a file.
    pub fn name(&self) -> &'static str {
        match self {
            CrossKind::UdpCbr { .. } => "udp-cbr",
            CrossKind::TcpLong(_) => "tcp-long",
            CrossKind::TcpShort(..) => "tcp-short",
            CrossKind::TcpPoisson(..) => "tcp-poisson",
            CrossKind::Dash(..) => "dash",
        }
    }
}

/// TCP's congestion control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CongestionControl {
    /// RFC 5681.
    Reno,
    /// RFC 9438.
    Cubic {
        /// With HyStart++ (RFC 9406).
        hystart: bool,
    },
    /// A model of BBR version 1.
    Bbr1,
    /// A model of BBR version 3.
    Bbr3,
    /// A model of Prague, for L4S.
    Prague,
    /// One that is not the laboratory's, by the name under which it is given to
    /// [`Scenario::build_with`].
    Custom(String),
}

impl CongestionControl {
    /// The name by which [`Controllers`](crate::cross::Controllers) make it.
    pub fn name(&self) -> &str {
        match self {
            CongestionControl::Reno => "reno",
            CongestionControl::Cubic { hystart: false } => "cubic",
            CongestionControl::Cubic { hystart: true } => "cubic-hystart",
            CongestionControl::Bbr1 => "bbr1",
            CongestionControl::Bbr3 => "bbr3",
            CongestionControl::Prague => "prague",
            CongestionControl::Custom(name) => name,
        }
    }
}

/// Files that arrive at random.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FileArrivals {
    /// Files per second.
    pub rate: f64,
    /// How large they are.
    pub sizes: Sizes,
}

/// What a player streams.
#[derive(Clone, Debug, PartialEq)]
pub struct Streaming {
    /// Media of a segment.
    pub segment: Duration,
    /// Bits per second.
    pub ladder: Vec<u64>,
    /// Media that may wait to be played.
    pub buffer: Duration,
}

/// Files with pauses between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FileDownloads {
    /// Connections that begin with a file; the others begin with a pause.
    pub on_at_start: u64,
    /// Sizes, drawn evenly from between these.
    pub bytes: (u64, u64),
    /// Mean of the pauses, which are exponential.
    pub idle_mean: Duration,
}

/// A parameter and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The link.
    pub link: String,
    /// The parameter.
    pub parameter: Parameter,
    /// What it takes in turn, in the unit of the file.
    pub values: Vec<f64>,
}

/// What can be varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parameter {
    /// `delay_ms`: propagation delay in milliseconds.
    DelayMs,
    /// `loss.p`: independent loss.
    LossP,
    /// `queue.size_ms`: the queue's size in milliseconds.
    QueueSizeMs,
    /// `capacity_bps`: a constant capacity.
    CapacityBps,
}
