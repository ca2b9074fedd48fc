//! Header extensions, streams, sources and layers.

use std::fmt;

use super::lines::{After, Separated};
use crate::event::Direction;
use crate::sdp::{
    Extension, Msid, Restriction, RidLine, Simulcast, SimulcastRid, SsrcAttribute, SsrcGroup,
};

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = After("/", self.direction.map(Direction::name));
        let attributes = After(" ", self.attributes.as_ref());
        write!(f, "{}{direction} {}{attributes}", self.id, self.uri)
    }
}

impl fmt::Display for Msid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.stream, After(" ", self.track.as_ref()))
    }
}

impl fmt::Display for SsrcAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.ssrc, self.name, After(":", self.value.as_ref()))
    }
}

impl fmt::Display for SsrcGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.semantics, Separated(&self.ssrcs, ' '))
    }
}

impl fmt::Display for RidLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, if self.sends { "send" } else { "recv" })?;
        let mut mark = ' ';
        if !self.payload_types.is_empty() {
            write!(f, "{mark}pt={}", Separated(&self.payload_types, ','))?;
            mark = ';';
        }
        if !self.restrictions.is_empty() {
            write!(f, "{mark}{}", Separated(&self.restrictions, ';'))?;
        }
        Ok(())
    }
}

impl fmt::Display for Restriction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, After("=", self.value.as_ref()))
    }
}

impl fmt::Display for Simulcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sent = (!self.send.is_empty()).then_some(Streams(&self.send));
        let received = (!self.receive.is_empty()).then_some(Streams(&self.receive));
        let mark = if sent.is_some() { " recv " } else { "recv " };
        write!(f, "{}{}", After("send ", sent), After(mark, received))
    }
}

struct Streams<'a>(&'a [Vec<SimulcastRid>]);

impl fmt::Display for Streams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, alternatives) in self.0.iter().enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { ";" }, Separated(alternatives, ','))?;
        }
        Ok(())
    }
}

impl fmt::Display for SimulcastRid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.paused { "~" } else { "" }, self.id)
    }
}
