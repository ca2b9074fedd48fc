//! The handle for one m-line: frames and packets out, keyframes asked for.

use std::sync::Arc;
use std::time::Instant;

use super::error::{KeyframeError, WriteError};
use super::options::WriteOptions;
use crate::codec::{Codec, MediaKind};
use crate::command::{Blob, Command};
use crate::event::{Direction, KeyframeRequestKind};
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ids::{Mid, PayloadType, Rid};
use crate::jsep::SentEncoding;
use crate::rtc::Rtc;
use crate::session::agreed::AgreedMedia;

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
/// // A temporal delimiter and an empty frame, as units with their sizes.
/// let data = [0x12, 0x00, 0x32, 0x01, 0x00].into();
/// media.write(&EncodedFrame { codec, time, keyframe: true, data }, now).unwrap();
/// ```
pub struct Media<'a> {
    rtc: &'a mut Rtc,
    mid: Mid,
    kind: MediaKind,
}

impl<'a> Media<'a> {
    pub(crate) fn new(rtc: &'a mut Rtc, mid: Mid, kind: MediaKind) -> Self {
        Media { rtc, mid, kind }
    }

    /// Audio or video.
    pub fn kind(&self) -> MediaKind {
        self.kind
    }

    /// Which way it flows, as seen from here: inactive before that was agreed on.
    pub fn direction(&self) -> Direction {
        self.rtc.agreed_media(self.mid).map_or(Direction::Inactive, |media| media.direction)
    }

    /// What both sides take, in the order of the last answer: encode with the first that can be
    /// encoded. None before the exchange is complete.
    pub fn codecs(&self) -> Vec<(PayloadType, Codec)> {
        self.rtc.agreed_media(self.mid).map(AgreedMedia::codecs).unwrap_or_default()
    }

    /// The format parameters of a payload type of [`Self::codecs`], as the peer's `a=fmtp` has
    /// them: what an encoder has to keep to. None for a type that is not among them; empty where
    /// the peer says nothing.
    ///
    /// ```
    /// use lapwing_engine::sdp::parameters::H264Parameters;
    /// # use lapwing_engine::Media;
    /// # fn single(media: &Media<'_>) -> Option<bool> {
    /// // Whether each unit of H.264 has to fit in a packet (RFC 6184 section 6.2).
    /// let (payload_type, _) = *media.codecs().first()?;
    /// let parameters = media.parameters(payload_type)?;
    /// let single = H264Parameters::parse(Some(&parameters))?.packetization_mode == 0;
    /// # Some(single)
    /// # }
    /// ```
    pub fn parameters(&self, payload_type: PayloadType) -> Option<Arc<str>> {
        let media = self.rtc.agreed_media(self.mid)?;
        let known = media.send.codecs.iter().find(|codec| codec.payload_type == payload_type);
        known.map(|codec| Arc::clone(&codec.parameters))
    }

    /// What is to be sent now, best layer first: how large, how often, and in which codec where it
    /// is not the first of [`Self::codecs`]. Nothing where it does not send. The application's
    /// encoder obeys it; what is not active is not taken.
    pub fn encodings(&self) -> Vec<SentEncoding> {
        self.rtc.jsep().sent_encodings(self.mid)
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
        let WriteOptions { rid, audio_level, voice_activity, captured_at, layer, playout_delay } =
            options;
        let command = Command::WriteFrame {
            mid: self.mid,
            rid,
            audio_level,
            voice_activity,
            captured_ns: captured_at.map(|at| self.rtc.since_start(at)),
            layer,
            playout_delay,
            codec: frame.codec,
            time: frame.time,
            keyframe: frame.keyframe,
            data: Blob::Shared(&frame.data),
        };
        self.rtc.ask_at(&command, now)
    }

    /// Sends a packet as it is, on a layer where layers were negotiated.
    pub fn write_packet(
        &mut self,
        rid: Option<Rid>,
        packet: OutgoingPacket,
        now: Instant,
    ) -> Result<(), WriteError> {
        let command = Command::WritePacket {
            mid: self.mid,
            rid,
            payload_type: packet.payload_type,
            sequence_number: packet.sequence_number,
            timestamp: packet.timestamp,
            marker: packet.marker,
            nackable: packet.nackable,
            payload: Blob::Packet(&packet.payload),
        };
        self.rtc.ask_at(&command, now)
    }

    /// Asks the peer for a keyframe of what it sends.
    pub fn request_keyframe(
        &mut self,
        rid: Option<Rid>,
        kind: KeyframeRequestKind,
    ) -> Result<(), KeyframeError> {
        self.rtc.ask(&Command::RequestKeyframe { mid: self.mid, rid, kind })
    }

    /// Takes only one simulcast layer from now on; `None` takes all. The switch happens at the
    /// next keyframe of the new layer, which is asked for.
    pub fn select_layer(&mut self, rid: Option<Rid>) {
        self.rtc.ask(&Command::SelectLayer { mid: self.mid, rid })
    }
}
