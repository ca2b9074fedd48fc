//! M-lines stay where they are (RFC 9429 sections 5.2.2 and 5.3.1, RFC 3264 section 8).

use super::error::DescriptionFault as Fault;
use super::line::{self, LineKind};
use super::state::Line;
use crate::sdp::{Description, MediaDescription};

/// The m-lines of an offer against those that were settled: a line stays in its place, unless it
/// was rejected. One that is rejected needs nothing but port 0.
pub(super) fn check_offer(offer: &Description, lines: &[Line]) -> Result<(), Fault> {
    let (expected, found) = (lines.len(), offer.media.len());
    if found < expected {
        return Err(Fault::LineCount { expected, found });
    }
    for (index, media) in offer.media.iter().enumerate() {
        let before = lines.iter().position(|line| media.mid.as_deref() == Some(line.mid.as_str()));
        let stays = match (lines.get(index), before) {
            // A rejected m-line may keep the name of one that was rejected before.
            (_, Some(place)) if place != index => false,
            (None, _) => true,
            (Some(line), _) if line.free => true,
            (Some(line), None) if media.mid.is_some() && line.named => false,
            (Some(line), _) => is_like(media, line.kind, true),
        };
        if !stays {
            return Err(Fault::Order(index));
        }
    }
    Ok(())
}

/// The m-lines of an answer against those of its offer.
pub(super) fn check_answer(answer: &Description, offer: &Description) -> Result<(), Fault> {
    let (expected, found) = (offer.media.len(), answer.media.len());
    if expected != found {
        return Err(Fault::LineCount { expected, found });
    }
    for (index, (media, offered)) in answer.media.iter().zip(&offer.media).enumerate() {
        let is_named = media.mid.is_none() || media.mid == offered.mid;
        if !is_named || media.name != offered.name {
            return Err(Fault::Order(index));
        }
        let rejected = line::is_rejected(media, false);
        if !rejected && !is_like(media, line::kind(offered), false) {
            return Err(Fault::Order(index));
        }
        if !rejected && line::is_rejected(offered, true) {
            return Err(Fault::Revived(index));
        }
    }
    Ok(())
}

fn is_like(media: &MediaDescription, kind: LineKind, is_offer: bool) -> bool {
    line::is_rejected(media, is_offer) || line::kind(media) == kind
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::MediaKind;
    use crate::ids::Mid;
    use crate::sdp::MediaName;

    fn media(text: &str) -> MediaDescription {
        let (kind, mid) = text.split_once(' ').expect("a kind and a name");
        let rejected = kind.ends_with('0');
        MediaDescription {
            name: if kind.starts_with('a') { MediaName::Audio } else { MediaName::Video },
            port: if rejected { 0 } else { 9 },
            mid: Some(mid.to_owned()).filter(|mid| mid != "-"),
            ..MediaDescription::default()
        }
    }

    fn description(lines: &[&str]) -> Description {
        Description {
            media: lines.iter().map(|line| media(line)).collect(),
            ..Description::default()
        }
    }

    fn line(mid: &str, named: bool, free: bool) -> Line {
        let mid = Mid::new(mid).expect("a token");
        Line { mid, named, kind: LineKind::Media(MediaKind::Audio), free }
    }

    #[test]
    fn places_of_later_offers() {
        let known = [line("x", true, false), line("y", true, true), line("5", false, false)];
        for (offer, expected) in [
            (&["a x", "a0 y", "a -"][..], Ok(())),
            (&["a x", "a y", "a -"], Ok(())),
            (&["a x", "v z", "a 6"], Ok(())),
            (&["a x", "a0 -", "a -", "v w"], Ok(())),
            (&["a0 -", "a0 -", "a0 -"], Ok(())),
            (&["a -", "a0 y", "a -"], Ok(())),
            (&["a x", "a0 y"], Err(Fault::LineCount { expected: 3, found: 2 })),
            (&["a w", "a0 y", "a -"], Err(Fault::Order(0))),
            (&["v x", "a0 y", "a -"], Err(Fault::Order(0))),
            (&["a y", "a0 x", "a -"], Err(Fault::Order(0))),
            (&["a x", "a0 y", "v -"], Err(Fault::Order(2))),
            (&["a x", "a0 y", "a -", "a y"], Err(Fault::Order(3))),
        ] {
            assert_eq!(check_offer(&description(offer), &known), expected, "{offer:?}");
        }
    }

    #[test]
    fn places_of_answers() {
        let offer = description(&["a x", "v0 y", "v z"]);
        for (answer, expected) in [
            (&["a x", "v0 y", "v z"][..], Ok(())),
            (&["a0 -", "v0 -", "v0 z"], Ok(())),
            (&["a x", "v0 y"], Err(Fault::LineCount { expected: 3, found: 2 })),
            (&["a x", "v y", "v z"], Err(Fault::Revived(1))),
            (&["a z", "v0 y", "v x"], Err(Fault::Order(0))),
            (&["a x", "v0 y", "a z"], Err(Fault::Order(2))),
            (&["v0 x", "v0 y", "v z"], Err(Fault::Order(0))),
        ] {
            assert_eq!(check_answer(&description(answer), &offer), expected, "{answer:?}");
        }
    }
}
