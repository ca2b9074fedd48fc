//! What a scenario consists of, once read: units are in the types.

use std::fmt;
use std::time::Duration;

use lapwing_engine::{Bitrate, ChannelBudget, MediaKind};
use serde::{Deserialize, Serialize};

use crate::bitrate::RateSchedule;
use crate::cross::Sizes;
use crate::nodes::{ClassLoss, JitterConfig, OutageMode, PatternLoss, Window};
use crate::packet::EcnField;
use crate::parts::PartUse;
use crate::queues::Limit;
use crate::rates::{DelaySchedule, Generator};
use crate::scenario::IcePlan;
use crate::sessions::Sessions;

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
    /// How far the rate over a second is from the target in 99 of 100, as a share of it.
    pub variation: f64,
    /// How long it takes to follow a new target.
    pub response: Duration,
    /// What makes its frames.
    pub source: VideoSource,
}

/// What makes the frames of video.
#[derive(Clone, Debug, PartialEq)]
pub enum VideoSource {
    /// The statistical model of RFC 8593.
    Statistical,
    /// The pictures of a clip, by its name, through an encoder.
    Clip(String),
    /// An encoder of one's own ([`Parts::encoder`](crate::Parts::encoder)).
    Own(PartUse),
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
        /// Effects of one's own ([`Parts::node`](crate::Parts::node)): behind the queue.
        nodes: Vec<PartUse>,
    },
    /// A wireless medium that carries both directions of all stations in turn.
    Shared(SharedMedium),
}

/// The sender of a link, and the queue before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// Capacity over time; the mean, where a generator gives it.
    pub capacity: RateSchedule,
    /// What draws the capacity anew in each run, see
    /// [`Scenario::drawn`](crate::scenario::Scenario::drawn).
    pub generator: Option<Generator>,
    /// The discipline.
    pub kind: QueueKind,
    /// What may wait.
    pub limit: Limit,
}

/// Disciplines.
#[derive(Clone, Debug, PartialEq)]
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
    /// Of one's own ([`Parts::queue`](crate::Parts::queue)).
    Own(PartUse),
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
    /// The links it takes, in order, by their index; not empty.
    pub path: Vec<usize>,
    /// How its ends find each other.
    pub ice: IcePlan,
    /// The sender's congestion controller, where it is of one's own
    /// ([`Parts::controller`](crate::Parts::controller)).
    pub controller: Option<PartUse>,
    /// The most of each simulcast layer of its video, lowest first; empty where there are none.
    pub layers: Vec<Bitrate>,
    /// The flow whose media it carries on, by its index; that one comes before it.
    pub forwards: Option<usize>,
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
    /// QUIC that always has data to send.
    QuicLong(CongestionControl),
    /// Two endpoints of one's own ([`Parts::application`](crate::Parts::application)).
    Application(PartUse),
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
            CrossKind::QuicLong(_) => "quic-long",
            CrossKind::Application(_) => "application",
        }
    }
}

/// The congestion control of TCP and QUIC.
#[derive(Clone, Debug, PartialEq)]
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
    /// Of one's own ([`Parts::cross_controller`](crate::Parts::cross_controller)).
    Own(PartUse),
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

/// `[[action]]`: something that happens in the course of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioAction {
    /// When.
    pub at: Duration,
    /// What.
    pub kind: ScenarioActionKind,
}

/// What can happen; texts are names, flows and links are told by their index.
#[derive(Clone, Debug, PartialEq)]
pub enum ScenarioActionKind {
    /// A server is there no more.
    LoseServer(String),
    /// What a TURN server's users were given as names and passwords is over.
    ExpireCredentials(String),
    /// A firewall lets no UDP pass any more.
    BlockUdp(String),
    /// A NAT restarts, and maps anew.
    Rebind(String),
    /// An end of a flow has another address in place of its own.
    Roam(usize, FlowEnd),
    /// The interface of an end of a flow goes down, or up.
    SetInterface(usize, FlowEnd, Power),
    /// An end of a flow stands still for good, without a word.
    Crash(usize, FlowEnd),
    /// A flow sends no media, or goes on.
    HoldFlow(usize, Power),
    /// A flow sends no media of a kind, or goes on.
    HoldKind(usize, MediaKind, Power),
    /// A link is cut, or mended.
    SetLinkPower(usize, Power),
    /// A link is another one from now on.
    SetLink(usize, LinkChange),
}

/// Off or on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Down, cut, paused or muted.
    Off,
    /// Up, mended, resumed or unmuted.
    On,
}

/// The two ends of a flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlowEnd {
    /// The one that sends media.
    #[default]
    Sender,
    /// The one that receives them.
    Receiver,
}

/// What is new about a link; the rest stays as it was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkChange {
    /// A constant capacity.
    pub capacity: Option<Bitrate>,
    /// The queue.
    pub queue: Option<(QueueKind, Limit)>,
    /// Propagation delay.
    pub delay: Option<Duration>,
    /// Random loss.
    pub loss: Option<LossModel>,
}

/// A field and its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The path of the field: tables by their names, and in a list of tables one by its name or
    /// number, or by its place if it has neither. Not empty.
    pub keys: Vec<String>,
    /// What it takes in turn, in the unit of the file; not empty.
    pub values: Vec<AxisValue>,
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AxisValue {
    /// True or false.
    Flag(bool),
    /// A number.
    Number(f64),
    /// A text, most often one of a few words.
    Text(String),
}

impl AxisValue {
    /// As it would stand in the file.
    pub fn to_toml(&self) -> String {
        match self {
            AxisValue::Flag(flag) => flag.to_string(),
            // Rust writes a float as TOML has it, but for those that are none.
            AxisValue::Number(number) => format!("{number:?}"),
            AxisValue::Text(text) => toml::Value::from(text.as_str()).to_string(),
        }
    }
}

impl fmt::Display for AxisValue {
    /// Short: numbers as people write them, texts without quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AxisValue::Flag(flag) => flag.fmt(f),
            AxisValue::Number(number) => number.fmt(f),
            AxisValue::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Axis {
    /// The path as a key of TOML: `link.fwd.delay_ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.keys.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            match !key.is_empty() && key.chars().all(is_bare) {
                true => f.write_str(key)?,
                false => write!(f, "{}", toml::Value::from(key.as_str()))?,
            }
        }
        Ok(())
    }
}
