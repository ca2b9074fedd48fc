//! An m-line of sound or pictures as the library shall have it.

use std::sync::Arc;

use super::catalogue::{Catalogue, CodecIndex, MID_BYTES_MAX, MID_URI, RID_BYTES_MAX};
use super::numbers::{Numbered, Numbers};
use crate::codec::MediaKind;
use crate::config::Delivery;
use crate::event::Direction;
use crate::ids::{Mid, PayloadType, Rid};
use crate::sdp::Feedback;
use crate::session::agreed::{AgreeError, AgreedMedia, CodecRole, Encoding, RtpExtension};

/// An m-line that is in use.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) mid: Mid,
    pub(super) kind: MediaKind,
    pub(super) direction: Direction,
    /// As first agreed on: the library takes no others later.
    pub(super) codecs: Vec<LineCodec>,
    /// What may be sent, preferred first.
    pub(super) send: Vec<PayloadType>,
    pub(super) extensions: Vec<RtpExtension>,
    pub(super) sending: Vec<Encoding>,
    pub(super) receiving: Vec<Encoding>,
    pub(super) reduced_size_rtcp: bool,
}

/// A codec of an m-line.
#[derive(Clone, Debug)]
pub(super) struct LineCodec {
    pub(super) numbered: Numbered,
    pub(super) feedback: Arc<[Feedback]>,
}

impl Line {
    /// What was agreed on of an m-line that is not stopped. `before` is what the library has of it.
    pub(super) fn of(
        media: &AgreedMedia,
        before: Option<&Line>,
        numbers: &mut Numbers,
        catalogue: &Catalogue,
        delivery: Delivery,
    ) -> Result<Line, AgreeError> {
        check_names(media)?;
        if media.delivery != delivery {
            tracing::debug!(mid = %media.mid, "this session delivers in one way only");
            return Err(AgreeError::Refused);
        }
        let codecs = codecs(media, catalogue)?;
        for codec in &codecs {
            numbers.take_codec(media.mid, codec.numbered)?;
        }
        let line = Line {
            mid: media.mid,
            kind: media.kind,
            direction: media.direction,
            codecs,
            send: media_types(media),
            extensions: extensions(media, numbers, catalogue),
            sending: media.send.encodings.clone(),
            receiving: media.receive.encodings.clone(),
            reduced_size_rtcp: media.reduced_size_rtcp,
        };
        match before {
            None => Ok(line),
            Some(before) => line.after(before),
        }
    }

    /// The library keeps the codecs of an m-line as they were; there may be fewer in use.
    fn after(self, before: &Line) -> Result<Line, AgreeError> {
        let is_known = |codec: &LineCodec| before.has(codec.numbered.payload_type);
        if self.kind != before.kind || !self.codecs.iter().all(is_known) {
            return Err(AgreeError::Unchangeable(self.mid));
        }
        Ok(Line { codecs: before.codecs.clone(), ..self })
    }

    /// Nothing that both sides know is left of it: the library keeps it and lets nothing pass.
    pub(super) fn at_rest(&self) -> Line {
        Line { direction: Direction::Inactive, send: Vec::new(), ..self.clone() }
    }

    /// This layer of it may be sent, or all of it where it has none.
    pub(super) fn sends(&self, rid: Option<Rid>) -> bool {
        let is_plain = self.sending.is_empty() && rid.is_none();
        is_plain || self.sending.iter().any(|encoding| encoding.rid == rid)
    }

    fn has(&self, payload_type: PayloadType) -> bool {
        self.codecs.iter().any(|known| known.numbered.payload_type == payload_type)
    }

    pub(super) fn has_extension(&self, uri: &str) -> bool {
        self.extensions.iter().any(|known| *known.uri == *uri)
    }

    /// How a packet of it is told from those of other m-lines.
    pub(super) fn route(&self) -> Route {
        let is_layered = self.receiving.iter().any(|encoding| encoding.rid.is_some());
        let is_named = |encoding: &Encoding| encoding.ssrc.is_some();
        if self.has_extension(MID_URI) {
            Route::Mid
        } else if !is_layered && !self.receiving.is_empty() && self.receiving.iter().all(is_named) {
            Route::Source
        } else if !is_layered {
            Route::PayloadType
        } else {
            Route::None
        }
    }

    /// Its payload types, those of retransmissions as well.
    pub(super) fn payload_types(&self) -> impl Iterator<Item = PayloadType> {
        let both = |codec: &LineCodec| [Some(codec.numbered.payload_type), codec.numbered.rtx];
        self.codecs.iter().flat_map(both).flatten()
    }
}

/// What tells to which m-line a packet belongs (RFC 9143 section 9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The header extension.
    Mid,
    /// Its source, which the description names.
    Source,
    /// Its payload type, where no other m-line has that one.
    PayloadType,
    /// Nothing: layers are told apart by a header extension only.
    None,
}

/// What the library can carry in RTP: it takes every other character for an underscore.
fn check_names(media: &AgreedMedia) -> Result<(), AgreeError> {
    let is_told = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_name = |text: &str, max: usize| text.len() <= max && text.bytes().all(is_told);
    let encodings = media.send.encodings.iter().chain(&media.receive.encodings);
    let mut rids = encodings.filter_map(|encoding| encoding.rid);
    if !is_name(media.mid.as_str(), MID_BYTES_MAX)
        || !rids.all(|rid| is_name(rid.as_str(), RID_BYTES_MAX))
    {
        return Err(AgreeError::MidTooLong(media.mid));
    }
    Ok(())
}

/// The codecs of both directions, as one list: the library has one numbering.
fn codecs(media: &AgreedMedia, catalogue: &Catalogue) -> Result<Vec<LineCodec>, AgreeError> {
    let mut found: Vec<LineCodec> = Vec::new();
    for list in [&media.send.codecs, &media.receive.codecs] {
        for codec in list {
            match codec.role {
                CodecRole::Media => {}
                CodecRole::Rtx { .. } => continue,
                _ => {
                    let name = &*codec.name;
                    tracing::debug!(
                        mid = %media.mid,
                        codec.name = name,
                        "not carried by this session"
                    );
                    return Err(AgreeError::Refused);
                }
            }
            let known = catalogue.find(codec).filter(|index| kind(catalogue, *index) == media.kind);
            let Some(index) = known else {
                let name = &*codec.name;
                tracing::debug!(mid = %media.mid, codec.name = name, "not known to this session");
                return Err(AgreeError::Refused);
            };
            let repairs = CodecRole::Rtx { repairs: codec.payload_type };
            let rtx = list.iter().find(|other| other.role == repairs);
            let numbered = Numbered {
                codec: index,
                payload_type: codec.payload_type,
                rtx: rtx.map(|rtx| rtx.payload_type),
            };
            join(&mut found, numbered, &codec.feedback)
                .ok_or(AgreeError::PayloadTypesDiffer(media.mid))?;
        }
    }
    Ok(found)
}

fn kind(catalogue: &Catalogue, index: CodecIndex) -> MediaKind {
    catalogue.codec(index).kind
}

/// `None` where a codec has two numbers.
fn join(found: &mut Vec<LineCodec>, new: Numbered, feedback: &Arc<[Feedback]>) -> Option<()> {
    let known = found.iter_mut().find(|known| {
        known.numbered.codec == new.codec || known.numbered.payload_type == new.payload_type
    });
    let Some(LineCodec { numbered, .. }) = known else {
        found.push(LineCodec { numbered: new, feedback: Arc::clone(feedback) });
        return Some(());
    };
    if (numbered.codec, numbered.payload_type) != (new.codec, new.payload_type)
        || (numbered.rtx.is_some() && new.rtx.is_some() && numbered.rtx != new.rtx)
    {
        return None;
    }
    numbered.rtx = numbered.rtx.or(new.rtx);
    Some(())
}

/// Payload types of media that may be sent, in the order of preference.
fn media_types(media: &AgreedMedia) -> Vec<PayloadType> {
    let of_media = media.send.codecs.iter().filter(|codec| codec.role == CodecRole::Media);
    of_media.map(|codec| codec.payload_type).collect()
}

/// Header extensions that the library can use. It has one number for each.
fn extensions(
    media: &AgreedMedia,
    numbers: &mut Numbers,
    catalogue: &Catalogue,
) -> Vec<RtpExtension> {
    let mut taken: Vec<RtpExtension> = Vec::new();
    let (send, receive) = (&media.send.extensions, &media.receive.extensions);
    for extension in send.iter().chain(receive) {
        let is_other = |other: &&RtpExtension| other.uri == extension.uri;
        let both = [send.iter().find(is_other), receive.iter().find(is_other)];
        let differs = both.into_iter().flatten().any(|other| other.id != extension.id);
        if taken.contains(extension) || !catalogue.has_extension(&extension.uri) {
            continue;
        }
        if differs || !numbers.take_extension(extension.id, &extension.uri) {
            tracing::debug!(mid = %media.mid, id = extension.id, "a header extension is not used");
            continue;
        }
        taken.push(extension.clone());
    }
    taken
}
