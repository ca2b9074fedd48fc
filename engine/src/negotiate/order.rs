//! M-lines stay where they are (RFC 9429 sections 5.2.2 and 5.3.1, RFC 3264 section 8).

use super::error::DescriptionFault as Fault;
use super::jsep::Line;
use super::line::{self, LineKind};
use crate::sdp::{Description, MediaDescription};

/// The m-lines of an offer against those that were settled: a line stays in its place, unless it was rejected. One that is
/// rejected needs nothing but port 0.
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
