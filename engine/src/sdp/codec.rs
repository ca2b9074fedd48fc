//! Formats of an m-line: payload types with what is said of each.

use std::fmt;
use std::sync::Arc;

use super::grammar::is_number;
use crate::ids::PayloadType;

/// A format of an m-line, with its `a=rtpmap`, `a=fmtp` and `a=rtcp-fb` lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// The format as the m-line has it: a payload type, or `webrtc-datachannel`.
    pub name: String,
    /// The encoding of `a=rtpmap` (RFC 8866 section 6.6), as it stands. None where the number says
    /// it all (RFC 3551 section 6).
    pub encoding: Option<Arc<str>>,
    /// The clock rate of `a=rtpmap` in Hz.
    pub clock_rate: Option<u32>,
    /// Channels of sound, where `a=rtpmap` says them.
    pub channels: Option<u8>,
    /// `a=fmtp` as it stands (RFC 8866 section 6.15).
    pub parameters: Option<Arc<str>>,
    /// `a=rtcp-fb`, those for `*` with those for this payload type, in their order (RFC 4585
    /// section 4.2). Formats with the same feedback share the list.
    pub feedback: Arc<[Feedback]>,
}

/// A kind of feedback that a receiver may send: `nack`, `nack pli`, `ccm fir`, `transport-cc` (RFC
/// 4585 section 4.2, RFC 5104).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Feedback(Said);

/// What a line says. Pairs that all stacks have need no memory of their own.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Said {
    /// A place in [`KNOWN`].
    Known(u8),
    /// All others, as they stand.
    Other(Box<(String, Option<String>)>),
}

/// Kinds with their parameters as they are mostly written.
const KNOWN: [(&str, Option<&str>); 6] = [
    ("nack", None),
    ("nack", Some("pli")),
    ("ccm", Some("fir")),
    ("transport-cc", None),
    ("goog-remb", None),
    ("ack", Some("ccfb")),
];

impl Format {
    /// Its number, where it is one that RTP can carry.
    pub fn payload_type(&self) -> Option<PayloadType> {
        let number = self.name.parse().ok().filter(|number| *number < 128);
        number.filter(|_| is_number(&self.name)).map(PayloadType)
    }

    /// Receivers may send this feedback.
    pub fn has_feedback(&self, kind: &str, parameter: Option<&str>) -> bool {
        self.feedback.iter().any(|feedback| feedback.is(kind, parameter))
    }
}

impl Feedback {
    /// A kind, with a parameter where it has one.
    pub fn new(kind: &str, parameter: Option<&str>) -> Self {
        let known = KNOWN.iter().position(|known| *known == (kind, parameter));
        let other = || Box::new((kind.to_owned(), parameter.map(str::to_owned)));
        Feedback(known.map_or_else(|| Said::Other(other()), |index| Said::Known(index as u8)))
    }

    /// `nack`, `ccm`, `transport-cc`, `goog-remb` or another.
    pub fn kind(&self) -> &str {
        self.said().0
    }

    /// What follows it: `pli`, `fir`. None where nothing does.
    pub fn parameter(&self) -> Option<&str> {
        self.said().1
    }

    fn said(&self) -> (&str, Option<&str>) {
        match &self.0 {
            Said::Known(index) => KNOWN[usize::from(*index)],
            Said::Other(other) => (&other.0, other.1.as_deref()),
        }
    }

    /// It is of this kind with this parameter. Names are compared in any case.
    pub fn is(&self, kind: &str, parameter: Option<&str>) -> bool {
        let (own_kind, own_parameter) = self.said();
        let same = match (own_parameter, parameter) {
            (Some(own), Some(asked)) => own.eq_ignore_ascii_case(asked),
            (None, None) => true,
            _ => false,
        };
        same && own_kind.eq_ignore_ascii_case(kind)
    }

    /// Lost packets are told: `nack` (RFC 4585 section 6.2.1).
    pub fn is_nack(&self) -> bool {
        self.is("nack", None)
    }

    /// A picture was lost: `nack pli` (RFC 4585 section 6.3.1).
    pub fn is_pli(&self) -> bool {
        self.is("nack", Some("pli"))
    }

    /// A whole picture is wanted: `ccm fir` (RFC 5104 section 3.5.1).
    pub fn is_fir(&self) -> bool {
        self.is("ccm", Some("fir"))
    }

    /// Arrival times of all packets of a transport: `transport-cc`
    /// (draft-holmer-rmcat-transport-wide-cc-extensions).
    pub fn is_transport_cc(&self) -> bool {
        self.is("transport-cc", None)
    }

    /// Arrival times and ECN marks: `ack ccfb` (RFC 8888 section 6).
    pub fn is_congestion_control(&self) -> bool {
        self.is("ack", Some("ccfb"))
    }

    /// The receiver's estimate: `goog-remb` (draft-alvestrand-rmcat-remb).
    pub fn is_remb(&self) -> bool {
        self.is("goog-remb", None)
    }
}

impl fmt::Debug for Feedback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, parameter) = self.said();
        f.debug_struct("Feedback").field("kind", &kind).field("parameter", &parameter).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payload_types_are_of_seven_bits() {
        for (name, number) in
            [("0", Some(0)), ("127", Some(127)), ("128", None), ("+1", None), ("t38", None)]
        {
            let format = Format { name: name.to_owned(), ..Format::default() };
            let read = format.payload_type();
            assert_eq!(read, number.map(PayloadType), "{name}");
        }
    }

    #[test]
    fn feedback_by_name() {
        assert!(Feedback::new("NACK", Some("PLI")).is_pli());
        assert!(Feedback::new("nack", None).is_nack() && !Feedback::new("nack", None).is_pli());
        assert!(Feedback::new("ccm", Some("fir")).is_fir());
        assert!(Feedback::new("transport-cc", None).is_transport_cc());
        assert!(Feedback::new("ack", Some("ccfb")).is_congestion_control());
        assert!(Feedback::new("goog-remb", None).is_remb());
        let with =
            Format { feedback: [Feedback::new("nack", Some("pli"))].into(), ..Format::default() };
        assert!(with.has_feedback("nack", Some("pli")) && !with.has_feedback("nack", None));
    }
}
