//! Header extensions, streams and sources.

use crate::event::Direction;
use crate::sdp::error::SdpFault;
use crate::sdp::grammar::{non_empty, number, split_field, token};
use crate::sdp::{Extension, Msid, SsrcAttribute, SsrcGroup};

/// `2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level` (RFC 8285 section 8).
pub(super) fn extension(value: &str) -> Result<Extension, SdpFault> {
    let (head, rest) = split_field(value);
    let (id, direction) = match head.split_once('/') {
        Some((id, name)) => (id, Some(Direction::from_name(name).ok_or(SdpFault::Word)?)),
        None => (head, None),
    };
    let (uri, attributes) = split_field(rest);
    Ok(Extension {
        id: number(id, "the identifier")?,
        direction,
        uri: non_empty(uri).ok_or(SdpFault::Missing("URI"))?.into(),
        attributes: non_empty(attributes).map(str::to_owned),
    })
}

/// `stream track`, or `stream` alone (RFC 8830 section 2).
pub(super) fn msid(value: &str) -> Result<Msid, SdpFault> {
    let mut fields = value.split_ascii_whitespace();
    let stream = fields.next().ok_or(SdpFault::Missing("stream"))?.to_owned();
    let track = fields.next().map(str::to_owned);
    match fields.next() {
        None => Ok(Msid { stream, track }),
        Some(_) => Err(SdpFault::Surplus),
    }
}

/// `3406170103 cname:Jn6SfT6C5LKiLwEr` (RFC 5576 section 4.1).
pub(super) fn ssrc(value: &str) -> Result<SsrcAttribute, SdpFault> {
    let (ssrc, attribute) = split_field(value);
    let (name, value) = match attribute.split_once(':') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (attribute, None),
    };
    Ok(SsrcAttribute {
        ssrc: number(ssrc, "the source")?,
        name: token(name, "the name")?.to_owned(),
        value,
    })
}

/// `FID 3406170103 3100354791` (RFC 5576 section 4.2).
pub(super) fn ssrc_group(value: &str) -> Result<SsrcGroup, SdpFault> {
    let mut fields = value.split_ascii_whitespace();
    let semantics = token(fields.next().unwrap_or_default(), "semantics")?.to_owned();
    let ssrcs: Vec<u32> =
        fields.map(|field| number(field, "a source")).collect::<Result<_, _>>()?;
    if ssrcs.is_empty() {
        return Err(SdpFault::Missing("source"));
    }
    Ok(SsrcGroup { semantics, ssrcs })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions() {
        let read = extension("2/recvonly urn:x:level  a b=c").expect("an extension");
        assert_eq!((read.id, read.direction), (2, Some(Direction::RecvOnly)));
        assert_eq!((&*read.uri, read.attributes.as_deref()), ("urn:x:level", Some("a b=c")));
        assert_eq!(extension("4096 urn:x").map(|read| read.id), Ok(4096));
        assert_eq!(extension("1"), Err(SdpFault::Missing("URI")));
        assert_eq!(extension("x urn:x"), Err(SdpFault::Number("the identifier")));
        assert_eq!(extension("70000 urn:x"), Err(SdpFault::Number("the identifier")));
        assert_eq!(extension("1/both urn:x"), Err(SdpFault::Word));
    }

    #[test]
    fn streams() {
        let read = msid("{143f} {7cbf}").expect("a stream");
        assert_eq!((&*read.stream, read.track.as_deref()), ("{143f}", Some("{7cbf}")));
        assert_eq!(msid("-"), Ok(Msid { stream: "-".to_owned(), track: None }));
        assert_eq!(msid(" "), Err(SdpFault::Missing("stream")));
        assert_eq!(msid("a b c"), Err(SdpFault::Surplus));
    }

    #[test]
    fn sources_and_their_groups() {
        let read = ssrc("4294967295 msid:echo audio 1").expect("a source");
        assert_eq!((read.ssrc, &*read.name), (u32::MAX, "msid"));
        assert_eq!(read.value.as_deref(), Some("echo audio 1"));
        assert_eq!(ssrc("1 paused").map(|read| read.value), Ok(None));
        assert_eq!(ssrc("1"), Err(SdpFault::Characters("the name")));
        assert_eq!(ssrc("4294967296 cname:x"), Err(SdpFault::Number("the source")));
        let read = ssrc_group("FEC-FR 1 2").expect("a group");
        assert_eq!((&*read.semantics, &*read.ssrcs), ("FEC-FR", &[1, 2][..]));
        assert_eq!(ssrc_group("FID"), Err(SdpFault::Missing("source")));
        assert_eq!(ssrc_group("FID -1"), Err(SdpFault::Number("a source")));
        assert_eq!(ssrc_group(""), Err(SdpFault::Characters("semantics")));
    }
}
