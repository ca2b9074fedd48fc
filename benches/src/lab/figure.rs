//! The figures that runs are compared by.

use std::fmt;
use std::str::FromStr;

use lapwing_simnet::run::{ChannelFigures, Figures, FlowFigures};

use crate::plot::Unit;

macro_rules! figures {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $title:literal),+ $(,)?) => {
        /// A figure of a whole run. Of several flows it is the worst, but for rates, which are
        /// summed up.
        ///
        /// ```
        /// use lapwing_benches::lab::Figure;
        /// use lapwing_simnet::run::{Figures, FlowFigures};
        /// let flow = |loss| FlowFigures { loss, ..FlowFigures::default() };
        /// let figures = Figures { flows: vec![flow(0.01), flow(0.03)], ..Figures::default() };
        /// let loss: Figure = "loss".parse().unwrap();
        /// assert_eq!(loss.of(&figures), Some(0.03));
        /// assert_eq!(loss.write(Some(0.03)), "3 %");
        /// assert_eq!(Figure::FrameP95.write(Some(59_900.0)), "59.9 s");
        /// assert!("lots".parse::<Figure>().is_err());
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Figure {
            $($(#[$doc])* $kind),+
        }

        impl Figure {
            /// All, in the order of tables.
            pub const ALL: &'static [Figure] = &[$(Figure::$kind),+];

            /// Its name in files and on the command line, with its unit.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Figure::$kind => $name),+
                }
            }

            /// What it is, for readers.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Figure::$kind => $title),+
                }
            }
        }
    };
}

figures! {
    /// What media carried of what they could.
    Utilisation = "utilisation", "Utilisation",
    /// Rate sent.
    Sent = "sent_bps", "Rate sent",
    /// Rate that arrived.
    Received = "received_bps", "Rate received",
    /// Media that arrived whole, of all that was sent.
    MediaGoodput = "media_goodput_bps", "Goodput of media",
    /// Goodput of media, of what they could carry.
    GoodputShare = "goodput_utilisation", "Goodput of what media could have",
    /// Mean of the estimates.
    Estimate = "estimate_bps", "Estimate",
    /// Share of packets lost.
    Loss = "loss", "Loss",
    /// Time in queues, median.
    QueueP50 = "queueing_delay_p50_ms", "Queueing delay, median",
    /// Time in queues, 95th percentile.
    QueueP95 = "queueing_delay_p95_ms", "Queueing delay, 95th percentile",
    /// From sending to arrival of a packet, 95th percentile.
    OneWayP95 = "one_way_delay_p95_ms", "One-way delay, 95th percentile",
    /// From writing to arrival of a frame, median.
    FrameP50 = "frame_delay_p50_ms", "Frame delay, median",
    /// From writing to arrival of a frame, 95th percentile.
    FrameP95 = "frame_delay_p95_ms", "Frame delay, 95th percentile",
    /// Bits of messages over data channels.
    Goodput = "goodput_bps", "Goodput of channels",
    /// From writing to arrival of a message over a data channel, 99th percentile.
    MessageP99 = "message_p99_ms", "Message latency, 99th percentile",
    /// From the first byte of a file over a data channel to its last.
    Completion = "completion_s", "Time of a file",
    /// Times that a picture stood still.
    Freezes = "freezes", "Freezes",
    /// How long pictures stood still.
    Frozen = "freeze_s", "Time frozen",
    /// The longest time without any arrival.
    Starved = "starved_max_s", "Longest starvation",
    /// From the beginning of a flow until its connection stood.
    Connected = "connect_s", "Connected after",
    /// Fairness among flows.
    Jain = "jain_index", "Jain's index",
    /// Media over endless TCP.
    MediaOverTcp = "media_over_tcp", "Media over TCP",
    /// The longest time to use a capacity that rose.
    ConvergenceUp = "convergence_up_s", "Convergence up",
    /// The longest time to empty a queue after a fall.
    ConvergenceDown = "convergence_down_s", "Convergence down",
}

impl Figure {
    /// The figure of a run, in the unit of its name; `None` where the run has none.
    pub fn of(self, figures: &Figures) -> Option<f64> {
        let flows = || figures.flows.iter();
        let sum = |pick: fn(&FlowFigures) -> f64| {
            (!figures.flows.is_empty()).then(|| flows().map(pick).sum::<f64>())
        };
        let worst =
            |pick: fn(&FlowFigures) -> Option<f64>| flows().filter_map(pick).max_by(f64::total_cmp);
        let worst_channel = |pick: fn(&ChannelFigures) -> Option<f64>| {
            figures.channels.iter().filter_map(pick).max_by(f64::total_cmp)
        };
        match self {
            Figure::Utilisation => figures.utilisation,
            Figure::Sent => sum(|flow| flow.sent_bps),
            Figure::Received => sum(|flow| flow.received_bps),
            Figure::MediaGoodput => sum(|flow| flow.goodput_bps),
            Figure::GoodputShare => figures.goodput_utilisation,
            Figure::Estimate => {
                let estimates = || flows().filter_map(|flow| flow.estimate_bps);
                (estimates().count() > 0).then(|| estimates().sum())
            }
            Figure::Loss => worst(|flow| Some(flow.loss)),
            Figure::QueueP50 => worst(|flow| flow.queueing_delay_p50_ms),
            Figure::QueueP95 => worst(|flow| flow.queueing_delay_p95_ms),
            Figure::OneWayP95 => worst(|flow| flow.one_way_delay_p95_ms),
            Figure::FrameP50 => worst(|flow| flow.frame_delay_p50_ms),
            Figure::FrameP95 => worst(|flow| flow.frame_delay_p95_ms),
            Figure::Goodput => {
                let all = figures.channels.iter().map(|channel| channel.goodput_bps);
                (!figures.channels.is_empty()).then(|| all.sum())
            }
            // A bulk transfer's messages wait for each other.
            Figure::MessageP99 => {
                worst_channel(|one| one.latency_p99_ms.filter(|_| one.kind != "bulk"))
            }
            Figure::Completion => worst_channel(|channel| channel.completion_s),
            Figure::Freezes => worst(|flow| Some(flow.freezes as f64)),
            Figure::Frozen => worst(|flow| Some(flow.freeze_s)),
            Figure::Starved => worst(|flow| Some(flow.starved_max_s)),
            Figure::Connected => worst(|flow| flow.connect_ms.map(|ms| ms / 1e3)),
            Figure::Jain => figures.jain_index,
            Figure::MediaOverTcp => figures.media_over_tcp,
            Figure::ConvergenceUp => figures.convergence_up_s,
            Figure::ConvergenceDown => figures.convergence_down_s,
        }
    }

    /// The unit of its values.
    pub fn unit(self) -> Unit {
        match self {
            Figure::Utilisation | Figure::GoodputShare | Figure::Loss => Unit::Share,
            Figure::Sent
            | Figure::Received
            | Figure::MediaGoodput
            | Figure::Estimate
            | Figure::Goodput => Unit::BitsPerSecond,
            Figure::QueueP50
            | Figure::QueueP95
            | Figure::OneWayP95
            | Figure::FrameP50
            | Figure::FrameP95
            | Figure::MessageP99 => Unit::named("ms"),
            Figure::Frozen
            | Figure::Starved
            | Figure::Connected
            | Figure::Completion
            | Figure::ConvergenceUp
            | Figure::ConvergenceDown => Unit::named("s"),
            Figure::Freezes | Figure::Jain | Figure::MediaOverTcp => Unit::Count,
        }
    }

    /// A value with its unit; a dash where there is none.
    pub fn write(self, value: Option<f64>) -> String {
        let write = |value: f64| match self.unit() {
            // Ten seconds and more are not read in milliseconds.
            unit if unit == Unit::named("ms") && value.abs() >= 1e4 => {
                Unit::named("s").write(value / 1e3)
            }
            unit => unit.write(value),
        };
        value.map_or_else(|| "–".to_owned(), write)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Figure {
    type Err = String;

    fn from_str(text: &str) -> Result<Figure, String> {
        let found = Figure::ALL.iter().copied().find(|figure| figure.name() == text);
        found.ok_or_else(|| {
            let names: Vec<&str> = Figure::ALL.iter().map(|figure| figure.name()).collect();
            format!("{text:?} is none of {}", names.join(", "))
        })
    }
}
