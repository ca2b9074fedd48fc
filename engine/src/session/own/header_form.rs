//! The headers of a stream's packets, which differ in little: one is written, and in those after it
//! only what changes.

use super::beside::Beside;
use super::lines::Line;
use crate::ids::{Mid, PayloadType, Rid, Ssrc};
use crate::rtp::extension::{
    AbsSendTime, AudioLevel, ElementForm, ExtensionMap, HeaderExtension, MidExtension,
    RepairedRtpStreamId, RtpStreamId, TransportSequenceNumber,
};
use crate::rtp::{PacketWriter, RtpHeader};

/// What packets have in common that have the same form of header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HeaderKind {
    pub(super) ssrc: Ssrc,
    pub(super) payload_type: PayloadType,
    /// They name their m-line and layer.
    pub(super) named: bool,
    /// They tell how loud they are.
    pub(super) has_level: bool,
    /// They have a number of the transport.
    pub(super) numbered: bool,
}

/// What differs from packet to packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeaderFields {
    pub(super) marker: bool,
    pub(super) sequence: u16,
    pub(super) timestamp: u32,
    pub(super) level: Option<AudioLevel>,
    pub(super) sent_at: AbsSendTime,
    /// The number of the transport.
    pub(super) number: u16,
}

/// A header with places for what differs.
#[derive(Debug)]
pub(super) struct HeaderForm {
    kind: HeaderKind,
    bytes: Vec<u8>,
    /// Where its elements end, and padding begins.
    end: usize,
    form: ElementForm,
    level_at: Option<usize>,
    sent_at: Option<usize>,
    number_at: Option<usize>,
}

impl HeaderForm {
    /// Of packets that name this m-line and layer; with `repairs` they are of the stream beside.
    pub(super) fn new(
        kind: HeaderKind,
        (mid, rid): (Mid, Option<Rid>),
        repairs: bool,
        line: &Line,
    ) -> Self {
        let extensions = &line.sent;
        let header = RtpHeader {
            marker: false,
            payload_type: kind.payload_type,
            sequence_number: 0,
            timestamp: 0,
            ssrc: kind.ssrc,
        };
        let mut bytes = Vec::new();
        let form = extensions.form(false);
        let mut writer = PacketWriter::begin(&mut bytes, &header, &[], form);
        if kind.named {
            if let Some(id) = extensions.id(MidExtension::KIND) {
                writer.extension(id, &MidExtension(mid));
            }
            write_rid(&mut writer, extensions, rid, repairs);
        }
        let quiet = AudioLevel { level: 0, voice: false };
        let level_at = kind.has_level.then(|| place(&mut writer, extensions, &quiet)).flatten();
        let sent_at = place(&mut writer, extensions, &AbsSendTime::default());
        let number = TransportSequenceNumber(0);
        let number_at = kind.numbered.then(|| place(&mut writer, extensions, &number)).flatten();
        let end = writer.len();
        writer.payload();
        HeaderForm { kind, bytes, end, form, level_at, sent_at, number_at }
    }

    pub(super) fn is_of(&self, kind: HeaderKind) -> bool {
        self.kind == kind
    }

    /// The packets have a number of the transport.
    pub(super) fn has_number(&self) -> bool {
        self.number_at.is_some()
    }

    /// Writes the header of a packet over what `out` holds.
    pub(super) fn write(&self, fields: &HeaderFields, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.bytes);
        out[1] |= u8::from(fields.marker) << 7;
        out[2..4].copy_from_slice(&fields.sequence.to_be_bytes());
        out[4..8].copy_from_slice(&fields.timestamp.to_be_bytes());
        if let (Some(at), Some(level)) = (self.level_at, fields.level) {
            out[at] = level.to_byte();
        }
        if let Some(at) = self.sent_at {
            out[at..at + 3].copy_from_slice(&fields.sent_at.to_bytes());
        }
        if let Some(at) = self.number_at {
            out[at..at + 2].copy_from_slice(&fields.number.to_be_bytes());
        }
    }

    /// Adds what one packet has beside the others to its header, as far as it was agreed on and
    /// fits the form: where both forms may be sent, a long value makes it the longer one.
    pub(super) fn add(&self, beside: &Beside, line: &Line, header: &mut Vec<u8>) {
        if beside.is_none() {
            return;
        }
        header.truncate(self.end);
        let form = match self.form {
            ElementForm::OneByte if line.media.mixed_extensions => ElementForm::Mixed,
            form => form,
        };
        let mut writer = PacketWriter::resume(header, form);
        for (kind, value) in beside.values() {
            if let Some(id) = line.sent.id(kind) {
                writer.opaque(id, value);
            }
        }
        writer.payload();
    }
}

/// Where the value of an extension stands that packets have, if it is agreed on.
fn place<T: HeaderExtension>(
    writer: &mut PacketWriter<'_>,
    extensions: &ExtensionMap,
    value: &T,
) -> Option<usize> {
    let mut bytes = Vec::new();
    value.write(&mut bytes);
    let written = writer.opaque(extensions.id(T::KIND)?, &bytes);
    written.then(|| writer.len() - bytes.len())
}

/// The name of a layer, or of the one that is repaired (RFC 8852).
fn write_rid(
    writer: &mut PacketWriter<'_>,
    extensions: &ExtensionMap,
    rid: Option<Rid>,
    repairs: bool,
) {
    let Some(rid) = rid else { return };
    if let Some(id) = extensions.id(RepairedRtpStreamId::KIND).filter(|_| repairs) {
        writer.extension(id, &RepairedRtpStreamId(rid));
    }
    if let Some(id) = extensions.id(RtpStreamId::KIND).filter(|_| !repairs) {
        writer.extension(id, &RtpStreamId(rid));
    }
}
