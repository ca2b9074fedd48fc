//! What a run comes to: figures, series and verdicts, with stable names and units in them.

use serde::{Deserialize, Serialize};

use crate::run::Distribution;
use crate::scenario::{Bounds, Expectation, Scenario};
use crate::sim::Sim;

/// The outcome of a run.
///
/// Rates count IP packets with their headers. All of it depends on scenario and seed alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The scenario's name.
    pub scenario: String,
    /// Where it comes from.
    pub reference: String,
    /// The seed.
    pub seed: u64,
    /// Virtual time of the run.
    pub duration_s: f64,
    /// Events of the run.
    pub events: u64,
    /// The hash chain over all events: time, place, kind and size of each packet's, wake-ups and
    /// every byte; without the last two where str0m carries calls and asks the system for more.
    pub chain: u64,
    /// What the run is summed up by.
    pub figures: Figures,
    /// The scenario's expectations.
    pub verdicts: Vec<Verdict>,
    /// The run over time.
    pub series: Series,
}

impl Outcome {
    /// What a simulation of the scenario has come to by now.
    pub(crate) fn of(
        scenario: &Scenario,
        seed: u64,
        sim: &Sim,
        (figures, series): (Figures, Series),
        verdicts: Vec<Verdict>,
    ) -> Self {
        Outcome {
            scenario: scenario.meta.name.clone(),
            reference: scenario.meta.reference.clone(),
            seed,
            duration_s: sim.now().as_secs_f64(),
            events: sim.events(),
            chain: sim.chain(),
            figures,
            verdicts,
            series,
        }
    }

    /// True when every expectation is met.
    pub fn passed(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.pass)
    }
}

/// An expectation, and what the run says to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Its name in the scenario's `[expect]`, which has its unit, or that of a statement.
    pub name: String,
    /// What was measured; `None` if the run has nothing to measure it by.
    pub measured: Option<f64>,
    /// What was asked for; of a statement, the first of its bounds.
    pub bound: f64,
    /// The bounds of a statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// Whether it is met. What could not be measured is not.
    pub pass: bool,
}

impl Verdict {
    /// What was asked for, as the scenario has it.
    ///
    /// ```
    /// use lapwing_simnet::run::Verdict;
    /// let name = "pair".to_owned();
    /// let measured = Some(2.0);
    /// let verdict = Verdict { name, measured, bound: 0.0, bounds: None, pass: false };
    /// assert_eq!(verdict.bound_text(), "host");
    /// assert_eq!(verdict.measured_text(), "relay");
    /// assert_eq!(verdict.word(), "FAIL");
    /// ```
    pub fn bound_text(&self) -> String {
        self.bounds.map_or_else(|| self.write(self.bound), |bounds| bounds.to_string())
    }

    /// `pass`, `FAIL`, or `NOT MEASURED`, which is no pass either.
    pub fn word(&self) -> &'static str {
        match (self.pass, self.measured) {
            (true, _) => "pass",
            (false, Some(_)) => "FAIL",
            (false, None) => "NOT MEASURED",
        }
    }

    /// What was measured, likewise; `-` if there was nothing to measure it by.
    pub fn measured_text(&self) -> String {
        self.measured.map_or_else(|| "-".to_owned(), |value| self.write(value))
    }

    fn write(&self, value: f64) -> String {
        let kind = Expectation::ALL.iter().find(|(name, _)| *name == self.name);
        kind.map_or_else(|| value.to_string(), |(_, kind)| kind.write(value))
    }
}

/// What a run is summed up by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Each flow.
    pub flows: Vec<FlowFigures>,
    /// Each link with a capacity.
    pub links: Vec<LinkFigures>,
    /// Each data channel with traffic; none in what earlier versions stored.
    #[serde(default)]
    pub channels: Vec<ChannelFigures>,
    /// Each connection of cross traffic.
    pub cross: Vec<CrossFigures>,
    /// The least share of what a link can carry of media that it carried, among links that media
    /// cross.
    pub utilisation: Option<f64>,
    /// The least share of what a link can carry of media that was goodput, among the same links.
    #[serde(default)]
    pub goodput_utilisation: Option<f64>,
    /// Jain's fairness index over the flows' rates, in the later half of the time in which all
    /// flow.
    pub jain_index: Option<f64>,
    /// The greatest rate of a flow over the least, in the same time.
    pub rate_ratio: Option<f64>,
    /// Mean rate of a flow over the mean rate of an endless TCP connection, of those that share a
    /// link; of several links the one where it is furthest from 1.
    pub media_over_tcp: Option<f64>,
    /// The longest time until 80 % of a capacity that rose was used.
    pub convergence_up_s: Option<f64>,
    /// The longest time until a queue was empty after the capacity fell.
    pub convergence_down_s: Option<f64>,
}

/// A flow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowFigures {
    /// Its number.
    pub id: u64,
    /// Its weight.
    pub priority: f64,
    /// When its connection stood; `None` if it never did.
    pub connected_s: Option<f64>,
    /// From its beginning until its connection stood.
    #[serde(default)]
    pub connect_ms: Option<f64>,
    /// What carried it last: `relay` where either candidate in use was a relay's, else `srflx`
    /// where either was known by what others saw, else `host`.
    #[serde(default)]
    pub pair: Option<String>,
    /// The longest time between two frames, or from the last one to its end, pauses not counted.
    #[serde(default)]
    pub outage_max_ms: Option<f64>,
    /// Mean rate sent while it was to send.
    pub sent_bps: f64,
    /// Mean rate that arrived meanwhile.
    pub received_bps: f64,
    /// Mean goodput meanwhile: see [`FlowSeries::goodput_bps`].
    pub goodput_bps: f64,
    /// Mean of the estimates.
    pub estimate_bps: Option<f64>,
    /// Packets sent.
    pub packets_sent: u64,
    /// Packets lost on the way.
    pub packets_lost: u64,
    /// Their share.
    pub loss: f64,
    /// Time in queues, median.
    pub queueing_delay_p50_ms: Option<f64>,
    /// Time in queues, 95th percentile.
    pub queueing_delay_p95_ms: Option<f64>,
    /// From sending to arrival of a packet, median.
    pub one_way_delay_p50_ms: Option<f64>,
    /// From sending to arrival of a packet, 95th percentile.
    pub one_way_delay_p95_ms: Option<f64>,
    /// From writing to arrival of a video frame, median.
    pub frame_delay_p50_ms: Option<f64>,
    /// From writing to arrival of a video frame, 95th percentile.
    pub frame_delay_p95_ms: Option<f64>,
    /// Video frames written.
    pub frames_sent: u64,
    /// Video frames that arrived whole.
    pub frames_received: u64,
    /// Frames that the engine refused to send.
    pub frames_refused: u64,
    /// Times that the picture stood still.
    pub freezes: u64,
    /// How long it did in all.
    pub freeze_s: f64,
    /// The longest time without any arrival.
    pub starved_max_s: f64,
    /// Deviation of the rate over seconds, as a share of its mean, in the later halves of the
    /// capacity's phases.
    pub rate_cov_1s: Option<f64>,
}

/// A data channel with traffic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelFigures {
    /// Its name in the scenario, and which of a count it is.
    pub name: String,
    /// The flow whose connection carries it.
    pub flow: u64,
    /// `bulk`, `request-response` or `game-state`.
    pub kind: String,
    /// Bits of messages in a second that arrived, from the first writing to the end of the
    /// traffic, or until a file was there. Of requests, those of the answers.
    pub goodput_bps: f64,
    /// From the first writing until the whole file was there; `None` where it was not, or there is
    /// none.
    pub completion_s: Option<f64>,
    /// Messages written, or requests.
    pub messages_sent: u64,
    /// Messages that arrived, or answers.
    pub messages_received: u64,
    /// Messages that never came though later ones did.
    pub messages_lost: u64,
    /// Messages of a steady rate that the engine had no room for.
    pub messages_refused: u64,
    /// From writing a message to its arrival, or from a request to its answer: the median.
    pub latency_p50_ms: Option<f64>,
    /// Likewise, 95th percentile.
    pub latency_p95_ms: Option<f64>,
    /// Likewise, 99th percentile.
    pub latency_p99_ms: Option<f64>,
}

impl ChannelFigures {
    /// It is one of those that a scenario has under this name.
    pub fn is_of(&self, name: &str) -> bool {
        self.name.rsplit_once('/').is_some_and(|(of, _)| of == name)
    }
}

/// A link with a capacity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkFigures {
    /// Its name.
    pub name: String,
    /// Media carried over media that could be: what the capacity leaves beside constant-rate
    /// traffic, and the flows can send. `None` where no media cross.
    pub utilisation: Option<f64>,
    /// Goodput of the flows that take it over what media could carry, which has headers: near 0.95
    /// at best where packets are large.
    #[serde(default)]
    pub goodput_utilisation: Option<f64>,
    /// How long a packet would have waited, median over time.
    pub queueing_delay_p50_ms: Option<f64>,
    /// How long a packet would have waited, 95th percentile over time.
    pub queueing_delay_p95_ms: Option<f64>,
    /// Packets dropped over packets that entered.
    pub dropped: f64,
    /// Packets that left with a congestion mark.
    pub marked_packets: u64,
    /// The times of equal capacity.
    pub phases: Vec<PhaseFigures>,
}

/// A time of equal capacity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PhaseFigures {
    /// When it begins.
    pub start_s: f64,
    /// When it ends.
    pub end_s: f64,
    /// The capacity.
    pub capacity_bps: f64,
    /// What constant-rate traffic leaves of it.
    pub available_bps: f64,
    /// Mean rate of media.
    pub media_bps: f64,
    /// Mean rate of everything.
    pub total_bps: f64,
    /// `total_bps` over `capacity_bps`.
    pub utilisation: f64,
    /// `media_bps` over what media could have: see [`LinkFigures::utilisation`].
    pub media_utilisation: Option<f64>,
    /// Mean goodput of the flows that take the link.
    pub goodput_bps: f64,
    /// `goodput_bps` over what media could have.
    #[serde(default)]
    pub goodput_utilisation: Option<f64>,
    /// How long a packet would have waited, 95th percentile over the phase.
    #[serde(default)]
    pub queueing_delay_p95_ms: Option<f64>,
}

/// A connection of cross traffic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CrossFigures {
    /// The link it crosses.
    pub link: String,
    /// As in the scenario's file: `udp-cbr`, `tcp-long` and others.
    pub kind: String,
    /// Mean rate that arrived from its start to its end.
    pub received_bps: f64,
}

/// A run over time, in equal bins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Width of a bin.
    pub bin_s: f64,
    /// Each flow.
    pub flows: Vec<FlowSeries>,
    /// Each link with a capacity.
    pub links: Vec<LinkSeries>,
    /// Each connection of cross traffic.
    pub cross: Vec<CrossSeries>,
}

/// A flow over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowSeries {
    /// Its number.
    pub id: u64,
    /// The links that it takes, by name.
    pub path: Vec<String>,
    /// The bins in which it is to send.
    pub active: Vec<bool>,
    /// Rate sent.
    pub sent_bps: Vec<f64>,
    /// Rate that arrived.
    pub received_bps: Vec<f64>,
    /// Bits of encoded frames and of audio packets, as the encoder wrote them, that were whole at
    /// the receiving application, when they were. Nothing below counts: no headers, no repairs, no
    /// padding, no duplicates, nor packets of frames that never were whole.
    pub goodput_bps: Vec<f64>,
    /// The last estimate of each bin.
    pub estimate_bps: Vec<Option<f64>>,
    /// The rate that video was encoded at.
    pub target_bps: Vec<f64>,
    /// Packets sent.
    pub sent_packets: Vec<f64>,
    /// Packets lost.
    pub lost_packets: Vec<f64>,
    /// Mean time in queues.
    pub queueing_delay_ms: Vec<Option<f64>>,
    /// Mean time from sending to arrival of packets.
    pub one_way_delay_ms: Vec<Option<f64>>,
    /// How the packets' times in queues are distributed over the whole run.
    pub queueing_delay_cdf: Distribution,
    /// How their times from sending to arrival are.
    pub one_way_delay_cdf: Distribution,
    /// Mean time from writing to arrival of a frame.
    pub frame_delay_ms: Vec<Option<f64>>,
    /// What happened to its connection, as the sender saw it.
    pub marks: Vec<Mark>,
    /// When its picture stood still at the receiver: the first thousand times.
    pub freezes: Vec<Span>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// When.
    pub at_s: f64,
    /// Of which kind.
    pub kind: MarkKind,
    /// What, for readers.
    pub text: String,
}

/// What can happen to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkKind {
    /// Its state is another: the text names it.
    ConnectionState,
    /// Another pair of addresses carries it: the text names both.
    SelectedPair,
    /// It is over: the text says why.
    Closed,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// When it begins.
    pub from_s: f64,
    /// When it is over.
    pub until_s: f64,
}

/// A link over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkSeries {
    /// Its name.
    pub name: String,
    /// Its capacity.
    pub capacity_bps: Vec<f64>,
    /// What constant-rate traffic leaves of it.
    pub available_bps: Vec<f64>,
    /// What the flows could use of that.
    pub attainable_bps: Vec<f64>,
    /// Media that left at the far end.
    pub media_bps: Vec<f64>,
    /// Goodput of the flows that take it, at their receivers: see [`FlowSeries::goodput_bps`].
    pub goodput_bps: Vec<f64>,
    /// Everything that left at the far end.
    pub total_bps: Vec<f64>,
    /// How long a packet would have waited: the greatest of each bin.
    pub queueing_delay_ms: Vec<f64>,
    /// Packets dropped on it, of whatever traffic.
    pub dropped_packets: Vec<f64>,
    /// When nothing passes.
    pub outages: Vec<Span>,
}

/// Cross traffic over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CrossSeries {
    /// The link it crosses.
    pub link: String,
    /// As in the scenario's file: `udp-cbr`, `tcp-long` and others.
    pub kind: String,
    /// Rate that arrived at its sink.
    pub received_bps: Vec<f64>,
    /// Mean congestion window of a TCP connection, in segments.
    pub window_segments: Vec<Option<f64>>,
    /// Its slow-start threshold likewise, once it has one.
    pub threshold_segments: Vec<Option<f64>>,
}
