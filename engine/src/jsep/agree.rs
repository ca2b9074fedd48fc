//! Two descriptions made into what a session is told: [`Agreed`].

use std::cell::OnceCell;
use std::sync::Arc;

use super::codecs;
use super::direction;
use super::extensions;
use super::format::{Spec, number, rtp_codec};
use super::kept;
use super::key::CodecKey;
use super::line::{self, LineKind};
use super::numbers::Numbers;
use super::section::SCTP_PORT;
use super::signaling::Side;
use super::simulcast;
use super::snap;
use super::state::{Line, Transport};
use crate::codec::MediaKind;
use crate::config::Delivery;
use crate::event::Direction;
use crate::ids::{PayloadType, Rid, Ssrc};
use crate::sdp::{Description, Format, MediaDescription, Profile, SsrcGroup};
use crate::session::agreed::{
    Agreed, AgreedMedia, CodecRole, Encoding, RtpCodec, RtpParameters, SctpParameters,
};
use crate::shared_list::SharedList;

/// Messages up to this size are taken where the peer does not say (RFC 8841 section 6.1).
const MESSAGE_BYTES_DEFAULT: u64 = 65_536;

/// Sources of one m-line that are told: browsers have two a layer.
const SOURCES_MAX: usize = 32;

/// An exchange as it is judged.
#[derive(Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) offerer: Side,
    pub(super) local: &'a Description,
    pub(super) remote: &'a Description,
}

impl<'a> Sides<'a> {
    pub(super) fn local_at(&self, index: usize) -> &'a MediaDescription {
        &self.local.media[index]
    }

    pub(super) fn remote_at(&self, index: usize) -> &'a MediaDescription {
        &self.remote.media[index]
    }

    /// One of the sides has port 0 for it.
    pub(super) fn is_rejected(&self, index: usize) -> bool {
        let (local, remote) = (self.local_at(index), self.remote_at(index));
        line::is_rejected(local, self.offerer == Side::Local)
            || line::is_rejected(remote, self.offerer == Side::Remote)
    }

    /// Formats of media that both have: ours and the peer's, in the order of the answer.
    pub(super) fn formats(&self, index: usize) -> Vec<(&'a Format, &'a Format)> {
        if self.is_rejected(index) {
            return Vec::new();
        }
        let (local, remote) = (&self.local_at(index).formats, &self.remote_at(index).formats);
        let pairs = match self.offerer {
            Side::Local => pairs(remote, local).into_iter().map(|(r, l)| (l, r)).collect(),
            Side::Remote => pairs(local, remote),
        };
        let is_media = |format: &Format| Spec::of(format).is_some_and(|spec| spec.is_media());
        if pairs.iter().any(|(local, _)| is_media(local)) { pairs } else { Vec::new() }
    }

    /// Which way an m-line with these [formats](Self::formats) flows, as seen from here.
    pub(super) fn direction(&self, index: usize, formats: &[(&Format, &Format)]) -> Direction {
        match formats.is_empty() {
            true => Direction::Inactive,
            false => self.direction_of_taken(index),
        }
    }

    /// The same, of an m-line with formats that both have.
    fn direction_of_taken(&self, index: usize) -> Direction {
        direction::agreed(
            line::direction(self.local, self.local_at(index)),
            line::direction(self.remote, self.remote_at(index)),
        )
    }
}

/// A format with what tells it from others, which is read once, and only where two do not say the
/// same in the same words.
struct Read<'a> {
    format: &'a Format,
    /// None where the description says too little of it.
    spec: Option<Spec<'a>>,
    key: OnceCell<CodecKey>,
    role: Option<CodecRole>,
}

impl<'a> Read<'a> {
    fn of(format: &'a Format) -> Self {
        let spec = Spec::of(format);
        Read { format, spec, key: OnceCell::new(), role: spec.and_then(|spec| spec.role()) }
    }

    fn all(formats: &'a [Format]) -> Vec<Self> {
        formats.iter().map(Read::of).collect()
    }

    fn repairs(&self) -> Option<PayloadType> {
        match self.role? {
            CodecRole::Rtx { repairs } => Some(repairs),
            _ => None,
        }
    }

    fn key(&self) -> Option<&CodecKey> {
        let spec = self.spec?;
        Some(self.key.get_or_init(|| spec.key()))
    }

    /// Both are the same codec.
    fn is(&self, other: &Read<'_>) -> bool {
        self.spec.is_some() && (self.spec == other.spec || self.key() == other.key())
    }

    /// Both are the same codec of media, in whatever form.
    fn is_form_of(&self, other: &Read<'_>) -> bool {
        let is_media = |read: &Read<'_>| read.role == Some(CodecRole::Media);
        let same = |(one, other): (&CodecKey, &CodecKey)| {
            (&one.name, one.clock_rate, one.channels)
                == (&other.name, other.clock_rate, other.channels)
        };
        is_media(self) && is_media(other) && self.key().zip(other.key()).is_some_and(same)
    }
}

/// Each format of `first`, an answer, with the one of `second`, its offer, that is the same codec:
/// under the same number where there is one. A number that has the encoding of the offer in another
/// form means what was offered under it (RFC 3264 section 6.1): GStreamer answers another profile
/// of H.264.
fn pairs<'a>(first: &'a [Format], second: &'a [Format]) -> Vec<(&'a Format, &'a Format)> {
    let (first, second) = (Read::all(first), Read::all(second));
    let partner_of = |read: &Read<'a>| {
        let fits = |other: &&Read<'a>| other.repairs().is_none() && read.is(other);
        let numbered = second.iter().find(|other| other.format.name == read.format.name);
        let exact = numbered.filter(fits);
        let another_form = || numbered.filter(|other| read.is_form_of(other));
        let found = exact.or_else(another_form).or_else(|| second.iter().find(fits));
        found.map(|other| other.format)
    };
    let partners: Vec<Option<&Format>> = first
        .iter()
        .map(|read| if read.repairs().is_none() { partner_of(read) } else { None })
        .collect();
    let repair_of = |repaired: PayloadType| {
        let mut media = first.iter().zip(&partners);
        let (_, partner) = media
            .find(|(read, partner)| partner.is_some() && number(read.format) == Some(repaired))?;
        let repaired = number((*partner)?)?;
        second.iter().find(|other| other.repairs() == Some(repaired)).map(|other| other.format)
    };
    let whole = |(read, partner): (&Read<'a>, &Option<&'a Format>)| {
        let other = match read.repairs() {
            Some(repaired) => repair_of(repaired),
            None => *partner,
        };
        Some((read.format, other?))
    };
    first.iter().zip(&partners).filter_map(whole).collect()
}

/// What this side is set up with.
#[derive(Clone, Copy)]
pub(super) struct Own<'a> {
    pub(super) delivery: Delivery,
    pub(super) cname: &'a str,
    /// The payload types so far, where the session has one numbering.
    pub(super) kept: Option<&'a Numbers>,
}

/// What the session is told. `lines` are the m-lines of both descriptions.
pub(super) fn agree(
    sides: Sides<'_>,
    lines: &[Line],
    transport: &Transport,
    own: Own<'_>,
) -> Agreed {
    let media = lines.iter().enumerate().filter_map(|(index, line)| match line.kind {
        LineKind::Media(kind) => Some(Arc::new(media(sides, index, line, kind, own))),
        LineKind::Data | LineKind::Foreign => None,
    });
    Agreed {
        local: transport.local.clone(),
        remote: transport.remote.clone(),
        controlling: transport.controlling,
        dtls_client: transport.dtls_client,
        media: media.collect(),
        sctp: sctp(sides, lines),
    }
}

fn media(
    sides: Sides<'_>,
    index: usize,
    line: &Line,
    kind: MediaKind,
    own: Own<'_>,
) -> AgreedMedia {
    let mut media = AgreedMedia {
        mid: line.mid,
        kind,
        direction: Direction::Inactive,
        stopped: sides.is_rejected(index),
        delivery: own.delivery,
        send: RtpParameters::default(),
        receive: RtpParameters::default(),
        reduced_size_rtcp: false,
        mixed_extensions: false,
    };
    let formats = sides.formats(index);
    if formats.is_empty() {
        return media;
    }
    media.direction = sides.direction_of_taken(index);
    let (local, remote) = (sides.local_at(index), sides.remote_at(index));
    let (send, receive) = extensions::agreed((sides.local, local), (sides.remote, remote));
    let codec = |written: &Format, other: &Format| {
        let mut codec = rtp_codec(written)?;
        codec.feedback = codecs::shared(&other.feedback, &written.feedback);
        Some(codec)
    };
    let sent = |(ours, theirs): &(&Format, &Format)| {
        let mut codec = codec(theirs, ours)?;
        let (said, meant) = (Spec::of(theirs)?, Spec::of(ours)?);
        if said != meant && said.key() != meant.key() {
            codec.parameters = ours.parameters.clone().unwrap_or_default();
        }
        Some(match own.kept {
            Some(numbers) => kept::sent(codec, ours, numbers),
            None => codec,
        })
    };
    let sent: Vec<RtpCodec> = formats.iter().filter_map(sent).collect();
    let received: Vec<RtpCodec> =
        formats.iter().filter_map(|(l, theirs)| codec(l, theirs)).collect();
    media.reduced_size_rtcp = local.rtcp_rsize && remote.rtcp_rsize;
    let mixed = |whole: &Description, line: &MediaDescription| {
        whole.extmap_allow_mixed || line.extmap_allow_mixed
    };
    media.mixed_extensions = mixed(sides.local, local) && mixed(sides.remote, remote);
    let (sent, mut received) = (SharedList::from(sent), SharedList::from(received));
    received.share_with(&sent);
    let (send, mut receive) = (SharedList::from(send), SharedList::from(receive));
    receive.share_with(&send);
    media.send = RtpParameters {
        codecs: sent,
        extensions: send,
        encodings: if media.direction.sends() { encodings(local, remote) } else { Vec::new() },
        cname: Some(own.cname.to_owned()),
    };
    media.receive = RtpParameters {
        codecs: received,
        extensions: receive,
        encodings: if media.direction.receives() { encodings(remote, local) } else { Vec::new() },
        cname: remote.ssrcs.iter().find(|ssrc| ssrc.name == "cname").and_then(|s| s.value.clone()),
    };
    media
}

/// What the sender of two sends: the layers that the receiver takes, else the sources that it
/// names, else one stream.
pub(super) fn encodings(sender: &MediaDescription, receiver: &MediaDescription) -> Vec<Encoding> {
    let takes = simulcast::layers(receiver, false);
    let layers = simulcast::layers(sender, true).into_iter().filter(|rid| takes.contains(rid));
    let is_paused = |rid: Rid| {
        simulcast::is_paused(sender, true, rid) || simulcast::is_paused(receiver, false, rid)
    };
    let layer = |rid| Encoding { rid: Some(rid), paused: is_paused(rid), ..Encoding::default() };
    let layers: Vec<Encoding> = layers.map(layer).collect();
    if !layers.is_empty() {
        return layers;
    }
    let sources = sources(sender);
    if sources.is_empty() { vec![Encoding::default()] } else { sources }
}

/// Sources with those of their retransmissions (RFC 5576 section 4.2, RFC 4588 section 5.3) and of
/// their forward error correction (RFC 5956 section 4.3).
fn sources(sender: &MediaDescription) -> Vec<Encoding> {
    let pairs = |semantics: &str| -> Vec<(u32, u32)> {
        let groups = sender.ssrc_groups.iter().filter(|group| group.semantics == semantics);
        let pair = |group: &SsrcGroup| match group.ssrcs[..] {
            [media, repair, ..] => Some((media, repair)),
            _ => None,
        };
        groups.filter_map(pair).collect()
    };
    let (protected, pairs) = (pairs("FEC-FR"), pairs("FID"));
    let is_other = |ssrc: u32| {
        let fec = sender.ssrc_groups.iter().filter(|group| group.semantics.starts_with("FEC"));
        pairs.iter().any(|(_, repair)| *repair == ssrc)
            || fec.into_iter().any(|group| group.ssrcs.iter().skip(1).any(|other| *other == ssrc))
    };
    let mut found: Vec<Encoding> = Vec::new();
    for ssrc in sender.ssrcs.iter().map(|attribute| attribute.ssrc) {
        let known = found.iter().any(|encoding| encoding.ssrc == Some(Ssrc(ssrc)));
        if !known && !is_other(ssrc) && found.len() < SOURCES_MAX {
            let repair = pairs.iter().find(|(media, _)| *media == ssrc);
            let rtx = repair.map(|(_, repair)| Ssrc(*repair));
            let fec = protected.iter().find(|(media, _)| *media == ssrc);
            let fec = fec.map(|(_, parity)| Ssrc(*parity));
            // Mostly it is the only one.
            found.reserve_exact(1);
            found.push(Encoding { ssrc: Some(Ssrc(ssrc)), rtx, fec, ..Encoding::default() });
        }
    }
    found
}

fn sctp(sides: Sides<'_>, lines: &[Line]) -> Option<SctpParameters> {
    let is_data =
        |index: &usize| lines[*index].kind == LineKind::Data && !sides.is_rejected(*index);
    let index = (0..lines.len()).find(is_data)?;
    let (local, remote) = (sides.local_at(index), sides.remote_at(index));
    let bytes_max = remote.sctp.max_message_size.unwrap_or(MESSAGE_BYTES_DEFAULT);
    Some(SctpParameters {
        mid: lines[index].mid,
        local_port: port(local),
        remote_port: port(remote),
        remote_message_bytes_max: Some(bytes_max).filter(|bytes| *bytes > 0),
        remote_init: snap::agreed(local, remote),
    })
}

/// Drafts before RFC 8841 have the port as the format of the m-line.
fn port(media: &MediaDescription) -> u16 {
    let legacy = || {
        let format = media.formats.first().filter(|_| media.profile == Profile::DtlsSctp)?;
        format.name.parse().ok()
    };
    media.sctp.port.or_else(legacy).unwrap_or(SCTP_PORT)
}
