//! The m-lines of a description: what has to be known before the engine tells of them, and what it
//! cannot be told.

use std::collections::BTreeMap;

use lapwing_engine::{Direction, MediaKind, Mid};

const DIRECTIONS: [Direction; 4] =
    [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];

/// An m-line for media that is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) mid: Mid,
    pub(super) kind: MediaKind,
    /// As seen from who wrote it.
    pub(super) direction: Direction,
}

/// The m-lines for media that are in use, in their order.
pub(super) fn media_lines(sdp: &str) -> Vec<Line> {
    sections(sdp).iter().filter_map(|section| media_line(section)).collect()
}

fn media_line(section: &[&str]) -> Option<Line> {
    let kind = match section.first()?.split(' ').next()? {
        "m=audio" => MediaKind::Audio,
        "m=video" => MediaKind::Video,
        _ => return None,
    };
    let mid = Mid::new(attribute(section, "a=mid:")?).filter(|_| in_use(section))?;
    let named = DIRECTIONS.into_iter().find(|direction| section.contains(&line_of(*direction)));
    Some(Line { mid, kind, direction: named.unwrap_or(Direction::SendRecv) })
}

/// An m-line in a bundle may have port 0 without being rejected (RFC 8843 section 6).
fn in_use(section: &[&str]) -> bool {
    let port = section.first().and_then(|line| line.split(' ').nth(1));
    port.is_some_and(|port| port != "0") || section.contains(&"a=bundle-only")
}

/// The m-lines that are rejected, or stopped.
pub(super) fn rejected_lines(sdp: &str) -> Vec<String> {
    let sections = sections(sdp);
    let rejected = sections.iter().skip(1).filter(|section| !in_use(section));
    rejected.filter_map(|section| attribute(section, "a=mid:")).map(str::to_owned).collect()
}

/// Name and place of the m-line whose transport carries all.
pub(super) fn transport_line(sdp: &str) -> Option<(String, usize)> {
    let sections = sections(sdp);
    let mut numbered = sections.iter().skip(1).enumerate();
    numbered.find_map(|(index, section)| {
        let mid = attribute(section, "a=mid:").filter(|_| in_use(section))?;
        Some((mid.to_owned(), index))
    })
}

/// The first `a=setup` of a description.
pub(super) fn setup(sdp: &str) -> Option<&str> {
    sdp.lines().find_map(|line| line.strip_prefix("a=setup:"))
}

/// The description with other directions for some m-lines.
pub(super) fn with_directions(sdp: &str, directions: &BTreeMap<Mid, Direction>) -> String {
    let mut text = String::with_capacity(sdp.len());
    for section in sections(sdp) {
        let mid = attribute(&section, "a=mid:").and_then(Mid::new);
        let wanted = mid.and_then(|mid| directions.get(&mid));
        for line in section {
            let old = DIRECTIONS.into_iter().any(|direction| line_of(direction) == line);
            text.push_str(wanted.filter(|_| old).map_or(line, |wanted| line_of(*wanted)));
            text.push_str("\r\n");
        }
    }
    text
}

const fn line_of(direction: Direction) -> &'static str {
    match direction {
        Direction::SendRecv => "a=sendrecv",
        Direction::SendOnly => "a=sendonly",
        Direction::RecvOnly => "a=recvonly",
        Direction::Inactive => "a=inactive",
    }
}

fn attribute<'a>(section: &[&'a str], name: &str) -> Option<&'a str> {
    section.iter().find_map(|line| line.strip_prefix(name))
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

    const SDP: &str = "v=0\r\nm=video 0 X 96\r\na=mid:0\r\na=inactive\r\n\
        m=audio 9 X 111\r\na=setup:active\r\na=mid:1\r\na=sendonly\r\n\
        m=application 9 X y\r\na=mid:2\r\nm=video 0 X 96\r\na=bundle-only\r\na=mid:3\r\n";

    #[test]
    fn lines_are_told_apart() {
        let (one, three) = (Mid::new("1").unwrap(), Mid::new("3").unwrap());
        let audio = Line { mid: one, kind: MediaKind::Audio, direction: Direction::SendOnly };
        let video = Line { mid: three, kind: MediaKind::Video, direction: Direction::SendRecv };
        assert_eq!(media_lines(SDP), [audio, video]);
        assert_eq!(rejected_lines(SDP), ["0"]);
        assert_eq!(transport_line(SDP), Some(("1".to_owned(), 1)));
        assert_eq!(setup(SDP), Some("active"));
        let directions = [(one, Direction::Inactive)].into();
        let changed = SDP.replace("a=sendonly", "a=inactive");
        assert_eq!(with_directions(SDP, &directions), changed);
    }
}
