//! A whole description.

use super::{
    Attribute, Bandwidth, Connection, Extension, Group, MediaDescription, TransportAttributes,
};
use crate::event::Direction;

/// A session description (RFC 8866 section 5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// `o=`.
    pub origin: Origin,
    /// `s=`: "-" where nothing is to be said.
    pub name: String,
    /// `c=`, for m-lines without one.
    pub connection: Option<Connection>,
    /// `b=`, any number.
    pub bandwidth: Vec<Bandwidth>,
    /// `a=group` (RFC 5888 section 5, RFC 8843), in their order.
    pub groups: Vec<Group>,
    /// `a=ice-lite` (RFC 8839 section 5.3).
    pub ice_lite: bool,
    /// `a=extmap-allow-mixed` for the whole session (RFC 8285 section 6).
    pub extmap_allow_mixed: bool,
    /// The direction of m-lines that say none (RFC 8866 section 6.7).
    pub direction: Option<Direction>,
    /// `a=extmap` for the whole session.
    pub extensions: Vec<Extension>,
    /// ICE and DTLS of m-lines that say nothing of it (RFC 8839 section 5.4, RFC 8842 section 5).
    pub transport: TransportAttributes,
    /// All other attributes, in their order.
    pub attributes: Vec<Attribute>,
    /// The m-lines.
    pub media: Vec<MediaDescription>,
}

/// `o=` (RFC 8866 section 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Who made it: "-" in offers of browsers.
    pub username: String,
    /// The same in all descriptions of a session.
    pub session_id: u64,
    /// Grows with each description that differs.
    pub session_version: u64,
    /// `IN IP4 127.0.0.1`: of no use in WebRTC, and repeated as it is.
    pub address: Connection,
}

impl Default for Origin {
    fn default() -> Self {
        Origin {
            username: "-".to_owned(),
            session_id: 0,
            session_version: 0,
            address: Connection { address: "127.0.0.1".to_owned(), ..Connection::default() },
        }
    }
}

impl Description {
    /// The m-lines that share a transport: the first group of these semantics (RFC 9143 section
    /// 7.1).
    pub fn bundle(&self) -> Option<&Group> {
        self.groups.iter().find(|group| group.semantics == "BUNDLE")
    }
}
