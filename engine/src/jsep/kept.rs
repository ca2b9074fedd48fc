//! Payload types that stay, for sessions with one numbering for both directions and the whole of
//! their life.
//!
//! A peer may name a codec by another number in a later offer. The number that both sides gave it
//! before keeps its meaning (RFC 3264 section 8.3.2), so an answer may go on with it (section 6.1:
//! it SHOULD have the offer's), and what is sent may as well.

use std::collections::BTreeSet;

use super::format::{Spec, number, rtp_codec};
use super::key::CodecKey;
use super::numbers::Numbers;
use crate::ids::PayloadType;
use crate::sdp::{Format, MediaDescription};
use crate::session::agreed::{CodecRole, RtpCodec};

/// The formats of an answer, each under the number that its codec has, where it has one. A codec
/// that is offered under several numbers is answered under one, and a format for retransmissions
/// that would need another number than it has is left out.
pub(super) fn answered(
    formats: Vec<Format>,
    offered: &MediaDescription,
    numbers: &Numbers,
) -> Vec<Format> {
    let kept = |format: &Format| {
        let key = Spec::of(format)?.key();
        let is_free = |number: &PayloadType| {
            let here = offered.formats.iter().find(|f| self::number(f) == Some(*number));
            here.and_then(Spec::of).is_none_or(|spec| spec.key() == key)
        };
        numbers.shared(&key).find(is_free)
    };
    let mut codecs: BTreeSet<CodecKey> = BTreeSet::new();
    // As it is offered, and the number that it has already.
    let mut media: Vec<(PayloadType, Option<PayloadType>)> = Vec::new();
    let mut own = |format: &Format| {
        let spec = Spec::of(format)?;
        if matches!(spec.role(), Some(CodecRole::Rtx { .. })) || !codecs.insert(spec.key()) {
            return None;
        }
        let old = number(format)?;
        let new = kept(format);
        media.push((old, new));
        Some(new.unwrap_or(old))
    };
    let named: Vec<Option<PayloadType>> = formats.iter().map(&mut own).collect();
    let repaired = |format: &mut Format| {
        let Some(CodecRole::Rtx { repairs }) = Spec::of(format)?.role() else { return None };
        let (_, media) = *media.iter().find(|(known, _)| *known == repairs)?;
        let Some(media) = media else { return number(format) };
        format.parameters = Some(format!("apt={}", media.0).into());
        kept(format)
    };
    let rename = |(mut format, named): (Format, Option<PayloadType>)| {
        let number = named.or_else(|| repaired(&mut format))?;
        format.name = number.0.to_string();
        Some(format)
    };
    formats.into_iter().zip(named).filter_map(rename).collect()
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
