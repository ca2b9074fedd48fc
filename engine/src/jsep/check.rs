//! What a remote description must be, before anything of it is applied. In the order of the checks:
//! 1. its m-lines are within limits, have names, and form groups;
//! 2. each can be negotiated as it is written: RTCP shares the port, layers have names, there is
//!    one track;
//! 3. a payload type has one meaning in the bundle;
//! 4. the transport can come about.
//!
//! Where the m-lines stand is judged by [`super::order`], who begins by [`super::transport`].

use std::collections::{BTreeMap, BTreeSet};

use super::error::{DescriptionFault as Fault, MID_BYTES_MAX};
use super::format::{Spec, number};
use super::key::CodecKey;
use super::line::{self, LineKind};
use super::numbers::Numbers;
use super::{bundle, candidates, plan_b, simulcast};
use crate::ids::{Mid, PayloadType};
use crate::sdp::{Description, MEDIA_LINES_MAX, MediaDescription};
use crate::session::agreed::{Capabilities, CodecRole};

/// Steps 1 and 2.
pub(super) fn shape(
    description: &Description,
    is_offer: bool,
    capabilities: &Capabilities,
) -> Result<(), Fault> {
    let count = description.media.len();
    if count == 0 {
        return Err(Fault::NoMediaLine);
    }
    if count > MEDIA_LINES_MAX {
        return Err(Fault::TooManyMediaLines(count));
    }
    names(description, is_offer)?;
    bundle::check(description)?;
    plan_b::check(description)?;
    candidates::check(description)?;
    for (index, media) in description.media.iter().enumerate() {
        let is_media = matches!(line::kind(media), LineKind::Media(_));
        if is_media && !line::is_rejected(media, is_offer) {
            if !shares_port(description, index) {
                return Err(Fault::MissingIn { line: index, what: "a=rtcp-mux" });
            }
            simulcast::check(index, media, capabilities.mid_bytes_max)?;
        }
    }
    Ok(())
}

/// RTCP comes with RTP (RFC 9429 section 4.1.1). In a bundle it is enough that one m-line says so.
fn shares_port(description: &Description, line: usize) -> bool {
    let group = bundle::group_of(description, line);
    let says = |(index, media): (usize, &MediaDescription)| {
        let counts =
            index == line || (group.is_some() && bundle::group_of(description, index) == group);
        counts && (media.rtcp_mux || media.rtcp_mux_only)
    };
    description.media.iter().enumerate().any(says)
}

/// Names are tokens, each of one m-line (RFC 5888 section 4). Without one there is a single m-line,
/// or no bundle.
fn names(description: &Description, is_offer: bool) -> Result<(), Fault> {
    let alone = description.media.len() == 1 || bundle::groups(description).next().is_none();
    let mut seen = BTreeSet::new();
    for (index, media) in description.media.iter().enumerate() {
        match &media.mid {
            Some(mid) if !is_token(mid) || mid.len() > MID_BYTES_MAX || Mid::new(mid).is_none() => {
                return Err(Fault::Mid(index));
            }
            Some(mid) if !seen.insert(mid) => {
                return Err(Fault::Repeated { line: index, what: "a=mid" });
            }
            Some(_) => {}
            None => {
                let needs_none = alone
                    || !is_offer
                    || line::is_rejected(media, is_offer)
                    || line::kind(media) == LineKind::Foreign;
                if !needs_none {
                    return Err(Fault::MissingIn { line: index, what: "a=mid" });
                }
            }
        }
    }
    Ok(())
}

/// RFC 8866 section 9.
fn is_token(text: &str) -> bool {
    let is_token_char = |byte: u8| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token_char)
}

/// Step 3: in the m-lines that are taken, and against what the peer said before: of the same m-line
/// (RFC 3264 section 8.3.2), or of any where the session has one numbering for its whole life. A
/// number that stands for something unknown is no conflict: nothing is taken for it.
pub(super) fn payload_types(
    description: &Description,
    taken: &[bool],
    capabilities: &Capabilities,
    before: Option<&Description>,
    numbers: &Numbers,
) -> Result<(), Fault> {
    let known: BTreeSet<CodecKey> = capabilities
        .codecs
        .iter()
        .map(|capability| Spec::of_capability(capability).key())
        .collect();
    let mut meanings: BTreeMap<PayloadType, CodecKey> = BTreeMap::new();
    for (line, media) in description.media.iter().enumerate().filter(|(line, _)| taken[*line]) {
        let mut here = BTreeSet::new();
        let was = before.and_then(|before| before.media.get(line));
        let was = was.filter(|was| was.mid == media.mid);
        let meant = was.map(|media| told(media, &known)).unwrap_or_default();
        for (payload_type, key) in told(media, &known) {
            let fault = Fault::PayloadType { line, payload_type };
            let is_known = |other: &CodecKey| known.contains(other) || other.is_repair();
            let repeated = !here.insert(payload_type);
            let changed = match capabilities.fixed_codecs {
                true => numbers.others(payload_type, &key).any(is_known),
                false => meant.iter().any(|(was, other)| *was == payload_type && *other != key),
            };
            let elsewhere = meanings.get(&payload_type).is_some_and(|other| *other != key);
            let contradicts = changed || elsewhere;
            if repeated || contradicts {
                return Err(fault);
            }
            meanings.insert(payload_type, key);
        }
    }
    Ok(())
}

/// Numbers that mean something here: codecs that the session has, and retransmissions of them.
fn told(media: &MediaDescription, known: &BTreeSet<CodecKey>) -> Vec<(PayloadType, CodecKey)> {
    let read = media.formats.iter().filter_map(|format| {
        let spec = Spec::of(format)?;
        Some((number(format)?, spec.key(), spec.role()))
    });
    let read: Vec<_> = read.collect();
    let are_known: Vec<PayloadType> =
        read.iter().filter(|(_, key, _)| known.contains(key)).map(|(number, ..)| *number).collect();
    let counts = |(number, key, role): &(PayloadType, CodecKey, Option<CodecRole>)| match role {
        Some(CodecRole::Rtx { repairs }) => are_known.contains(repairs),
        _ => known.contains(key) && are_known.contains(number),
    };
    read.into_iter().filter(counts).map(|(number, key, _)| (number, key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tokens_of_any_characters() {
        for (mid, expected) in [
            ("0", true),
            ("a.b", true),
            ("video!1", true),
            ("d~$&*", true),
            ("audio-0", true),
            ("a b", false),
            ("a/b", false),
            ("", false),
            ("\u{e4}", false),
        ] {
            assert_eq!(is_token(mid), expected, "{mid:?}");
        }
    }
}
