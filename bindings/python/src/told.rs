//! What a controller is told. Times are seconds of the run.

use std::time::Instant;

use lapwing_engine::congestion;
use lapwing_engine::{
    Arrival, Bitrate, Ecn, FeedbackKind, PacketClass, PacketResult, SentPacket, TransportFeedback,
};
use pyo3::prelude::*;

/// Seconds of the run.
pub(crate) fn seconds(at: Instant, origin: Instant) -> f64 {
    at.saturating_duration_since(origin).as_secs_f64()
}

/// Bit/s.
pub(crate) fn bps(rate: Bitrate) -> f64 {
    rate.as_bps() as f64
}

/// A packet that was sent, and what became of it where that is known.
#[pyclass(frozen, module = "lapwing._native")]
pub(crate) struct Packet {
    sent: SentPacket,
    arrival: Option<Arrival>,
    origin: Instant,
}

impl Packet {
    pub(crate) fn sent(sent: SentPacket, origin: Instant) -> Self {
        Packet { sent, arrival: None, origin }
    }

    fn told(result: &PacketResult, origin: Instant) -> Self {
        Packet { sent: result.sent, arrival: Some(result.arrival), origin }
    }
}

#[pymethods]
impl Packet {
    /// Its place in the order of sending, without gaps.
    #[getter]
    fn number(&self) -> u64 {
        self.sent.number
    }

    /// The stream it belongs to.
    #[getter]
    fn ssrc(&self) -> u32 {
        self.sent.ssrc.0
    }

    /// Its RTP sequence number.
    #[getter]
    fn sequence(&self) -> u16 {
        self.sent.sequence
    }

    /// When it was handed to the network.
    #[getter]
    fn sent_s(&self) -> f64 {
        seconds(self.sent.sent_at, self.origin)
    }

    /// Its size in bytes.
    #[getter]
    fn size(&self) -> u32 {
        self.sent.size
    }

    /// `audio`, `video`, `retransmission`, `fec` or `padding`.
    #[getter]
    fn kind(&self) -> &'static str {
        match self.sent.class {
            PacketClass::Audio => "audio",
            PacketClass::Video => "video",
            PacketClass::Retransmission => "retransmission",
            PacketClass::Fec => "fec",
            PacketClass::Padding => "padding",
        }
    }

    /// The cluster of probes that it is part of.
    #[getter]
    fn probe(&self) -> Option<u32> {
        self.sent.probe
    }

    /// When it arrived, on the peer's clock, whose zero means nothing; None where it is lost or
    /// nothing is known of it.
    #[getter]
    fn arrived_s(&self) -> Option<f64> {
        match self.arrival {
            Some(Arrival::Received { at, .. }) => Some(at.as_secs_f64()),
            Some(Arrival::Lost) | None => None,
        }
    }

    /// It had not arrived when the feedback was made.
    #[getter]
    fn lost(&self) -> bool {
        self.arrival == Some(Arrival::Lost)
    }

    /// It arrived with the mark "congestion experienced".
    #[getter]
    fn marked(&self) -> bool {
        matches!(self.arrival, Some(Arrival::Received { ecn: Some(Ecn::Ce), .. }))
    }

    /// It arrived after it had been told to be lost.
    #[getter]
    fn after_loss(&self) -> bool {
        matches!(self.arrival, Some(Arrival::Received { after_loss: true, .. }))
    }

    fn __repr__(&self) -> String {
        let fate = match self.arrival {
            None => String::new(),
            Some(Arrival::Lost) => ", lost".to_owned(),
            Some(Arrival::Received { at, .. }) => format!(", arrived_s={}", at.as_secs_f64()),
        };
        format!(
            "<Packet {} {}, {} bytes, sent_s={}{fate}>",
            self.sent.number,
            self.kind(),
            self.sent.size,
            self.sent_s()
        )
    }
}

/// One message of feedback, joined with what was sent.
#[pyclass(frozen, module = "lapwing._native")]
pub(crate) struct Feedback {
    told: TransportFeedback,
    origin: Instant,
}

impl Feedback {
    pub(crate) fn new(told: &TransportFeedback, origin: Instant) -> Self {
        Feedback { told: told.clone(), origin }
    }
}

#[pymethods]
impl Feedback {
    /// When it came.
    #[getter]
    fn received_s(&self) -> f64 {
        seconds(self.told.received_at, self.origin)
    }

    /// `twcc` or `ccfb` (RFC 8888).
    #[getter]
    fn kind(&self) -> &'static str {
        match self.told.kind {
            FeedbackKind::TransportWide => "twcc",
            FeedbackKind::Ccfb => "ccfb",
        }
    }

    /// How long the newest packet had waited at the peer, where the message tells.
    #[getter]
    fn held_s(&self) -> Option<f64> {
        self.told.held.map(|held| held.as_secs_f64())
    }

    /// From sending the newest packet that arrived to this message, less `held_s`.
    #[getter]
    fn round_trip_s(&self) -> Option<f64> {
        self.told.round_trip().map(|trip| trip.as_secs_f64())
    }

    /// Bytes sent after the last packet that any feedback told of.
    #[getter]
    fn bytes_in_flight(&self) -> u64 {
        self.told.bytes_in_flight
    }

    /// Packets told to be lost.
    #[getter]
    fn lost(&self) -> usize {
        self.told.losses().0
    }

    /// Packets whose fate was not known before, in the order of sending.
    #[getter]
    fn packets(&self) -> Vec<Packet> {
        self.told.results.iter().map(|result| Packet::told(result, self.origin)).collect()
    }

    fn __len__(&self) -> usize {
        self.told.results.len()
    }

    fn __repr__(&self) -> String {
        let (lost, all) = self.told.losses();
        format!("<Feedback received_s={}, {all} packets, {lost} lost>", self.received_s())
    }
}

/// What the application wants, and what it allows.
#[pyclass(frozen, module = "lapwing._native")]
pub(crate) struct Limits(pub(crate) congestion::Limits);

#[pymethods]
impl Limits {
    /// The target does not fall below it.
    #[getter]
    fn minimum_bps(&self) -> f64 {
        bps(self.0.minimum)
    }

    /// What would be sent if it could, where that is known.
    #[getter]
    fn desired_bps(&self) -> Option<f64> {
        self.0.desired.map(bps)
    }

    /// What must not be exceeded.
    #[getter]
    fn maximum_bps(&self) -> f64 {
        bps(self.0.maximum)
    }

    fn __repr__(&self) -> String {
        let Limits(limits) = self;
        let desired =
            limits.desired.map_or_else(|| "None".to_owned(), |rate| bps(rate).to_string());
        let (minimum, maximum) = (self.minimum_bps(), self.maximum_bps());
        format!("<Limits minimum_bps={minimum}, desired_bps={desired}, maximum_bps={maximum}>")
    }
}
