//! Which m-line and which encoding a packet belongs to (RFC 9143 section 9.2, RFC 8852).
//!
//! 1. The packet names its m-line: that one. It must be known, and take the payload type.
//! 2. Its source is known, from a description or from a packet before: the same as then.
//! 3. Exactly one m-line takes its payload type: that one.
//!
//! Within the m-line:
//!
//! 1. it names its encoding, or the one that it repairs: that one;
//! 2. its source is known: the same as then;
//! 3. the m-line has one encoding: that one. A repair of one among several stays without, until
//!    [`StreamTable::bind`] tells which.
//!
//! [`StreamTable::find`] judges and learns nothing. [`StreamTable::learn`] is for packets whose
//! authentication tag was verified.

use std::collections::BTreeMap;
use std::fmt;

use super::heading::PacketNames;
use crate::ids::{Mid, PayloadType, Rid, Ssrc};

/// Sources that are learnt for one m-line, the oldest forgotten for one more: every layer with its
/// repair changes its source five times before it matters.
pub const LEARNT_PER_LINE_MAX: usize = 32;

/// M-lines that are routed to. Each has a description of its own, and those are bounded already.
pub const LINES_MAX: usize = 1024;

/// What an m-line receives, as both sides agreed on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutedLine {
    /// Its name.
    pub mid: Mid,
    /// What it receives; one without a name where there is no simulcast.
    pub encodings: Vec<RoutedEncoding>,
    /// The payload types that it takes, and what they carry.
    pub payload_types: Vec<(PayloadType, StreamRole)>,
}

/// A stream of an m-line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoutedEncoding {
    /// Its name.
    pub rid: Option<Rid>,
    /// Its source, where the description names it.
    pub ssrc: Option<Ssrc>,
    /// The source of its retransmissions, likewise.
    pub rtx: Option<Ssrc>,
    /// The source of its forward error correction, likewise.
    pub fec: Option<Ssrc>,
}

/// What a packet is to its encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StreamRole {
    /// Media, and what stands in its numbering: RED, ULPFEC, comfort noise, events.
    Media,
    /// Retransmissions in a stream of their own (RFC 4588).
    Repair,
    /// Forward error correction in a stream of its own (FlexFEC).
    Fec,
}

/// Where a packet belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The m-line, by its place among those that were agreed on.
    pub line: usize,
    /// The m-line's name.
    pub mid: Mid,
    /// The encoding, by its place in the m-line; `None` for a repair that may be of several.
    pub encoding: Option<usize>,
    /// The encoding's name.
    pub rid: Option<Rid>,
    /// What the packet is to it.
    pub role: StreamRole,
}

/// Why a packet belongs nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unroutable {
    /// It names an m-line that there is not.
    UnknownMid,
    /// It names an encoding that the m-line does not have.
    UnknownRid,
    /// Its m-line does not take the payload type, or none does.
    UnknownPayloadType,
    /// It could be of several m-lines, or of several encodings of one.
    Ambiguous,
}

impl fmt::Display for Unroutable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unroutable::UnknownMid => "the packet names an unknown m-line",
            Unroutable::UnknownRid => "the packet names an unknown encoding",
            Unroutable::UnknownPayloadType => "no m-line takes the payload type",
            Unroutable::Ambiguous => "the packet could be of several streams",
        })
    }
}

impl std::error::Error for Unroutable {}

/// What learning from a packet changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// Nothing.
    Nothing,
    /// The source is the first of its encoding and role.
    First,
    /// The source takes the place of this one: the sender began anew.
    Instead(Ssrc),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Source {
    line: usize,
    encoding: Option<usize>,
    role: StreamRole,
    /// A description named it, and it is not forgotten.
    signalled: bool,
    /// The order of learning.
    learnt: u64,
}

/// Tells the streams of one transport apart.
///
/// ```
/// use lapwing_engine::rtp::{PacketNames, RoutedEncoding, RoutedLine, StreamRole, StreamTable};
/// use lapwing_engine::{Mid, PayloadType, Ssrc};
/// let mut table = StreamTable::default();
/// table.agree(vec![RoutedLine {
///     mid: Mid::new("0").unwrap(),
///     encodings: vec![RoutedEncoding::default()],
///     payload_types: vec![(PayloadType(96), StreamRole::Media)],
/// }]);
/// let names = PacketNames {
///     ssrc: Ssrc(7),
///     payload_type: PayloadType(96),
///     mid: Mid::new("0"),
///     rid: None,
///     repaired_rid: None,
/// };
/// let route = table.find(&names).unwrap();
/// assert_eq!((route.line, route.encoding), (0, Some(0)));
/// // Its tag was verified: from here on the source is enough.
/// table.learn(names.ssrc, &route);
/// assert_eq!(table.find(&PacketNames { mid: None, ..names }), Ok(route));
/// ```
#[derive(Clone, Debug, Default)]
pub struct StreamTable {
    lines: Vec<RoutedLine>,
    sources: BTreeMap<Ssrc, Source>,
    /// The source that is heard of each stream.
    current: BTreeMap<(usize, usize, StreamRole), Ssrc>,
    /// The m-line of each payload type, where there is exactly one.
    unique: BTreeMap<PayloadType, usize>,
    learnt: u64,
    changes: u64,
}

impl StreamTable {
    /// Takes what was agreed on, in the place of what was before. Sources of m-lines and encodings
    /// that are still there stay known. Lines beyond [`LINES_MAX`] are left out.
    pub fn agree(&mut self, lines: Vec<RoutedLine>) {
        self.changes += 1;
        let before = std::mem::replace(&mut self.lines, lines);
        self.lines.truncate(LINES_MAX);
        let sources = std::mem::take(&mut self.sources);
        self.current.clear();
        for (ssrc, source) in sources.into_iter().filter(|(_, source)| !source.signalled) {
            self.keep(&before, ssrc, source);
        }
        self.take_signalled();
        self.unique.clear();
        let takes = |line: &RoutedLine, wanted: PayloadType| {
            line.payload_types.iter().any(|(payload_type, _)| *payload_type == wanted)
        };
        for (index, line) in self.lines.iter().enumerate() {
            for (payload_type, _) in &line.payload_types {
                let mut takers = self.lines.iter().filter(|line| takes(line, *payload_type));
                if takers.by_ref().take(2).count() == 1 {
                    self.unique.insert(*payload_type, index);
                }
            }
        }
    }

    /// Keeps a source that was learnt, if its m-line and encoding are still there.
    fn keep(&mut self, before: &[RoutedLine], ssrc: Ssrc, source: Source) {
        let old = &before[source.line];
        let Some(line) = self.lines.iter().position(|line| line.mid == old.mid) else { return };
        let same = |index: usize| {
            let rid = old.encodings[index].rid;
            self.lines[line].encodings.iter().position(|encoding| encoding.rid == rid)
        };
        let encoding = match source.encoding.map(same) {
            Some(None) => return,
            Some(found) => found,
            None => None,
        };
        self.set(ssrc, Source { line, encoding, ..source });
    }

    fn take_signalled(&mut self) {
        let mut signalled = Vec::new();
        for (line, routed) in self.lines.iter().enumerate() {
            for (encoding, routed) in routed.encodings.iter().enumerate() {
                let roles = [StreamRole::Media, StreamRole::Repair, StreamRole::Fec];
                let named = [routed.ssrc, routed.rtx, routed.fec].into_iter().zip(roles);
                signalled.extend(named.filter_map(|(ssrc, role)| {
                    let encoding = Some(encoding);
                    let source = Source { line, encoding, role, signalled: true, learnt: 0 };
                    ssrc.map(|ssrc| (ssrc, source))
                }));
            }
        }
        for (ssrc, source) in signalled {
            // What a packet said of a source that two descriptions claim stays so.
            if self.sources.contains_key(&ssrc) {
                continue;
            }
            let heard = source.encoding.and_then(|encoding| {
                self.current.get(&(source.line, encoding, source.role)).copied()
            });
            self.sources.insert(ssrc, source);
            if heard.is_none() {
                self.set(ssrc, source);
            }
        }
    }

    fn set(&mut self, ssrc: Ssrc, source: Source) {
        self.changes += 1;
        self.sources.insert(ssrc, source);
        let Some(encoding) = source.encoding else { return };
        let place = (source.line, encoding, source.role);
        let newer = |known: &Source| known.learnt > source.learnt;
        let heard = self.current.get(&place).and_then(|heard| self.sources.get(heard));
        if !heard.is_some_and(newer) {
            self.current.insert(place, ssrc);
        }
    }

    /// Where a packet belongs. It learns nothing.
    pub fn find(&self, names: &PacketNames) -> Result<Route, Unroutable> {
        let known = self.sources.get(&names.ssrc);
        let line = match (names.mid, known) {
            (Some(mid), Some(known)) if self.lines[known.line].mid == mid => known.line,
            (Some(mid), _) => {
                self.lines.iter().position(|line| line.mid == mid).ok_or(Unroutable::UnknownMid)?
            }
            (None, Some(known)) => known.line,
            (None, None) => self.by_payload_type(names.payload_type)?,
        };
        let routed = &self.lines[line];
        let role = routed
            .payload_types
            .iter()
            .find(|(payload_type, _)| *payload_type == names.payload_type)
            .map(|(_, role)| *role)
            .ok_or(Unroutable::UnknownPayloadType)?;
        let known = known.filter(|known| known.line == line && known.role == role);
        let encoding = self.encoding(line, role, names, known)?;
        let rid = encoding.and_then(|encoding| routed.encodings[encoding].rid);
        Ok(Route { line, mid: routed.mid, encoding, rid, role })
    }

    fn by_payload_type(&self, payload_type: PayloadType) -> Result<usize, Unroutable> {
        let any = || {
            let mut types = self.lines.iter().flat_map(|line| &line.payload_types);
            types.any(|(known, _)| *known == payload_type)
        };
        self.unique.get(&payload_type).copied().ok_or_else(|| match any() {
            true => Unroutable::Ambiguous,
            false => Unroutable::UnknownPayloadType,
        })
    }

    fn encoding(
        &self,
        line: usize,
        role: StreamRole,
        names: &PacketNames,
        known: Option<&Source>,
    ) -> Result<Option<usize>, Unroutable> {
        let encodings = &self.lines[line].encodings;
        let rid = match role {
            StreamRole::Media => names.rid,
            // Some name what they repair as media do.
            StreamRole::Repair | StreamRole::Fec => names.repaired_rid.or(names.rid),
        };
        // Where no encoding has a name, one that a packet has tells nothing.
        if let Some(rid) = rid.filter(|_| encodings.iter().any(|known| known.rid.is_some())) {
            let named = encodings.iter().position(|encoding| encoding.rid == Some(rid));
            return named.map(Some).ok_or(Unroutable::UnknownRid);
        }
        match (known, encodings.len(), role) {
            (Some(Source { encoding: Some(encoding), .. }), ..) => Ok(Some(*encoding)),
            (_, 1, _) => Ok(Some(0)),
            (_, 0, _) | (_, _, StreamRole::Media) => Err(Unroutable::Ambiguous),
            (_, _, StreamRole::Repair | StreamRole::Fec) => Ok(None),
        }
    }

    /// How often the table changed. As long as it does not, a packet with the names of one that was
    /// routed and learnt before goes the same way, and there is nothing to learn of it.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Remembers where the packets of a source belong. Only for a packet that was authenticated.
    pub fn learn(&mut self, ssrc: Ssrc, route: &Route) -> Learnt {
        if let Some(known) = self.sources.get(&ssrc)
            && (known.line, known.encoding, known.role) == (route.line, route.encoding, route.role)
            && known.encoding.is_none_or(|encoding| {
                self.current.get(&(known.line, encoding, known.role)) == Some(&ssrc)
                    || known.learnt != 0
            })
        {
            return Learnt::Nothing;
        }
        self.make_room(ssrc, route.line);
        self.forget_current(ssrc);
        self.learnt += 1;
        let signalled = self.sources.get(&ssrc).is_some_and(|known| known.signalled);
        let Route { line, encoding, role, .. } = *route;
        let before =
            encoding.and_then(|encoding| self.current.get(&(line, encoding, role)).copied());
        self.set(ssrc, Source { line, encoding, role, signalled, learnt: self.learnt });
        match before {
            Some(before) => Learnt::Instead(before),
            None => Learnt::First,
        }
    }

    /// A retransmission showed which encoding its source repairs.
    pub fn bind(&mut self, ssrc: Ssrc, encoding: usize) {
        let Some(source) = self.sources.get(&ssrc).copied() else { return };
        if encoding < self.lines[source.line].encodings.len() {
            self.forget_current(ssrc);
            self.set(ssrc, Source { encoding: Some(encoding), ..source });
        }
    }

    /// Forgets a source that said goodbye (RFC 3550 section 6.6).
    pub fn forget(&mut self, ssrc: Ssrc) {
        self.changes += 1;
        self.forget_current(ssrc);
        self.sources.remove(&ssrc);
    }

    /// The source that is heard of a stream, or that a description names for it.
    pub fn source(&self, line: usize, encoding: usize, role: StreamRole) -> Option<Ssrc> {
        self.current.get(&(line, encoding, role)).copied()
    }

    /// What is received, as it was agreed on.
    pub fn lines(&self) -> &[RoutedLine] {
        &self.lines
    }

    fn forget_current(&mut self, ssrc: Ssrc) {
        self.changes += 1;
        if let Some(Source { line, encoding: Some(encoding), role, .. }) = self.sources.get(&ssrc) {
            let place = (*line, *encoding, *role);
            if self.current.get(&place) == Some(&ssrc) {
                self.current.remove(&place);
            }
        }
    }

    fn make_room(&mut self, ssrc: Ssrc, line: usize) {
        let learnt = |(_, source): &(&Ssrc, &Source)| source.line == line && !source.signalled;
        if self.sources.contains_key(&ssrc)
            || self.sources.iter().filter(learnt).count() < LEARNT_PER_LINE_MAX
        {
            return;
        }
        let oldest = self.sources.iter().filter(learnt).min_by_key(|(_, source)| source.learnt);
        if let Some(oldest) = oldest.map(|(ssrc, _)| *ssrc) {
            self.forget(oldest);
        }
    }
}
