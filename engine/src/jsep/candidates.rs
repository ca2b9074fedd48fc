//! Candidates inside of descriptions (RFC 8839 section 5.1, RFC 8840 section 4.4).

use crate::candidate::IceCandidate;

const CANDIDATE: &str = "a=candidate:";

const END: &str = "a=end-of-candidates";

/// The candidates of the peer's description that can be read, each once. Where they stand counts for nothing: what
/// is negotiated has one transport. Their number was judged with the description.
pub(super) fn candidates(sdp: &str) -> Vec<IceCandidate> {
    let mut candidates = Vec::new();
    for line in sdp.lines().filter(|line| line.starts_with(CANDIDATE)) {
        match IceCandidate::parse(line) {
            Ok(candidate) if candidates.contains(&candidate) => {}
            Ok(candidate) => candidates.push(candidate),
            Err(error) => tracing::debug!(%error, "a candidate in a description is passed over"),
        }
    }
    candidates
}

/// Our description with these candidates instead of those that it has, and their end where they are `complete`.
/// They stand in the m-line that carries the transport of all: the first that is not rejected (RFC 9429 section 5.2.1).
pub(super) fn with_candidates(sdp: &str, candidates: &[IceCandidate], complete: bool) -> String {
    let others = |line: &&str| !line.starts_with(CANDIDATE) && *line != END;
    let lines: Vec<&str> = sdp.lines().filter(others).collect();
    let begins = |line: &str| line.starts_with("m=");
    let taken = |line: &str| begins(line) && line.split(' ').nth(1) != Some("0");
    let Some(start) = lines.iter().position(|line| taken(line)) else { return sdp.to_owned() };
    let next = lines[start + 1..].iter().position(|line| begins(line));
    let end = next.map_or(lines.len(), |next| start + 1 + next);
    let ufrag = lines[start..end].iter().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
    let line = |candidate: &IceCandidate| {
        let ufrag = ufrag.map(str::to_owned);
        format!("a={}", IceCandidate { ufrag, ..candidate.clone() })
    };
    let ours: Vec<String> = candidates.iter().map(line).collect();
    let head = lines[..end].iter().copied().chain(ours.iter().map(String::as_str));
    joined(head.chain(complete.then_some(END)).chain(lines[end..].iter().copied()))
}

fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.flat_map(|line| [line, "\r\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDP: &str = "v=0\r\na=group:BUNDLE 1 2\r\nm=audio 0 X 0\r\na=mid:0\r\n\
        m=audio 9 X 0\r\na=ice-ufrag:new\r\na=mid:1\r\nm=video 9 X 96\r\na=mid:2\r\n";

    const LINE: &str = "candidate:1 1 udp 2113937151 192.0.2.1 5000 typ host";

    #[test]
    fn every_form_of_a_candidate_is_read_as_a_trickled_one() {
        for (line, expected) in [
            (LINE.to_owned(), LINE),
            (format!("{LINE} "), LINE),
            (format!("{LINE} x-colour blue"), LINE),
            (
                format!("{LINE} generation 0 ufrag abcd network-id 1 network-cost 10"),
                "candidate:1 1 udp 2113937151 192.0.2.1 5000 typ host ufrag abcd",
            ),
            (
                "candidate:1 1 UDP 2113937151 8b3fe0a1.local 5000 typ host generation 0".to_owned(),
                "candidate:1 1 udp 2113937151 8b3fe0a1.local 5000 typ host",
            ),
        ] {
            let sdp = format!("{SDP}a={line}\r\na={line}\r\na=candidate:broken\r\n{END}\r\n");
            let texts: Vec<_> = candidates(&sdp).iter().map(ToString::to_string).collect();
            assert_eq!(texts, [expected]);
        }
        assert_eq!(candidates(SDP), []);
    }

    #[test]
    fn ours_stand_where_the_transport_is_under_its_user_fragment() {
        let candidate = IceCandidate::parse(&format!("{LINE} ufrag old")).expect("a valid line");
        let some = with_candidates(SDP, std::slice::from_ref(&candidate), false);
        let expected = SDP.replace("a=mid:1\r\n", &format!("a=mid:1\r\na={LINE} ufrag new\r\n"));
        assert_eq!(some, expected);
        let all = with_candidates(&some, &[candidate.clone(), candidate], true);
        let twice = format!("a=mid:1\r\na={LINE} ufrag new\r\na={LINE} ufrag new\r\n{END}\r\n");
        assert_eq!(all, SDP.replace("a=mid:1\r\n", &twice));
        assert_eq!(with_candidates("v=0\r\n", &[], true), "v=0\r\n");
    }
}
