//! The session, and then each m-line.

use std::fmt;

use super::lines::{After, Lines};
use crate::sdp::{Attribute, Bandwidth, Connection, Description, Group, Origin};

/// The description as text, which [`Description::parse`] reads as an equal one if it can be one: a
/// token is a token, and no text has a line's end in it.
impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Lines::new(f);
        lines.line(format_args!("v=0"))?;
        lines.line(format_args!("o={}", self.origin))?;
        let name = if self.name.is_empty() { "-" } else { &self.name };
        lines.line(format_args!("s={name}"))?;
        lines.connection(self.connection.as_ref())?;
        lines.bandwidth(&self.bandwidth)?;
        lines.line(format_args!("t=0 0"))?;
        lines.values("group", &self.groups)?;
        lines.flag("extmap-allow-mixed", self.extmap_allow_mixed)?;
        lines.flag("ice-lite", self.ice_lite)?;
        lines.transport(&self.transport)?;
        lines.direction(self.direction)?;
        lines.values("extmap", &self.extensions)?;
        lines.attributes(&self.attributes)?;
        lines.candidates(&self.transport)?;
        self.media.iter().try_for_each(|media| lines.media(media))
    }
}

impl Lines<'_, '_> {
    pub(super) fn connection(&mut self, connection: Option<&Connection>) -> fmt::Result {
        connection.map_or(Ok(()), |connection| self.line(format_args!("c={connection}")))
    }

    pub(super) fn bandwidth(&mut self, bandwidth: &[Bandwidth]) -> fmt::Result {
        bandwidth.iter().try_for_each(|bandwidth| self.line(format_args!("b={bandwidth}")))
    }

    pub(super) fn attributes(&mut self, attributes: &[Attribute]) -> fmt::Result {
        attributes.iter().try_for_each(|attribute| self.line(format_args!("a={attribute}")))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin { username, session_id, session_version, address } = self;
        write!(f, "{username} {session_id} {session_version} {address}")
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IN {} {}", self.address_type, self.address)
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.value)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.semantics)?;
        self.mids.iter().try_for_each(|mid| write!(f, " {mid}"))
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, After(":", self.value.as_ref()))
    }
}
