//! An m-line and what follows it.

use super::basics::{attribute, bandwidth, connection, direction, once};
use super::formats::FormatReader;
use super::layers::{rid, simulcast};
use super::lines::Line;
use super::rtp::{extension, msid, ssrc, ssrc_group};
use super::transport::TransportReader;
use crate::sdp::error::{SdpError, SdpFault};
use crate::sdp::grammar::{number, saturated, token};
use crate::sdp::limits::FORMATS_MAX;
use crate::sdp::{Format, MediaDescription, MediaName, Profile, SctpAttributes};

/// What an attribute was, and whether it could be read.
type Read = (&'static str, Result<(), SdpFault>);

/// An m-line whose attributes are being read.
pub(super) struct MediaReader {
    media: MediaDescription,
    formats: FormatReader,
}

impl MediaReader {
    /// `audio 9 UDP/TLS/RTP/SAVPF 111 0` (RFC 8866 section 5.14). A number of ports is read and
    /// means nothing in WebRTC.
    pub(super) fn begin(value: &str) -> Result<Self, SdpFault> {
        let mut fields = value.split_ascii_whitespace();
        let mut next = |field| fields.next().ok_or(SdpFault::Missing(field));
        let name = MediaName::from_name(token(next("media")?, "media")?);
        let ports = next("port")?;
        let (port, count) = ports.split_once('/').unwrap_or((ports, "1"));
        number::<u32>(count, "number of ports")?;
        let profile = Profile::from_name(next("profile")?);
        let mut formats: Vec<Format> = Vec::new();
        for format in fields {
            if formats.iter().any(|known| known.name == format) {
                continue;
            }
            if formats.len() == FORMATS_MAX {
                return Err(SdpFault::TooMany("formats", FORMATS_MAX));
            }
            formats.push(Format { name: format.to_owned(), ..Format::default() });
        }
        if formats.is_empty() {
            return Err(SdpFault::Missing("format"));
        }
        let media =
            MediaDescription { name, port: number(port, "port")?, profile, ..Default::default() };
        Ok(MediaReader { media, formats: FormatReader::new(formats) })
    }

    pub(super) fn read(
        &mut self,
        line: &Line<'_>,
        feedback_left: &mut usize,
    ) -> Result<(), SdpError> {
        let (what, read) = match line.kind {
            b'c' => {
                // Several are addresses of a layered multicast session (RFC 8866 section 5.7); the
                // first says all.
                let read = connection(line.value);
                ("c=", read.map(|value| _ = self.media.connection.get_or_insert(value)))
            }
            b'b' => ("b=", bandwidth(line.value).map(|value| self.media.bandwidth.push(value))),
            b'a' => self.read_attribute(line, feedback_left),
            // Other lines say nothing that WebRTC would need.
            _ => return Ok(()),
        };
        read.map_err(|fault| line.error(what, fault))
    }

    fn read_attribute(&mut self, line: &Line<'_>, feedback_left: &mut usize) -> Read {
        let (name, value) = line.attribute();
        if let Some(read) = self.media.transport.read(name, value) {
            return read;
        }
        let read = match value {
            Some(value) => self
                .formats
                .read(name, value, feedback_left)
                .or_else(|| read_rtp(&mut self.media, name, value))
                .or_else(|| read_sctp(&mut self.media.sctp, name, value))
                .or_else(|| read_harmless(&mut self.media, name, value)),
            None => read_flag(&mut self.media, name),
        };
        let attributes = &mut self.media.attributes;
        read.unwrap_or_else(|| ("a=", attribute(name, value).map(|other| attributes.push(other))))
    }

    pub(super) fn finish(self) -> MediaDescription {
        let mut media = MediaDescription { formats: self.formats.finish().into(), ..self.media };
        // A description is kept as long as it is in force: it has no room for more lines.
        media.extensions.shrink_to_fit();
        media.msids.shrink_to_fit();
        media.ssrcs.shrink_to_fit();
        media.ssrc_groups.shrink_to_fit();
        media.attributes.shrink_to_fit();
        media.transport.candidates.shrink_to_fit();
        media.transport.fingerprints.shrink_to_fit();
        media.transport.ice_options.shrink_to_fit();
        media
    }
}

/// Attributes without a value.
fn read_flag(media: &mut MediaDescription, name: &str) -> Option<Read> {
    if let Some(found) = direction(name, None) {
        return Some((found.attribute(), once(&mut media.direction, found)));
    }
    let (what, flag) = match name {
        "bundle-only" => ("a=bundle-only", &mut media.bundle_only),
        "rtcp-mux" => ("a=rtcp-mux", &mut media.rtcp_mux),
        "rtcp-mux-only" => ("a=rtcp-mux-only", &mut media.rtcp_mux_only),
        "rtcp-rsize" => ("a=rtcp-rsize", &mut media.rtcp_rsize),
        "extmap-allow-mixed" => ("a=extmap-allow-mixed", &mut media.extmap_allow_mixed),
        _ => return None,
    };
    *flag = true;
    Some((what, Ok(())))
}

/// What media are, and their streams.
fn read_rtp(media: &mut MediaDescription, name: &str, value: &str) -> Option<Read> {
    Some(match name {
        "mid" => {
            let mid = token(value, "the name");
            ("a=mid", mid.and_then(|mid| once(&mut media.mid, mid.to_owned())))
        }
        "extmap" => ("a=extmap", extension(value).map(|value| media.extensions.push(value))),
        "msid" => ("a=msid", msid(value).map(|value| media.msids.push(value))),
        "ssrc" => ("a=ssrc", ssrc(value).map(|value| media.ssrcs.push(value))),
        "ssrc-group" => {
            ("a=ssrc-group", ssrc_group(value).map(|value| media.ssrc_groups.push(value)))
        }
        "simulcast" => {
            let read = simulcast(value);
            ("a=simulcast", read.and_then(|value| once(&mut media.simulcast, value)))
        }
        _ => return None,
    })
}

/// Data channels. A size that is wider than 64 bits is the largest there is.
fn read_sctp(sctp: &mut SctpAttributes, name: &str, value: &str) -> Option<Read> {
    let text = || value.to_owned();
    Some(match name {
        "sctp-port" => {
            let port = number(value, "port");
            ("a=sctp-port", port.and_then(|port| once(&mut sctp.port, port)))
        }
        "max-message-size" => {
            let size = saturated(value, "size");
            let place = &mut sctp.max_message_size;
            ("a=max-message-size", size.and_then(|size| once(place, size)))
        }
        "sctpmap" => ("a=sctpmap", once(&mut sctp.map, text())),
        "sctp-init" => ("a=sctp-init", once(&mut sctp.init, text())),
        _ => return None,
    })
}

/// Attributes that help where they can be read. Where they cannot, or say it twice, they are kept
/// as they stand.
fn read_harmless(media: &mut MediaDescription, name: &str, value: &str) -> Option<Read> {
    let taken = match name {
        "rtcp" => first(&mut media.rtcp, Some(value.to_owned())),
        "ptime" => first(&mut media.ptime_ms, number(value, "").ok()),
        "maxptime" => first(&mut media.max_ptime_ms, number(value, "").ok()),
        "rid" => rid(value).map(|rid| media.rids.push(rid)).is_some(),
        _ => false,
    };
    taken.then_some(("a=", Ok(())))
}

/// Takes what can be read, once.
fn first<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let takes = place.is_none() && value.is_some();
    if takes {
        *place = value;
    }
    takes
}
