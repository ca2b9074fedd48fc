//! What is told of packets on their way, in both directions.

use std::net::SocketAddr;
use std::time::Instant;

use super::due::earlier;
use super::least_round_trip::LeastRoundTrip;
use super::marking::Marking;
use crate::bitrate::Bitrate;
use crate::config::Config;
use crate::congestion::ReceiverEstimate;
use crate::datagram::Ecn;
use crate::feedback::{FeedbackKind, TransportFeedback};
use crate::ids::Ssrc;
use crate::rtcp::NtpClock;
use crate::rtcp::transport_feedback::{
    CcfbRecorder, ReportedLosses, SentHistory, TransportCcRecorder,
};

/// What the peer tells of what is sent, and is told of what arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Telling {
    /// Nothing but reports.
    #[default]
    Nothing,
    /// What the receiver thinks that may be sent (REMB).
    Estimate,
    /// When each packet arrived.
    Arrivals(FeedbackKind),
}

/// Arrivals here that the peer is to be told.
enum Recorder {
    TransportWide(TransportCcRecorder),
    Ccfb(CcfbRecorder),
}

/// Arrivals here that the peer is told, and what the peer tells of what was sent.
pub(super) struct Feedback {
    pub(super) telling: Telling,
    recorder: Recorder,
    pub(super) sent: SentHistory,
    pub(super) told: TransportFeedback,
    pub(super) least: LeastRoundTrip,
    pub(super) marking: Marking,
    /// How the datagram at hand was marked.
    pub(super) mark: Option<Ecn>,
    pub(super) estimate: ReceiverEstimate,
    /// The peer told what it thinks that may be sent.
    pub(super) limited: bool,
    /// Bytes that arrived since the peer was told last, and when that was.
    arrived: (u64, Option<Instant>),
    start: Option<Bitrate>,
    /// The path in use.
    path: Option<(SocketAddr, SocketAddr)>,
    /// Messages of RFC 8888: sent, received.
    pub(super) ccfb_messages: (u64, u64),
}

impl Feedback {
    pub(super) fn new(config: &Config, now: Instant) -> Self {
        Feedback {
            telling: Telling::Nothing,
            recorder: Recorder::TransportWide(TransportCcRecorder::new(now)),
            sent: SentHistory::new(FeedbackKind::TransportWide),
            told: TransportFeedback::empty(now),
            least: LeastRoundTrip::default(),
            marking: Marking::new(config.ecn),
            mark: None,
            estimate: ReceiverEstimate::new(config.initial_bitrate.unwrap_or_default()),
            limited: false,
            arrived: (0, None),
            start: config.initial_bitrate,
            path: None,
            ccfb_messages: (0, 0),
        }
    }

    /// Another kind of feedback begins anew.
    pub(super) fn agree(&mut self, telling: Telling, clock: NtpClock, now: Instant) {
        if telling == self.telling {
            return;
        }
        self.telling = telling;
        let kind = match telling {
            Telling::Arrivals(kind) => kind,
            Telling::Nothing | Telling::Estimate => FeedbackKind::TransportWide,
        };
        self.sent = SentHistory::new(kind);
        self.recorder = match kind {
            FeedbackKind::TransportWide => Recorder::TransportWide(TransportCcRecorder::new(now)),
            FeedbackKind::Ccfb => Recorder::Ccfb(CcfbRecorder::new(clock)),
        };
        self.marking.agree(kind == FeedbackKind::Ccfb);
        self.estimate = ReceiverEstimate::new(self.start.unwrap_or_default());
        self.arrived = (0, None);
    }

    /// The path in use; true where it is another than before.
    pub(super) fn on_path(&mut self, path: Option<(SocketAddr, SocketAddr)>) -> bool {
        let Some(path) = path else { return false };
        let changed = self.path.replace(path).is_some_and(|before| before != path);
        if changed {
            self.marking.on_path_changed();
        }
        changed
    }

    /// Packets carry a transport-wide number, where their m-line has the extension.
    pub(super) fn is_numbered(&self) -> bool {
        self.telling == Telling::Arrivals(FeedbackKind::TransportWide)
    }

    /// All packets are told of, whatever they carry.
    pub(super) fn tells_all(&self) -> bool {
        self.telling == Telling::Arrivals(FeedbackKind::Ccfb)
    }

    /// Something tells how fast to send. Many name REMB that never send one.
    pub(super) fn guides(&self) -> bool {
        match self.telling {
            Telling::Nothing => false,
            Telling::Estimate => self.limited,
            Telling::Arrivals(_) => true,
        }
    }

    /// A packet arrived whose tag holds.
    pub(super) fn on_arrival(&mut self, arrival: &Arrival, now: Instant) {
        self.arrived.0 += arrival.bytes as u64;
        if self.telling == Telling::Estimate {
            self.estimate.on_packet(arrival.bytes, now);
        }
        match &mut self.recorder {
            Recorder::TransportWide(recorder) => {
                let told = self.telling == Telling::Arrivals(FeedbackKind::TransportWide);
                if let Some(number) = arrival.number.filter(|_| told) {
                    recorder.on_packet(number, arrival.ssrc, now);
                }
            }
            Recorder::Ccfb(recorder) => {
                let Arrival { ssrc, sequence, marker, .. } = *arrival;
                recorder.on_packet(ssrc, sequence, marker, self.mark, now);
            }
        }
    }

    /// When the peer is to be told.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let arrivals = match &self.recorder {
            Recorder::TransportWide(recorder) => recorder.next_due(),
            Recorder::Ccfb(recorder) => recorder.next_due(),
        };
        earlier(arrivals, self.estimate.next_due())
    }

    /// Appends the messages on arrivals that are due.
    pub(super) fn poll(&mut self, now: Instant, sender: Ssrc, bytes_max: usize, out: &mut Vec<u8>) {
        match &mut self.recorder {
            Recorder::TransportWide(recorder) => recorder.poll(now, sender, bytes_max, out),
            Recorder::Ccfb(recorder) => {
                let before = out.len();
                self.ccfb_messages.0 += recorder.poll(now, sender, bytes_max, out);
                if out.len() == before {
                    return;
                }
                let (bytes, since) = std::mem::replace(&mut self.arrived, (0, Some(now)));
                if let Some(since) = since {
                    recorder.on_received(bytes, now.saturating_duration_since(since));
                }
            }
        }
    }

    /// What the peer was told of losses of a stream, where it is told of each packet.
    pub(super) fn losses(&self, ssrc: Ssrc) -> Option<ReportedLosses> {
        match &self.recorder {
            Recorder::TransportWide(_) => None,
            Recorder::Ccfb(recorder) => Some(recorder.losses(ssrc)),
        }
    }

    /// The rate at which this side may send.
    pub(super) fn set_send_bitrate(&mut self, rate: Bitrate) {
        if let Recorder::TransportWide(recorder) = &mut self.recorder {
            recorder.set_send_bitrate(rate);
        }
    }
}

/// What is noted of a packet that arrived.
pub(super) struct Arrival {
    pub(super) ssrc: Ssrc,
    pub(super) sequence: u16,
    pub(super) marker: bool,
    /// Its transport-wide number.
    pub(super) number: Option<u16>,
    pub(super) bytes: usize,
}
