//! Transceivers: m-lines as the application sees them (RFC 9429 section 3.4.1).

use crate::codec::MediaKind;
use crate::event::Direction;
use crate::ids::{Mid, Rid, TransceiverId};

/// How a transceiver begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransceiverInit {
    /// Which way media shall flow.
    pub direction: Direction,
    /// The media stream that what we send belongs to; drawn at random when absent.
    pub stream_id: Option<String>,
    /// The name of the track we send; drawn at random when absent.
    pub track_id: Option<String>,
    /// Simulcast layers to send, best first; empty for one plain encoding.
    pub send_layers: Vec<Rid>,
}

impl Default for TransceiverInit {
    fn default() -> Self {
        TransceiverInit {
            direction: Direction::SendRecv,
            stream_id: None,
            track_id: None,
            send_layers: Vec::new(),
        }
    }
}

impl TransceiverInit {
    /// In the given direction.
    pub fn new(direction: Direction) -> Self {
        TransceiverInit { direction, ..TransceiverInit::default() }
    }

    /// Belonging to a stream.
    #[must_use]
    pub fn with_stream(mut self, stream_id: impl Into<String>) -> Self {
        self.stream_id = Some(stream_id.into());
        self
    }
}

/// A transceiver as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transceiver {
    /// Its name in this connection.
    pub id: TransceiverId,
    /// Its m-line, once there is one.
    pub mid: Option<Mid>,
    /// Audio or video.
    pub kind: MediaKind,
    /// Which way media shall flow.
    pub direction: Direction,
    /// Sends and receives no more.
    pub stopped: bool,
}

/// What the negotiation keeps of a transceiver.
#[derive(Clone, Debug)]
pub(super) struct TransceiverEntry {
    pub(super) id: TransceiverId,
    pub(super) kind: MediaKind,
    pub(super) init: TransceiverInit,
    pub(super) phase: Phase,
    /// A change of direction, or the end, that is to be offered.
    pub(super) dirty: bool,
    /// As `dirty`, for what the pending offer says.
    pub(super) offered: bool,
    pub(super) stopping: bool,
}

/// How far an m-line is negotiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not offered yet.
    Wanted,
    /// In our pending offer.
    Offered(Mid),
    /// Settled.
    Negotiated(Mid),
    /// Stopped for good.
    Stopped(Mid),
}

impl TransceiverEntry {
    pub(super) fn mid(&self) -> Option<Mid> {
        match self.phase {
            Phase::Wanted => None,
            Phase::Offered(mid) | Phase::Negotiated(mid) | Phase::Stopped(mid) => Some(mid),
        }
    }

    pub(super) fn view(&self) -> Transceiver {
        Transceiver {
            id: self.id,
            mid: self.mid(),
            kind: self.kind,
            direction: self.init.direction,
            stopped: self.stopping || matches!(self.phase, Phase::Stopped(_)),
        }
    }

    /// Something about it needs an offer.
    pub(super) fn needs_offer(&self) -> bool {
        match self.phase {
            Phase::Wanted => true,
            Phase::Negotiated(_) => self.dirty,
            Phase::Offered(_) | Phase::Stopped(_) => false,
        }
    }
}
