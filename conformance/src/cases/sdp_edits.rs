//! What cases do to descriptions on their way.

use crate::wall::{Played, Scene};

/// What is done to a description.
pub(super) type Edit = fn(&str) -> String;

/// Oddities, each with what it is called: legal by the RFCs, written by real stacks.
pub(super) const ODDITIES: [(&str, Edit); 5] = [
    ("lines end with LF", |sdp| sdp.replace("\r\n", "\n")),
    ("an unknown attribute in the session", |sdp| {
        sdp.replacen("\r\nm=", "\r\na=x-unknown:1 2 3\r\nm=", 1)
    }),
    ("an unknown attribute in the m-line", |sdp| format!("{sdp}a=x-unknown\r\n")),
    ("the hash's name in upper case", |sdp| {
        sdp.replace("a=fingerprint:sha-256", "a=fingerprint:SHA-256")
    }),
    ("a bandwidth line", |sdp| after_first_media(sdp, "b=AS:512")),
];

/// Offers that other stacks made on the wall, each with its author and without its candidates.
/// A line `# NAME VERSION` begins each.
pub(super) fn real_offers() -> impl Iterator<Item = (&'static str, String)> {
    let file = include_str!("real_offers.sdp").trim_start_matches("# ");
    file.split("\n# ").filter_map(|offer| {
        let (stack, sdp) = offer.split_once('\n')?;
        Some((stack, edit_lines(sdp, |line| (!line.is_empty()).then(|| line.to_owned()))))
    })
}

/// With feedback and parameters of a payload type that is not listed: Firefox leaves such lines
/// after its codecs were chosen.
pub(super) fn with_orphans(sdp: &str) -> String {
    format!("{sdp}a=rtcp-fb:77 nack\r\na=fmtp:77 apt=78\r\n")
}

/// With no direction, which means both.
pub(super) fn without_direction(sdp: &str) -> String {
    sdp.replace("a=sendrecv\r\n", "")
}

/// The value of the first attribute of this name.
pub(super) fn attribute<'a>(sdp: &'a str, name: &str) -> Option<&'a str> {
    let mut attributes = sdp.lines().filter_map(|line| line.strip_prefix("a="));
    attributes.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
}

/// An answer rejects its m-line of this kind.
pub(super) fn rejected(sdp: &str, kind: &str) -> bool {
    sdp.lines().any(|line| line.starts_with(&format!("m={kind} 0 ")))
}

/// With the fingerprint of another certificate.
pub(super) fn with_other_fingerprint(sdp: &str) -> String {
    edit_lines(sdp, |line| {
        if !line.starts_with("a=fingerprint:") {
            return Some(line.to_owned());
        }
        // The last digit is another one.
        let (rest, last) = line.split_at(line.len() - 1);
        Some(format!("{rest}{}", if last == "0" { '1' } else { '0' }))
    })
}

/// With the mids of the group in the reverse order. Another m-line names the transport then, so
/// each has the candidates.
pub(super) fn group_reversed(sdp: &str) -> String {
    let candidates: Vec<&str> =
        sdp.lines().filter(|line| line.starts_with("a=candidate:")).collect();
    let sections = sdp.split("\r\nm=").count();
    let mut section = 0;
    let edited = edit_lines(sdp, |line| {
        if line.starts_with("a=candidate:") {
            return None;
        }
        if let Some(mids) = line.strip_prefix("a=group:BUNDLE ") {
            let mids: Vec<&str> = mids.split(' ').rev().collect();
            return Some(format!("a=group:BUNDLE {}", mids.join(" ")));
        }
        section += usize::from(line.starts_with("m="));
        let ends_section = line.starts_with("m=") && section > 1;
        let before = if ends_section { lines(&candidates) } else { String::new() };
        Some(format!("{before}{line}"))
    });
    if sections > 1 { edited + &lines(&candidates) } else { edited }
}

fn lines(all: &[&str]) -> String {
    all.iter().map(|line| format!("{line}\r\n")).collect()
}

/// Without a group.
pub(super) fn without_group(sdp: &str) -> String {
    edit_lines(sdp, |line| (!line.starts_with("a=group:")).then(|| line.to_owned()))
}

/// With video codecs that nobody knows.
pub(super) fn with_unknown_video(sdp: &str) -> String {
    let mut in_video = false;
    edit_lines(sdp, |line| {
        if line.starts_with("m=") {
            in_video = line.starts_with("m=video");
        }
        let map = line.strip_prefix("a=rtpmap:").filter(|_| in_video);
        let Some((number, _)) = map.and_then(|map| map.split_once(' ')) else {
            return Some(line.to_owned());
        };
        Some(format!("a=rtpmap:{number} x-nobody-{number}/90000"))
    })
}

/// Without what asks for lost packets, and without a stream for sending them again.
pub(super) fn without_repeats(sdp: &str) -> String {
    let values = |name: &'static str| sdp.lines().filter_map(move |line| line.strip_prefix(name));
    let repeats: Vec<&str> = values("a=rtpmap:")
        .filter_map(|value| value.split_once(' '))
        .filter_map(|(number, name)| name.starts_with("rtx/").then_some(number))
        .collect();
    let sources: Vec<&str> =
        values("a=ssrc-group:FID ").filter_map(|group| group.split(' ').nth(1)).collect();
    edit_lines(sdp, |line| {
        let subject =
            |name: &str| line.strip_prefix(name).and_then(|value| value.split([' ', '/']).next());
        let of_repeats = ["a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"]
            .iter()
            .any(|name| subject(name).is_some_and(|number| repeats.contains(&number)));
        let of_source = subject("a=ssrc:").is_some_and(|source| sources.contains(&source));
        let asks = line.starts_with("a=rtcp-fb:") && line.ends_with(" nack");
        if of_repeats || of_source || asks || line.starts_with("a=ssrc-group:FID ") {
            return None;
        }
        if !line.starts_with("m=video") {
            return Some(line.to_owned());
        }
        let kept: Vec<&str> = line.split(' ').filter(|word| !repeats.contains(word)).collect();
        Some(kept.join(" "))
    })
}

/// With a line where connection and bandwidth lines stand in the first m-line.
fn after_first_media(sdp: &str, more: &str) -> String {
    let mut done = false;
    let mut in_media = false;
    let mut out = String::new();
    for line in sdp.lines() {
        in_media |= line.starts_with("m=");
        if in_media && !done && line.starts_with("a=") {
            done = true;
            out.push_str(more);
            out.push_str("\r\n");
        }
        out.push_str(line);
        out.push_str("\r\n");
    }
    out
}

/// An exchange in which the offer is edited on its way, and what it leads to.
pub(super) fn connects_with(scene: &mut Scene<'_>, edit: Edit) -> Played {
    let (offerer, answerer) = (scene.offerer(), scene.answerer());
    scene.open_both()?;
    let content = scene.content()?;
    let offer = scene.offer(offerer)?;
    let answer = scene.answer(answerer, &edit(&offer))?;
    scene.accept(offerer, &answer)?;
    scene.connected()?;
    scene.content_arrives(&content)
}

fn edit_lines(sdp: &str, edit: impl FnMut(&str) -> Option<String>) -> String {
    let lines: Vec<String> = sdp.lines().filter_map(edit).collect();
    lines.join("\r\n") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n\
        a=sendrecv\r\na=fingerprint:sha-256 AB:C0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n";

    #[test]
    fn each_edit_changes_something() {
        for (name, edit) in ODDITIES {
            assert_ne!(edit(OFFER), OFFER, "{name}");
        }
        assert!(with_orphans(OFFER).contains("a=rtcp-fb:77"));
        let repeats = OFFER.replace("SAVPF 96", "SAVPF 96 97")
            + "a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\n\
               a=fmtp:97 apt=96\r\na=ssrc-group:FID 1 2\r\na=ssrc:1 cname:a\r\na=ssrc:2 cname:a\r\n";
        let left = OFFER.to_owned() + "a=rtcp-fb:96 nack pli\r\na=ssrc:1 cname:a\r\n";
        assert_eq!(without_repeats(&repeats), left);
        assert!(!without_direction(OFFER).contains("a=sendrecv"));
        assert!(with_other_fingerprint(OFFER).contains("AB:C1"));
        let reversed = group_reversed(&format!("{OFFER}a=candidate:1\r\n"));
        assert!(reversed.contains("BUNDLE 1 0"));
        assert!(reversed.contains("AB:C0\r\na=candidate:1\r\nm=video"), "{reversed}");
        assert!(reversed.ends_with("VP8/90000\r\na=candidate:1\r\n"), "{reversed}");
        assert!(!without_group(OFFER).contains("BUNDLE"));
        assert!(with_unknown_video(OFFER).contains("a=rtpmap:96 x-nobody-96/90000"));
    }

    #[test]
    fn the_file_has_whole_offers() {
        let offers: Vec<_> = real_offers().collect();
        assert_eq!(offers.len(), 15);
        for (stack, sdp) in offers {
            assert!(sdp.starts_with("v=0\r\n"), "{stack}");
            assert!(attribute(&sdp, "fingerprint").is_some(), "{stack}");
            assert!(sdp.contains("\r\nm="), "{stack}");
        }
    }

    #[test]
    fn lines_that_carry_bandwidth_come_before_attributes() {
        let edited = after_first_media(OFFER, "b=AS:512");
        assert!(edited.contains("0.0.0.0\r\nb=AS:512\r\na=mid:0"), "{edited}");
    }

    #[test]
    fn attributes_are_found() {
        assert_eq!(attribute(OFFER, "mid"), Some("0"));
        assert_eq!(attribute(OFFER, "ice-ufrag"), None);
        assert!(rejected("m=video 0 X 1", "video") && !rejected(OFFER, "video"));
    }
}
