//! A link as data: effects in the order in which packets meet them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::bitrate::RateSchedule;
use crate::net::MediumId;
use crate::nodes::{
    Air, ClassLoss, Corrupt, Corruption, Delay, Duplicate, EcnBleach, EcnMark, GilbertElliott,
    Jitter, JitterConfig, Loss, Mtu, Node, NormalDelay, Outage, OutageMode, PacketClass,
    PatternLoss, Policer, Rate, Reorder, TracedDelay, Window,
};
use crate::queues::{
    Codel, CodelConfig, DualPi2, DualPi2Config, FqCodel, FqCodelConfig, HeadDrop, Limit, Pie,
    PieConfig, Queue, TailDrop,
};
use crate::random::{Seed, Stream};
use crate::rates::DelaySchedule;

/// A link to be built: nothing at first, a perfect wire.
///
/// ```
/// use std::time::Duration;
/// use lapwing_simnet::{Basis, Bitrate, Limit, LinkSpec, QueueSpec};
/// let dsl = LinkSpec::new()
///     .rate(
///         Bitrate::mbps(2),
///         QueueSpec::TailDrop(Limit::Time(Duration::from_millis(300), Basis::Current)),
///     )
///     .delay(Duration::from_millis(25))
///     .loss(0.01);
/// ```
#[derive(Clone, Debug, Default)]
pub struct LinkSpec {
    effects: Vec<EffectSpec>,
}

/// Makes something of one's own for each link.
pub struct Maker<T: ?Sized> {
    name: Arc<str>,
    make: Arc<dyn Fn(Stream) -> Box<T> + Send + Sync>,
}

impl<T: ?Sized> Clone for Maker<T> {
    fn clone(&self) -> Self {
        Maker { name: self.name.clone(), make: self.make.clone() }
    }
}

impl<T: ?Sized> fmt::Debug for Maker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Maker").field(&self.name).finish()
    }
}

/// A queue to be built.
#[derive(Clone, Debug)]
pub enum QueueSpec {
    /// [`TailDrop`].
    TailDrop(Limit),
    /// [`HeadDrop`].
    HeadDrop(Limit),
    /// [`Codel`].
    Codel(CodelConfig, Limit),
    /// [`FqCodel`].
    FqCodel(FqCodelConfig, Limit),
    /// [`Pie`].
    Pie(PieConfig, Limit),
    /// [`DualPi2`].
    DualPi2(DualPi2Config, Limit),
    /// [`QueueSpec::own`].
    Own(Maker<dyn Queue>),
}

impl QueueSpec {
    /// A discipline of one's own; `make` is given a random stream.
    ///
    /// ```
    /// use lapwing_simnet::queues::HeadDrop;
    /// use lapwing_simnet::{Bitrate, Limit, LinkSpec, QueueSpec};
    /// let queue = QueueSpec::own("mine", |_| Box::new(HeadDrop::new(Limit::Packets(20))));
    /// let link = LinkSpec::new().rate(Bitrate::mbps(1), queue);
    /// assert!(format!("{link:?}").contains("mine"));
    /// ```
    pub fn own(
        name: &str,
        make: impl Fn(Stream) -> Box<dyn Queue> + Send + Sync + 'static,
    ) -> Self {
        QueueSpec::Own(Maker { name: name.into(), make: Arc::new(make) })
    }

    fn build(self, mut stream: Stream) -> Box<dyn Queue> {
        match self {
            QueueSpec::TailDrop(limit) => Box::new(TailDrop::new(limit)),
            QueueSpec::HeadDrop(limit) => Box::new(HeadDrop::new(limit)),
            QueueSpec::Codel(config, limit) => Box::new(Codel::new(config, limit)),
            QueueSpec::FqCodel(config, limit) => {
                Box::new(FqCodel::new(config, limit, stream.next_u64()))
            }
            QueueSpec::Pie(config, limit) => Box::new(Pie::new(config, limit, stream)),
            QueueSpec::DualPi2(config, limit) => Box::new(DualPi2::new(config, limit)),
            QueueSpec::Own(maker) => (maker.make)(stream),
        }
    }
}

#[derive(Clone, Debug)]
enum EffectSpec {
    Rate(RateSchedule, QueueSpec),
    Air(MediumId, QueueSpec),
    Policer(Bitrate, u64),
    Delay(Duration),
    TracedDelay(DelaySchedule),
    NormalDelay { mean: Duration, deviation: Duration, correlation: f64 },
    Jitter { config: JitterConfig, ordered: bool },
    Loss(f64),
    GilbertElliott([f64; 4]),
    Pattern(PatternLoss),
    ClassLoss(ClassLoss),
    Duplicate(f64, Duration),
    Reorder(f64, Duration),
    Corrupt(Corruption, f64),
    Mtu { bytes: u32, report: bool },
    Outage(OutageMode, Vec<Window>),
    EcnMark(f64),
    EcnBleach,
    Own(Maker<dyn Node>),
}

impl EffectSpec {
    fn kind(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            EffectSpec::Rate(..) => "rate",
            EffectSpec::Air(..) => "air",
            EffectSpec::Policer(..) => "policer",
            EffectSpec::Delay(_) => "delay",
            EffectSpec::TracedDelay(_) => "traced-delay",
            EffectSpec::NormalDelay { .. } => "normal-delay",
            EffectSpec::Jitter { .. } => "jitter",
            EffectSpec::Loss(_) => "loss",
            EffectSpec::GilbertElliott(_) => "gilbert-elliott",
            EffectSpec::Pattern(_) => "pattern",
            EffectSpec::ClassLoss(_) => "class-loss",
            EffectSpec::Duplicate(..) => "duplicate",
            EffectSpec::Reorder(..) => "reorder",
            EffectSpec::Corrupt(..) => "corrupt",
            EffectSpec::Mtu { .. } => "mtu",
            EffectSpec::Outage(..) => "outage",
            EffectSpec::EcnMark(_) => "ecn-mark",
            EffectSpec::EcnBleach => "ecn-bleach",
            EffectSpec::Own(maker) => return Cow::Owned(maker.name.to_string()),
        })
    }

    fn build(&self, stream: Stream) -> Box<dyn Node> {
        match self.clone() {
            EffectSpec::Rate(schedule, queue) => {
                Box::new(Rate::boxed(schedule, queue.build(stream)))
            }
            EffectSpec::Air(medium, queue) => Box::new(Air::boxed(medium, queue.build(stream))),
            EffectSpec::Policer(rate, burst) => Box::new(Policer::new(rate, burst)),
            EffectSpec::Delay(delay) => Box::new(Delay::new(delay)),
            EffectSpec::TracedDelay(delays) => Box::new(TracedDelay::new(delays)),
            EffectSpec::NormalDelay { mean, deviation, correlation } => {
                Box::new(NormalDelay::correlated(mean, deviation, correlation, stream))
            }
            EffectSpec::Jitter { config, ordered: true } => {
                Box::new(Jitter::ordered(config, stream))
            }
            EffectSpec::Jitter { config, ordered: false } => {
                Box::new(Jitter::reordering(config, stream))
            }
            EffectSpec::Loss(probability) => Box::new(Loss::new(probability, stream)),
            EffectSpec::GilbertElliott([to_bad, to_good, good, bad]) => {
                Box::new(GilbertElliott::new(to_bad, to_good, good, bad, stream))
            }
            EffectSpec::Pattern(pattern) => Box::new(pattern),
            EffectSpec::ClassLoss(loss) => Box::new(loss),
            EffectSpec::Duplicate(p, after) => Box::new(Duplicate::new(p, after, stream)),
            EffectSpec::Reorder(p, hold) => Box::new(Reorder::new(p, hold, stream)),
            EffectSpec::Corrupt(kind, p) => Box::new(Corrupt::new(kind, p, stream)),
            EffectSpec::Mtu { bytes, report } => Box::new(Mtu::new(bytes, report)),
            EffectSpec::Outage(mode, windows) => Box::new(Outage::new(mode, windows)),
            EffectSpec::EcnMark(p) => Box::new(EcnMark::new(p, stream)),
            EffectSpec::EcnBleach => Box::new(EcnBleach),
            EffectSpec::Own(maker) => (maker.make)(stream),
        }
    }
}

impl LinkSpec {
    /// A perfect wire.
    pub const fn new() -> Self {
        LinkSpec { effects: Vec::new() }
    }

    /// These effects, and then those of another link.
    pub fn then(mut self, other: &LinkSpec) -> Self {
        self.effects.extend(other.effects.iter().cloned());
        self
    }

    fn with(mut self, effect: EffectSpec) -> Self {
        self.effects.push(effect);
        self
    }

    /// A sender with a rate and a queue.
    pub fn rate(self, rate: impl Into<RateSchedule>, queue: QueueSpec) -> Self {
        self.with(EffectSpec::Rate(rate.into(), queue))
    }

    /// A station of a shared medium, and its queue.
    pub fn air(self, medium: MediumId, queue: QueueSpec) -> Self {
        self.with(EffectSpec::Air(medium, queue))
    }

    /// A token bucket that drops what exceeds it.
    pub fn policer(self, rate: Bitrate, burst_bytes: u64) -> Self {
        self.with(EffectSpec::Policer(rate, burst_bytes))
    }

    /// A constant delay.
    pub fn delay(self, delay: Duration) -> Self {
        self.with(EffectSpec::Delay(delay))
    }

    /// A delay that changes at given times.
    pub fn traced_delay(self, delays: DelaySchedule) -> Self {
        self.with(EffectSpec::TracedDelay(delays))
    }

    /// A normally distributed delay; it reorders.
    pub fn normal_delay(self, mean: Duration, deviation: Duration, correlation: f64) -> Self {
        self.with(EffectSpec::NormalDelay { mean, deviation, correlation })
    }

    /// Jitter that keeps the order within a flow (NR-BPDV).
    pub fn jitter(self, config: JitterConfig) -> Self {
        self.with(EffectSpec::Jitter { config, ordered: true })
    }

    /// Jitter that reorders (RBPDV).
    pub fn reordering_jitter(self, config: JitterConfig) -> Self {
        self.with(EffectSpec::Jitter { config, ordered: false })
    }

    /// Independent loss.
    pub fn loss(self, probability: f64) -> Self {
        self.with(EffectSpec::Loss(probability))
    }

    /// Loss in bursts: the chances to turn bad and good, the loss rates when good and when bad.
    pub fn gilbert_elliott(self, to_bad: f64, to_good: f64, loss_good: f64, loss_bad: f64) -> Self {
        self.with(EffectSpec::GilbertElliott([to_bad, to_good, loss_good, loss_bad]))
    }

    /// Loss of chosen packets.
    pub fn pattern(self, pattern: PatternLoss) -> Self {
        self.with(EffectSpec::Pattern(pattern))
    }

    /// Loss of the packets of a class that have these numbers among them, counted from 1.
    pub fn lose_nth(self, class: PacketClass, numbers: impl IntoIterator<Item = u64>) -> Self {
        self.class_loss(ClassLoss::new(class, numbers))
    }

    /// The same, as a scenario has it.
    pub(crate) fn class_loss(self, loss: ClassLoss) -> Self {
        self.with(EffectSpec::ClassLoss(loss))
    }

    /// Copies that follow some packets.
    pub fn duplicate(self, probability: f64, after: Duration) -> Self {
        self.with(EffectSpec::Duplicate(probability, after))
    }

    /// Some packets are held back and overtaken.
    pub fn reorder(self, probability: f64, hold: Duration) -> Self {
        self.with(EffectSpec::Reorder(probability, hold))
    }

    /// Some packets are damaged.
    pub fn corrupt(self, kind: Corruption, probability: f64) -> Self {
        self.with(EffectSpec::Corrupt(kind, probability))
    }

    /// Large packets are dropped, and reported to their sender if `report`.
    pub fn mtu(self, bytes: u32, report: bool) -> Self {
        self.with(EffectSpec::Mtu { bytes, report })
    }

    /// Outages.
    pub fn outage(self, mode: OutageMode, windows: impl IntoIterator<Item = Window>) -> Self {
        self.with(EffectSpec::Outage(mode, windows.into_iter().collect()))
    }

    /// Random congestion marks.
    pub fn ecn_mark(self, probability: f64) -> Self {
        self.with(EffectSpec::EcnMark(probability))
    }

    /// Cleared ECN bits.
    pub fn ecn_bleach(self) -> Self {
        self.with(EffectSpec::EcnBleach)
    }

    /// An effect of one's own; `make` is given a random stream, which the name tells apart.
    ///
    /// ```
    /// use lapwing_simnet::nodes::Loss;
    /// use lapwing_simnet::LinkSpec;
    /// let link = LinkSpec::new().node("rain", |stream| Box::new(Loss::new(0.02, stream)));
    /// assert!(format!("{link:?}").contains("rain"));
    /// ```
    pub fn node(
        self,
        name: &str,
        make: impl Fn(Stream) -> Box<dyn Node> + Send + Sync + 'static,
    ) -> Self {
        self.with(EffectSpec::Own(Maker { name: name.into(), make: Arc::new(make) }))
    }

    /// Builds the nodes of the link `name`.
    ///
    /// A node's random stream is named by link, kind and its count among nodes of that kind, so an
    /// effect that is added leaves the others as they were.
    pub fn build(&self, seed: Seed, name: &str) -> Vec<Box<dyn Node>> {
        let mut counts: BTreeMap<Cow<'static, str>, u32> = BTreeMap::new();
        let build = |effect: &EffectSpec| {
            let kind = effect.kind();
            let count = counts.entry(kind.clone()).or_default();
            let stream = seed.stream(&format!("link/{name}/{kind}/{count}"));
            *count += 1;
            effect.build(stream)
        };
        self.effects.iter().map(build).collect()
    }
}
