//! Transceivers: m-lines as the application sees them (RFC 9429 section 3.4.1).

use std::sync::Arc;

use super::key::CodecKey;
use crate::bitrate::Bitrate;
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::ids::{Mid, Rid, Ssrc, TransceiverId};

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

/// What is sent in one layer, or at all (W3C `RTCRtpEncodingParameters`).
#[derive(Clone, Debug, PartialEq)]
pub struct SendEncoding {
    /// Its name; none where there are no layers.
    pub rid: Option<Rid>,
    /// It is sent at all.
    pub active: bool,
    /// The most it may take.
    pub max_bitrate: Option<Bitrate>,
    /// The most frames per second.
    pub max_framerate: Option<f64>,
    /// How many times smaller than its source it is.
    pub scale_resolution_down_by: Option<f64>,
    /// `L1T3` and others (W3C webrtc-svc).
    pub scalability_mode: Option<String>,
    /// The codec, where it is not the first that was negotiated.
    pub codec: Option<CodecPreference>,
}

impl SendEncoding {
    /// Without limits.
    pub fn new(rid: Option<Rid>) -> Self {
        SendEncoding {
            rid,
            active: true,
            max_bitrate: None,
            max_framerate: None,
            scale_resolution_down_by: None,
            scalability_mode: None,
            codec: None,
        }
    }
}

/// A codec as an application prefers it (W3C `RTCRtpCodec`). Retransmissions, redundancy and the
/// like are listed as well; what is not listed is not negotiated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecPreference {
    /// As in `a=rtpmap`, in any case.
    pub name: String,
    /// In Hz.
    pub clock_rate: u32,
    /// Of sound.
    pub channels: Option<u8>,
    /// Format parameters; none for all forms of it.
    pub parameters: Option<String>,
}

/// A header extension, and where it may be sent (W3C `RTCRtpHeaderExtensionCapability`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderExtension {
    /// What it is (RFC 8285 section 5).
    pub uri: String,
    /// As seen from here; none where it is stopped: descriptions leave it out.
    pub direction: Option<Direction>,
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
    /// Which way it flows, once that was agreed on.
    pub current_direction: Option<Direction>,
    /// Sends and receives no more.
    pub stopped: bool,
}

/// How a transceiver came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// `add_transceiver`: an offer of the peer's never takes it.
    Added,
    /// `add_track`: the next fitting m-line of the peer's takes it (RFC 9429 section 5.10).
    Track,
    /// The peer offered it, and nobody here has touched it.
    Peer,
    /// The peer offered it, and the application has set how it is to be used: it outlives a
    /// rollback.
    Claimed,
}

/// What an application asked of a transceiver that is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// In use.
    Live,
    /// Asked to stop; the peer does not know yet.
    Stopping,
}

/// What the negotiation keeps of a transceiver.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) id: TransceiverId,
    pub(super) kind: MediaKind,
    pub(super) origin: Origin,
    pub(super) life: Life,
    /// Which way media shall flow.
    pub(super) direction: Direction,
    /// The application's streams; empty for none.
    pub(super) streams: Vec<String>,
    pub(super) track: String,
    pub(super) encodings: Vec<SendEncoding>,
    pub(super) preferences: Option<Vec<CodecPreference>>,
    /// Header extensions as the application wants them; those that are not there go both ways.
    pub(super) extensions: Vec<HeaderExtension>,
    pub(super) ssrc: Ssrc,
    pub(super) rtx: Ssrc,
    /// The name that its m-line shall have.
    pub(super) reserved: Mid,
    /// What a rollback takes back.
    pub(super) negotiated: Negotiated,
}

/// What descriptions have made of a transceiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Negotiated {
    pub(super) mid: Option<Mid>,
    pub(super) current: Option<Direction>,
    /// Both sides agreed once that it sends.
    pub(super) has_sent: bool,
    /// The codecs that its m-line began with, and whether with retransmissions.
    pub(super) began: Arc<[(CodecKey, bool)]>,
    /// Stopped for good, from either side.
    pub(super) stopped: bool,
    /// The application knows of its m-line.
    pub(super) told: bool,
    /// The application knows of a track that comes in.
    pub(super) announced: bool,
    /// The peer asked for its layers, the application named none.
    pub(super) layers_asked: bool,
    /// Its m-line carries no codec that both sides have, and the application knows.
    pub(super) mismatched: bool,
}

impl Entry {
    /// The source of its forward error correction: beside that of its retransmissions.
    pub(super) fn fec(&self) -> Ssrc {
        Ssrc(self.rtx.0.wrapping_add(1).max(1))
    }

    pub(super) fn is_live(&self) -> bool {
        self.life == Life::Live && !self.negotiated.stopped
    }

    /// No description has it yet.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_live() && self.negotiated.mid.is_none()
    }

    pub(super) fn is_at(&self, mid: Mid) -> bool {
        self.negotiated.mid == Some(mid) && !self.negotiated.stopped
    }

    /// Simulcast layers by name, best first.
    pub(super) fn layers(&self) -> impl Iterator<Item = Rid> + '_ {
        self.encodings.iter().filter_map(|encoding| encoding.rid)
    }

    pub(super) fn view(&self) -> Transceiver {
        Transceiver {
            id: self.id,
            mid: self.negotiated.mid,
            kind: self.kind,
            direction: self.direction,
            current_direction: self.negotiated.current,
            stopped: !self.is_live(),
        }
    }
}
