//! The m-lines of a description: what negotiation needs of them before the engine knows them.

use std::collections::BTreeMap;

use lapwing_engine::{Direction, MediaKind};

/// Every direction that an m-line can have.
const DIRECTIONS: [Direction; 4] =
    [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];

/// An m-line for media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) mid: String,
    pub(super) kind: MediaKind,
    /// As seen from who wrote it.
    pub(super) direction: Direction,
}

/// The m-lines for media that are in use, in their order.
pub(super) fn lines(sdp: &str) -> Vec<Line> {
    sections(sdp).iter().filter_map(|section| line(section)).collect()
}

fn line(section: &[&str]) -> Option<Line> {
    let mut fields = section.first()?.strip_prefix("m=")?.split(' ');
    let kind = match fields.next()? {
        "audio" => MediaKind::Audio,
        "video" => MediaKind::Video,
        _ => return None,
    };
    let attribute = |name: &str| section.iter().find_map(|line| line.strip_prefix(name));
    // An m-line in a bundle may have port 0 without being rejected (RFC 8843 section 6).
    let rejected = fields.next()? == "0" && !section.contains(&"a=bundle-only");
    let mid = attribute("a=mid:").filter(|_| !rejected)?.to_owned();
    let named =
        DIRECTIONS.into_iter().find(|direction| section.contains(&attribute_of(*direction)));
    Some(Line { mid, kind, direction: named.unwrap_or(Direction::SendRecv) })
}

const fn attribute_of(direction: Direction) -> &'static str {
    match direction {
        Direction::SendRecv => "a=sendrecv",
        Direction::SendOnly => "a=sendonly",
        Direction::RecvOnly => "a=recvonly",
        Direction::Inactive => "a=inactive",
    }
}

/// The description with other directions for some m-lines.
pub(super) fn with_directions(sdp: &str, directions: &BTreeMap<String, Direction>) -> String {
    let mut text = String::with_capacity(sdp.len());
    for section in sections(sdp) {
        let mid = section.iter().find_map(|line| line.strip_prefix("a=mid:"));
        let wanted = mid.and_then(|mid| directions.get(mid));
        for line in section {
            let old = DIRECTIONS.into_iter().any(|direction| attribute_of(direction) == line);
            text.push_str(wanted.filter(|_| old).map_or(line, |wanted| attribute_of(*wanted)));
            text.push_str("\r\n");
        }
    }
    text
}

/// The lines of the session and of each m-line.
fn sections(sdp: &str) -> Vec<Vec<&str>> {
    let mut sections: Vec<Vec<&str>> = vec![Vec::new()];
    for line in sdp.lines() {
        if line.starts_with("m=") {
            sections.push(Vec::new());
        }
        sections.last_mut().expect("there is always a section").push(line);
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDP: &str = "v=0\r\na=sendonly\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendrecv\r\n\
        m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=recvonly\r\n\
        m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=bundle-only\r\na=mid:2\r\na=sendonly\r\n\
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:3\r\n";

    #[test]
    fn lines_in_use_are_read() {
        let read = lines(SDP);
        let seen: Vec<_> =
            read.iter().map(|line| (&line.mid[..], line.kind, line.direction)).collect();
        let expected = [
            ("0", MediaKind::Audio, Direction::SendRecv),
            ("2", MediaKind::Video, Direction::SendOnly),
        ];
        assert_eq!(seen, expected);
        for noise in ["", "m=", "m=audio", "m=audio 9", "a=mid:0\nm=video 9 x\n"] {
            assert_eq!(lines(noise), []);
        }
    }

    #[test]
    fn only_named_lines_change() {
        let wanted = [("0".to_owned(), Direction::Inactive), ("9".to_owned(), Direction::SendRecv)];
        let changed = with_directions(SDP, &wanted.into());
        assert_eq!(changed, SDP.replace("a=sendrecv", "a=inactive"));
        assert_eq!(with_directions(SDP, &BTreeMap::new()), SDP);
    }
}
