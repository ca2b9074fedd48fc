//! The handle for one m-line: frames and packets out, keyframes asked for.

use std::fmt;
use std::time::Instant;

use crate::codec::{Codec, MediaKind};
use crate::event::{Direction, KeyframeRequestKind};
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ids::{Mid, PayloadType, Rid};
use crate::rtc::Rtc;

/// One m-line of a connection. Short-lived: get it from [`Rtc::media`](crate::Rtc::media) for
/// each use, and drain after.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::{
///     Codec, Config, EncodedFrame, MediaKind, MediaTime, Rtc, TransceiverInit,
/// };
///
/// let now = Instant::now();
/// let (mut a, mut b) = (Rtc::new(Config::seeded(1), now), Rtc::new(Config::seeded(2), now));
/// a.negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default());
/// let offer = a.negotiation().create_offer().unwrap();
/// a.negotiation().set_local(&offer).unwrap();
/// b.negotiation().set_remote(&offer).unwrap();
/// let answer = b.negotiation().create_answer().unwrap();
/// b.negotiation().set_local(&answer).unwrap();
/// a.negotiation().set_remote(&answer).unwrap();
///
/// let mid = a.negotiation().transceivers()[0].mid.unwrap();
/// let mut media = a.media(mid).unwrap();
/// // What the answer prefers is what to encode.
/// let (_, codec) = media.codecs()[0];
/// assert_eq!(codec, Codec::Av1);
/// let time = MediaTime::new(0, MediaTime::VIDEO_RATE);
/// let data = [0x12, 0x00].into();
/// media.write(&EncodedFrame { codec, time, keyframe: true, data }, now).unwrap();
/// ```
pub struct Media<'a> {
    rtc: &'a mut Rtc,
    mid: Mid,
    kind: MediaKind,
}

/// What may be said along with a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// The simulcast layer, where layers were negotiated.
    pub rid: Option<Rid>,
    /// Level of RFC 6464 in dBov, 0 (loudest) to -127 (silence).
    pub audio_level: Option<i8>,
    /// The frame holds a voice.
    pub voice_activity: bool,
    /// When the frame was captured, for the reports that let receivers synchronise tracks. The
    /// time of writing when absent.
    pub captured_at: Option<Instant>,
}

/// Why a frame or a packet was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// The m-line is not negotiated yet, or gone.
    UnknownMid,
    /// The peer did not agree to this codec.
    CodecNotNegotiated(Codec),
    /// The peer did not agree to this payload type.
    UnknownPayloadType(PayloadType),
    /// No such layer was negotiated.
    UnknownRid(Rid),
    /// The direction does not allow sending.
    NotSending,
    /// More waits than the estimate of the bandwidth lets out: drop the frame, begin again with a
    /// keyframe, and send at a lower rate.
    Full,
    /// Misuse: too much was written without draining the outputs.
    NotDrained,
    /// Misuse: frames are for [`Delivery::Frames`](crate::Delivery::Frames), packets for
    /// [`Delivery::Packets`](crate::Delivery::Packets).
    WrongDelivery,
    /// The frame cannot be packetised.
    Refused,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::UnknownMid => f.write_str("the m-line is not negotiated"),
            WriteError::CodecNotNegotiated(codec) => write!(f, "the peer does not take {codec}"),
            WriteError::UnknownPayloadType(pt) => write!(f, "payload type {} not agreed", pt.0),
            WriteError::UnknownRid(rid) => write!(f, "layer {rid} not negotiated"),
            WriteError::NotSending => f.write_str("the m-line does not send"),
            WriteError::Full => f.write_str("too much waits for its turn to be sent"),
            WriteError::NotDrained => f.write_str("outputs must be drained between writes"),
            WriteError::WrongDelivery => f.write_str("frames and packets do not mix"),
            WriteError::Refused => f.write_str("the frame cannot be packetised"),
        }
    }
}

impl std::error::Error for WriteError {}

/// Why a keyframe cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyframeError {
    /// Nothing arrived on that m-line or layer yet.
    NothingReceived,
    /// Misuse: outputs must be drained first.
    NotDrained,
}

impl fmt::Display for KeyframeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyframeError::NothingReceived => "nothing is received there yet",
            KeyframeError::NotDrained => "outputs must be drained first",
        })
    }
}

impl std::error::Error for KeyframeError {}

impl<'a> Media<'a> {
    pub(crate) fn new(rtc: &'a mut Rtc, mid: Mid, kind: MediaKind) -> Self {
        Media { rtc, mid, kind }
    }

    /// Audio or video.
    pub fn kind(&self) -> MediaKind {
        self.kind
    }

    /// Which way it flows, as seen from here.
    pub fn direction(&self) -> Direction {
        self.rtc.session().direction(self.mid).unwrap_or(Direction::Inactive)
    }

    /// What both sides take, in the order of the last answer: encode with the first that can be
    /// encoded.
    pub fn codecs(&mut self) -> Vec<(PayloadType, Codec)> {
        self.rtc.session_mut().codecs(self.mid)
    }

    /// Sends a frame. Frames written before the path is up are dropped.
    pub fn write(&mut self, frame: &EncodedFrame, now: Instant) -> Result<(), WriteError> {
        self.write_with(frame, WriteOptions::default(), now)
    }

    /// Sends a frame with what may be said along with it.
    pub fn write_with(
        &mut self,
        frame: &EncodedFrame,
        options: WriteOptions,
        now: Instant,
    ) -> Result<(), WriteError> {
        self.rtc.write_frame(self.mid, frame, options, now)
    }

    /// Sends a packet as it is, on a layer where layers were negotiated.
    pub fn write_packet(
        &mut self,
        rid: Option<Rid>,
        packet: OutgoingPacket,
        now: Instant,
    ) -> Result<(), WriteError> {
        self.rtc.write_packet(self.mid, rid, packet, now)
    }

    /// Asks the peer for a keyframe of what it sends.
    pub fn request_keyframe(
        &mut self,
        rid: Option<Rid>,
        kind: KeyframeRequestKind,
    ) -> Result<(), KeyframeError> {
        self.rtc.request_keyframe(self.mid, rid, kind)
    }

    /// Takes only one simulcast layer from now on; `None` takes all. The switch happens at the
    /// next keyframe of the new layer, which is asked for.
    pub fn select_layer(&mut self, rid: Option<Rid>) {
        self.rtc.select_layer(self.mid, rid);
    }
}
