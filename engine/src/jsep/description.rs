//! Session descriptions, and what is read from them beside the session.

use serde::{Deserialize, Serialize};

use super::error::NegotiationError;
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::ids::Mid;

/// Largest description taken, in bytes. A call with a hundred m-lines of a browser is half of it.
pub const SDP_BYTES_MAX: usize = 512 << 10;

/// Most m-lines taken: enough for fifty participants with audio and video each, twice over.
const MEDIA_LINES_MAX: usize = 256;

/// Offer or answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SdpType {
    /// Proposes.
    Offer,
    /// Settles.
    Answer,
}

/// `RTCSessionDescription`: SDP and what it is meant as. Its serialised form is the W3C's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDescription {
    /// Offer or answer.
    #[serde(rename = "type")]
    pub kind: SdpType,
    /// The text.
    pub sdp: String,
}

/// What one m-line says beside what the session needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MediaSummary {
    pub(super) mid: String,
    pub(super) is_data: bool,
    /// Of sound and pictures.
    pub(super) kind: Option<MediaKind>,
    pub(super) rejected: bool,
    /// Sound or pictures, of which no codec is known on both sides.
    pub(super) no_common_codec: bool,
    pub(super) stream_id: Option<String>,
    pub(super) track_id: Option<String>,
    pub(super) max_message_bytes: Option<usize>,
}

/// Reads the summary of every m-line, within limits.
pub(super) fn summarise(sdp: &str) -> Result<Vec<MediaSummary>, NegotiationError> {
    if sdp.len() > SDP_BYTES_MAX {
        return Err(NegotiationError::TooLarge(sdp.len()));
    }
    let count = sdp.lines().filter(|line| line.starts_with("m=")).count();
    if count > MEDIA_LINES_MAX {
        return Err(NegotiationError::TooManyMediaLines(count));
    }
    let mut media: Vec<MediaSummary> = Vec::with_capacity(count);
    for line in sdp.lines() {
        if let Some(rest) = line.strip_prefix("m=") {
            media.push(media_line(rest));
        } else if let (Some(last), Some(attribute)) = (media.last_mut(), line.strip_prefix("a=")) {
            read_attribute(last, attribute.trim_end());
        }
    }
    Ok(media)
}

fn media_line(rest: &str) -> MediaSummary {
    let mut fields = rest.split(' ');
    let media = fields.next();
    MediaSummary {
        is_data: media == Some("application"),
        kind: match media {
            Some("audio") => Some(MediaKind::Audio),
            Some("video") => Some(MediaKind::Video),
            _ => None,
        },
        rejected: fields.next() == Some("0"),
        ..MediaSummary::default()
    }
}

fn read_attribute(media: &mut MediaSummary, attribute: &str) {
    let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
    match name {
        "mid" => media.mid = value.to_owned(),
        // An m-line in a bundle may have port 0 without being rejected (RFC 8843 section 6).
        "bundle-only" => media.rejected = false,
        "msid" => {
            let mut ids = value.split(' ');
            media.stream_id = ids.next().filter(|id| *id != "-").map(str::to_owned);
            media.track_id = ids.next().map(str::to_owned);
        }
        "max-message-size" => media.max_message_bytes = value.parse().ok(),
        _ => {}
    }
}

/// Rewrites the direction of one m-line.
pub(super) fn with_direction(sdp: &str, mid: Mid, direction: Direction) -> String {
    const ALL: [Direction; 4] =
        [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
    let mut sections: Vec<String> = Vec::new();
    for line in sdp.lines() {
        if line.starts_with("m=") || sections.is_empty() {
            sections.push(String::new());
        }
        let section = sections.last_mut().expect("a section was just begun");
        section.push_str(line);
        section.push_str("\r\n");
    }
    let wanted = format!("a=mid:{mid}\r\n");
    for section in sections.iter_mut().filter(|section| section.contains(&wanted)) {
        for old in ALL {
            let line = format!("\r\na={}\r\n", old.name());
            *section = section.replace(&line, &format!("\r\na={}\r\n", direction.name()));
        }
    }
    sections.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDP: &str = "v=0\r\na=group:BUNDLE 0 1\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendrecv\r\na=msid:stream track\r\n\
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:1\r\na=max-message-size:262144\r\n";

    #[test]
    fn summary_of_each_line() {
        let media = summarise(SDP).expect("within limits");
        assert_eq!(media.len(), 2);
        assert_eq!(media[0].stream_id.as_deref(), Some("stream"));
        assert!(media[1].is_data && !media[1].rejected);
        assert_eq!(media[1].max_message_bytes, Some(262_144));
    }

    #[test]
    fn limits_hold() {
        let lines = "m=audio 9 X 0\r\n".repeat(MEDIA_LINES_MAX + 1);
        assert_eq!(summarise(&lines), Err(NegotiationError::TooManyMediaLines(257)));
        let long = "a".repeat(SDP_BYTES_MAX + 1);
        assert_eq!(summarise(&long), Err(NegotiationError::TooLarge(SDP_BYTES_MAX + 1)));
    }

    #[test]
    fn only_the_named_line_changes_direction() {
        let mid = Mid::new("0").expect("a short token");
        let changed = with_direction(SDP, mid, Direction::RecvOnly);
        assert!(changed.contains("a=mid:0\r\na=recvonly\r\n"));
        let other = Mid::new("1").expect("a short token");
        assert_eq!(with_direction(SDP, other, Direction::RecvOnly), SDP);
    }
}
