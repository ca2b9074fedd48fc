//! What stands before the first m-line.

use super::basics::{attribute, bandwidth, connection, direction, group, once};
use super::lines::Line;
use super::rtp::extension;
use super::transport::TransportReader;
use crate::sdp::error::{SdpError, SdpFault};
use crate::sdp::grammar::{non_empty, split_field, wrapped};
use crate::sdp::{Description, MediaDescription, Origin};

/// The name of a session without one (RFC 8866 section 5.3).
pub(in crate::sdp) const NO_NAME: &str = "-";

/// What was read of the session.
#[derive(Default)]
pub(super) struct SessionReader {
    description: Description,
    origin: Option<Origin>,
    name: Option<String>,
}

impl SessionReader {
    pub(super) fn read(&mut self, line: &Line<'_>) -> Result<(), SdpError> {
        let (what, read): (_, Result<(), SdpFault>) = match line.kind {
            b'v' => ("v=", if line.value == "0" { Ok(()) } else { Err(SdpFault::NoVersion) }),
            b'o' => ("o=", origin(line.value).and_then(|value| once(&mut self.origin, value))),
            b's' => {
                let name = non_empty(line.value).unwrap_or(NO_NAME).to_owned();
                ("s=", once(&mut self.name, name))
            }
            b'c' => {
                let place = &mut self.description.connection;
                ("c=", connection(line.value).and_then(|value| once(place, value)))
            }
            b'b' => {
                let place = &mut self.description.bandwidth;
                ("b=", bandwidth(line.value).map(|value| place.push(value)))
            }
            b'a' => self.read_attribute(line),
            // Other lines say nothing that WebRTC would need.
            _ => return Ok(()),
        };
        read.map_err(|fault| line.error(what, fault))
    }

    fn read_attribute(&mut self, line: &Line<'_>) -> (&'static str, Result<(), SdpFault>) {
        let session = &mut self.description;
        let (name, value) = line.attribute();
        if let Some(read) = session.transport.read(name, value) {
            return read;
        }
        if let Some(found) = direction(name, value) {
            return (found.attribute(), once(&mut session.direction, found));
        }
        match (name, value) {
            ("group", Some(value)) => {
                ("a=group", group(value).map(|group| session.groups.push(group)))
            }
            ("ice-lite", None) => {
                session.ice_lite = true;
                ("a=ice-lite", Ok(()))
            }
            ("extmap-allow-mixed", None) => {
                session.extmap_allow_mixed = true;
                ("a=extmap-allow-mixed", Ok(()))
            }
            ("extmap", Some(value)) => {
                ("a=extmap", extension(value).map(|value| session.extensions.push(value)))
            }
            _ => ("a=", attribute(name, value).map(|other| session.attributes.push(other))),
        }
    }

    /// A session must have its `o=` before m-lines begin.
    pub(super) fn has_origin(&self) -> Result<(), SdpFault> {
        self.origin.as_ref().map(|_| ()).ok_or(SdpFault::NoOrigin)
    }

    pub(super) fn finish(self, media: Vec<MediaDescription>) -> Description {
        Description {
            origin: self.origin.unwrap_or_default(),
            name: self.name.unwrap_or_else(|| NO_NAME.to_owned()),
            media,
            ..self.description
        }
    }
}

/// `- 4962303333179871723 1 IN IP4 127.0.0.1` (RFC 8866 section 5.2).
fn origin(value: &str) -> Result<Origin, SdpFault> {
    let (username, rest) = split_field(value);
    let (session_id, rest) = split_field(rest);
    let (session_version, address) = split_field(rest);
    if username.is_empty() {
        return Err(SdpFault::Missing("username"));
    }
    Ok(Origin {
        username: username.to_owned(),
        session_id: wrapped(session_id, "session id")?,
        session_version: wrapped(session_version, "version")?,
        address: connection(address)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_with_numbers_of_any_width() {
        let read = origin("mozilla...99.0 18446744073709551615 18446744073709551617 IN IP6 ::1");
        let read = read.expect("an origin");
        assert_eq!(read.username, "mozilla...99.0");
        assert_eq!((read.session_id, read.session_version), (u64::MAX, 1));
        assert_eq!((&*read.address.address_type, &*read.address.address), ("IP6", "::1"));
        assert_eq!(origin("- 1 x IN IP4 0"), Err(SdpFault::Number("version")));
        assert_eq!(origin("- 1 1 IN IP4"), Err(SdpFault::Missing("address")));
        assert_eq!(origin(""), Err(SdpFault::Missing("username")));
    }
}
