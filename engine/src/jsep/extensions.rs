//! RTP header extensions of an m-line (RFC 8285).

use super::direction::{intersection, reversed};
use super::numbers::{Numbers, is_extension_id};
use super::transceiver::HeaderExtension;
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::sdp::{Description, Extension, MediaDescription};
use crate::session::agreed::{Capabilities, ExtensionCapability, RtpExtension};

pub(super) fn is_for(extension: &ExtensionCapability, kind: MediaKind) -> bool {
    match kind {
        MediaKind::Audio => extension.audio,
        MediaKind::Video => extension.video,
    }
}

/// All that the session can do, under identifiers that keep their meaning.
pub(super) fn offer(
    kind: MediaKind,
    capabilities: &Capabilities,
    numbers: &mut Numbers,
) -> Vec<Extension> {
    let ours = capabilities.extensions.iter().filter(|extension| is_for(extension, kind));
    ours.filter_map(|extension| {
        let id = numbers.extension(extension.uri, extension.id.into())?;
        Some(Extension { id, direction: None, uri: extension.uri.into(), attributes: None })
    })
    .collect()
}

/// What both can do, under the offer's identifiers, as far as the session can bear them. Those from
/// 4096 on leave the choice to the answer (RFC 8285 section 7).
pub(super) fn answer(
    kind: MediaKind,
    capabilities: &Capabilities,
    offer: &Description,
    offered: &MediaDescription,
    numbers: &mut Numbers,
) -> Vec<Extension> {
    /// Identifiers of offers that nothing is sent with.
    const PROVISIONAL: std::ops::RangeInclusive<u16> = 4096..=4351;
    let mut answered: Vec<Extension> = Vec::new();
    for extension in all(offer, offered) {
        let known = capabilities.extensions.iter().find(|known| *known.uri == *extension.uri);
        let Some(known) = known.filter(|known| is_for(known, kind)) else { continue };
        let id = if PROVISIONAL.contains(&extension.id) {
            numbers.extension(known.uri, known.id.into())
        } else {
            Some(extension.id).filter(|id| is_extension_id(*id))
        };
        let bearable = |id: &u16| *id <= capabilities.extension_id_max.into();
        let Some(id) = id.filter(bearable) else { continue };
        let is_there = |other: &Extension| other.id == id || other.uri == extension.uri;
        if !answered.iter().any(is_there) {
            let direction = extension.direction.map(reversed);
            let uri = extension.uri.clone();
            answered.push(Extension { id, direction, uri, attributes: None });
        }
    }
    answered
}

/// What of these the application wants, sent where it may be.
pub(super) fn wished(mut extensions: Vec<Extension>, wishes: &[HeaderExtension]) -> Vec<Extension> {
    extensions.retain_mut(|extension| {
        let Some(wish) = wishes.iter().find(|wish| *wish.uri == *extension.uri) else {
            return true;
        };
        let Some(wanted) = wish.direction else { return false };
        let both = intersection(wanted, extension.direction.unwrap_or(Direction::SendRecv));
        if extension.direction.is_some() || both != Direction::SendRecv {
            extension.direction = Some(both);
        }
        true
    });
    extensions
}

/// Those of the session hold for each m-line (RFC 8285 section 6).
fn all<'a>(
    description: &'a Description,
    media: &'a MediaDescription,
) -> impl Iterator<Item = &'a Extension> {
    media.extensions.iter().chain(&description.extensions)
}

/// What may be sent and what may come, when both descriptions are there: (send, receive).
pub(super) fn agreed(
    local: (&Description, &MediaDescription),
    remote: (&Description, &MediaDescription),
) -> (Vec<RtpExtension>, Vec<RtpExtension>) {
    let (mut send, mut receive) = (Vec::new(), Vec::new());
    for ours in all(local.0, local.1) {
        let theirs = all(remote.0, remote.1).find(|theirs| theirs.uri == ours.uri);
        let (Some(theirs), Ok(id)) = (theirs, u8::try_from(ours.id)) else { continue };
        let whole = Direction::SendRecv;
        let flows = intersection(
            ours.direction.unwrap_or(whole),
            reversed(theirs.direction.unwrap_or(whole)),
        );
        let uri = ours.uri.clone();
        if flows.receives() {
            receive.push(RtpExtension { id, uri: uri.clone() });
        }
        if let (true, Ok(id)) = (flows.sends(), u8::try_from(theirs.id)) {
            send.push(RtpExtension { id, uri });
        }
    }
    (send, receive)
}
