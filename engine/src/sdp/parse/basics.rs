//! Lines that stand in the session and in m-lines alike: `c=`, `b=`, and what every attribute may
//! be.

use crate::event::Direction;
use crate::sdp::error::SdpFault;
use crate::sdp::grammar::{saturated, token};
use crate::sdp::limits::GROUP_MIDS_MAX;
use crate::sdp::{Attribute, Bandwidth, Connection, Group};

/// Takes a value that a section may have once. The same again changes nothing.
pub(super) fn once<T: PartialEq>(place: &mut Option<T>, value: T) -> Result<(), SdpFault> {
    match place {
        Some(before) if *before != value => Err(SdpFault::Contradiction),
        Some(_) => Ok(()),
        None => {
            *place = Some(value);
            Ok(())
        }
    }
}

/// `IN IP4 192.0.2.1` (RFC 8866 section 5.7).
pub(super) fn connection(value: &str) -> Result<Connection, SdpFault> {
    let mut fields = value.split_ascii_whitespace();
    let mut next = |field| fields.next().ok_or(SdpFault::Missing(field));
    if next("network")? != "IN" {
        return Err(SdpFault::Network);
    }
    let (address_type, address) = (next("address type")?, next("address")?);
    match fields.next() {
        None => {
            Ok(Connection { address_type: address_type.to_owned(), address: address.to_owned() })
        }
        Some(_) => Err(SdpFault::Surplus),
    }
}

/// `AS:512` (RFC 8866 section 5.8). More than 64 bits are as many as there are.
pub(super) fn bandwidth(value: &str) -> Result<Bandwidth, SdpFault> {
    let (kind, amount) = value.split_once(':').ok_or(SdpFault::Missing("amount"))?;
    Ok(Bandwidth {
        kind: token(kind, "kind")?.to_owned(),
        value: saturated(amount.trim_ascii(), "amount")?,
    })
}

/// `BUNDLE 0 1` (RFC 5888 section 5).
pub(super) fn group(value: &str) -> Result<Group, SdpFault> {
    let mut fields = value.split_ascii_whitespace();
    let semantics = fields.next().ok_or(SdpFault::Missing("semantics"))?;
    let semantics = token(semantics, "semantics")?.to_owned();
    let mut mids = Vec::new();
    for mid in fields {
        if mids.len() == GROUP_MIDS_MAX {
            return Err(SdpFault::TooMany("m-lines", GROUP_MIDS_MAX));
        }
        mids.push(token(mid, "mid")?.to_owned());
    }
    Ok(Group { semantics, mids })
}

/// An attribute that is a direction.
pub(super) fn direction(name: &str, value: Option<&str>) -> Option<Direction> {
    if value.is_some() { None } else { Direction::from_name(name) }
}

/// Any attribute.
pub(super) fn attribute(name: &str, value: Option<&str>) -> Result<Attribute, SdpFault> {
    if name.is_empty() {
        return Err(SdpFault::Missing("name"));
    }
    Ok(Attribute { name: name.to_owned(), value: value.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_of_the_internet() {
        let read = connection("IN IP4 224.2.1.1/127/3").expect("a connection");
        assert_eq!((&*read.address_type, &*read.address), ("IP4", "224.2.1.1/127/3"));
        assert_eq!(connection("ATM NSAP 47"), Err(SdpFault::Network));
        assert_eq!(connection("IN IP4"), Err(SdpFault::Missing("address")));
        assert_eq!(connection("IN IP4 ::1 x"), Err(SdpFault::Surplus));
    }

    #[test]
    fn bandwidths_of_all_kinds() {
        let read = bandwidth("TIAS:500000").expect("a bandwidth");
        assert_eq!((&*read.kind, read.value), ("TIAS", 500_000));
        assert_eq!(bandwidth("AS:99999999999999999999").map(|b| b.value), Ok(u64::MAX));
        assert_eq!(bandwidth("AS"), Err(SdpFault::Missing("amount")));
        assert_eq!(bandwidth("AS:x"), Err(SdpFault::Number("amount")));
    }

    #[test]
    fn groups_of_up_to_all_m_lines() {
        let read = group("BUNDLE a.b d~$&*").expect("a group");
        assert_eq!(read.mids, ["a.b", "d~$&*"]);
        assert_eq!(group("LS").map(|group| group.mids.len()), Ok(0));
        assert_eq!(group(""), Err(SdpFault::Missing("semantics")));
        assert_eq!(group("BUNDLE a/b"), Err(SdpFault::Characters("mid")));
        let many = format!("BUNDLE{}", " 0".repeat(GROUP_MIDS_MAX + 1));
        assert_eq!(group(&many), Err(SdpFault::TooMany("m-lines", GROUP_MIDS_MAX)));
    }

    #[test]
    fn what_may_be_said_once_may_be_repeated_but_not_changed() {
        let mut place = None;
        assert_eq!(once(&mut place, 1), Ok(()));
        assert_eq!(once(&mut place, 1), Ok(()));
        assert_eq!(once(&mut place, 2), Err(SdpFault::Contradiction));
        assert_eq!(place, Some(1));
    }
}
