//! Attributes: those with a form of their own, and all others.

use std::sync::Arc;

use crate::event::Direction;

/// An attribute that has no type of its own: `a=name` or `a=name:value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// What stands before the colon.
    pub name: String,
    /// What stands after it, where there is one.
    pub value: Option<String>,
}

/// `c=` (RFC 8866 section 5.7), and the end of `o=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// `IP4`, `IP6` or another.
    pub address_type: String,
    /// The address as it stands, a multicast suffix included.
    pub address: String,
}

/// `b=` (RFC 8866 section 5.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    /// `AS`, `TIAS`, `CT`, `RS`, `RR` or another.
    pub kind: String,
    /// In the unit of its kind: kbit/s for `AS`, bit/s for `TIAS` (RFC 3890).
    pub value: u64,
}

/// `a=group` (RFC 5888 section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `BUNDLE`, `LS` or another.
    pub semantics: String,
    /// Names of the m-lines in it, in their order.
    pub mids: Vec<String>,
}

/// `a=extmap` (RFC 8285 section 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// 1 to 14 in the short form, up to 255 in the long one; 4096 to 4351 where an offer leaves the
    /// choice to the answer.
    pub id: u16,
    /// Where it may be sent, where that is said.
    pub direction: Option<Direction>,
    /// What it is.
    pub uri: Arc<str>,
    /// What follows, as it stands.
    pub attributes: Option<String>,
}

/// `a=msid` (RFC 8830).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Msid {
    /// The stream; "-" for none.
    pub stream: String,
    /// The track, which newer descriptions leave out.
    pub track: Option<String>,
}

/// `a=ssrc` (RFC 5576 section 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsrcAttribute {
    /// The source.
    pub ssrc: u32,
    /// `cname`, `msid` or another.
    pub name: String,
    /// Its value, where it has one.
    pub value: Option<String>,
}

/// `a=ssrc-group` (RFC 5576 section 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsrcGroup {
    /// `FID`, `FEC-FR`, `SIM` or another.
    pub semantics: String,
    /// Its sources, in their order.
    pub ssrcs: Vec<u32>,
}

/// `a=rid` (RFC 8851 section 10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RidLine {
    /// Its name.
    pub id: String,
    /// Sent, or received.
    pub sends: bool,
    /// Payload types it is restricted to; all of the m-line where empty.
    pub payload_types: Vec<u8>,
    /// Restrictions as they stand, `max-width=1280` and so on.
    pub restrictions: Vec<Restriction>,
}

/// A restriction of an `a=rid` line (RFC 8851 section 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// `max-width`, `depend` or another.
    pub name: String,
    /// Its value, where it has one.
    pub value: Option<String>,
}

/// `a=simulcast` (RFC 8853 section 5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simulcast {
    /// Streams that are sent, each with its alternatives, preferred first.
    pub send: Vec<Vec<SimulcastRid>>,
    /// Streams that are received.
    pub receive: Vec<Vec<SimulcastRid>>,
}

/// An alternative of a simulcast stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulcastRid {
    /// The `a=rid` line it is.
    pub id: String,
    /// It begins paused: `~`.
    pub paused: bool,
}

impl Default for Connection {
    fn default() -> Self {
        Connection { address_type: "IP4".to_owned(), address: "0.0.0.0".to_owned() }
    }
}

/// Directions have the same words wherever they stand.
impl Direction {
    /// The direction of this name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let all =
            [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
        all.into_iter().find(|direction| direction.name() == name)
    }

    /// How its line begins, which is all of it.
    pub(super) fn attribute(self) -> &'static str {
        match self {
            Direction::SendRecv => "a=sendrecv",
            Direction::SendOnly => "a=sendonly",
            Direction::RecvOnly => "a=recvonly",
            Direction::Inactive => "a=inactive",
        }
    }
}
