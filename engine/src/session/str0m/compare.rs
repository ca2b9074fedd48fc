//! Whether the library came to what was agreed on: its answer, read by our own reader.

use std::collections::BTreeSet;

use super::catalogue::{Catalogue, MID_URI};
use super::line::Line;
use super::negotiated::{Negotiated, Slot, Transport};
use crate::codec::MediaKind;
use crate::sdp::{Description, MediaDescription, MediaName, Setup};

/// What the library answered otherwise; `None` for nothing.
pub(super) fn difference(
    next: &Negotiated,
    transport: &Transport,
    catalogue: &Catalogue,
    answer: &str,
) -> Option<&'static str> {
    let Ok(answer) = Description::parse(answer) else { return Some("what cannot be read") };
    if answer.media.len() != next.slots.len() {
        return Some("another number of m-lines");
    }
    let setup = if transport.dtls_client { Setup::Active } else { Setup::Passive };
    next.slots.iter().zip(&answer.media).find_map(|(slot, media)| {
        let is_rejected = media.port == 0;
        match slot {
            Slot::Vacant { .. } => (!is_rejected).then_some("an m-line that goes on"),
            _ if is_rejected => Some("a rejected m-line"),
            _ if media.transport.setup != Some(setup) => Some("another role in the handshake"),
            Slot::Media(line) => line_difference(line, media, catalogue),
            Slot::Data { .. } => (media.name != MediaName::Application).then_some("another kind"),
        }
    })
}

fn line_difference(
    line: &Line,
    media: &MediaDescription,
    catalogue: &Catalogue,
) -> Option<&'static str> {
    let kind = match line.kind {
        MediaKind::Audio => MediaName::Audio,
        MediaKind::Video => MediaName::Video,
    };
    if media.name != kind || media.mid.as_deref() != Some(line.mid.as_str()) {
        return Some("another m-line");
    }
    if media.direction != Some(line.direction) {
        return Some("another direction");
    }
    let agreed = line.codecs.iter().flat_map(|codec| {
        let name = catalogue.codec(codec.numbered.codec).name.to_ascii_lowercase();
        let rtx = codec.numbered.rtx.map(|rtx| (rtx.0.to_string(), "rtx".to_owned()));
        std::iter::once((codec.numbered.payload_type.0.to_string(), name)).chain(rtx)
    });
    let answered = media.formats.iter().map(|format| {
        (format.name.clone(), format.encoding.clone().unwrap_or_default().to_ascii_lowercase())
    });
    if agreed.collect::<BTreeSet<_>>() != answered.collect::<BTreeSet<_>>() {
        return Some("other payload types of an m-line");
    }
    let has_mid = media.extensions.iter().any(|extension| &*extension.uri == MID_URI);
    (has_mid != line.has_extension(MID_URI)).then_some("another way to tell m-lines apart")
}
