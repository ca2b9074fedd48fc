//! Offers as other stacks wrote them. The file offers, so the cell is played once, and whoever is
//! the peer answers.

use serde_json::json;

use super::sdp_edits::{attribute, real_offers};
use crate::wall::{Case, Played, Role, Scene, Side, Stop};

pub(super) const CASE: Case = Case::new(
    "Fifteen offers that other stacks wrote, from a file, are answered line for line",
    "RFC 9429 section 5.3.1, RFC 3264 section 6",
    play,
)
.roles(&[Role::WeOffer])
.within(100);

/// Tries every offer, so that one that is refused hides no other.
fn play(scene: &mut Scene<'_>) -> Played {
    let answerer = scene.answerer();
    let mut faults = Vec::new();
    for (stack, offer) in real_offers() {
        scene.open(answerer, json!({}))?;
        match answered(scene, answerer, &offer) {
            Ok(()) => {}
            Err(Stop::Fault(fault)) => faults.push(format!("{stack}: {fault}")),
            Err(other) => return Err(other),
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Stop::Fault(faults.join("; "))) }
}

fn answered(scene: &mut Scene<'_>, answerer: Side, offer: &str) -> Played {
    let answer = scene.answer(answerer, offer)?;
    let (offered, answered) = (sections(offer), sections(&answer));
    if offered.len() != answered.len() {
        let (they, we) = (offered.len(), answered.len());
        return Err(Stop::Fault(format!("{they} m-lines are answered with {we}")));
    }
    for (index, (offer, answer)) in offered.iter().zip(&answered).enumerate() {
        let usable = usable(scene, answerer, offer);
        fits(offer, answer, usable)
            .map_err(|fault| Stop::Fault(format!("m-line {index}: {fault}")))?;
    }
    Ok(())
}

/// An m-line and what belongs to it.
fn sections(sdp: &str) -> Vec<String> {
    let sdp = sdp.replace("\r\n", "\n");
    sdp.split("\nm=").skip(1).map(str::to_owned).collect()
}

/// The answerer has what it takes for this m-line.
fn usable(scene: &Scene<'_>, answerer: Side, section: &str) -> bool {
    let ready = scene.ready(answerer);
    if section.starts_with("application") {
        return ready.can("data");
    }
    let maps = section.lines().filter_map(|line| line.strip_prefix("a=rtpmap:"));
    let names = maps.filter_map(|map| map.split([' ', '/']).nth(1));
    let kind = if section.starts_with("audio") { &ready.audio } else { &ready.video };
    names.into_iter().any(|name| kind.iter().any(|has| has.eq_ignore_ascii_case(name)))
}

/// Whether an m-line is answered as RFC 3264 section 6 has it.
fn fits(offer: &str, answer: &str, usable: bool) -> Result<(), String> {
    let [offered, answered] = [offer, answer].map(|section| {
        let line = section.lines().next().unwrap_or_default();
        line.split(' ').collect::<Vec<_>>()
    });
    for (place, what) in [(0, "media"), (2, "profile")] {
        if offered.get(place) != answered.get(place) {
            return Err(format!("another {what}: {}", answered.join(" ")));
        }
    }
    if answered.get(1) == Some(&"0") {
        return if usable { Err("rejected".to_owned()) } else { Ok(()) };
    }
    if let Some(format) = answered.iter().skip(3).find(|format| !offered[3..].contains(format)) {
        return Err(format!("format {format} was not offered"));
    }
    match (attribute(offer, "mid"), attribute(answer, "mid")) {
        (None, _) => Ok(()),
        (Some(mid), Some(answered)) if mid == answered => Ok(()),
        (Some(mid), None) => Err(format!("mid {mid} is left out")),
        (Some(mid), Some(answered)) => Err(format!("mid {mid} is answered as {answered}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "audio 9 UDP/TLS/RTP/SAVPF 111 0\na=mid:0\na=rtpmap:111 opus/48000/2";

    #[test]
    fn answers_fit_or_do_not() {
        let answer = |line: &str| fits(OFFER, line, true);
        assert_eq!(answer("audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0"), Ok(()));
        for wrong in [
            "video 9 UDP/TLS/RTP/SAVPF 111\na=mid:0",
            "audio 9 RTP/SAVPF 111\na=mid:0",
            "audio 9 UDP/TLS/RTP/SAVPF 96\na=mid:0",
            "audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:a",
            "audio 0 UDP/TLS/RTP/SAVPF 111\na=mid:0",
        ] {
            assert!(answer(wrong).is_err(), "{wrong}");
        }
        assert_eq!(fits(OFFER, "audio 0 UDP/TLS/RTP/SAVPF 111", false), Ok(()));
        let unnamed = "audio 9 UDP/TLS/RTP/SAVPF 111";
        assert_eq!(fits(unnamed, "audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0", true), Ok(()));
        assert!(fits(OFFER, unnamed, true).is_err());
    }

    #[test]
    fn sections_are_m_lines() {
        let sdp = format!("v=0\r\nm={OFFER}\r\nm=video 9 X 1\r\n");
        assert_eq!(sections(&sdp).len(), 2);
        assert_eq!(sections(&sdp)[0], OFFER);
    }
}
