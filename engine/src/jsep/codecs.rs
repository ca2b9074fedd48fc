//! Which codecs an m-line lists, in which order and under which numbers.
//!
//! 1. [`wanted`]: what the session can do, in the order of the configuration, or as the application
//!    prefers it.
//! 2. [`offer`]: all of that, under numbers that keep their meaning (RFC 9429 section 5.2).
//! 3. [`answer`]: what both have, under the offer's numbers (RFC 9429 section 5.3).

use std::sync::Arc;

use super::format::{Spec, number};
use super::h264;
use super::key::CodecKey;
use super::numbers::Numbers;
use super::transceiver::CodecPreference;
use crate::codec::{Codec, MediaKind};
use crate::ids::PayloadType;
use crate::sdp::{Feedback, Format, MediaDescription};
use crate::session::agreed::{Capabilities, CodecCapability, CodecRole};

/// A codec that an m-line shall have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wanted<'a> {
    pub(super) capability: &'a CodecCapability,
    /// With retransmissions.
    pub(super) rtx: bool,
}

/// Codecs of a kind, preferred first. Those of the program's list come in its order; what it does
/// not list but knows is left out, and what it cannot name comes after.
pub(super) fn wanted<'a>(
    kind: MediaKind,
    capabilities: &'a Capabilities,
    order: &[Codec],
    preferences: Option<&[CodecPreference]>,
) -> Vec<Wanted<'a>> {
    let rank = |capability: &CodecCapability| {
        let is = |codec: &Codec| codec.name().eq_ignore_ascii_case(&capability.name);
        match order.iter().position(is) {
            Some(rank) => Some(rank),
            None if Codec::ALL.iter().any(is) => None,
            None if Spec::of_capability(capability).is_media() => Some(order.len()),
            None => Some(order.len() + 1),
        }
    };
    let of_kind = capabilities.codecs.iter().filter(|capability| capability.kind == kind);
    let mut ranked: Vec<_> = of_kind.filter_map(|known| Some((rank(known)?, known))).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    let known = ranked.into_iter().map(|(_, capability)| capability);
    let wanted: Vec<Wanted<'a>> = match preferences {
        None => {
            let whole = |capability: &'a CodecCapability| Wanted {
                capability,
                rtx: capability.rtx.is_some(),
            };
            known.map(whole).collect()
        }
        Some(preferences) => preferred(&known.collect::<Vec<_>>(), preferences),
    };
    if has_media(&wanted) { wanted } else { Vec::new() }
}

/// There is a codec of media among them.
pub(super) fn has_media(wanted: &[Wanted<'_>]) -> bool {
    wanted.iter().any(|wanted| Spec::of_capability(wanted.capability).is_media())
}

/// Those of the list, in its order (W3C `setCodecPreferences`).
fn preferred<'a>(known: &[&'a CodecCapability], list: &[CodecPreference]) -> Vec<Wanted<'a>> {
    let rtx = list.iter().any(|preference| preference.name.eq_ignore_ascii_case("rtx"));
    let mut wanted: Vec<Wanted<'a>> = Vec::new();
    for preference in list {
        for capability in known.iter().filter(|known| is_preferred(known, preference)) {
            if !wanted.iter().any(|wanted| std::ptr::eq(wanted.capability, *capability)) {
                wanted.push(Wanted { capability, rtx: rtx && capability.rtx.is_some() });
            }
        }
    }
    wanted
}

fn is_preferred(capability: &CodecCapability, preference: &CodecPreference) -> bool {
    is_same(preference, &Spec::of_capability(capability))
}

/// The codec that is preferred is this one. Where it says no parameters it is any form of it.
pub(super) fn is_same(preference: &CodecPreference, known: &Spec<'_>) -> bool {
    let parameters = preference.parameters.as_deref();
    Spec::of_preference(preference, parameters.unwrap_or(known.parameters)).key() == known.key()
}

/// Leaves out what an m-line did not begin with.
pub(super) fn keep(wanted: &mut Vec<Wanted<'_>>, began: &[(CodecKey, bool)]) {
    wanted.retain_mut(|wanted| {
        let key = Spec::of_capability(wanted.capability).key();
        let known = began.iter().find(|(known, _)| *known == key);
        wanted.rtx &= known.is_some_and(|(_, rtx)| *rtx);
        known.is_some()
    });
}

/// The codecs among formats that both have, and whether both have retransmissions of them.
pub(super) fn shared_keys(formats: &[(&Format, &Format)]) -> Vec<(CodecKey, bool)> {
    let repaired = |media: &Format| {
        let number = number(media);
        formats.iter().filter_map(|(ours, _)| Spec::of(ours)?.role()).any(|role| match role {
            CodecRole::Rtx { repairs } => Some(repairs) == number,
            _ => false,
        })
    };
    let keyed = formats.iter().filter_map(|(ours, _)| Some((*ours, Spec::of(ours)?.key())));
    let codecs = keyed.filter(|(_, key)| !key.is_repair());
    codecs.map(|(ours, key)| (key, repaired(ours))).collect()
}

/// The formats of an offer. `ours` is our m-line of the last exchange, whose numbers stay; `theirs`
/// the peer's, whose order is kept where it is given.
pub(super) fn offer(
    mut wanted: Vec<Wanted<'_>>,
    numbers: &mut Numbers,
    ours: Option<&MediaDescription>,
    theirs: Option<&MediaDescription>,
) -> Vec<Format> {
    if let Some(theirs) = theirs {
        let keys: Vec<_> = theirs.formats.iter().map(|f| Spec::of(f).map(|s| s.key())).collect();
        wanted.sort_by_key(|wanted| {
            let key = Some(Spec::of_capability(wanted.capability).key());
            keys.iter().position(|known| *known == key).unwrap_or(usize::MAX)
        });
    }
    let mut formats = Vec::new();
    // Numbers in a capability's parameters are those of capabilities.
    let mut given: Vec<(PayloadType, PayloadType)> = Vec::new();
    for Wanted { capability, rtx } in wanted {
        let key = Spec::of_capability(capability).key();
        let Some(number) = numbers.payload_type(&key, ours, Some(capability.payload_type)) else {
            continue;
        };
        given.push((capability.payload_type, number));
        formats.push(written(capability, number));
        let Some(wished) = capability.rtx.filter(|_| rtx) else { continue };
        let parameters = format!("apt={}", number.0);
        let spec = Spec {
            name: "rtx",
            clock_rate: capability.clock_rate,
            channels: None,
            parameters: &parameters,
        };
        if let Some(repair) = numbers.payload_type(&spec.key(), ours, Some(wished)) {
            formats.push(Format {
                name: repair.0.to_string(),
                encoding: Some("rtx".into()),
                clock_rate: Some(capability.clock_rate),
                parameters: Some(parameters.into()),
                feedback: of_packets(&capability.feedback),
                ..Format::default()
            });
        }
    }
    for format in &mut formats {
        renumber_redundancy(format, &given);
    }
    formats
}

fn written(capability: &CodecCapability, number: PayloadType) -> Format {
    Format {
        name: number.0.to_string(),
        encoding: Some(Arc::clone(&capability.name)),
        clock_rate: Some(capability.clock_rate),
        channels: capability.channels.filter(|channels| *channels != 1),
        parameters: Some(Arc::clone(&capability.parameters)).filter(|text| !text.is_empty()),
        feedback: capability.feedback.clone(),
    }
}

/// `a=fmtp:63 111/111` names what redundancy is of (RFC 2198 section 5).
fn renumber_redundancy(format: &mut Format, given: &[(PayloadType, PayloadType)]) {
    if !Spec::of(format).is_some_and(|spec| spec.is("red")) {
        return;
    }
    let Some(parameters) = &mut format.parameters else { return };
    let renumbered = parameters.split('/').map(|old| {
        let known = given.iter().find(|(known, _)| old.trim().parse() == Ok(known.0));
        known.map_or(old.to_owned(), |(_, number)| number.0.to_string())
    });
    *parameters = renumbered.collect::<Vec<_>>().join("/").into();
}

/// The formats of an answer, or of what both have: empty when no codec of media is shared. In the
/// offer's order, or in ours.
pub(super) fn answer(
    wanted: &[Wanted<'_>],
    offered: &MediaDescription,
    own_order: bool,
) -> Vec<Format> {
    let mut ranked: Vec<(usize, Format)> = Vec::new();
    let keys: Vec<CodecKey> =
        wanted.iter().map(|wanted| Spec::of_capability(wanted.capability).key()).collect();
    for format in &offered.formats {
        let Some(spec) = Spec::of(format) else { continue };
        let key = spec.key();
        if let Some(rank) = keys.iter().position(|known| *known == key) {
            ranked.push((rank, answered(wanted[rank].capability, format, &spec)));
        }
    }
    if !ranked.iter().any(|(_, format)| Spec::of(format).is_some_and(|spec| spec.is_media())) {
        return Vec::new();
    }
    let repairs: Vec<_> = offered
        .formats
        .iter()
        .filter_map(|format| {
            let Some(CodecRole::Rtx { repairs }) = Spec::of(format)?.role() else { return None };
            let (rank, _) = ranked.iter().find(|(_, known)| number(known) == Some(repairs))?;
            let known = &wanted[*rank].capability.feedback;
            wanted[*rank].rtx.then(|| (*rank, repair(known, format)))
        })
        .collect();
    ranked.extend(repairs);
    let place =
        |format: &Format| offered.formats.iter().position(|known| known.name == format.name);
    ranked.sort_by_key(|(rank, format)| (own_order.then_some(*rank), place(format)));
    let mut formats: Vec<Format> = ranked.into_iter().map(|(_, format)| format).collect();
    formats.dedup_by(|one, other| one.name == other.name);
    formats
}

fn answered(capability: &CodecCapability, offered: &Format, spec: &Spec<'_>) -> Format {
    let parameters = if spec.is("h264") {
        Some(h264::answered(&capability.parameters, spec.parameters).into())
    } else if spec.is("red") {
        offered.parameters.clone()
    } else {
        Some(Arc::clone(&capability.parameters))
    };
    Format {
        name: offered.name.clone(),
        encoding: offered.encoding.clone().or_else(|| Some(spec.name.into())),
        clock_rate: Some(spec.clock_rate),
        channels: spec.channels,
        parameters: parameters.filter(|text| !text.is_empty()),
        feedback: shared(&capability.feedback, &offered.feedback),
    }
}

fn repair(ours: &[Feedback], offered: &Format) -> Format {
    Format { feedback: shared(&of_packets(ours), &offered.feedback), ..offered.clone() }
}

/// Feedback that is of all packets, whatever they carry (RFC 8888 section 6).
fn of_packets(feedback: &[Feedback]) -> Arc<[Feedback]> {
    feedback.iter().filter(|feedback| feedback.is_congestion_control()).cloned().collect()
}

/// Feedback that both have, as the offer writes it.
pub(super) fn shared(ours: &[Feedback], offered: &Arc<[Feedback]>) -> Arc<[Feedback]> {
    if offered.iter().all(|feedback| ours.contains(feedback)) {
        return Arc::clone(offered);
    }
    offered.iter().filter(|feedback| ours.contains(feedback)).cloned().collect()
}
