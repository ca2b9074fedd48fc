//! What is read from a description itself.

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

/// The first `a=setup` of a description.
pub(super) fn setup(sdp: &str) -> Option<&str> {
    sdp.lines().find_map(|line| line.strip_prefix("a=setup:"))
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
        assert_eq!(rejected_lines(SDP), ["0"]);
        assert_eq!(setup(SDP), Some("active"));
    }
}
