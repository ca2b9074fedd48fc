//! Which codecs there are, and for what.

use lapwing_engine::sdp::parameters::H264Parameters;
use lapwing_engine::{Codec, MediaKind};

use super::args::Args;
use super::fault::Fault;

/// What a track sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Numbered pictures, or a tone.
    Pattern,
    /// The frames that come in on its m-line.
    Echo,
    /// Nothing.
    Nothing,
}

impl Content {
    pub(super) fn parse(args: Args<'_>) -> Result<Content, Fault> {
        match args.text_or_none("content")? {
            None | Some("pattern") => Ok(Content::Pattern),
            Some("echo") => Ok(Content::Echo),
            Some("none") => Ok(Content::Nothing),
            Some(other) => Err(Fault::Unsupported(format!("no content {other:?} is known"))),
        }
    }
}

/// How frames are to be made for a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentForm {
    pub(super) codec: Codec,
    /// Each unit of a frame has to fit in a packet (RFC 6184 section 6.2).
    pub(super) single: bool,
}

impl SentForm {
    /// By the format parameters that the other side has for the codec.
    pub(super) fn new(codec: Codec, parameters: &str) -> Self {
        let read = H264Parameters::parse(Some(parameters));
        let single = read.is_some_and(|read| read.packetization_mode == 0);
        SentForm { codec, single: single && codec == Codec::H264 }
    }
}

/// The codecs of a kind that pictures and tones can be made and read with, preferred first. VP8
/// comes before AV1: it leaves the machine to the other side.
pub(super) const fn made(kind: MediaKind) -> &'static [Codec] {
    match kind {
        MediaKind::Audio => &[Codec::Opus, Codec::Pcmu, Codec::Pcma, Codec::G722],
        MediaKind::Video => &[Codec::Vp8, Codec::Av1, Codec::Vp9, Codec::H264],
    }
}

/// The codecs whose frames can only be sent back.
pub(super) const ECHOED: [Codec; 1] = [Codec::H265];

/// The codecs of a track: those that were named, or all that suit its content.
pub(super) fn codecs(
    args: Args<'_>,
    kind: MediaKind,
    content: Content,
    sends: bool,
) -> Result<Vec<Codec>, Fault> {
    let named = args.texts("codecs")?;
    let mut codecs: Vec<Codec> = if named.is_empty() {
        let echoed = ECHOED.into_iter().filter(|_| content != Content::Pattern);
        made(kind).iter().copied().chain(echoed).collect()
    } else {
        named.iter().filter_map(|name| name.parse().ok()).collect()
    };
    codecs.retain(|codec| codec.kind() == kind);
    if codecs.is_empty() {
        return Err(Fault::Unsupported(format!("none of the codecs {named:?} is known")));
    }
    let makes = content == Content::Pattern && sends;
    if makes && !codecs.iter().any(|codec| made(kind).contains(codec)) {
        let text = format!("of the codecs {named:?} frames can be sent back, but not be made");
        return Err(Fault::Unsupported(text));
    }
    Ok(codecs)
}

/// The first of `agreed` that a track may make frames with.
pub(super) fn chosen(kind: MediaKind, codecs: &[Codec], agreed: &[Codec]) -> Option<Codec> {
    let usable = |codec: &&Codec| made(kind).contains(codec) && codecs.contains(codec);
    agreed.iter().find(usable).copied()
}
