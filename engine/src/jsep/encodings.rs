//! What is sent of an m-line, stream by stream (W3C `RTCRtpSendParameters`): what the application
//! set, within what both sides agreed on. It changes without an exchange, so a session asks for it
//! and is not told of it by one.

use super::agree;
use super::codecs::is_same;
use super::error::NegotiationError;
use super::format::{Spec, number};
use super::state::{Exchange, Jsep};
use super::transceiver::{CodecPreference, Entry, SendEncoding};
use crate::bitrate::Bitrate;
use crate::codec::Codec;
use crate::ids::{Mid, PayloadType, Rid};
use crate::sdp::Format;
use crate::session::agreed::Encoding;

/// A stream of an m-line as it is to be sent now.
#[derive(Clone, Debug, PartialEq)]
pub struct SentEncoding {
    /// Its name; none where there are no layers.
    pub rid: Option<Rid>,
    /// The application wants it sent, and no description has it paused.
    pub active: bool,
    /// The most it may take.
    pub max_bitrate: Option<Bitrate>,
    /// The most frames per second.
    pub max_framerate: Option<f64>,
    /// How many times smaller than its source it is; at least 1.
    pub scale_resolution_down_by: Option<f64>,
    /// `L1T3` and others (W3C webrtc-svc).
    pub scalability_mode: Option<String>,
    /// The codec under the peer's number, where it is not to be the first that was agreed on.
    pub payload_type: Option<PayloadType>,
}

impl Jsep {
    /// What is to be sent of an m-line now, best layer first; nothing where it does not send.
    /// Layers that the peer did not take are not among it.
    pub(crate) fn sent_encodings(&self, mid: Mid) -> Vec<SentEncoding> {
        let (Some(entry), Some((exchange, index))) = (self.at(mid), self.agreed_at(mid)) else {
            return Vec::new();
        };
        let sides = exchange.sides();
        let formats = sides.formats(index);
        if !sides.direction(index, &formats).sends() {
            return Vec::new();
        }
        let sent = |agreed: &Encoding| {
            let named = entry.encodings.iter().find(|encoding| encoding.rid == agreed.rid);
            // A peer that takes no layers gets the best of them.
            let best = entry.encodings.first().filter(|_| agreed.rid.is_none());
            let set = named.or(best)?;
            Some(SentEncoding {
                rid: agreed.rid,
                active: set.active && !agreed.paused,
                max_bitrate: set.max_bitrate,
                max_framerate: set.max_framerate,
                scale_resolution_down_by: set.scale_resolution_down_by,
                scalability_mode: set.scalability_mode.clone(),
                payload_type: set.codec.as_ref().and_then(|codec| number_of(codec, &formats)),
            })
        };
        let agreed = agree::encodings(sides.local_at(index), sides.remote_at(index));
        agreed.iter().filter_map(sent).collect()
    }

    /// The application wants this stream of an m-line sent.
    pub(crate) fn wants_sent(&self, mid: Mid, rid: Option<Rid>) -> bool {
        let named = |entry: &Entry| {
            let encodings = &entry.encodings;
            let known = encodings.iter().find(|encoding| encoding.rid == rid);
            known.or(encodings.first()).is_none_or(|encoding| encoding.active)
        };
        self.at(mid).is_none_or(named)
    }

    /// Every codec that an encoding asks for can be chosen (W3C `setParameters`): it was agreed on,
    /// or it is preferred and nothing was agreed on yet.
    pub(super) fn check_codecs(
        &self,
        entry: &Entry,
        encodings: &[SendEncoding],
    ) -> Result<(), NegotiationError> {
        let asked: Vec<_> = encodings.iter().filter_map(|it| it.codec.as_ref()).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let agreed = entry.negotiated.mid.and_then(|mid| self.agreed_at(mid));
        let can_be = |codec: &&CodecPreference| match &agreed {
            Some((exchange, index)) => {
                number_of(codec, &exchange.sides().formats(*index)).is_some()
            }
            None => self.is_preferred(entry, codec),
        };
        if asked.iter().all(can_be) { Ok(()) } else { Err(NegotiationError::EncodingCodec) }
    }

    fn is_preferred(&self, entry: &Entry, codec: &CodecPreference) -> bool {
        match &entry.preferences {
            Some(preferences) => preferences.iter().any(|preference| {
                let said = preference.parameters.as_deref();
                let parameters = said.or(codec.parameters.as_deref()).unwrap_or_default();
                let known = Spec::of_preference(preference, parameters);
                known.is_media() && is_same(codec, &known)
            }),
            None => self.config.codecs.iter().any(|known| {
                // RFC 7587 section 7: Opus is always said to have two.
                let channels = if *known == Codec::Opus { 2 } else { 1 };
                known.kind() == entry.kind
                    && known.name().eq_ignore_ascii_case(&codec.name)
                    && (known.clock_rate(), channels)
                        == (codec.clock_rate, codec.channels.unwrap_or(1))
            }),
        }
    }

    /// A codec that an encoding asked for and that the exchange does not have is asked for no more
    /// (W3C "set a session description").
    pub(super) fn drop_lost_codecs(&mut self, exchange: &Exchange) {
        let sides = exchange.sides();
        for index in 0..self.lines.len() {
            let mid = self.lines[index].mid;
            let Some(entry) = self.at_mut(mid) else { continue };
            let formats = sides.formats(index);
            for encoding in entry.encodings.iter_mut().filter(|_| !formats.is_empty()) {
                let is_there = |codec: &CodecPreference| number_of(codec, &formats).is_some();
                encoding.codec = encoding.codec.take().filter(is_there);
            }
        }
    }
}

/// The peer's number of a codec of media, where both have it. Of two, the first.
fn number_of(codec: &CodecPreference, formats: &[(&Format, &Format)]) -> Option<PayloadType> {
    let fits = |theirs: &&Format| {
        Spec::of(theirs).is_some_and(|spec| spec.is_media() && is_same(codec, &spec))
    };
    formats.iter().map(|(_, theirs)| *theirs).find(fits).and_then(number)
}
