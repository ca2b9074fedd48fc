//! The m-lines that were agreed on, as packets need them.

use std::sync::Arc;

use super::feedback::Telling;
use super::forms::Forms;
use super::protected_form::Envelope;
use crate::codec::MediaKind;
use crate::feedback::FeedbackKind;
use crate::ids::{Mid, PayloadType, Rid};
use crate::media::WriteError;
use crate::rtp::extension::ExtensionMap;
use crate::rtp::format::PayloadFormat;
use crate::rtp::{RoutedEncoding, RoutedLine, StreamRole};
use crate::sdp::Feedback;
use crate::session::agreed::{AgreeError, AgreedMedia, CodecRole, RtpCodec, RtpParameters};

/// An m-line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) media: Arc<AgreedMedia>,
    /// What may be sent of header extensions, and what comes.
    pub(super) sent: ExtensionMap,
    pub(super) received: ExtensionMap,
    pub(super) sent_forms: Forms,
    pub(super) received_forms: Forms,
}

impl Line {
    fn new(media: &Arc<AgreedMedia>) -> Result<Self, AgreeError> {
        Ok(Line {
            sent: extensions(&media.send)?,
            received: extensions(&media.receive)?,
            sent_forms: Forms::new(&media.send.codecs),
            received_forms: Forms::new(&media.receive.codecs),
            media: Arc::clone(media),
        })
    }

    /// It carries nothing.
    fn is_dead(&self) -> bool {
        self.media.stopped || self.media.receive.codecs.is_empty()
    }

    /// The peer takes something on it.
    fn sends(&self) -> bool {
        !self.media.stopped && !self.media.send.codecs.is_empty()
    }

    pub(super) fn sent_codec(&self, number: PayloadType) -> Option<&RtpCodec> {
        self.media.send.codecs.iter().find(|codec| codec.payload_type == number)
    }

    pub(super) fn received_codec(&self, number: PayloadType) -> Option<&RtpCodec> {
        self.media.receive.codecs.iter().find(|codec| codec.payload_type == number)
    }

    /// Where the peer takes retransmissions of a payload type.
    pub(super) fn repairs_sent(&self, number: PayloadType) -> Option<PayloadType> {
        let role = CodecRole::Rtx { repairs: number };
        self.media.send.codecs.iter().find(|codec| codec.role == role).map(|rtx| rtx.payload_type)
    }

    /// Where the peer takes sound of a payload type with redundancy (RFC 2198 section 5).
    pub(super) fn envelope_sent(&self, number: PayloadType) -> Option<PayloadType> {
        let of = |text: &str| text.trim().parse() == Ok(number.0);
        let fits = |codec: &&RtpCodec| {
            codec.role == CodecRole::Red
                && self.media.kind == MediaKind::Audio
                && codec.parameters.split('/').all(of)
        };
        self.media.send.codecs.iter().find(fits).map(|red| red.payload_type)
    }

    /// Packets may come in envelopes (RFC 2198).
    pub(super) fn has_envelopes(&self) -> bool {
        self.media.receive.codecs.iter().any(|codec| codec.role == CodecRole::Red)
    }

    /// Lost packets are asked for.
    pub(super) fn nacks(&self) -> bool {
        self.media.receive.codecs.iter().flat_map(|codec| &*codec.feedback).any(|it| it.is_nack())
    }

    /// The layer exists, or none is named and none is needed.
    pub(super) fn check_layer(&self, rid: Option<Rid>) -> Result<(), WriteError> {
        match self.media.send.encodings.iter().any(|encoding| encoding.rid == rid) {
            true => Ok(()),
            false => Err(rid.map_or(WriteError::NotSending, WriteError::UnknownRid)),
        }
    }

    fn routed(&self) -> RoutedLine {
        if self.is_dead() || !self.media.direction.receives() {
            return RoutedLine {
                mid: self.media.mid,
                encodings: Vec::new(),
                payload_types: Vec::new(),
            };
        }
        let role = |codec: &RtpCodec| match codec.role {
            CodecRole::Rtx { .. } => StreamRole::Repair,
            CodecRole::Fec if is_flexfec(codec) => StreamRole::Fec,
            _ => StreamRole::Media,
        };
        let encodings = self.media.receive.encodings.iter().map(|encoding| RoutedEncoding {
            rid: encoding.rid,
            ssrc: encoding.ssrc,
            rtx: encoding.rtx,
            fec: encoding.fec,
        });
        let mut encodings: Vec<RoutedEncoding> = encodings.collect();
        if encodings.is_empty() {
            encodings.push(RoutedEncoding::default());
        }
        let numbered = |codec: &RtpCodec| (codec.payload_type, role(codec));
        let payload_types = self.media.receive.codecs.iter().map(numbered).collect();
        RoutedLine { mid: self.media.mid, encodings, payload_types }
    }
}

/// Parity in a stream of its own.
pub(super) fn is_flexfec(codec: &RtpCodec) -> bool {
    codec.name.eq_ignore_ascii_case("flexfec-03")
}

/// The payload types of ULPFEC, where an m-line has it.
pub(super) fn ulpfec_envelope(codecs: &[RtpCodec]) -> Option<Envelope> {
    let number = |role| {
        let found = codecs.iter().find(|codec| codec.role == role && !is_flexfec(codec));
        found.map(|codec| codec.payload_type)
    };
    Some(Envelope { red: number(CodecRole::Red)?, parity: number(CodecRole::Fec)? })
}

fn extensions(parameters: &RtpParameters) -> Result<ExtensionMap, AgreeError> {
    let pairs = parameters.extensions.iter().map(|one| (one.id, &*one.uri));
    ExtensionMap::new(pairs).map_err(|_| AgreeError::Refused)
}

/// All of them, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines(Vec<Line>);

impl Lines {
    /// Lines as they were agreed on; an error for what cannot be carried.
    pub(super) fn new(media: &[Arc<AgreedMedia>]) -> Result<Self, AgreeError> {
        for line in media.iter().filter(|line| !line.stopped) {
            let known = |codec: &RtpCodec| {
                codec.role != CodecRole::Media || PayloadFormat::of(&codec.name).is_some()
            };
            if !line.send.codecs.iter().chain(&line.receive.codecs).all(known) {
                return Err(AgreeError::Refused);
            }
        }
        let mut lines = Lines(media.iter().map(Line::new).collect::<Result<_, _>>()?);
        lines.0.shrink_to_fit();
        lines.check_routes()?;
        Ok(lines)
    }

    /// Packets of each line can be told apart from those of all others (RFC 9143 section 9.2).
    fn check_routes(&self) -> Result<(), AgreeError> {
        let receiving =
            || self.0.iter().filter(|line| !line.is_dead() && line.media.direction.receives());
        for line in receiving() {
            let encodings = &line.media.receive.encodings;
            let has_mid = line.received.id(crate::rtp::extension::ExtensionKind::Mid).is_some();
            let named = !encodings.is_empty() && encodings.iter().all(|one| one.ssrc.is_some());
            if has_mid || named {
                continue;
            }
            let numbers = |line: &Line| -> Vec<PayloadType> {
                line.media.receive.codecs.iter().map(|codec| codec.payload_type).collect()
            };
            let own = numbers(line);
            let mut others = receiving().filter(|other| other.media.mid != line.media.mid);
            let shared = others.any(|other| numbers(other).iter().any(|one| own.contains(one)));
            if shared || encodings.len() > 1 {
                return Err(AgreeError::Unroutable(line.media.mid));
            }
        }
        Ok(())
    }

    pub(super) fn routed(&self) -> Vec<RoutedLine> {
        self.0.iter().map(Line::routed).collect()
    }

    /// The identifiers with which packets name themselves, on whatever line.
    pub(super) fn naming(&self) -> ExtensionMap {
        let all =
            self.0.iter().filter(|line| !line.is_dead()).flat_map(|line| {
                line.media.receive.extensions.iter().map(|one| (one.id, &*one.uri))
            });
        // In a bundle an identifier has one meaning (RFC 8843 section 9.2): the first counts.
        let mut map = ExtensionMap::default();
        let mut known: Vec<(u8, &str)> = Vec::new();
        for pair in all {
            let mut grown = known.clone();
            grown.push(pair);
            if let Ok(built) = ExtensionMap::new(grown.iter().copied()) {
                (map, known) = (built, grown);
            }
        }
        map
    }

    /// What tells of packets on their way. RFC 8888 where it is for all lines, since one message
    /// tells of all; else transport-wide feedback for those whose packets have such a number; else
    /// what the receiver estimates.
    pub(super) fn telling(&self) -> Telling {
        use crate::rtp::extension::ExtensionKind::TransportSequenceNumber as Number;
        let live = || self.0.iter().filter(|line| !line.is_dead());
        let has = |line: &Line, is: fn(&Feedback) -> bool| {
            let mut media =
                line.media.send.codecs.iter().filter(|codec| codec.role == CodecRole::Media);
            media.any(|codec| codec.feedback.iter().any(is))
        };
        let ccfb = |line: &Line| has(line, Feedback::is_congestion_control);
        let wide =
            |line: &Line| line.sent.id(Number).is_some() && has(line, Feedback::is_transport_cc);
        match () {
            () if live().next().is_some() && live().all(ccfb) => {
                Telling::Arrivals(FeedbackKind::Ccfb)
            }
            () if live().any(wide) => Telling::Arrivals(FeedbackKind::TransportWide),
            () if live().any(|line| has(line, Feedback::is_remb)) => Telling::Estimate,
            () => Telling::Nothing,
        }
    }

    pub(super) fn at(&self, index: usize) -> Option<&Line> {
        self.0.get(index)
    }

    /// The line at this place, where it may send.
    pub(super) fn sending_at(&self, index: usize) -> Option<&Line> {
        self.0.get(index).filter(|line| line.sends())
    }

    pub(super) fn all(&self) -> &[Line] {
        &self.0
    }

    /// The line of this name that may send.
    pub(super) fn sending(&self, mid: Mid) -> Result<&Line, WriteError> {
        let is_it = |line: &&Line| line.sends() && line.media.mid == mid;
        self.0.iter().find(is_it).ok_or(WriteError::UnknownMid)
    }
}
