//! Layers of an m-line (RFC 8851, RFC 8853, RFC 9429 sections 5.2.1 and 5.3.1).

use super::error::{DescriptionFault as Fault, RID_BYTES_MAX};
use crate::ids::Rid;
use crate::sdp::{MediaDescription, RidLine, Simulcast, SimulcastRid};

/// Layers of an m-line that are negotiated; browsers send three.
pub(super) const LAYERS_MAX: usize = 16;

/// Each `a=rid` is a name that RTP can carry here, and `a=simulcast` names what is there.
pub(super) fn check(
    line: usize,
    media: &MediaDescription,
    rid_bytes_max: usize,
) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let bytes_max = RID_BYTES_MAX.min(rid_bytes_max);
    let is_name = |id: &str| (1..=bytes_max).contains(&id.len()) && id.bytes().all(allowed);
    if !media.rids.iter().all(|rid| is_name(&rid.id)) {
        return Err(Fault::Rid(line));
    }
    let Some(simulcast) = &media.simulcast else { return Ok(()) };
    for (streams, sends) in [(&simulcast.send, true), (&simulcast.receive, false)] {
        let is_there = |rid: &SimulcastRid| {
            media.rids.iter().any(|known| known.id == rid.id && known.sends == sends)
        };
        if !streams.iter().flatten().all(is_there) {
            return Err(Fault::Simulcast(line));
        }
    }
    Ok(())
}

/// The layers that a description sends or receives, each by the first of its alternatives, best
/// first.
pub(super) fn layers(media: &MediaDescription, sends: bool) -> Vec<Rid> {
    let Some(simulcast) = &media.simulcast else { return Vec::new() };
    let streams = if sends { &simulcast.send } else { &simulcast.receive };
    let first = streams.iter().filter_map(|alternatives| Rid::new(&alternatives.first()?.id));
    first.take(LAYERS_MAX).collect()
}

/// A description has this layer of it paused: whoever sends does not send it for now (RFC 8853
/// section 5.2).
pub(super) fn is_paused(media: &MediaDescription, sends: bool, rid: Rid) -> bool {
    let Some(simulcast) = &media.simulcast else { return false };
    let streams = if sends { &simulcast.send } else { &simulcast.receive };
    let mut first = streams.iter().filter_map(|alternatives| alternatives.first());
    first.any(|alternative| alternative.paused && alternative.id == rid.as_str())
}

/// What we send is sent in these layers, rather than by numbered sources.
pub(super) fn offer(media: &mut MediaDescription, layers: &[Rid]) {
    if layers.is_empty() || !media.direction.is_some_and(|direction| direction.sends()) {
        return;
    }
    media.ssrcs.clear();
    media.ssrc_groups.clear();
    write(media, layers, true);
}

/// The answer to what is offered: what the peer sends in layers is received so, and what it
/// receives in layers is sent in those of ours that it names.
pub(super) fn answer(media: &mut MediaDescription, offered: &MediaDescription, ours: &[Rid]) {
    let Some(direction) = media.direction else { return };
    if direction.receives() {
        write(media, &layers(offered, true), false);
    }
    let takes = layers(offered, false);
    let sent: Vec<Rid> = ours.iter().copied().filter(|rid| takes.contains(rid)).collect();
    offer(media, &sent);
}

fn write(media: &mut MediaDescription, layers: &[Rid], sends: bool) {
    if layers.is_empty() {
        return;
    }
    let line = |rid: &Rid| RidLine {
        id: rid.as_str().to_owned(),
        sends,
        payload_types: Vec::new(),
        restrictions: Vec::new(),
    };
    media.rids.extend(layers.iter().map(line));
    let stream = |rid: &Rid| vec![SimulcastRid { id: rid.as_str().to_owned(), paused: false }];
    let streams = layers.iter().map(stream).collect();
    let simulcast = media.simulcast.get_or_insert_with(Simulcast::default);
    if sends {
        simulcast.send = streams;
    } else {
        simulcast.receive = streams;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Direction;

    fn rids(names: &[&str]) -> Vec<Rid> {
        names.iter().filter_map(|name| Rid::new(name)).collect()
    }

    fn line(direction: Direction) -> MediaDescription {
        MediaDescription { direction: Some(direction), ..MediaDescription::default() }
    }

    #[test]
    fn layers_are_answered_from_the_other_side() {
        let mut offered = line(Direction::SendRecv);
        offer(&mut offered, &rids(&["hi", "lo"]));
        write(&mut offered, &rids(&["a", "b"]), false);
        assert_eq!(check(0, &offered, 16), Ok(()));
        let mut answered = line(Direction::SendRecv);
        answer(&mut answered, &offered, &rids(&["b", "c"]));
        assert_eq!(layers(&answered, false), rids(&["hi", "lo"]));
        assert_eq!(layers(&answered, true), rids(&["b"]));
        let mut silent = line(Direction::Inactive);
        answer(&mut silent, &offered, &rids(&["b"]));
        assert_eq!((silent.rids.len(), silent.simulcast), (0, None));
    }

    #[test]
    fn names_are_as_rfc_8851_has_them_or_refused() {
        for (name, bytes_max, expected) in [
            ("hi", 16, Ok(())),
            ("a-b_C9", 16, Ok(())),
            ("abcdefghijklmnop", 16, Ok(())),
            ("abcdefghijklmnop", 8, Err(Fault::Rid(3))),
            ("abcdefghijklmnopq", 99, Err(Fault::Rid(3))),
            ("a.b", 16, Err(Fault::Rid(3))),
            ("", 16, Err(Fault::Rid(3))),
        ] {
            let mut media = line(Direction::SendRecv);
            media.rids.push(RidLine {
                id: name.to_owned(),
                sends: true,
                payload_types: Vec::new(),
                restrictions: Vec::new(),
            });
            assert_eq!(check(3, &media, bytes_max), expected, "{name:?}");
        }
        let mut media = line(Direction::SendRecv);
        offer(&mut media, &rids(&["hi"]));
        media.rids.clear();
        assert_eq!(check(1, &media, 16), Err(Fault::Simulcast(1)));
    }
}
