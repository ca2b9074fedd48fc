//! What `[[expect]]` says: a metric of something, a statistic over a window, and bounds.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// `[[expect]]`: one statement on a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    /// Its name in tables: that of the file, or made of what it asks.
    pub name: String,
    /// What is measured.
    pub metric: Metric,
    /// Of what.
    pub subject: Subject,
    /// Of [`Metric::Share`]: the link whose capacity is the whole, by its place in the scenario.
    /// Without, the whole is all media and cross traffic with a congestion control on the way.
    pub of_link: Option<usize>,
    /// When: from the first to before the second.
    pub window: (Duration, Duration),
    /// The number that is held against the bounds.
    pub statistic: Statistic,
    /// Values are means over so much time, all of it in the window, before the statistic is taken.
    pub smooth: Option<Duration>,
    /// How that number must lie.
    pub bounds: Bounds,
}

/// What can be measured. Rates are in bit/s, delays in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// What a flow sends, IP headers included.
    RateSent,
    /// What arrives of a flow or of cross traffic, or leaves a link, IP headers included.
    Received,
    /// Bits of the frames that arrive whole: no headers, repairs, padding or repeated packets.
    Goodput,
    /// The engine's estimate of what the network carries.
    Estimate,
    /// The rate that video is encoded at.
    Target,
    /// Time that a flow's packets wait in queues, by their arrival; of a link, how long a packet
    /// would wait, looked at every ten milliseconds.
    QueueingDelay,
    /// From sending to arrival of a packet, by its arrival.
    OneWayDelay,
    /// The share of packets that is lost, when they are.
    Loss,
    /// From writing to arrival of a video frame, by its arrival.
    FrameDelay,
    /// How often the picture stands still, by when it begins to.
    Freezes,
    /// The share of a link's capacity, or of all media and cross traffic with a congestion control.
    Share,
    /// The likeness of pictures that arrive with those of the clip: PSNR of luma, in decibels.
    Quality,
}

impl Metric {
    /// All, with their names in a file.
    pub const ALL: &'static [(&'static str, Metric)] = &[
        ("rate-sent", Metric::RateSent),
        ("received", Metric::Received),
        ("goodput", Metric::Goodput),
        ("estimate", Metric::Estimate),
        ("target", Metric::Target),
        ("queueing-delay", Metric::QueueingDelay),
        ("one-way-delay", Metric::OneWayDelay),
        ("loss", Metric::Loss),
        ("frame-delay", Metric::FrameDelay),
        ("freezes", Metric::Freezes),
        ("share", Metric::Share),
        ("quality", Metric::Quality),
    ];

    /// What it can be measured of.
    pub(super) fn subjects(self) -> &'static [&'static str] {
        match self {
            Metric::Received | Metric::Share => &["flow", "link", "cross"],
            Metric::QueueingDelay | Metric::Loss => &["flow", "link"],
            _ => &["flow"],
        }
    }

    /// It is taken of single packets, frames or looks, not of sums over time.
    pub(crate) fn is_of_values(self) -> bool {
        use Metric::{FrameDelay, Freezes, OneWayDelay, Quality, QueueingDelay};
        matches!(self, QueueingDelay | OneWayDelay | FrameDelay | Freezes | Quality)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Metric::ALL.iter().find(|(_, metric)| metric == self).map(|(name, _)| *name);
        f.write_str(name.unwrap_or_default())
    }
}

/// What is measured, by its place in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A flow.
    Flow(usize),
    /// A link.
    Link(usize),
    /// All connections of a `[[cross]]`.
    Cross(usize),
}

/// How many values become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// The least.
    Min,
    /// The mean.
    Mean,
    /// The least value that so many percent do not exceed.
    Percentile(u8),
    /// The greatest.
    Max,
    /// The value at a moment, counted from the start of the run.
    At(Duration),
    /// Seconds from the start of the window until a level is reached and held; the window's whole
    /// length where it never is.
    TimeTo(Goal),
    /// How many there are.
    Count,
}

/// A level that a metric is to come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// The level, in the metric's unit.
    pub level: f64,
    /// From above; else from below.
    pub falls: bool,
    /// How long it must stay there.
    pub hold: Duration,
}

/// How a number must lie; one of them is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// No less than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// No more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
}

impl Bounds {
    /// The number lies as it must.
    ///
    /// ```
    /// use lapwing_simnet::scenario::Bounds;
    /// let bounds = Bounds { at_least: Some(0.4), at_most: Some(0.6) };
    /// assert!(bounds.hold(0.5) && !bounds.hold(0.7));
    /// assert_eq!(bounds.to_string(), "0.4 to 0.6");
    /// ```
    pub fn hold(self, value: f64) -> bool {
        let above = self.at_least.is_none_or(|least| value >= least);
        above && self.at_most.is_none_or(|most| value <= most)
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at_least, self.at_most) {
            (Some(least), Some(most)) => write!(f, "{least} to {most}"),
            (Some(least), None) => write!(f, "at least {least}"),
            (None, Some(most)) => write!(f, "at most {most}"),
            (None, None) => f.write_str("any"),
        }
    }
}
