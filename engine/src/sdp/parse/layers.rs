//! Layers of simulcast: their names, and which are sent and received.

use crate::sdp::error::SdpFault;
use crate::sdp::grammar::{number, split_field};
use crate::sdp::limits::{RID_RESTRICTIONS_MAX, SIMULCAST_RIDS_MAX};
use crate::sdp::{Restriction, RidLine, Simulcast, SimulcastRid};

/// `hi send pt=96;max-width=1280` (RFC 8851 section 10). None where it is malformed: such a line is
/// to be passed over.
pub(super) fn rid(value: &str) -> Option<RidLine> {
    let (id, rest) = split_field(value);
    let (direction, parameters) = split_field(rest);
    let sends = match direction {
        "send" => true,
        "recv" => false,
        _ => return None,
    };
    let mut line = RidLine {
        id: rid_id(id)?.to_owned(),
        sends,
        payload_types: Vec::new(),
        restrictions: Vec::new(),
    };
    for parameter in parameters.split(';').map(str::trim_ascii).filter(|text| !text.is_empty()) {
        let (name, value) = match parameter.split_once('=') {
            Some((name, value)) => (name.trim_ascii_end(), Some(value.trim_ascii_start())),
            None => (parameter, None),
        };
        if name == "pt" {
            for number_text in value?.split(',') {
                line.payload_types.push(number(number_text.trim_ascii(), "").ok()?);
            }
            continue;
        }
        if line.restrictions.len() == RID_RESTRICTIONS_MAX || name.is_empty() {
            return None;
        }
        let (name, value) = (name.to_owned(), value.map(str::to_owned));
        line.restrictions.push(Restriction { name, value });
    }
    Some(line)
}

/// Letters, digits, `-` and `_` (RFC 8851 section 10).
fn rid_id(text: &str) -> Option<&str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (!text.is_empty() && text.bytes().all(allowed)).then_some(text)
}

/// `send hi,~mid;lo recv x` (RFC 8853 section 5.1), or as its drafts had it: `send rid=hi;lo`.
pub(super) fn simulcast(value: &str) -> Result<Simulcast, SdpFault> {
    let mut fields = value.split_ascii_whitespace();
    let mut simulcast = Simulcast::default();
    let mut left = SIMULCAST_RIDS_MAX;
    while let Some(direction) = fields.next() {
        let place = match direction {
            "send" => &mut simulcast.send,
            "recv" => &mut simulcast.receive,
            _ => return Err(SdpFault::Word),
        };
        if !place.is_empty() {
            return Err(SdpFault::Contradiction);
        }
        let list = fields.next().ok_or(SdpFault::Missing("layer"))?;
        *place = streams(list.strip_prefix("rid=").unwrap_or(list), &mut left)?;
    }
    if simulcast == Simulcast::default() {
        return Err(SdpFault::Missing("direction"));
    }
    Ok(simulcast)
}

fn streams(list: &str, left: &mut usize) -> Result<Vec<Vec<SimulcastRid>>, SdpFault> {
    let mut alternative = |text: &str| {
        *left = left.checked_sub(1).ok_or(SdpFault::TooMany("layers", SIMULCAST_RIDS_MAX))?;
        let (id, paused) = text.strip_prefix('~').map_or((text, false), |id| (id, true));
        let id = rid_id(id).ok_or(SdpFault::Characters("a layer"))?.to_owned();
        Ok(SimulcastRid { id, paused })
    };
    let mut stream = |text: &str| text.split(',').map(&mut alternative).collect();
    list.split(';').map(&mut stream).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_restrictions() {
        let read = rid("hi_1-a send pt=96, 97;max-width=1280; depend=lo;x").expect("a rid");
        assert_eq!((&*read.id, read.sends), ("hi_1-a", true));
        assert_eq!(read.payload_types, [96, 97]);
        let pairs: Vec<_> =
            read.restrictions.iter().map(|r| (&*r.name, r.value.as_deref())).collect();
        assert_eq!(pairs, [("max-width", Some("1280")), ("depend", Some("lo")), ("x", None)]);
        assert_eq!(rid("1 recv").map(|read| read.sends), Some(false));
    }

    #[test]
    fn malformed_names_are_none() {
        let many = format!("1 send {}", "a;".repeat(RID_RESTRICTIONS_MAX + 1));
        for text in ["", "1", "1 both", "a.b send", "1 send pt", "1 send pt=x", "1 send =2", &many]
        {
            assert_eq!(rid(text), None, "{text}");
        }
    }

    #[test]
    fn layers_and_alternatives() {
        let rid = |id: &str, paused| SimulcastRid { id: id.to_owned(), paused };
        let read = simulcast("recv 4 send 1,~2;3").expect("simulcast");
        assert_eq!(read.send, [vec![rid("1", false), rid("2", true)], vec![rid("3", false)]]);
        assert_eq!(read.receive, [vec![rid("4", false)]]);
        let draft = simulcast(" send rid=hi;lo").expect("simulcast of a draft");
        assert_eq!(draft.send, [vec![rid("hi", false)], vec![rid("lo", false)]]);
    }

    #[test]
    fn malformed_layers() {
        let many = format!("send 0{}", ";0".repeat(SIMULCAST_RIDS_MAX));
        for (text, fault) in [
            ("", SdpFault::Missing("direction")),
            ("send", SdpFault::Missing("layer")),
            ("sendrecv 1", SdpFault::Word),
            ("send 1 send 2", SdpFault::Contradiction),
            ("send 1;;2", SdpFault::Characters("a layer")),
            ("send 1,", SdpFault::Characters("a layer")),
            (&many, SdpFault::TooMany("layers", SIMULCAST_RIDS_MAX)),
        ] {
            assert_eq!(simulcast(text), Err(fault), "{text}");
        }
    }
}
