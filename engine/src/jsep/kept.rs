//! Payload types that stay, for sessions with one numbering for both directions and the whole of
//! their life.
//!
//! A peer may name a codec by another number in a later offer. The number that both sides gave it
//! before keeps its meaning (RFC 3264 section 8.3.2), so an answer may go on with it (section 6.1:
//! it SHOULD have the offer's), and what is sent may as well.

use super::format::{Spec, number, rtp_codec};
use super::numbers::Numbers;
use crate::ids::PayloadType;
use crate::sdp::{Format, MediaDescription};
use crate::session::agreed::{CodecRole, RtpCodec};

/// The formats of an answer, each under the number that its codec has, where it has one. A format
/// for retransmissions that would need another one is left out.
pub(super) fn answered(
    formats: Vec<Format>,
    offered: &MediaDescription,
    numbers: &Numbers,
) -> Vec<Format> {
    let repairs = |format: &Format| match Spec::of(format)?.role()? {
        CodecRole::Rtx { repairs } => Some(repairs),
        _ => None,
    };
    let kept = |format: &Format| {
        let key = Spec::of(format)?.key();
        let is_free = |number: &PayloadType| {
            let here = offered.formats.iter().find(|f| self::number(f) == Some(*number));
            here.and_then(Spec::of).is_none_or(|spec| spec.key() == key)
        };
        numbers.shared(&key).find(is_free)
    };
    let mut renamed: Vec<(PayloadType, PayloadType)> = Vec::new();
    for format in formats.iter().filter(|format| repairs(format).is_none()) {
        if let (Some(old), Some(new)) = (number(format), kept(format)) {
            renamed.push((old, new));
        }
    }
    let rename = |mut format: Format| {
        let Some(repaired) = repairs(&format) else {
            let old = number(&format);
            if let Some((_, new)) = renamed.iter().find(|(known, _)| Some(*known) == old) {
                format.name = new.0.to_string();
            }
            return Some(format);
        };
        let Some((_, media)) = renamed.iter().find(|(known, _)| *known == repaired) else {
            return Some(format);
        };
        format.parameters = Some(format!("apt={}", media.0));
        format.name = kept(&format)?.0.to_string();
        Some(format)
    };
    formats.into_iter().filter_map(rename).collect()
}

/// What is sent: the peer's codec, under our number for it where the peer knows that one.
pub(super) fn sent(theirs: RtpCodec, ours: &Format, numbers: &Numbers) -> RtpCodec {
    let known = Spec::of(ours)
        .zip(number(ours))
        .is_some_and(|(spec, number)| numbers.shared(&spec.key()).any(|shared| shared == number));
    match rtp_codec(ours).filter(|_| known) {
        // Their parameters are the number of what they repair.
        Some(repair) if matches!(repair.role, CodecRole::Rtx { .. }) => repair,
        Some(RtpCodec { payload_type, .. }) => RtpCodec { payload_type, ..theirs },
        None => theirs,
    }
}
